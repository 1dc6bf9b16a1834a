"""Requests that cannot hold together, in names: what a run without a plan tells the coordinator. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import VisitStatus
from data.models import Absence, CrewSlot, InspectionRequest, Officer, Organisation, Site, Visit, VisitRequest

PINS: Final = ("day", "crew", "members")
Leave = tuple[str, date, date]
"""Name of an officer, first and last day away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """A request and the rule it collides by. `held_day`: the day on which a lock or a pin holds it.

    `visit_uid`: the visit it is in now; `pins`: what a person pinned of that: "day", "crew", "members"; `away`: names
    of the pinned crew who are on leave on the held day, or on some day of the window where none is held.
    """

    request_uid: str
    rule: str
    site: str
    organisation: str
    first_date: date
    last_date: date
    held_day: date | None
    pins: tuple[str, ...]
    away: tuple[str, ...]
    visit_uid: str


def name_collisions(session: Session, pairs: Iterable[tuple[str, str]]) -> tuple[Collision, ...]:
    """Put names to (request uid, rule id), in the order given; requests that are gone are left out."""
    wanted = list(pairs)
    found: Any = session.exec(
        select(InspectionRequest, Site, Organisation)
        .join(Site, col(InspectionRequest.site_id) == col(Site.id))
        .join(Organisation, col(InspectionRequest.organisation_id) == col(Organisation.id))
        .where(col(InspectionRequest.uid).in_([uid for uid, _ in wanted]))
    ).all()
    rows = {request.uid: (request, site, organisation) for request, site, organisation in found}
    keys = [request.id for request, _, _ in rows.values()]
    visits, leave = _visits(session, keys), _leave(session, keys)
    return tuple(
        _collision(*rows[uid], rule=rule, visit=visits.get(rows[uid][0].id), leave=leave.get(rows[uid][0].id, []))
        for uid, rule in wanted
        if uid in rows
    )


def _visits(session: Session, requests: list[int]) -> dict[int | None, Visit]:
    found: Any = session.exec(
        select(VisitRequest.request_id, Visit)
        .join(Visit, col(VisitRequest.visit_id) == col(Visit.id))
        .where(col(VisitRequest.request_id).in_(requests), Visit.status != VisitStatus.CANCELLED)
    ).all()
    return dict(found)


def _leave(session: Session, requests: list[int]) -> dict[int | None, list[Leave]]:
    """Request -> who of its pinned crew is on leave, and when."""
    found = session.execute(
        sa.select(col(CrewSlot.request_id), col(Officer.name), col(Absence.first_date), col(Absence.last_date))
        .join(Visit, col(Visit.id) == col(CrewSlot.visit_id))
        .join(Officer, col(Officer.id) == col(CrewSlot.officer_id))
        .join(Absence, col(Absence.officer_id) == col(Officer.id))
        .where(col(CrewSlot.request_id).in_(requests), col(Visit.crew_pinned))
        .distinct()
    ).all()
    leave: dict[int | None, list[Leave]] = {}
    for request, name, first, last in found:
        leave.setdefault(request, []).append((name, first, last))
    return leave


def _collision(
    request: InspectionRequest,
    site: Site,
    organisation: Organisation,
    *,
    rule: str,
    visit: Visit | None,
    leave: Iterable[Leave],
) -> Collision:
    pins = () if visit is None else tuple(name for name in PINS if getattr(visit, f"{name}_pinned"))
    held = visit.day if visit is not None and visit.day_pinned else request.planned_date if request.locked else None
    first, last = (held, held) if held is not None else (request.first_date, request.last_date)
    return Collision(
        request_uid=request.uid,
        rule=rule,
        site=site.name,
        organisation=organisation.short_name,
        first_date=request.first_date,
        last_date=request.last_date,
        held_day=held,
        pins=pins,
        away=tuple(sorted({name for name, begins, ends in leave if begins <= last and ends >= first})),
        visit_uid=visit.uid if visit is not None else "",
    )
