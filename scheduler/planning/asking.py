"""The requests of a round as the solver is asked for them: windows in day numbers, wishes, locks. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from data.enums import RequestStatus, VisitStatus
from data.models import Enterprise, InspectionRequest, Organisation, Round, Site, Skill, Town, Visit, VisitRequest
from scheduler.planning.days import Days
from solver.plan import Reason
from solver.problem import NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A request that cannot be placed: the stable code and the figures that an answer gives."""

    request: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request with the rows around it. `window`: first and last day number; `planned`: day number or NONE."""

    row: InspectionRequest
    site: Site
    enterprise: Enterprise
    town: Town
    organisation: Organisation
    skill: str
    window: tuple[int, int]
    planned: int
    locked: bool


def read_requests(
    session: Session, round_: Round, days: Days, *, pins: bool = True
) -> tuple[tuple[Asked, ...], tuple[LeftOut, ...]]:
    """Read the requests of a round, sorted by uid: those to ask for, and those without any day to ask for.

    Without `pins` only what the request itself fixes is locked: a pin binds a solve, not the person who set it.
    """
    statement = (
        select(InspectionRequest, Site, Enterprise, Organisation)
        .join(Site, col(InspectionRequest.site_id) == col(Site.id))
        .join(Enterprise, col(Site.enterprise_id) == col(Enterprise.id))
        .join(Organisation, col(InspectionRequest.organisation_id) == col(Organisation.id))
        .where(InspectionRequest.round_id == round_.id, InspectionRequest.status != RequestStatus.WITHDRAWN)
        .order_by(col(InspectionRequest.uid))
    )
    skills = {row.id: row.code for row in session.exec(select(Skill))}
    towns = {row.id: row for row in session.exec(select(Town))}
    pinned = _pinned_days(session, round_) if pins else {}
    asked: list[Asked] = []
    left_out: list[LeftOut] = []
    for row, site, enterprise, organisation in session.exec(statement):
        wanted = pinned.get(row.id or 0, row.planned_date)
        fixed = row.locked or row.id in pinned
        planned = NONE if wanted is None else days.number(wanted)
        window = days.span(row.first_date, row.last_date)
        if window is None:
            left_out.append(_without_day(row))
        elif fixed and planned == NONE:
            left_out.append(LeftOut(request=row.uid, reason=Reason.LOCK, detail=f"planned={wanted}"))
        else:
            asked.append(
                Asked(
                    row=row,
                    site=site,
                    enterprise=enterprise,
                    town=towns[site.town_id],
                    organisation=organisation,
                    skill=skills.get(row.skill_id, ""),
                    window=window,
                    planned=planned,
                    locked=fixed,
                )
            )
    return tuple(asked), tuple(left_out)


def _without_day(row: InspectionRequest) -> LeftOut:
    detail = f"first={row.first_date} last={row.last_date}"
    return LeftOut(request=row.uid, reason=Reason.NO_DAY_IN_WINDOW, detail=detail)


def _pinned_days(session: Session, round_: Round) -> dict[int, date]:
    """Request id -> day, for requests in visits whose day or members a person has pinned."""
    statement = (
        select(col(VisitRequest.request_id), col(Visit.day))
        .join(Visit, col(VisitRequest.visit_id) == col(Visit.id))
        .where(Visit.round_id == round_.id, Visit.status != VisitStatus.CANCELLED)
        .where(col(Visit.day_pinned) | col(Visit.members_pinned))
    )
    return dict(session.exec(statement).all())
