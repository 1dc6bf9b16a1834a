"""Arrival at a site: a crew checks in (R66), and an unannounced visit stops being a secret."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from data.enums import ArrivalMethod, FieldDeed, NoticeMode, VisitStatus
from data.models import (
    CrewArrival,
    InspectionRecord,
    InspectionRequest,
    Officer,
    ReleaseVisit,
    Visit,
    VisitRequest,
)
from scheduler.audit import queue_up, record
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError
from scheduler.fieldwork.entries import LATE_AFTER, enter
from scheduler.fieldwork.figures import figure
from scheduler.fieldwork.site_codes import opens
from scheduler.fieldwork.visits import FieldVisit, get_field_visit
from scheduler.filing.caps.round_caps import use_visit
from scheduler.permissions import Actor
from scheduler.publishing.addresses import INBOX_ONLY, Ways
from scheduler.publishing.posting import arrival_of, write_arrival_notices
from scheduler.publishing.visibility import rows_in_force
from scheduler.transitions import VISIT, step

LONGEST_REASON: Final = 500
SLOW_CLOCK: Final = timedelta(minutes=5)
"""By so much the clock of a phone may be ahead of ours."""


def check_in(
    session: Session,
    clock: Clock,
    actor: Actor,
    uid: str,
    *,
    key: str,
    secret: str,
    code: str = "",
    reason: str = "",
    arrived_at: datetime | None = None,
    device_at: datetime | None = None,
    ways: Ways = INBOX_ONLY,
) -> bool:
    """Check one's own crew in, by the code of the site or with a reason; False when this was sent before.

    `arrived_at`: when the crew says that it arrived, else the time of the device, else now. `ways`: on which channels
    the enterprise of an unannounced visit is told. Raises NotFoundError for everybody outside the crew; InvalidError:
    "wrong_site_code", "reason_or_code", "in_the_future", "too_early", "arrived_before_day", "backfill_over" (R66);
    ConflictError "crew_arrived" when a colleague was faster; what `note_arrival` raises.
    """
    found = get_field_visit(session, actor, uid)
    content = {"code": code, "reason": reason, "arrived_at": arrived_at}
    entry = enter(session, clock, actor, found.visit, FieldDeed.CHECK_IN, key=key, content=content, device_at=device_at)
    if entry is None:
        return False
    moment = min(arrived_at or device_at or clock.now(), clock.now())
    faults = [*_proof_faults(found, secret, code, reason), *time_faults(session, clock, found.day, arrived_at, moment)]
    if faults:
        raise InvalidError(*faults)
    own = session.get_one(Officer, actor.officer_id).organisation_id
    if _arrival(session, found.visit, own) is not None:
        raise ConflictError("crew_arrived")
    if found.visit.status is VisitStatus.PUBLISHED:
        note_arrival(session, clock, found.visit, actor=actor, at=moment, ways=ways)
    step(VISIT, found.visit.status, "join", entity="visit")
    arrival = CrewArrival(
        visit_id=found.visit.id or 0,
        organisation_id=own,
        officer_id=actor.officer_id or 0,
        method=ArrivalMethod.CODE if code else ArrivalMethod.MANUAL,
        reason="" if code else reason.strip(),
        arrived_at=moment,
        received_at=clock.now(),
        late=clock.now() - moment > LATE_AFTER,
    )
    session.add(arrival)
    session.flush()
    after = {"method": str(arrival.method), "arrived_at": moment.isoformat(), "late": arrival.late}
    record(session, clock, actor, "visit.arrive", entity="visit", entity_uid=uid, after=after, reason=arrival.reason)
    return True


def _arrival(session: Session, visit: Visit, organisation_id: int) -> CrewArrival | None:
    statement = select(CrewArrival).where(CrewArrival.visit_id == visit.id)
    return session.exec(statement.where(CrewArrival.organisation_id == organisation_id)).first()


def _proof_faults(found: FieldVisit, secret: str, code: str, reason: str) -> list[Fault]:
    if code:
        return [] if opens(secret, found.site_uid, code) else [Fault(field="code", code="wrong_site_code")]
    if len(reason) > LONGEST_REASON:
        return [Fault(field="reason", code="string_too_long", params=(("max_length", LONGEST_REASON),))]
    return [] if reason.strip() else [Fault(field="reason", code="reason_or_code")]


def time_faults(session: Session, clock: Clock, day: date, said: datetime | None, moment: datetime) -> list[Fault]:
    if said is not None and said > clock.now() + SLOW_CLOCK:
        return [Fault(field="arrived_at", code="in_the_future")]
    on = moment.astimezone(DISTRICT_ZONE).date()
    if on < day <= today(clock):
        return [Fault(field="arrived_at", code="arrived_before_day", params=(("day", day.isoformat()),))]
    if on < day:
        return [Fault(field="arrived_at", code="too_early", params=(("day", day.isoformat()),))]
    days = figure(session, today(clock), "R66", "backfill_days")
    if today(clock) > on + timedelta(days=days):
        return [Fault(field="arrived_at", code="backfill_over", params=(("days", days),))]
    return []


def note_arrival(
    session: Session,
    clock: Clock,
    visit: Visit,
    *,
    actor: Actor | None,
    at: datetime | None = None,
    ways: Ways = INBOX_ONLY,
) -> None:
    """Note that the first crew has arrived. The visit counts from now on, and its enterprise is told if it was not.

    `actor` None stands for the service, which takes over arrivals that were noted elsewhere; `at`: when, else now.
    Raises TransitionError (not published, or checked in already), InvalidError "too_early" (before the planned day),
    ConflictError "not_released".
    """
    # Whoever edits this visit meanwhile has locked the trail first: so is it done here.
    queue_up(session)
    session.refresh(visit)
    status = step(VISIT, visit.status, "check_in", entity="visit")
    moment = at or clock.now()
    on = moment.astimezone(DISTRICT_ZONE).date()
    released = session.exec(rows_in_force().where(col(ReleaseVisit.visit_uid) == visit.uid)).first()
    if released is None or released.cancelled:
        raise ConflictError("not_released", visit=visit.uid)
    if on < released.day:
        raise InvalidError(Fault(field="visit", code="too_early", params=(("day", released.day.isoformat()),)))
    visit.status = status
    visit.checked_in_at = moment
    session.add(visit)
    count_visit(session, visit, on)
    use_visit(session, clock, visit, actor_id=actor.user_id if actor else None)
    if visit.notice_mode is NoticeMode.UNANNOUNCED:
        write_arrival_notices(session, clock, arrival_of(released), ways)
    session.flush()
    after = {"status": str(visit.status), "checked_in_at": visit.checked_in_at.isoformat()}
    record(session, clock, actor, "visit.check_in", entity="visit", entity_uid=visit.uid, after=after)


def count_visit(session: Session, visit: Visit, day: date) -> None:
    """Write each organisation's part into the history that frequencies are counted from."""
    members = (
        select(col(InspectionRequest.organisation_id))
        .join(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .where(VisitRequest.visit_id == visit.id)
        .distinct()
    )
    for organisation_id in sorted(session.exec(members)):
        session.add(
            InspectionRecord(visit_uid=visit.uid, site_id=visit.site_id, organisation_id=organisation_id, day=day)
        )
