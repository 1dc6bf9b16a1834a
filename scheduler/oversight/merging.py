"""R36: published visits of one round to one site on different days that could have been one. Source: S1, S9, S10.

Two requests could have met when both are joint, announced alike, and both windows hold a working day on which the
site is open. What hindered them is told as far as it is stored: locks, pins, the most departments in a visit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import VisitStatus
from data.models import Closure, InspectionRequest, Round, Visit, VisitRequest
from scheduler.oversight.naming import body_names, chunks, joined_bodies, places
from scheduler.oversight.warning import RECENT, Check, Hindrance, Scene, WarningKind, WarningRow
from scheduler.planning.prices import limits_of

RULE_ID = "R36"
_LIVE = (VisitStatus.PUBLISHED, VisitStatus.CHECKED_IN, VisitStatus.DONE)


@dataclass(frozen=True, slots=True)
class Call:
    """A visit with the requests that it serves."""

    visit: Visit
    requests: tuple[InspectionRequest, ...]


@dataclass(frozen=True, slots=True)
class Missed:
    """Two visits that could have been one: `common` holds the days on which they could have met, first and last."""

    first: Call
    second: Call
    common: tuple[date, date]


def find(session: Session, scene: Scene) -> Sequence[Missed]:
    """Return pairs of visits of the last quarter and ahead, the newest first."""
    if scene.rule(RULE_ID) is None:
        return ()
    calls = _calls(session, scene.today - RECENT)
    closures = _closures(session, (site for (_, site) in calls))
    found = [
        Missed(one, other, days)
        for (_, site_id), of_site in calls.items()
        for one, other in combinations(of_site, 2)
        if (days := _common(scene, one, other, closures.get(site_id, ()))) is not None
    ]
    return sorted(found, key=lambda hit: (-hit.second.visit.day.toordinal(), hit.first.visit.id, hit.second.visit.id))


def describe(session: Session, _scene: Scene, hits: Sequence[Missed]) -> tuple[WarningRow, ...]:
    """Name the site, both visits, and why they were kept apart."""
    names, sites = body_names(session), places(session, (hit.first.visit.site_id for hit in hits))
    wanted = {hit.first.visit.round_id for hit in hits}
    rounds = {one.id: one for one in session.exec(select(Round).where(col(Round.id).in_(wanted)))}
    return tuple(
        WarningRow(
            cells=(
                sites[hit.first.visit.site_id].site_name,
                rounds[hit.first.visit.round_id].name,
                hit.first.visit.day,
                _bodies(names, hit.first),
                hit.second.visit.day,
                _bodies(names, hit.second),
                hit.common[0],
                hit.common[1],
                _hindrance(hit, rounds[hit.first.visit.round_id]),
            ),
            route_name="visits.show",
            uid=hit.second.visit.uid,
        )
        for hit in hits
    )


def _bodies(names: dict[int, str], call: Call) -> tuple[str, ...]:
    return joined_bodies(names, (request.organisation_id for request in call.requests))


def _calls(session: Session, since: date) -> dict[tuple[int, int], list[Call]]:
    """{(round id, site id): its visits by day} where there is more than one day."""
    live = sa.and_(col(Visit.status).in_(_LIVE), col(Visit.day) >= since)
    days = sa.func.count(sa.distinct(col(Visit.day)))
    several = (
        sa.select(col(Visit.round_id), col(Visit.site_id))
        .where(live)
        .group_by(col(Visit.round_id), col(Visit.site_id))
        .having(days > 1)
        .subquery()
    )
    rows = session.execute(
        sa.select(Visit, InspectionRequest)
        .join(several, sa.and_(several.c.round_id == col(Visit.round_id), several.c.site_id == col(Visit.site_id)))
        .join(VisitRequest, col(VisitRequest.visit_id) == col(Visit.id))
        .join(InspectionRequest, col(InspectionRequest.id) == col(VisitRequest.request_id))
        .where(live)
        .order_by(col(Visit.day), col(Visit.id), col(InspectionRequest.id))
    )
    served: dict[int, tuple[Visit, list[InspectionRequest]]] = {}
    for visit, request in rows:
        served.setdefault(visit.id or 0, (visit, []))[1].append(request)
    found: dict[tuple[int, int], list[Call]] = {}
    for visit, requests in served.values():
        found.setdefault((visit.round_id, visit.site_id), []).append(Call(visit, tuple(requests)))
    return found


def _closures(session: Session, site_ids: Iterable[int]) -> dict[int, list[Closure]]:
    found: dict[int, list[Closure]] = {}
    for ids in chunks(site_ids):
        for row in session.exec(select(Closure).where(col(Closure.site_id).in_(ids)).order_by(col(Closure.id))):
            found.setdefault(row.site_id, []).append(row)
    return found


def _common(scene: Scene, one: Call, other: Call, closures: Sequence[Closure]) -> tuple[date, date] | None:
    if one.visit.day == other.visit.day:
        return None
    days = sorted({day for first, last in _windows(one, other) for day in scene.calendar.workdays(first, last)})
    open_ = [day for day in days if not any(shut.first_date <= day <= shut.last_date for shut in closures)]
    return (open_[0], open_[-1]) if open_ else None


def _windows(one: Call, other: Call) -> Iterator[tuple[date, date]]:
    """The days that a request of one visit shares with a request of the other."""
    for mine in one.requests:
        for theirs in other.requests:
            first, last = max(mine.first_date, theirs.first_date), min(mine.last_date, theirs.last_date)
            if mine.joint and theirs.joint and mine.notice_mode is theirs.notice_mode and first <= last:
                yield first, last


def _hindrance(hit: Missed, round_: Round) -> Hindrance:
    requests = (*hit.first.requests, *hit.second.requests)
    if any(request.locked for request in requests):
        return Hindrance.LOCKED
    if any(one.visit.day_pinned or one.visit.members_pinned for one in (hit.first, hit.second)):
        return Hindrance.PINNED
    most = limits_of(round_.limits).max_departments_per_visit
    if most is not None and len({request.organisation_id for request in requests}) > most:
        return Hindrance.TOO_MANY
    return Hindrance.UNKNOWN


CHECK = Check(
    kind=WarningKind.MERGE_MISSED,
    rule_id=RULE_ID,
    columns=("site", "round", "before", "bodies_before", "after", "bodies_after", "common_first", "common_last", "why"),
    find=find,
    describe=describe,
    figures=lambda _scene: (("recent", RECENT.days),),
)
