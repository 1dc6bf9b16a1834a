"""Drawn sites that are not visited after all (D8): the other way to cheat, so each needs a reason and is counted.

The draw itself does not change: the document still says that the site was drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CancelReason, NoticeMode, RequestStatus, VisitStatus
from data.errors import NotFoundError
from data.models import (
    Draw,
    DrawCancellation,
    Enterprise,
    InspectionRequest,
    Organisation,
    PlanTask,
    Round,
    Site,
    Visit,
    VisitRequest,
)
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import ConflictError, Fault, InvalidError, NotPermittedError
from scheduler.permissions import Actor, may_coordinate, may_see_all

LONGEST_DETAIL: Final = 2000
GIVEN_BY_HAND: Final = tuple(one for one in CancelReason if one is not CancelReason.CAP)
"""Reasons that a person may give; that a cap is used up, the service alone says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSubject:
    """What is called off, in names."""

    round_name: str
    enterprise: str
    site: str
    organisation: str
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmRate:
    """How often an enterprise was drawn in all rounds, and how many of these visits were called off.

    `left_out`: drawn, but the plan found no room; `reasons`: (reason, number), by reason.
    """

    enterprise: str
    credit_code: str
    drawn: int
    cancelled: int
    left_out: int
    reasons: tuple[tuple[CancelReason, int], ...]

    @property
    def rate(self) -> float:
        return self.cancelled / self.drawn


def cancel_drawn(
    session: Session,
    clock: Clock,
    actor: Actor,
    request: InspectionRequest,
    *,
    reason: CancelReason,
    detail: str = "",
) -> DrawCancellation:
    """Call a drawn request off before it is part of a visit, saying why.

    Raises NotPermittedError, ConflictError "not_drawn", "already_cancelled" and "in_a_visit" (the visit has to be
    cancelled first), InvalidError "required" (detail, for the reason "other") and "too_long".
    """
    if not may_coordinate(actor):
        raise NotPermittedError
    require_cancellable(request, reason, detail)
    if session.execute(_live_visits(request)).first() is not None:
        raise ConflictError("in_a_visit")
    before = {"status": str(request.status)}
    request.status = RequestStatus.WITHDRAWN
    round_ = session.get_one(Round, request.round_id)
    round_.draft_version += 1
    made = DrawCancellation(
        request_id=request.id or 0,
        reason=reason,
        detail=detail.strip(),
        cancelled_by_id=actor.user_id,
        cancelled_at=clock.now(),
    )
    session.add_all([request, round_, made])
    session.flush()
    audit.record(
        session, clock, actor, "draw.cancel", entity="request", entity_uid=request.uid,
        before=before, after={"status": str(request.status), "reason": str(reason)}, reason=detail.strip(),
    )  # fmt: skip
    return made


def require_cancellable(request: InspectionRequest, reason: CancelReason, detail: str) -> None:
    """Raise what `cancel_drawn` raises of the request and of the reason."""
    if not request.drawn:
        raise ConflictError("not_drawn")
    if request.status is RequestStatus.WITHDRAWN:
        raise ConflictError("already_cancelled")
    if reason is CancelReason.OTHER and not detail.strip():
        raise InvalidError(Fault(field="detail", code="required"))
    if len(detail) > LONGEST_DETAIL:
        raise InvalidError(Fault(field="detail", code="too_long"))


def get_drawn_request(session: Session, actor: Actor, uid: str) -> InspectionRequest:
    """Raises NotFoundError for an unknown request, and for whoever may not see all of them."""
    found = session.exec(select(InspectionRequest).where(InspectionRequest.uid == uid)).first()
    if found is None or not may_see_all(actor):
        raise NotFoundError("request", uid)
    return found


def describe_request(session: Session, request: InspectionRequest) -> CancelSubject:
    """Return what a request is about, for whoever is about to call it off."""
    site = session.get_one(Site, request.site_id)
    return CancelSubject(
        round_name=session.get_one(Round, request.round_id).name,
        enterprise=session.get_one(Enterprise, site.enterprise_id).name,
        site=site.name,
        organisation=session.get_one(Organisation, request.organisation_id).short_name,
        task=session.get_one(PlanTask, request.task_id).name,
    )


