"""The days that an enterprise may be offered instead of that of an announced visit. Reads only.

Everything is computed from released announced visits, from requests that these serve and from registers: as if no
unannounced visit existed anywhere, and as if nobody had touched the draft. A day that is offered may therefore
collide with what the enterprise must not know of; that is the coordinator's to solve, never the enterprise's to see.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from sqlmodel import Session, col, select

from data.enums import RecordStatus
from data.models import Absence, InspectionRequest, Officer, ReleaseVisit, Round
from scheduler.planning.asking import Asked, read_requests
from scheduler.planning.days import Days, quarters_of
from scheduler.planning.snapshot import announced_problem
from scheduler.workdays import load_calendar
from solver.explanation import explain_visit
from solver.plan import Plan
from solver.problem import NONE, Problem

Taken = frozenset[tuple[str, date, int]]
"""(officer's uid, day, quarter of the day)."""
EVERY_DAY: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A released announced visit in plain values. `duties`: (officer's uid, quarter of the day)."""

    uid: str
    day: date
    start_quarter: int
    enterprise_id: int
    requests: frozenset[str]
    departments: frozenset[str]
    duties: frozenset[tuple[str, int]]


def offered_days(
    session: Session, row: ReleaseVisit, released: Iterable[ReleaseVisit], *, earliest: date
) -> tuple[date, ...]:
    """Return the days from `earliest` on to which the visit of `row` could go with its crew and hour as they are.

    `released`: all rows in force; hidden and cancelled ones are passed over. A day is offered where the solver's rules
    forbid nothing (window, closures, capacity, certificates, recusals, sequences), no other announced visit to the
    enterprise is there, and everybody of the crew is free in the same quarters. Ascending.
    """
    seen = [_plain(one) for one in released if not one.hidden and not one.cancelled]
    visit = next((one for one in seen if one.uid == row.visit_uid), None)
    round_ = _round_of(session, visit)
    if visit is None or round_ is None:
        return ()
    days = Days(dates=load_calendar(session).workdays(round_.period_first, round_.period_last))
    allowed = _allowed_days(session, round_, days, visit, seen)
    others = [one for one in seen if one.uid != visit.uid]
    at_home = {one.day for one in others if one.enterprise_id == visit.enterprise_id}
    taken = _taken(session, visit, others)
    return tuple(
        day
        for day in allowed
        if day >= earliest and day not in at_home and not any((who, day, when) in taken for who, when in visit.duties)
    )


def _plain(row: ReleaseVisit) -> Announced:
    body = json.loads(row.body)
    inside: dict[str, Any] = body["internal"]
    return Announced(
        uid=row.visit_uid,
        day=row.day,
        start_quarter=inside["start_quarter"],
        enterprise_id=row.enterprise_id,
        requests=frozenset(one["request"] for one in inside["requests"]),
        departments=frozenset(one["department"] for one in inside["requests"]),
        duties=frozenset(
            (officer, quarter)
            for one in inside["requests"]
            for officer in one["officers"]
            for quarter in quarters_of(inside["start_quarter"], one["quarters"])
        ),
    )


def _round_of(session: Session, visit: Announced | None) -> Round | None:
    if visit is None:
        return None
    own = select(col(InspectionRequest.round_id)).where(col(InspectionRequest.uid).in_(visit.requests))
    return session.exec(select(Round).where(col(Round.id).in_(own))).first()


def _allowed_days(
    session: Session, round_: Round, days: Days, visit: Announced, seen: Sequence[Announced]
) -> list[date]:
    """The days that the rules of planning leave to the visit, among the announced visits that could be in its way."""
    near = [one for one in seen if one.departments & visit.departments or one.enterprise_id == visit.enterprise_id]
    placed = {uid: one for one in near for uid in one.requests}
    asked, _ = read_requests(session, round_, days)
    # What a person has pinned in the draft is nobody's business outside; what the plan itself fixes holds.
    kept = [replace(one, locked=one.row.locked) for one in asked if one.row.uid in placed]
    own = [place for place, one in enumerate(kept) if one.row.uid in visit.requests]
    if len(own) != len(visit.requests) or any(kept[place].locked for place in own):
        return []
    problem = announced_problem(session, round_, days, kept)
    plan = _plan(problem, days, kept, placed)
    number = int(plan.request_visit[own[0]])
    if number == NONE:  # released for a day that has since stopped being a working day
        return []
    explained = explain_visit(problem, plan, number, limit=EVERY_DAY)
    return sorted(days.dates[option.day] for option in explained.next_best if option.joins == NONE)


def _plan(problem: Problem, days: Days, kept: Sequence[Asked], placed: dict[str, Announced]) -> Plan:
    """What was released, as a plan for the problem; a visit outside the horizon counts as left out."""
    visits = sorted({placed[one.row.uid].uid: placed[one.row.uid] for one in kept}.values(), key=lambda one: one.uid)
    inside = [one for one in visits if days.number(one.day) != NONE]
    number = {one.uid: place for place, one in enumerate(inside)}
    request_visit = np.array([number.get(placed[one.row.uid].uid, NONE) for one in kept], dtype=np.int64)
    sites = {placed[one.row.uid].uid: int(problem.requests.enterprise[place]) for place, one in enumerate(kept)}
    return Plan(
        request_visit=request_visit,
        visit_enterprise=np.array([sites[one.uid] for one in inside], dtype=np.int64),
        visit_day=np.array([days.number(one.day) for one in inside], dtype=np.int64),
        visit_start_quarter=np.array([one.start_quarter for one in inside], dtype=np.int64),
    )


def _taken(session: Session, visit: Announced, others: Sequence[Announced]) -> _Busy:
    crew = {who for who, _ in visit.duties}
    rows = session.exec(select(Officer).where(col(Officer.uid).in_(crew))).all()
    away = session.exec(select(Absence).where(col(Absence.officer_id).in_([row.id for row in rows]))).all()
    uids = {row.id: row.uid for row in rows}
    return _Busy(
        duties=frozenset((who, one.day, when) for one in others for who, when in one.duties if who in crew),
        absences=tuple((uids[row.officer_id], row.first_date, row.last_date) for row in away),
        serves_until={row.uid: row.certificate_until for row in rows if row.status is RecordStatus.ACTIVE},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Busy:
    """When the people of a crew cannot come; who is no longer in service never can."""

    duties: Taken
    absences: tuple[tuple[str, date, date], ...]
    serves_until: dict[str, date]

    def __contains__(self, duty: tuple[str, date, int]) -> bool:
        who, day, _ = duty
        away = any(who == one and first <= day <= last for one, first, last in self.absences)
        until = self.serves_until.get(who)
        return duty in self.duties or away or until is None or day > until
