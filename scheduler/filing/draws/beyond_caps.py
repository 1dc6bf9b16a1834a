"""Drawn sites for which no place is left under a cap: called off as soon as they are drawn (R30).

The lists leave out who has no place at all. Yet one draw, or several of a round, may take more sites of an enterprise
than it has places for. The draw stays as it is, so that anybody can repeat it; what goes beyond is called off in
public, the last drawn first: tasks in the order of their filing, within a task by stratum and rank.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CancelReason, RequestStatus
from data.models import DrawCancellation, InspectionRequest, Round, Site
from scheduler import audit
from scheduler.clock import Clock
from scheduler.filing.caps.ledger import Want
from scheduler.filing.caps.plan_caps import places_taken, read_balances
from scheduler.filing.caps.round_caps import wants_by_request
from scheduler.permissions import Actor


def call_off_beyond_caps(session: Session, clock: Clock, actor: Actor | None, round_: Round) -> int:
    """Call off the drawn requests of a round that hard caps leave no place for; returns how many.

    Requests at one site count as one visit (R35), whoever asks for them. `actor`: who drew, None for the service.
    """
    requests = _drawn_several_times(session, round_)
    beyond = _without_place(session, requests) if requests else []
    for request in beyond:
        request.status = RequestStatus.WITHDRAWN
        session.add(request)
        session.add(DrawCancellation(request_id=request.id or 0, reason=CancelReason.CAP, cancelled_at=clock.now()))
        audit.record(
            session, clock, actor, "draw.cancel", entity="request", entity_uid=request.uid,
            before={"status": str(RequestStatus.PENDING)},
            after={"status": str(request.status), "reason": str(CancelReason.CAP)},
        )  # fmt: skip
    session.flush()
    return len(beyond)


def _drawn_several_times(session: Session, round_: Round) -> Sequence[InspectionRequest]:
    """The drawn requests at enterprises of which several sites were drawn; no other cap can be passed by a draw."""
    drawn = (col(InspectionRequest.round_id) == round_.id, col(InspectionRequest.drawn))
    several = (
        sa.select(col(Site.enterprise_id))
        .join(InspectionRequest, col(InspectionRequest.site_id) == col(Site.id))
        .where(*drawn)
        .group_by(col(Site.enterprise_id))
        .having(sa.func.count(sa.distinct(col(Site.id))) > 1)
    )
    return session.exec(
        select(InspectionRequest)
        .join(Site, col(Site.id) == col(InspectionRequest.site_id))
        .where(*drawn, col(Site.enterprise_id).in_(several))
        .order_by(col(InspectionRequest.id))
    ).all()


def _without_place(session: Session, requests: Sequence[InspectionRequest]) -> list[InspectionRequest]:
    """Those whose site is one too many for an account, when they are taken in their order."""
    limits = [[want for want in wants if _limits(want)] for wants in wants_by_request(session, requests)]
    claims = {want.claim.key: want.claim for wants in limits for want in wants}
    balances = read_balances(session, list(claims.values()))
    room = {key: (claim.most or 0) - places_taken(balances[key]) for key, claim in claims.items()}
    going: dict[str, set[int]] = {key: set() for key in claims}
    beyond = []
    for request, wants in zip(requests, limits, strict=True):
        keys = [want.claim.key for want in wants]
        if all(request.site_id in going[key] or len(going[key]) < room[key] for key in keys):
            for key in keys:
                going[key].add(request.site_id)
        else:
            beyond.append(request)
    return beyond


def _limits(want: Want) -> bool:
    return want.capped and want.claim.hard and want.claim.most is not None
