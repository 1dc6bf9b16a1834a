"""The rows that every figure is counted from: one fact for each request that is in a visit. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CreditClass, NoticeMode, VisitStatus
from data.models import (
    CrewSlot,
    Enterprise,
    InspectionRequest,
    Officer,
    Organisation,
    Scenario,
    Site,
    Town,
    Visit,
    VisitRequest,
)
from scheduler.permissions import Actor, may_see_all
from scheduler.planning.drafts import CHUNK

RELEASED = (VisitStatus.PUBLISHED, VisitStatus.CHECKED_IN, VisitStatus.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A site with what figures are asked by. Coordinates in degrees."""

    site_id: int
    site: str
    enterprise_id: int
    enterprise: str
    credit_class: CreditClass
    town_code: str
    town: str
    scenario_code: str
    scenario: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An organisation: `code` sorts, `lon`, `lat` is its office."""

    id: int
    code: str
    name: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One request in one visit. `bodies`: how many organisations the visit has; `officers`: (id, name) sent for it."""

    request_uid: str
    round_id: int
    body: Body
    place: Place
    first_date: date
    last_date: date
    quarters: int
    may_join: bool
    notice_mode: NoticeMode
    visit_uid: str
    day: date
    visit_quarters: int
    bodies: int
    officers: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What figures are asked about; None and "" leave everything in. `drafts`: also what is not released yet."""

    first: date
    last: date
    organisation_id: int | None = None
    credit_class: str = ""
    town_code: str = ""
    scenario: str = ""
    drafts: bool = False


def allowed(actor: Actor, question: Question) -> Question:
    """The question as this actor may ask it: a department asks about its own part, whatever it typed."""
    if may_see_all(actor):
        return question
    return Question(
        first=question.first,
        last=question.last,
        organisation_id=actor.organisation_id or 0,
        credit_class=question.credit_class,
        town_code=question.town_code,
        scenario=question.scenario,
        drafts=question.drafts,
    )


def load_facts(session: Session, question: Question) -> tuple[Fact, ...]:
    """Read the facts of a question, sorted by day, visit and request."""
    statement = (
        select(Visit, InspectionRequest, Site, Enterprise)
        .join(VisitRequest, col(VisitRequest.visit_id) == col(Visit.id))
        .join(InspectionRequest, col(InspectionRequest.id) == col(VisitRequest.request_id))
        .join(Site, col(Site.id) == col(Visit.site_id))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .where(*_asked(question))
        .order_by(col(Visit.day), col(Visit.uid), col(InspectionRequest.uid))
    )
    rows = session.exec(statement).all()
    visits = sorted({visit.id or 0 for visit, *_ in rows})
    return _facts(session, rows, _bodies_of(session, visits), _crew_of(session, visits))


def _asked(question: Question) -> list[Any]:
    wanted: list[Any] = [
        Visit.day >= question.first,
        Visit.day <= question.last,
        Visit.status != VisitStatus.CANCELLED if question.drafts else col(Visit.status).in_(RELEASED),
    ]
    if question.organisation_id is not None:
        wanted.append(InspectionRequest.organisation_id == question.organisation_id)
    if question.credit_class:
        wanted.append(Enterprise.credit_class == question.credit_class)
    if question.town_code:
        wanted.append(col(Site.town_id).in_(select(col(Town.id)).where(Town.code == question.town_code)))
    if question.scenario:
        wanted.append(col(Site.scenario_id).in_(select(col(Scenario.id)).where(Scenario.code == question.scenario)))
    return wanted


def _facts(
    session: Session,
    rows: Sequence[Any],
    bodies_of: dict[int, int],
    crew_of: dict[tuple[int, int], list[tuple[int, str]]],
) -> tuple[Fact, ...]:
    bodies = {
        row.id: Body(id=row.id or 0, code=row.code, name=row.short_name, lon=row.lon, lat=row.lat)
        for row in session.exec(select(Organisation))
    }
    towns = {row.id: (row.code, row.name) for row in session.exec(select(Town))}
    scenarios = {row.id: (row.code, row.name) for row in session.exec(select(Scenario))}
    places: dict[int | None, Place] = {}
    facts = []
    for visit, request, site, enterprise in rows:
        if site.id not in places:
            places[site.id] = _place(site, enterprise, towns[site.town_id], scenarios.get(site.scenario_id, ("", "")))
        facts.append(
            Fact(
                request_uid=request.uid,
                round_id=request.round_id,
                body=bodies[request.organisation_id],
                place=places[site.id],
                first_date=request.first_date,
                last_date=request.last_date,
                quarters=request.quarters,
                may_join=request.joint,
                notice_mode=request.notice_mode,
                visit_uid=visit.uid,
                day=visit.day,
                visit_quarters=visit.quarters,
                bodies=bodies_of[visit.id],
                officers=tuple(crew_of.get((visit.id, request.id), [])),
            )
        )
    return tuple(facts)


def _place(site: Site, enterprise: Enterprise, town: tuple[str, str], scenario: tuple[str, str]) -> Place:
    return Place(
        site_id=site.id or 0,
        site=site.name,
        enterprise_id=enterprise.id or 0,
        enterprise=enterprise.name,
        credit_class=enterprise.credit_class,
        town_code=town[0],
        town=town[1],
        scenario_code=scenario[0],
        scenario=scenario[1],
        lon=site.lon,
        lat=site.lat,
    )


def _bodies_of(session: Session, visits: Sequence[int]) -> dict[int, int]:
    """Visit -> how many organisations take part, whoever asks."""
    found: dict[int, int] = {}
    for start in range(0, len(visits), CHUNK):
        statement = (
            sa.select(col(VisitRequest.visit_id), sa.func.count(sa.distinct(col(InspectionRequest.organisation_id))))
            .join(InspectionRequest, col(InspectionRequest.id) == col(VisitRequest.request_id))
            .where(col(VisitRequest.visit_id).in_(visits[start : start + CHUNK]))
            .group_by(col(VisitRequest.visit_id))
        )
        found.update((visit, count) for visit, count in session.execute(statement))
    return found


def _crew_of(session: Session, visits: Sequence[int]) -> dict[tuple[int, int], list[tuple[int, str]]]:
    found: dict[tuple[int, int], list[tuple[int, str]]] = {}
    for start in range(0, len(visits), CHUNK):
        statement = (
            select(CrewSlot.visit_id, CrewSlot.request_id, Officer.id, Officer.name)
            .join(Officer, col(Officer.id) == col(CrewSlot.officer_id))
            .where(col(CrewSlot.visit_id).in_(visits[start : start + CHUNK]))
            .distinct()
            .order_by(col(CrewSlot.visit_id), col(CrewSlot.request_id), col(Officer.id))
        )
        for visit, request, officer, name in session.exec(statement):
            found.setdefault((visit, request), []).append((officer or 0, name))
    return found


__all__ = ["Body", "Fact", "Place", "Question", "allowed", "load_facts"]
