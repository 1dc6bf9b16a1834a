"""What the page for adjusting one visit shows: the visit as it is, days to go to, who is free, what is beside it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from data.enums import RecordStatus, RequestStatus
from data.models import InspectionRequest, Officer, Organisation, Round, Site, Visit
from scheduler.errors import NotFoundError
from scheduler.planning.editing.area import read_area, read_visits
from scheduler.planning.editing.days import DayChoice, possible_days
from scheduler.planning.editing.history import LastTouch, last_touch
from scheduler.planning.editing.states import VisitState


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChoice:
    """A request in the visit. `officers`: (uid, name, whether in the crew) of its body, none where nobody is known."""

    uid: str
    organisation: str
    organisation_code: str
    needs: int
    officers: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutChoice:
    """A request of the same site that is in no visit."""

    uid: str
    organisation: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusting:
    """`others`: other visits of the site in this round; `left_out`: its requests that are in none."""

    state: VisitState
    round: Round
    version: int
    days: tuple[DayChoice, ...]
    members: tuple[MemberChoice, ...]
    others: tuple[VisitState, ...]
    left_out: tuple[LeftOutChoice, ...]
    touched: LastTouch | None


def adjusting(session: Session, visit: Visit) -> Adjusting:
    """Read everything that adjusting one visit needs. Raises NotFoundError for a visit that is in no draft."""
    round_ = session.get_one(Round, visit.round_id)
    state = read_visits(session, round_, [visit.uid]).get(visit.uid)
    if state is None or not state.alive:
        raise NotFoundError("visit", visit.uid)
    beside = read_area(session, round_, days=(), sites=[state.site])
    return Adjusting(
        state=state,
        round=round_,
        version=visit.version,
        days=possible_days(session, visit),
        members=_members(session, round_, state),
        others=tuple(one for one in beside.values() if one.uid != visit.uid),
        left_out=_left_out(session, round_, state.site),
        touched=last_touch(session, visit),
    )


def member_uids(session: Session, visit: Visit) -> tuple[str, ...]:
    """The requests of a visit."""
    found = read_visits(session, session.get_one(Round, visit.round_id), [visit.uid])
    return found[visit.uid].requests


def _members(session: Session, round_: Round, state: VisitState) -> tuple[MemberChoice, ...]:
    statement = (
        select(InspectionRequest, Organisation)
        .join(Organisation, col(InspectionRequest.organisation_id) == col(Organisation.id))
        .where(InspectionRequest.round_id == round_.id, col(InspectionRequest.uid).in_(state.requests))
        .order_by(col(Organisation.code), col(InspectionRequest.uid))
    )
    rows = session.exec(statement).all()
    people: dict[int, list[Officer]] = {}
    bodies = {body.id for _, body in rows}
    own = select(Officer).where(col(Officer.organisation_id).in_(bodies), Officer.status == RecordStatus.ACTIVE)
    for officer in session.exec(own.order_by(col(Officer.name), col(Officer.uid))):
        people.setdefault(officer.organisation_id, []).append(officer)
    return tuple(
        MemberChoice(
            uid=row.uid,
            organisation=body.short_name,
            organisation_code=body.code,
            needs=row.inspectors,
            officers=tuple(
                (one.uid, one.name, one.uid in state.crew_of(row.uid)) for one in people.get(row.organisation_id, [])
            ),
        )
        for row, body in sorted(rows, key=lambda pair: pair[1].code != state.lead_organisation)
    )


def _left_out(session: Session, round_: Round, site: str) -> tuple[LeftOutChoice, ...]:
    statement = (
        select(InspectionRequest.uid, Organisation.short_name, InspectionRequest.reason_code)
        .join(Organisation, col(InspectionRequest.organisation_id) == col(Organisation.id))
        .join(Site, col(InspectionRequest.site_id) == col(Site.id))
        .where(
            InspectionRequest.round_id == round_.id,
            InspectionRequest.status == RequestStatus.LEFT_OUT,
            Site.uid == site,
        )
        .order_by(col(Organisation.code), col(InspectionRequest.uid))
    )
    return tuple(LeftOutChoice(uid=uid, organisation=name, code=code) for uid, name, code in session.exec(statement))


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutLine:
    """A request that is in no visit, with why, for the list of a round."""

    uid: str
    organisation: str
    site: str
    priority: int
    code: str
    detail: str


def list_left_out(session: Session, round_: Round) -> tuple[LeftOutLine, ...]:
    """The requests of a round that are in no visit, the most urgent first."""
    statement = (
        select(InspectionRequest, Organisation.short_name, Site.name)
        .join(Organisation, col(InspectionRequest.organisation_id) == col(Organisation.id))
        .join(Site, col(InspectionRequest.site_id) == col(Site.id))
        .where(InspectionRequest.round_id == round_.id, InspectionRequest.status == RequestStatus.LEFT_OUT)
        .order_by(col(InspectionRequest.priority).desc(), col(Site.name), col(InspectionRequest.uid))
    )
    return tuple(
        LeftOutLine(
            uid=row.uid,
            organisation=body,
            site=site,
            priority=row.priority,
            code=row.reason_code,
            detail=row.reason_detail,
        )
        for row, body, site in session.exec(statement)
    )


def get_request(session: Session, uid: str) -> tuple[InspectionRequest, Round]:
    """A request with its round. Raises NotFoundError."""
    found = session.exec(select(InspectionRequest).where(InspectionRequest.uid == uid)).first()
    if found is None:
        raise NotFoundError("request", uid)
    return found, session.get_one(Round, found.round_id)
