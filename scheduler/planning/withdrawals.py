"""Taking a drawn request out of the draft: the visit goes on without it, or not at all. The draw itself stays as it is.

Why and how often is counted by `scheduler.filing.draws.cancellations` (D8).
"""

from __future__ import annotations

from typing import Final

from sqlmodel import Session, col, delete, select

from data.enums import CancelReason, RoundStatus, VisitStatus
from data.models import CrewSlot, DrawCancellation, InspectionRequest, Organisation, Round, Visit, VisitRequest
from scheduler.audit import queue_up
from scheduler.clock import Clock
from scheduler.errors import ConflictError, NotPermittedError
from scheduler.filing.draws.cancellations import cancel_drawn, require_cancellable
from scheduler.permissions import Actor, may_coordinate
from scheduler.planning.drafts import touch_draft
from scheduler.transitions import VISIT, step

UNDER_WAY: Final = (VisitStatus.CHECKED_IN, VisitStatus.DONE)


def withdraw_drawn(
    session: Session,
    clock: Clock,
    actor: Actor,
    request: InspectionRequest,
    *,
    reason: CancelReason,
    detail: str = "",
) -> DrawCancellation:
    """Take a drawn request out of its visit and call it off; the round needs another approval afterwards.

    Raises what `cancel_drawn` raises but "in_a_visit"; ConflictError "visits_under_way" when the crew has checked in,
    "run_live" while the round is being solved.
    """
    if not may_coordinate(actor):
        raise NotPermittedError
    queue_up(session)
    session.refresh(request)
    require_cancellable(request, reason, detail)
    round_ = session.get_one(Round, request.round_id, populate_existing=True)
    if round_.status is RoundStatus.SOLVING:
        raise ConflictError("run_live", round=round_.name)
    visit = _visit_of(session, request)
    if visit is not None:
        _leave(session, visit, request)
    made = cancel_drawn(session, clock, actor, request, reason=reason, detail=detail)
    touch_draft(session, clock, actor, round_, reason=detail.strip() or str(reason))
    return made


def _visit_of(session: Session, request: InspectionRequest) -> Visit | None:
    statement = (
        select(Visit)
        .join(VisitRequest, col(VisitRequest.visit_id) == col(Visit.id))
        .where(VisitRequest.request_id == request.id, Visit.status != VisitStatus.CANCELLED)
    )
    found = session.exec(statement).first()
    if found is not None and found.status in UNDER_WAY:
        raise ConflictError("visits_under_way", round=str(found.round_id))
    return found


def _leave(session: Session, visit: Visit, request: InspectionRequest) -> None:
    session.exec(delete(CrewSlot).where(col(CrewSlot.request_id) == request.id))
    session.exec(delete(VisitRequest).where(col(VisitRequest.request_id) == request.id))
    staying = session.exec(
        select(InspectionRequest)
        .join(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .where(VisitRequest.visit_id == visit.id)
        .order_by(col(InspectionRequest.uid))
    ).all()
    if staying:
        visit.quarters = max(one.quarters for one in staying)
        _pass_lead_on(session, visit, {one.organisation_id for one in staying})
        session.add(visit)
    elif visit.status is VisitStatus.DRAFT:
        session.delete(visit)
    else:
        visit.status = step(VISIT, visit.status, "cancel", entity="visit")
        session.add(visit)
    session.flush()


def _pass_lead_on(session: Session, visit: Visit, staying: set[int]) -> None:
    """Somebody of a body that stays leads: the same where possible, else by code and key, so that it is repeatable."""
    if visit.lead_organisation_id not in staying:
        codes = select(Organisation).where(col(Organisation.id).in_(staying)).order_by(col(Organisation.code))
        visit.lead_organisation_id = session.exec(codes).first().id or 0  # type: ignore[union-attr]
    crew = session.exec(
        select(CrewSlot.officer_id, InspectionRequest.organisation_id)
        .join(InspectionRequest, col(InspectionRequest.id) == col(CrewSlot.request_id))
        .where(CrewSlot.visit_id == visit.id)
        .order_by(col(CrewSlot.officer_id))
    ).all()
    if visit.lead_officer_id not in {officer for officer, _ in crew}:
        leading = [officer for officer, body in crew if body == visit.lead_organisation_id]
        visit.lead_officer_id = next(iter([*leading, *(officer for officer, _ in crew)]), None)
