"""The hard rules that a draft breaks, kept in memory for as long as the draft stays as it was judged. Reads only.

Judging a round of 2,000 visits takes most of a second. The draft kept in memory is a new object whenever anything of it
or of its problem has changed: what was judged holds for the object that it was judged with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from data.models import Round
from scheduler.planning.board import draft_problems
from scheduler.planning.editing.draft_states import MOST_ROUNDS, DraftStates, draft_states
from scheduler.shelf import Shelf
from solver.plan import Violation

_REQUEST_IN_DETAIL: Final = re.compile(r"request=([0-9a-f]{32})")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftProblems:
    """`violations`: those of `draft_problems`; `rules`: visit uid -> ids of the rules that it has to do with."""

    states: DraftStates
    violations: tuple[Violation, ...]
    rules: Mapping[str, tuple[str, ...]]


_SHELF: Final[Shelf[DraftProblems]] = Shelf(most=MOST_ROUNDS)


def problems_of_draft(session: Session, round_: Round) -> DraftProblems:
    """What is broken in a round's draft. Raises ConflictError "nothing_to_schedule" as `take_snapshot` does."""
    states, round_id = draft_states(session, round_), round_.id or 0
    kept = _SHELF.find(session, round_id)
    if kept is None or kept.states is not states:
        violations = draft_problems(session, round_)
        kept = DraftProblems(states=states, violations=violations, rules=_by_visit(states, violations))
        _SHELF.put(session, round_id, kept)
    return kept


def _by_visit(states: DraftStates, violations: tuple[Violation, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for violation in violations:
        for uid in _visits_of(states, violation):
            found.setdefault(uid, set()).add(violation.rule)
    return {uid: tuple(sorted(rules)) for uid, rules in found.items()}


def _visits_of(states: DraftStates, violation: Violation) -> tuple[str, ...]:
    """The visits that a violation is about: of its request, at its site, or of the requests that it names."""
    own = states.visit_of(violation.subject)
    if own is not None:
        return (own,)
    here = states.visits_at(violation.subject)
    if here:
        return here
    named = (states.visit_of(uid) for uid in _REQUEST_IN_DETAIL.findall(violation.detail))
    return tuple(uid for uid in named if uid is not None)
