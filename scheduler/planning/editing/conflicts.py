"""Everything that is against the draft as it stands: broken hard rules, soft findings and exceptions that were let
through with a reason, one list for every page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from data.enums import NoticeMode
from data.models import Round
from scheduler.clock import Clock
from scheduler.looks import remember_looks
from scheduler.naming import name_subjects
from scheduler.planning.editing.cap_exceptions import CapException, cap_exceptions
from scheduler.planning.editing.findings import Finding, look_around, standing_findings
from scheduler.planning.editing.problems import problems_of_draft
from scheduler.planning.editing.states import VisitState

EXCEPTION: Final = "cap_exception"
"""The code of a cap that was passed with a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One thing against the draft. `hard`: it stops an approval; `rule`: of the checker or of the district's table.

    `subject`: the id it is about, `name` in words; `detail`: figures as `name=value`; `visits`: uids to jump to;
    `said`: of an exception, its rule, the body and the reason, as pairs; empty for everything else.
    """

    hard: bool
    rule: str
    subject: str
    name: str
    detail: str
    visits: tuple[str, ...]
    said: tuple[tuple[str, str], ...] = ()

    @property
    def figures(self) -> dict[str, str]:
        """The figures by name."""
        return dict(part.partition("=")[::2] for part in self.detail.split()) | dict(self.said)

    @property
    def exception(self) -> bool:
        """Whether it was let through with a reason."""
        return self.rule == EXCEPTION


def list_conflicts(session: Session, clock: Clock, round_: Round) -> tuple[Conflict, ...]:
    """Hard ones first, then by rule and subject. The hard ones are those of `draft_problems`, one for one."""
    problems = problems_of_draft(session, round_)
    frame, draft = problems.states.frame, problems.states.visits
    places = _places(draft)
    hard = [
        (one.rule, one.subject, frame.days.dated(one.detail), places.get(one.subject, ()))
        for one in problems.violations
    ]
    around = look_around(session, clock, round_, draft, frozenset())
    soft = [_plain(one, places) for one in standing_findings(around, draft)]
    exceptions = cap_exceptions(session, round_, draft)
    subjects = [subject for _, subject, _, _ in (*hard, *soft)]
    names = name_subjects(session, [*subjects, *(one.subject for one in exceptions)])
    found = [
        Conflict(hard=is_hard, rule=rule, subject=subject, name=names.get(subject, subject), detail=detail, visits=at)
        for is_hard, rows in ((True, hard), (False, soft))
        for rule, subject, detail, at in rows
    ]
    found += [_exception(one, names.get(one.subject, one.body)) for one in exceptions]
    hidden = {uid for uid, state in draft.items() if state.notice_mode is NoticeMode.UNANNOUNCED}
    remember_looks(session, hidden.intersection(uid for one in found for uid in one.visits))
    return tuple(sorted(found, key=lambda one: (not one.hard, one.rule, one.name, one.detail)))


def _exception(one: CapException, name: str) -> Conflict:
    return Conflict(
        hard=False,
        rule=EXCEPTION,
        subject=one.subject,
        name=name,
        detail="",
        visits=one.visits,
        said=(("rule", one.rule), ("body", one.body), ("reason", one.reason)),
    )


def _plain(one: Finding, places: Mapping[str, tuple[str, ...]]) -> tuple[str, str, str, tuple[str, ...]]:
    detail = " ".join(f"{name}={value}" for name, value in one.params)
    subjects = one.key[1:]
    visits = tuple(dict.fromkeys(uid for subject in subjects for uid in places.get(subject, ())))
    return one.code, subjects[0], detail, visits


def _places(draft: Mapping[str, VisitState]) -> dict[str, tuple[str, ...]]:
    """Visit, request, site or officer -> the visits it is about."""
    found: dict[str, dict[str, None]] = {}
    for uid, state in draft.items():
        for subject in (uid, state.site, *state.requests, *(one for m in state.members for one in m.officers)):
            found.setdefault(subject, {})[uid] = None
    return {subject: tuple(visits) for subject, visits in found.items()}
