"""From rows to a planning problem: what the solver is told of a round. Knows no plan and writes nothing.

The enterprise of the planning problem is a site: a visit goes to premises, not to a credit code. Ids in the problem
are the public ids of the rows (departments and towns: their codes), so that an answer is read without the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from sqlmodel import Session, col, select

from data.enums import NoticeMode, VisitStatus
from data.models import Closure, Organisation, Round, Site, Visit
from scheduler.audit import canonical_json, sha256
from scheduler.errors import ConflictError
from scheduler.planning.asking import Asked, LeftOut, read_requests
from scheduler.planning.days import Days
from scheduler.planning.evenness import even_capacity
from scheduler.planning.people import People, read_people
from scheduler.planning.pins import read_pins, with_pins
from scheduler.planning.prices import limits_of, weights_of
from scheduler.planning.quiet_days import keep_quiet_days
from scheduler.workdays import load_calendar
from solver.problem import CREDIT_CLASSES, NONE, Departments, Enterprises, Ids, Ints, Problem, Requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A round as it was when it was read: the problem, the draft it belongs to, and what never got into it.

    `problem_hash`: SHA-256 over every column of the problem; the same rows give the same hash.
    """

    problem: Problem
    days: Days
    draft_version: int
    problem_hash: str
    left_out: tuple[LeftOut, ...]


def take_snapshot(session: Session, round_: Round, *, pins: bool = True) -> Snapshot:
    """Read everything that the plan of a round depends on, in the caller's transaction.

    With `pins` what people have fixed on visits binds, as it does a solve; without, only what requests ask for.
    Raises ConflictError "nothing_to_schedule" when the period has no working day or no request has one.
    """
    days = Days(dates=load_calendar(session).workdays(round_.period_first, round_.period_last))
    if not len(days):
        raise ConflictError("nothing_to_schedule", round=round_.name)
    found = read_requests(session, round_, days, pins=pins)
    asked, left_out = keep_quiet_days(session, round_, days, *found)
    if not asked:
        raise ConflictError("nothing_to_schedule", round=round_.name)
    problem = _problem(session, round_, days, asked)
    capacity = even_capacity(problem.requests, problem.people_present(), reserve=problem.limits.reserve)
    problem = replace(problem, capacity=capacity)
    if pins:
        problem = with_pins(problem, read_pins(session, round_))
    return Snapshot(
        problem=problem,
        days=days,
        draft_version=round_.draft_version,
        problem_hash=problem_hash(problem),
        left_out=left_out,
    )


def announced_problem(session: Session, round_: Round, days: Days, asked: Sequence[Asked]) -> Problem:
    """The problem of these requests alone, of what may be seen: nothing in it depends on any visit or other request.

    Days and people that visits of other rounds take are left out as well, because some of those are unannounced.
    """
    return _problem(session, round_, days, asked, alone=True)


def problem_hash(problem: Problem) -> str:
    """Return the SHA-256 of a problem's canonical JSON: every column, weight and limit, but not its name."""
    return sha256(canonical_json(_plain(problem)))


def _plain(part: object) -> object:
    if isinstance(part, np.ndarray):
        return part.tolist()
    fields = getattr(part, "__dataclass_fields__", None)
    if fields is None:
        return part
    return {name: _plain(getattr(part, name)) for name in fields if name != "name"}


def _problem(session: Session, round_: Round, days: Days, asked: Sequence[Asked], *, alone: bool = False) -> Problem:
    sites = sorted({one.site.uid: one.site for one in asked}.values(), key=lambda site: site.uid)
    organisations = sorted({one.organisation.code: one.organisation for one in asked}.values(), key=lambda o: o.code)
    people = read_people(session, round_, days, organisations, sites, alone=alone)
    return Problem(
        name=round_.name,
        dates=tuple(day.isoformat() for day in days.dates),
        departments=_departments(organisations),
        enterprises=_enterprises(asked, sites),
        requests=_requests(asked, sites, organisations, people),
        weights=weights_of(round_.weights),
        limits=limits_of(round_.limits),
        skill_ids=people.skill_ids,
        closures=_closures(session, round_, days, sites, alone=alone),
        inspectors=people.inspectors,
        absences=people.absences,
        recusals=people.recusals,
    )


