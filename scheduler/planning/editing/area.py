"""The part of the draft that an edit can touch or meet, read as states. Reads only and judges nothing.

Every rule looks at one site, at one body's day or at one officer's day: what is on the days and at the sites of an edit
is all that it can break.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import VisitStatus
from data.models import CrewSlot, InspectionRequest, Officer, Organisation, Round, Site, Visit, VisitRequest
from scheduler.planning.editing.states import Member, RequestState, Rows, VisitState

_COLUMNS: Final = (
    col(Visit.id),
    col(Visit.uid),
    col(Site.uid),
    col(Visit.day),
    col(Visit.start_quarter),
    col(Visit.quarters),
    col(Visit.notice_mode),
    col(Visit.status),
    col(Organisation.code),
    col(Officer.uid),
    col(Visit.day_pinned),
    col(Visit.crew_pinned),
    col(Visit.members_pinned),
)


def read_area(
    session: Session, round_: Round, *, days: Collection[date] | None, sites: Collection[str] = ()
) -> dict[str, VisitState]:
    """The live visits of a round on some days or at some sites (uids), by uid; all of them where `days` is None."""
    here = _place(days, sites)
    return _states(session, sa.and_(col(Visit.round_id) == round_.id, col(Visit.status) != VisitStatus.CANCELLED, here))


def read_visits(session: Session, round_: Round, uids: Collection[str]) -> dict[str, VisitState]:
    """Visits of a round by uid, cancelled ones too; unknown ones are absent."""
    return _states(session, sa.and_(col(Visit.round_id) == round_.id, col(Visit.uid).in_(uids))) if uids else {}


def read_requests(session: Session, round_: Round, uids: Collection[str]) -> dict[str, RequestState]:
    """Requests of a round by uid; unknown ones are absent."""
    rows = select(
        col(InspectionRequest.uid),
        col(InspectionRequest.status),
        col(InspectionRequest.reason_code),
        col(InspectionRequest.reason_detail),
    ).where(InspectionRequest.round_id == round_.id, col(InspectionRequest.uid).in_(uids))
    found = session.execute(rows) if uids else ()
    return {
        uid: RequestState(uid=uid, status=status, reason_code=code, reason_detail=detail)
        for uid, status, code, detail in found
    }


def read_rows(session: Session, round_: Round, like: Rows) -> Rows:
    """The same visits and requests as in `like`, as they are now; cancelled visits count as absent nowhere."""
    return Rows(
        visits=read_visits(session, round_, like.visits.keys()),
        requests=read_requests(session, round_, like.requests.keys()),
    )


def find_visit_of(session: Session, round_: Round, request: str) -> str | None:
    """The visit that a request is in."""
    statement = (
        select(col(Visit.uid))
        .join(VisitRequest, col(VisitRequest.visit_id) == col(Visit.id))
        .join(InspectionRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .where(InspectionRequest.uid == request, Visit.round_id == round_.id, Visit.status != VisitStatus.CANCELLED)
    )
    return session.exec(statement).first()


def _place(days: Collection[date] | None, sites: Collection[str]) -> Any:
    if days is None:
        return sa.true()
    at_sites = col(Visit.site_id).in_(select(col(Site.id)).where(col(Site.uid).in_(sites)))
    return sa.or_(col(Visit.day).in_(days), at_sites)


def _states(session: Session, where: Any) -> dict[str, VisitState]:
    statement = (
        sa.select(*_COLUMNS)
        .join(Site, col(Visit.site_id) == col(Site.id))
        .join(Organisation, col(Visit.lead_organisation_id) == col(Organisation.id))
        .outerjoin(Officer, col(Visit.lead_officer_id) == col(Officer.id))
        .where(where)
        .order_by(col(Visit.uid))
    )
    rows = session.execute(statement).all()
    members = _members(session, where)
    return {row[1]: _state(row, members.get(row[0], ())) for row in rows}


def _state(row: Any, members: tuple[Member, ...]) -> VisitState:
    _, uid, site, day, start, quarters, notice, status, lead, officer, day_pin, crew_pin, members_pin = row
    return VisitState(
        uid=uid,
        site=site,
        day=day,
        start_quarter=start,
        quarters=quarters,
        notice_mode=notice,
        status=status,
        lead_organisation=lead,
        lead_officer=officer or "",
        day_pinned=day_pin,
        crew_pinned=crew_pin,
        members_pinned=members_pin,
        members=members,
    )


def _members(session: Session, where: Any) -> dict[int, tuple[Member, ...]]:
    """Visit id -> its requests with their people, by uid."""
    own = sa.select(col(Visit.id)).where(where)
    asked = (
        sa.select(col(VisitRequest.visit_id), col(InspectionRequest.id), col(InspectionRequest.uid))
        .join(InspectionRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .where(col(VisitRequest.visit_id).in_(own))
    )
    crews: dict[tuple[int, int], set[str]] = {}
    slots = (
        sa.select(col(CrewSlot.visit_id), col(CrewSlot.request_id), col(Officer.uid))
        .join(Officer, col(CrewSlot.officer_id) == col(Officer.id))
        .where(col(CrewSlot.visit_id).in_(own))
        .distinct()
    )
    for visit_id, request_id, officer in session.execute(slots):
        crews.setdefault((visit_id, request_id), set()).add(officer)
    members: dict[int, list[Member]] = {}
    for visit_id, request_id, uid in session.execute(asked):
        crew = tuple(sorted(crews.get((visit_id, request_id), ())))
        members.setdefault(visit_id, []).append(Member(request=uid, officers=crew))
    return {visit: tuple(sorted(found, key=lambda one: one.request)) for visit, found in members.items()}