def cancellation_rates(session: Session, actor: Actor, *, round_: Round | None = None) -> list[FirmRate]:
    """Return the enterprises with a drawn visit called off, in one round or all, the highest rate first.

    Counted are requests withdrawn with a reason and drawn requests whose visit was cancelled. Raises
    NotPermittedError for whoever may not see all rows: hidden visits are counted, too.
    """
    if not may_see_all(actor):
        raise NotPermittedError
    return _rates(session, round_, hidden=True)


def public_rates(session: Session, round_: Round, *, opened: bool) -> list[FirmRate]:
    """Return the enterprises with a drawn visit of the round called off, as everybody may see them.

    `opened`: whether no unannounced visit can come any more; before, none of them is counted.
    """
    return _rates(session, round_, hidden=opened)


def drawn_requests(session: Session, draw: Draw) -> dict[str, list[InspectionRequest]]:
    """Return {site uid: requests that came of a draw}."""
    found: dict[str, list[InspectionRequest]] = {}
    statement = (
        select(InspectionRequest, Site.uid)
        .join(Site, col(Site.id) == col(InspectionRequest.site_id))
        .where(InspectionRequest.task_id == draw.task_id, InspectionRequest.round_id == draw.round_id)
        .order_by(col(InspectionRequest.id))
    )
    for request, uid in session.exec(statement):
        found.setdefault(uid, []).append(request)
    return found


def _rates(session: Session, round_: Round | None, *, hidden: bool) -> list[FirmRate]:
    cancelled_visit = (
        sa.select(sa.literal(1))
        .select_from(VisitRequest)
        .join(Visit, col(Visit.id) == col(VisitRequest.visit_id))
        .where(col(VisitRequest.request_id) == col(InspectionRequest.id), col(Visit.status) == VisitStatus.CANCELLED)
        .exists()
    )
    statement = (
        sa.select(
            col(Enterprise.name),
            col(Enterprise.credit_code),
            col(InspectionRequest.status),
            cancelled_visit,
            col(DrawCancellation.reason),
        )
        .join(Site, col(Site.id) == col(InspectionRequest.site_id))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .join(DrawCancellation, col(DrawCancellation.request_id) == col(InspectionRequest.id), isouter=True)
        .where(col(InspectionRequest.drawn))
    )
    if round_ is not None:
        statement = statement.where(col(InspectionRequest.round_id) == round_.id)
    if not hidden:
        statement = statement.where(col(InspectionRequest.notice_mode) != NoticeMode.UNANNOUNCED)
    tallies: dict[str, _Tally] = {}
    for name, code, status, visit_gone, reason in session.execute(statement):
        tally = tallies.setdefault(code, _Tally(name=name, reasons={}))
        tally.drawn += 1
        tally.left_out += status is RequestStatus.LEFT_OUT
        if visit_gone or status is RequestStatus.WITHDRAWN:
            tally.cancelled += 1
            cause = CancelReason(reason) if reason else CancelReason.OTHER
            tally.reasons[cause] = tally.reasons.get(cause, 0) + 1
    rates = [_rate(code, tally) for code, tally in tallies.items() if tally.cancelled]
    return sorted(rates, key=lambda one: (-one.rate, -one.cancelled, one.credit_code))


@dataclass(slots=True, kw_only=True)
class _Tally:
    name: str
    reasons: dict[CancelReason, int]
    drawn: int = 0
    cancelled: int = 0
    left_out: int = 0


def _rate(code: str, tally: _Tally) -> FirmRate:
    return FirmRate(
        enterprise=tally.name,
        credit_code=code,
        drawn=tally.drawn,
        cancelled=tally.cancelled,
        left_out=tally.left_out,
        reasons=tuple(sorted(tally.reasons.items())),
    )


def _live_visits(request: InspectionRequest) -> sa.Select[int | None]:
    return (
        sa.select(col(Visit.id))
        .join(VisitRequest, col(VisitRequest.visit_id) == col(Visit.id))
        .where(col(VisitRequest.request_id) == request.id, col(Visit.status) != VisitStatus.CANCELLED)
    )
