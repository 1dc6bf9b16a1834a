"""What the checker says of an edit: hard rules that it newly breaks, and what it changes in the score. Reads nothing.

Before and after are judged by `solver.checker` on the same problem. Only the visits that the edit can meet are in the
two plans; everything else would be counted alike on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from data.enums import NoticeMode
from scheduler.planning.answers import Answer, AnswerDuty, AnswerVisit, plan_of
from scheduler.planning.editing.frame import Frame
from scheduler.planning.editing.states import VisitState
from solver.checker import check
from solver.plan import Plan, Verdict, Violation

Broken = tuple[str, str, str]
"""Rule id, subject, figures."""

_GROWING: Final = ("load", "departments", "inspectors", "visits", "km", "others", "announced", "unannounced")
"""Figures of a finding that are the worse the larger they are."""
_PLACELESS: Final = frozenset(
    {
        "conflict_apart",
        "notice_modes_apart",
        "request_alone",
        "enterprise_max_visits",
        "visit_departments_limit",
        "visit_inspectors_limit",
    }
)
"""Rules about who meets whom: moving the visit with its trouble does not break them anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """`broken`: what was not broken before, or less so; `delta`: (term, change of the score) of terms that change."""

    broken: tuple[Broken, ...]
    delta: tuple[tuple[str, float], ...]


def judge(
    frame: Frame,
    before: Mapping[str, VisitState],
    after: Mapping[str, VisitState],
    *,
    withdrawn: Iterable[str] = (),
) -> Judgement:
    """Compare two states of the same part of the draft. `withdrawn`: requests that nobody asks for any more."""
    old, new = verdict_of(frame, before), verdict_of(frame, after)
    change = {term: round(new.parts[term] - old.parts[term], 6) + 0.0 for term in new.parts}
    change["unscheduled"] = round(change["unscheduled"] - _price(frame, withdrawn), 6) + 0.0
    return Judgement(
        broken=tuple(dated(frame, one) for one in newly_broken(old.violations, new.violations)),
        delta=tuple((term, value) for term, value in change.items() if value),
    )


def verdict_of(frame: Frame, visits: Mapping[str, VisitState]) -> Verdict:
    """Judge some visits as if they were all there are."""
    return check(frame.problem, plan_from(frame, visits))


def plan_from(frame: Frame, visits: Mapping[str, VisitState]) -> Plan:
    """Write states as a plan of the frame's problem; requests in no visit are left out."""
    alive = [visits[uid] for uid in sorted(visits) if visits[uid].alive]
    answer = Answer(
        visits=[_answer_visit(one) for one in alive],
        unscheduled=[],
        roster=[
            AnswerDuty(request=member.request, officer=officer, lead=int(officer == one.lead_officer))
            for one in alive
            for member in one.members
            for officer in member.officers
        ],
    )
    return plan_of(frame.snapshot, answer, frame.numbers)


def _answer_visit(one: VisitState) -> AnswerVisit:
    return AnswerVisit(
        site=one.site,
        day=one.day.isoformat(),
        start_quarter=one.start_quarter,
        quarters=one.quarters,
        unannounced=one.notice_mode is NoticeMode.UNANNOUNCED,
        lead_organisation=one.lead_organisation,
        lead=one.lead_officer,
        requests=list(one.requests),
    )


def newly_broken(before: Iterable[Violation], after: Iterable[Violation]) -> tuple[Violation, ...]:
    """Findings that were not there before, or are worse than they were."""
    known: dict[tuple[str, str, str], float] = {}
    for one in before:
        known[_key(one)] = max(_size(one), known.get(_key(one), 0.0))
    return tuple(one for one in after if _key(one) not in known or _size(one) > known[_key(one)])


def _key(one: Violation) -> tuple[str, str, str]:
    names = {*_GROWING, "day", "quarter"} if one.rule in _PLACELESS else set(_GROWING)
    kept = " ".join(part for part in one.detail.split() if part.partition("=")[0] not in names)
    return one.rule, one.subject, kept


def _size(one: Violation) -> float:
    figures = dict(part.partition("=")[::2] for part in one.detail.split())
    return max((float(figures[name]) for name in _GROWING if name in figures), default=0.0)


def _price(frame: Frame, withdrawn: Iterable[str]) -> float:
    requests, weights = frame.problem.requests, frame.problem.weights
    numbers = [frame.request_number[uid] for uid in withdrawn if uid in frame.request_number]
    return sum(weights.unscheduled * int(requests.priority[number]) for number in numbers)


def dated(frame: Frame, one: Violation) -> Broken:
    """A finding with dates in its figures instead of day numbers."""
    return one.rule, one.subject, frame.days.dated(one.detail)
