"""What an enterprise sees: its announced and released visits, its history, its counts. Reads only.

Everything here is computed from rows that the enterprise may see (`visibility`), and from visits that took place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from data.models import InspectionRecord, Organisation, ReleaseVisit, Site, Visit
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.errors import NotFoundError, NotPermittedError
from scheduler.permissions import Actor, is_enterprise
from scheduler.publishing.visibility import ARRIVED, off_plan_for_enterprise, rows_for_enterprise

BEGINNING: Final = date.min


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseVisit:
    """A visit as its enterprise sees it. `public`: the public part of the released body; times are local.

    `off_plan`: no plan foresaw it and no release has it.
    """

    visit_uid: str
    day: date
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    arrived: bool
    public: dict[str, Any]
    off_plan: bool = False

    @property
    def joint(self) -> bool:
        return len(self.public["departments"]) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedVisit:
    """One visit of a year's count: those of `bodies` would have come one by one; `done`: it took place.

    `bodies`: (short name, English name) of each department.
    """

    day: date
    bodies: tuple[tuple[str, str], ...]
    done: bool

    @property
    def departments(self) -> int:
        return len(self.bodies)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseCounts:
    """How often the enterprise is disturbed in a year.

    `visited`: visits that took place; `ahead`: announced ones still to come; `apart`: how many visits the same checks
    would have been if every department had come by itself.
    """

    year: int
    visited: int
    ahead: int
    apart: int

    @property
    def together(self) -> int:
        """Visits of the year, those to come included."""
        return self.visited + self.ahead

    @property
    def saved(self) -> int:
        return self.apart - self.visited - self.ahead


def enterprise_visits(session: Session, actor: Actor) -> list[EnterpriseVisit]:
    """All visits that the enterprise may see, by day and start. Raises NotPermittedError for others."""
    enterprise_id = _own(actor)
    rows = rows_for_enterprise(session, enterprise_id, since=BEGINNING)
    arrived = set(
        session.exec(
            select(col(Visit.uid)).where(
                col(Visit.uid).in_([row.visit_uid for row in rows]), col(Visit.status).in_(ARRIVED)
            )
        )
    )
    visits = [_visit(row, arrived=row.visit_uid in arrived) for row in rows]
    visits += [_visit(row, arrived=True, off_plan=True) for row in off_plan_for_enterprise(session, enterprise_id)]
    return sorted(visits, key=lambda visit: (visit.starts_at, visit.visit_uid))


def get_enterprise_visit(session: Session, actor: Actor, uid: str) -> EnterpriseVisit:
    """Raises NotFoundError for everything the enterprise may not see."""
    for visit in enterprise_visits(session, actor):
        if visit.visit_uid == uid:
            return visit
    raise NotFoundError("visit", uid)


def get_enterprise_row(session: Session, actor: Actor, uid: str, *, off_plan: bool = False) -> ReleaseVisit:
    """The released row behind a visit that the enterprise may see; with `off_plan` also one that no release has.

    Raises NotFoundError for everything else.
    """
    own = _own(actor)
    rows = rows_for_enterprise(session, own, since=BEGINNING)
    for row in (*rows, *off_plan_for_enterprise(session, own)) if off_plan else rows:
        if row.visit_uid == uid:
            return row
    raise NotFoundError("visit", uid)


def enterprise_counts(session: Session, clock: Clock, actor: Actor) -> EnterpriseCounts:
    """Count this year's visits of the enterprise, with the figure without coordination beside it."""
    lines = counted_visits(session, clock, actor)
    done = [line for line in lines if line.done]
    return EnterpriseCounts(
        year=today(clock).year,
        visited=len(done),
        ahead=len(lines) - len(done),
        apart=sum(line.departments for line in lines),
    )


def counted_visits(session: Session, clock: Clock, actor: Actor) -> list[CountedVisit]:
    """The visits behind `enterprise_counts`, by day: those that took place, and announced ones still to come."""
    year = today(clock).year
    ahead = [
        CountedVisit(
            day=visit.day,
            bodies=tuple((body["short"], body["name_en"]) for body in visit.public["departments"]),
            done=False,
        )
        for visit in enterprise_visits(session, actor)
        if visit.day.year == year and visit.day >= today(clock) and not visit.cancelled and not visit.arrived
    ]
    return [*_took_place(session, _own(actor), year), *ahead]


def _took_place(session: Session, enterprise_id: int, year: int) -> list[CountedVisit]:
    """The visits of a year that took place, by day: one line a visit, however many departments came."""
    parts = (
        select(
            col(InspectionRecord.visit_uid),
            col(InspectionRecord.day),
            col(Organisation.short_name),
            col(Organisation.name_en),
        )
        .join(Site, col(InspectionRecord.site_id) == col(Site.id))
        .join(Organisation, col(InspectionRecord.organisation_id) == col(Organisation.id))
        .where(
            Site.enterprise_id == enterprise_id,
            InspectionRecord.day >= date(year, 1, 1),
            InspectionRecord.day <= date(year, 12, 31),
        )
        .order_by(col(InspectionRecord.day), col(InspectionRecord.visit_uid), col(Organisation.code))
    )
    days: dict[str, date] = {}
    bodies: dict[str, list[tuple[str, str]]] = {}
    for uid, day, short, english in session.exec(parts):
        days.setdefault(uid, day)
        bodies.setdefault(uid, []).append((short, english))
    return [CountedVisit(day=day, bodies=tuple(bodies[uid]), done=True) for uid, day in days.items()]


def _own(actor: Actor) -> int:
    if not is_enterprise(actor) or actor.enterprise_id is None:
        raise NotPermittedError(action="enterprise.view")
    return actor.enterprise_id


def _visit(row: ReleaseVisit, *, arrived: bool, off_plan: bool = False) -> EnterpriseVisit:
    public = json.loads(row.body)["public"]
    starts = datetime.fromisoformat(f"{public['date']}T{public['starts']}").replace(tzinfo=DISTRICT_ZONE)
    return EnterpriseVisit(
        visit_uid=row.visit_uid,
        day=row.day,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=public["minutes"]),
        cancelled=row.cancelled,
        arrived=arrived,
        public=public,
        off_plan=off_plan,
    )
