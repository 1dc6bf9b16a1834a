"""What an officer has to do, from the release in force and visits off plan: never from the draft. Reads only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from data.enums import VisitStatus
from data.models import (
    CrewArrival,
    CrewSlot,
    Enterprise,
    InspectionItem,
    InspectionRequest,
    ItemResult,
    Officer,
    Organisation,
    PlanTaskItem,
    ReleaseVisit,
    Site,
    Visit,
)
from scheduler.audit import sha256
from scheduler.clock import DISTRICT_ZONE
from scheduler.errors import ConflictError, NotFoundError
from scheduler.looks import remember_looks
from scheduler.permissions import Actor, is_officer
from scheduler.publishing.visibility import off_plan_for_officer, rows_for_officer

KEY_LENGTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldItem:
    """One line of the checklist. `department`: code; `look_at`: what the catalogue says beside the name."""

    key: str
    department: str
    text: str
    basis: str
    look_at: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldBody:
    """A department of a visit. `own`: the officer's; `arrival`: None while its crew has not checked in."""

    organisation_id: int
    code: str
    name: str
    name_en: str
    short: str
    leads: bool
    own: bool
    arrival: CrewArrival | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldVisit:
    """A visit as its crew sees it. Times are local; `results` by key of the item; `officers`: as released."""

    visit: Visit
    uid: str
    sequence: int
    day: date
    starts_at: datetime
    ends_at: datetime
    start_quarter: int
    hidden: bool
    off_plan: bool
    status: VisitStatus
    enterprise: str
    site: str
    site_uid: str
    address: str
    lon: float
    lat: float
    contact_name: str
    contact_phone: str
    prepare: tuple[str, ...]
    bodies: tuple[FieldBody, ...]
    officers: tuple[Mapping[str, Any], ...]
    items: tuple[FieldItem, ...]
    results: Mapping[str, ItemResult]

    @property
    def own(self) -> FieldBody | None:
        """The officer's own department."""
        return next((body for body in self.bodies if body.own), None)

    @property
    def leads(self) -> bool:
        """Whether the officer's department leads, and therefore closes."""
        return self.own is not None and self.own.leads

    @property
    def arrived(self) -> bool:
        """Whether the officer's own crew has checked in."""
        return self.own is not None and self.own.arrival is not None

    def items_of(self, code: str) -> tuple[FieldItem, ...]:
        """The items of one department."""
        return tuple(item for item in self.items if item.department == code)

    @property
    def open_items(self) -> int:
        """How many items of crews that have arrived are without a result."""
        here = {body.code for body in self.bodies if body.arrival is not None}
        return sum(item.department in here and item.key not in self.results for item in self.items)

    @property
    def absent(self) -> tuple[FieldBody, ...]:
        """Departments whose crew has not come."""
        return tuple(body for body in self.bodies if body.arrival is None)


def list_field_visits(session: Session, actor: Actor, *, first: date, last: date) -> tuple[FieldVisit, ...]:
    """The officer's visits from `first` to `last`, by day, quarter and site; cancelled ones are left out."""
    if not is_officer(actor):
        return ()
    rows = _rows(session, actor, first)
    visits = _load(session, actor, [row for row in rows if row.day <= last and not row.cancelled])
    return _in_order(visits)


def list_unclosed(session: Session, actor: Actor, *, before: date) -> tuple[FieldVisit, ...]:
    """The officer's visits before a day that a crew has begun and nobody has closed, however long ago; oldest first."""
    if not is_officer(actor):
        return ()
    going = select(Visit.uid).join(CrewSlot, col(CrewSlot.visit_id) == col(Visit.id))
    begun = set(
        session.exec(going.where(CrewSlot.officer_id == actor.officer_id, Visit.status == VisitStatus.CHECKED_IN))
    )
    rows = [row for row in _rows(session, actor, date.min) if row.visit_uid in begun and row.day < before]
    return _in_order(_load(session, actor, rows))


def get_field_visit(session: Session, actor: Actor, uid: str) -> FieldVisit:
    """One of the officer's visits. Raises NotFoundError for everybody else's."""
    if is_officer(actor):
        rows = _rows(session, actor, date.min)
        for visit in _load(session, actor, [row for row in rows if row.visit_uid == uid and not row.cancelled]):
            return visit
    raise NotFoundError("visit", uid)


def require_begun(found: FieldVisit) -> None:
    """Raise ConflictError "crew_not_arrived" while nobody has checked in: that names the step that is missing."""
    if found.visit.status is VisitStatus.PUBLISHED:
        raise ConflictError("crew_not_arrived")


def item_key(department: str, text: str) -> str:
    """The name of an item within a visit: the same in every release that has it."""
    return sha256(f"{department}\n{text}")[:KEY_LENGTH]


def _in_order(visits: Sequence[FieldVisit]) -> tuple[FieldVisit, ...]:
    return tuple(sorted(visits, key=lambda one: (one.day, one.start_quarter, one.site, one.uid)))


def _rows(session: Session, actor: Actor, since: date) -> list[ReleaseVisit]:
    officer = _officer(session, actor)
    return [*rows_for_officer(session, officer, since=since), *off_plan_for_officer(session, officer, since=since)]


def _officer(session: Session, actor: Actor) -> Officer:
    return session.get_one(Officer, actor.officer_id)