def _ids(values: Sequence[str]) -> Ids:
    return np.array(values, dtype=object)


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _departments(organisations: Sequence[Organisation]) -> Departments:
    return Departments(
        ids=_ids([organisation.code for organisation in organisations]),
        inspectors=_ints([organisation.inspectors for organisation in organisations]),
        lon=np.array([organisation.lon for organisation in organisations]),
        lat=np.array([organisation.lat for organisation in organisations]),
    )


def _enterprises(asked: Sequence[Asked], sites: Sequence[Site]) -> Enterprises:
    around = {one.site.uid: one for one in asked}
    town_ids = sorted({one.town.code for one in asked})
    return Enterprises(
        ids=_ids([site.uid for site in sites]),
        credit_class=_ints([CREDIT_CLASSES.index(around[site.uid].enterprise.credit_class) for site in sites]),
        town=_ints([town_ids.index(around[site.uid].town.code) for site in sites]),
        town_ids=_ids(town_ids),
        lon=np.array([site.lon for site in sites]),
        lat=np.array([site.lat for site in sites]),
        max_visits=np.full(len(sites), NONE, dtype=np.int64),
    )


def _requests(
    asked: Sequence[Asked], sites: Sequence[Site], organisations: Sequence[Organisation], people: People
) -> Requests:
    department = {organisation.code: number for number, organisation in enumerate(organisations)}
    enterprise = {site.uid: number for number, site in enumerate(sites)}
    skill = {code: number for number, code in enumerate(people.skill_ids)}
    return Requests(
        ids=_ids([one.row.uid for one in asked]),
        department=_ints([department[one.organisation.code] for one in asked]),
        enterprise=_ints([enterprise[one.site.uid] for one in asked]),
        first_day=_ints([one.window[0] for one in asked]),
        last_day=_ints([one.window[1] for one in asked]),
        quarters=_ints([one.row.quarters for one in asked]),
        inspectors=_ints([one.row.inspectors for one in asked]),
        priority=_ints([one.row.priority for one in asked]),
        joint=np.array([one.row.joint for one in asked], dtype=np.bool_),
        unannounced=np.array([one.row.notice_mode is NoticeMode.UNANNOUNCED for one in asked], dtype=np.bool_),
        skill=_ints([skill.get(one.skill, NONE) for one in asked]),
        planned_day=_ints([one.planned for one in asked]),
        locked=np.array([one.locked for one in asked], dtype=np.bool_),
    )


def _closures(session: Session, round_: Round, days: Days, sites: Sequence[Site], *, alone: bool) -> Ints:
    """Rows (site, first day, last day): quiet days and the like, and days on which another round comes already.

    `alone`: as if there were no other round.
    """
    place = {site.id: number for number, site in enumerate(sites)}
    first, last = days.dates[0], days.dates[-1]
    closed = session.exec(
        select(col(Closure.site_id), col(Closure.first_date), col(Closure.last_date)).where(
            Closure.last_date >= first, Closure.first_date <= last
        )
    ).all()
    visited = [] if alone else _visited_elsewhere(session, round_, first, last)
    found: set[tuple[int, int, int]] = set()
    for site_id, first_date, last_date in [*closed, *visited]:
        span = days.span(first_date, last_date)
        if site_id in place and span is not None:
            found.add((place[site_id], *span))
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 3)


def _visited_elsewhere(session: Session, round_: Round, first: date, last: date) -> Sequence[tuple[int, date, date]]:
    return session.exec(
        select(col(Visit.site_id), col(Visit.day), col(Visit.day)).where(
            Visit.round_id != round_.id,
            Visit.day >= first,
            Visit.day <= last,
            col(Visit.status) != VisitStatus.CANCELLED,
        )
    ).all()
