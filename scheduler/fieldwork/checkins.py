"""Arrival at a site: the crew checks in, and an unannounced visit stops being a secret."""

from __future__ import annotations

import json

from sqlmodel import Session, col, select

from data.enums import Channel, NoticeKind, NoticeMode, RecipientKind
from data.models import (
    CrewSlot,
    InspectionRecord,
    InspectionRequest,
    Officer,
    OutboxMessage,
    ReleaseVisit,
    Visit,
    VisitRequest,
)
from scheduler.audit import record
from scheduler.clock import Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError
from scheduler.filing.caps.round_caps import use_visit
from scheduler.permissions import Actor, is_officer
from scheduler.publishing.differences import Change
from scheduler.publishing.visibility import rows_in_force
from scheduler.transitions import VISIT, step


def check_in(session: Session, clock: Clock, actor: Actor, visit: Visit) -> None:
    """Check in as one of the crew. Raises NotFoundError for everybody else, and what `note_arrival` raises."""
    if not is_officer(actor) or not _in_crew(session, actor, visit):
        raise NotFoundError("visit", visit.uid)
    note_arrival(session, clock, visit, actor=actor)


def note_arrival(session: Session, clock: Clock, visit: Visit, *, actor: Actor | None) -> None:
    """Note that the crew has arrived. The visit counts from now on, and its enterprise is told if it was not before.

    `actor` None stands for the service, which takes over arrivals that were noted elsewhere.
    Raises TransitionError (not published, or checked in already), InvalidError "too_early" (before the planned day),
    ConflictError "not_released".
    """
    status = step(VISIT, visit.status, "check_in", entity="visit")
    released = _in_force(session, visit)
    # The day that was released counts, whatever a draft says by now.
    day = visit.day if released is None else released.day
    if today(clock) < day:
        raise InvalidError(Fault(field="visit", code="too_early", params=(("day", day.isoformat()),)))
    if released is None or released.cancelled:
        raise ConflictError("not_released", visit=visit.uid)
    visit.status = status
    visit.checked_in_at = clock.now()
    session.add(visit)
    _count(session, clock, visit)
    use_visit(session, clock, visit, actor_id=actor.user_id if actor else None)
    if visit.notice_mode is NoticeMode.UNANNOUNCED:
        _reveal(session, clock, released)
    session.flush()
    after = {"status": str(visit.status), "checked_in_at": visit.checked_in_at.isoformat()}
    record(session, clock, actor, "visit.check_in", entity="visit", entity_uid=visit.uid, after=after)


def _in_force(session: Session, visit: Visit) -> ReleaseVisit | None:
    return session.exec(rows_in_force().where(col(ReleaseVisit.visit_uid) == visit.uid)).first()


def _in_crew(session: Session, actor: Actor, visit: Visit) -> bool:
    """Whether the release in force sends the officer there; before there is one, whether the draft does."""
    released = _in_force(session, visit)
    if released is None:
        own = select(col(CrewSlot.id)).where(CrewSlot.visit_id == visit.id, CrewSlot.officer_id == actor.officer_id)
        return session.exec(own.limit(1)).first() is not None
    uid = session.get_one(Officer, actor.officer_id).uid
    return any(uid in request["officers"] for request in json.loads(released.body)["internal"]["requests"])


def _count(session: Session, clock: Clock, visit: Visit) -> None:
    """Write each organisation's part into the history that frequencies are counted from."""
    members = (
        select(col(InspectionRequest.organisation_id))
        .join(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .where(VisitRequest.visit_id == visit.id)
        .distinct()
    )
    for organisation_id in sorted(session.exec(members)):
        session.add(
            InspectionRecord(
                visit_uid=visit.uid, site_id=visit.site_id, organisation_id=organisation_id, day=today(clock)
            )
        )


def _reveal(session: Session, clock: Clock, released: ReleaseVisit) -> None:
    public = json.loads(released.body)["public"]
    line = {
        "change": str(Change.NEW),
        "visit": released.visit_uid,
        "told_hash": released.public_hash,
        "shown": public,
        "before": None,
    }
    session.add(
        OutboxMessage(
            dedupe_key=f"check_in:{released.visit_uid}",
            kind=NoticeKind.CHECK_IN,
            channel=Channel.INBOX,
            recipient_kind=RecipientKind.ENTERPRISE,
            recipient_id=released.enterprise_id,
            release_id=released.release_id,
            payload={"round": "", "release": None, "changes": [line]},
            created_at=clock.now(),
            not_before=clock.now(),
        )
    )