def _load(session: Session, actor: Actor, rows: Sequence[ReleaseVisit]) -> list[FieldVisit]:
    remember_looks(session, [row.visit_uid for row in rows if row.hidden])
    uids = [row.visit_uid for row in rows]
    visits = {row.uid: row for row in session.exec(select(Visit).where(col(Visit.uid).in_(uids)))}
    ids = [visit.id for visit in visits.values()]
    bodies = {row.code: row for row in session.exec(select(Organisation))}
    arrivals = {
        (row.visit_id, row.organisation_id): row
        for row in session.exec(select(CrewArrival).where(col(CrewArrival.visit_id).in_(ids)))
    }
    results: dict[int, dict[str, ItemResult]] = {}
    for result in session.exec(select(ItemResult).where(col(ItemResult.visit_id).in_(ids))):
        results.setdefault(result.visit_id, {})[result.item_key] = result
    places = _places(session, {visit.site_id for visit in visits.values()})
    documents = {row.visit_uid: json.loads(row.body) for row in rows}
    hints = _hints(session, documents.values())
    own = _officer(session, actor)
    return [
        _visit(row, documents[row.visit_uid], visits[row.visit_uid], own, bodies, arrivals, results, places, hints)
        for row in rows
        if row.visit_uid in visits
    ]


def _places(session: Session, ids: set[int]) -> dict[int, tuple[Site, Enterprise]]:
    statement = (
        select(Site, Enterprise)
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .where(col(Site.id).in_(ids))
    )
    return {site.id or 0: (site, enterprise) for site, enterprise in session.exec(statement)}


def _hints(session: Session, documents: Any) -> dict[tuple[str, str], tuple[str, ...]]:
    """(request, text of an item) -> what the catalogue says of it."""
    uids = [request["request"] for one in documents for request in one["internal"]["requests"]]
    statement = (
        select(col(InspectionRequest.uid), col(PlanTaskItem.text), InspectionItem)
        .join(PlanTaskItem, col(PlanTaskItem.task_id) == col(InspectionRequest.task_id))
        .join(InspectionItem, col(InspectionItem.id) == col(PlanTaskItem.item_id))
        .where(col(InspectionRequest.uid).in_(uids))
    )
    return {
        (uid, text): tuple(line for line in (item.target, *item.preparation.splitlines()) if line.strip())
        for uid, text, item in session.exec(statement)
    }


def _visit(  # noqa: PLR0917 -- what is read once for all visits is passed along
    row: ReleaseVisit,
    document: Mapping[str, Any],
    visit: Visit,
    officer: Officer,
    bodies: Mapping[str, Organisation],
    arrivals: Mapping[tuple[int, int], CrewArrival],
    results: Mapping[int, Mapping[str, ItemResult]],
    places: Mapping[int, tuple[Site, Enterprise]],
    hints: Mapping[tuple[str, str], tuple[str, ...]],
) -> FieldVisit:
    public, site = document["public"], places[visit.site_id][0]
    starts = datetime.fromisoformat(f"{public['date']}T{public['starts']}").replace(tzinfo=DISTRICT_ZONE)
    return FieldVisit(
        visit=visit,
        uid=row.visit_uid,
        sequence=row.sequence,
        day=row.day,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=public["minutes"]),
        start_quarter=document["internal"]["start_quarter"],
        hidden=row.hidden,
        off_plan=not row.release_id,
        status=visit.status,
        enterprise=public["enterprise"],
        site=public["site"],
        site_uid=site.uid,
        address=public["address"],
        lon=site.lon,
        lat=site.lat,
        contact_name=places[visit.site_id][1].contact_name,
        contact_phone=places[visit.site_id][1].contact_phone,
        prepare=tuple(public["prepare"]),
        bodies=tuple(_body(one, visit, officer, bodies, arrivals) for one in public["departments"]),
        officers=tuple(public["officers"]),
        items=_items(document, hints),
        results=results.get(visit.id or 0, {}),
    )


def _body(
    one: Mapping[str, Any],
    visit: Visit,
    officer: Officer,
    bodies: Mapping[str, Organisation],
    arrivals: Mapping[tuple[int, int], CrewArrival],
) -> FieldBody:
    organisation_id = bodies[one["code"]].id or 0
    return FieldBody(
        organisation_id=organisation_id,
        code=one["code"],
        name=one["name"],
        name_en=one.get("name_en", ""),
        short=one["short"],
        leads=one["leads"],
        own=organisation_id == officer.organisation_id,
        arrival=arrivals.get((visit.id or 0, organisation_id)),
    )


def _items(document: Mapping[str, Any], hints: Mapping[tuple[str, str], tuple[str, ...]]) -> tuple[FieldItem, ...]:
    requests: dict[str, list[str]] = {}
    for request in document["internal"]["requests"]:
        requests.setdefault(request["department"], []).append(request["request"])
    return tuple(
        FieldItem(
            key=item_key(line["department"], line["text"]),
            department=line["department"],
            text=line["text"],
            basis=line["basis"],
            look_at=next(
                (hints[uid, line["text"]] for uid in requests[line["department"]] if (uid, line["text"]) in hints), ()
            ),
        )
        for line in document["public"]["items"]
    )
