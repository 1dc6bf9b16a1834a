"""The hard rules that a draft breaks, judged on the draft in memory and kept for as long as it stays. Reads only.

Of the second and more that judging a round of 2,000 visits from its rows takes, reading is nearly all: the checker
itself takes some 40 ms. What people have pinned binds here as it does in `draft_problems`; the problem is read again
only once the pins are others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlmodel import Session

from data.models import Round
from scheduler.planning.editing.draft_states import MOST_ROUNDS, DraftStates, draft_states
from scheduler.planning.editing.frame import Frame
from scheduler.planning.editing.judging import verdict_of
from scheduler.planning.editing.states import VisitState
from scheduler.planning.snapshot import take_snapshot
from scheduler.shelf import Shelf
from solver.plan import Violation

_REQUEST_IN_DETAIL: Final = re.compile(r"request=([0-9a-f]{32})")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftProblems:
    """`violations`: those of `draft_problems`; `rules`: visit uid -> ids of the rules that it has to do with.

    `bound`: the problem with what is pinned in `pins`, uid -> visit.
    """

    states: DraftStates
    violations: tuple[Violation, ...]
    rules: Mapping[str, tuple[str, ...]]
    bound: Frame
    pins: Mapping[str, VisitState]


_SHELF: Final[Shelf[DraftProblems]] = Shelf(most=MOST_ROUNDS)


def problems_of_draft(session: Session, round_: Round) -> DraftProblems:
    """What is broken in a round's draft. Raises ConflictError "nothing_to_schedule" as `take_snapshot` does."""
    states, round_id = draft_states(session, round_), round_.id or 0
    kept = _SHELF.find(session, round_id)
    if kept is None or kept.states is not states:
        kept = _judged(session, round_, states, kept)
        _SHELF.put(session, round_id, kept)
    return kept


def _judged(session: Session, round_: Round, states: DraftStates, kept: DraftProblems | None) -> DraftProblems:
    pins = {uid: one for uid, one in states.visits.items() if one.day_pinned or one.crew_pinned or one.members_pinned}
    if not pins:
        bound = states.frame
    elif kept is not None and kept.states.frame is states.frame and kept.pins == pins:
        bound = kept.bound
    else:
        bound = Frame(take_snapshot(session, round_))
    found = verdict_of(bound, states.visits).violations
    violations = tuple(replace(one, detail=bound.days.dated(one.detail)) for one in found)
    return DraftProblems(
        states=states, violations=violations, rules=_by_visit(states, violations), bound=bound, pins=pins
    )


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
