"""Requests that cannot hold together, in names: what a run without a plan tells the coordinator. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from data.enums import VisitStatus
from data.models import InspectionRequest, Organisation, Site, Visit, VisitRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """A request and the rule it collides by. `held_day`: the day on which a lock or a pin holds it.

    `pinned`: a person pinned its visit; `visit_uid`: the visit it is in now.
    """

    request_uid: str
    rule: str
    site: str
    organisation: str
    first_date: date
    last_date: date
    held_day: date | None
    pinned: bool
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
    visits = _visits(session, [request.id for request, _, _ in rows.values()])
    return tuple(_collision(*rows[uid], rule, visits.get(rows[uid][0].id)) for uid, rule in wanted if uid in rows)


def _visits(session: Session, requests: list[int]) -> dict[int | None, Visit]:
    found: Any = session.exec(
        select(VisitRequest.request_id, Visit)
        .join(Visit, col(VisitRequest.visit_id) == col(Visit.id))
        .where(col(VisitRequest.request_id).in_(requests), Visit.status != VisitStatus.CANCELLED)
    ).all()
    return dict(found)


def _collision(
    request: InspectionRequest, site: Site, organisation: Organisation, rule: str, visit: Visit | None
) -> Collision:
    pinned = visit is not None and (visit.day_pinned or visit.crew_pinned or visit.members_pinned)
    held = visit.day if visit is not None and visit.day_pinned else request.planned_date if request.locked else None
    return Collision(
        request_uid=request.uid,
        rule=rule,
        site=site.name,
        organisation=organisation.short_name,
        first_date=request.first_date,
        last_date=request.last_date,
        held_day=held,
        pinned=pinned,
        visit_uid=visit.uid if visit is not None else "",
    )
