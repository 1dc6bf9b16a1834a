"""Re-inspections for which nothing is left to look at: every order behind them was revoked, or papers ended it (b4).

Derived from orders and plans; nothing of it is kept. The department takes a filed one back, the coordinator leaves out
what a round has taken already: that is an edit of the draft like every other one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import OrderEnding, PlanStatus, RequestStatus, RoundStatus, VisitStatus
from data.models import (
    InspectionRequest,
    ItemResult,
    OrderEnd,
    Plan,
    PlanTask,
    PlanTaskItem,
    Round,
    Visit,
    VisitRequest,
)
from scheduler.clock import Clock
from scheduler.errors import ConflictError
from scheduler.fieldwork.orders import Order, orders_of_visit
from scheduler.filing.access import lock_organisation, require_clerk_of
from scheduler.filing.caps.plan_caps import release_plan
from scheduler.filing.plan_steps import note_step, require_version, save_plan
from scheduler.filing.versions import find_draft_version
from scheduler.permissions import Actor, may_coordinate, may_write_plans
from scheduler.transitions import PLAN, step

WITHOUT_VISIT: Final = (OrderEnding.REVOKED, OrderEnding.SHOWN)
"""Ways in which an order ends although nobody went there again."""
IN_A_ROUND: Final = (PlanStatus.IN_ROUND, PlanStatus.SCHEDULED)
_GIVEN_UP: Final = (PlanStatus.WITHDRAWN, PlanStatus.REPLACED)
_OVER: Final = (VisitStatus.CHECKED_IN, VisitStatus.DONE)
_RELEASED: Final = (RoundStatus.PUBLISHED, RoundStatus.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleReview:
    """A plan that looks at nothing any more, with the orders that it was for.

    `requests`: what of it a round has taken and can leave out; `frozen`: the round that has taken it and is not drawn.
    """

    plan: Plan
    orders: tuple[Order, ...]
    requests: tuple[tuple[InspectionRequest, Round], ...]
    frozen: Round | None

    @property
    def taken(self) -> bool:
        """Whether a round has taken it: then the coordinator withdraws it, before that its department does."""
        return self.plan.status in IN_A_ROUND or bool(self.requests) or self.frozen is not None

    def is_for(self, actor: Actor) -> bool:
        """Whether this person is the one who can withdraw it."""
        if self.taken:
            return may_coordinate(actor)
        return may_write_plans(actor) and actor.organisation_id == self.plan.organisation_id


def idle_reviews(session: Session, actor: Actor) -> tuple[IdleReview, ...]:
    """Those that concern the actor, by plan: the coordinator's all, a clerk's those of the own body."""
    if not may_coordinate(actor) and not may_write_plans(actor):
        return ()
    plans = select(Plan).where(_order_ended(), _can_be_withdrawn()).order_by(col(Plan.id))
    if not may_coordinate(actor):
        plans = plans.where(Plan.organisation_id == actor.organisation_id)
    found = (find_idle_review(session, plan) for plan in session.exec(plans).all())
    return tuple(one for one in found if one is not None)


def find_idle_review(session: Session, plan: Plan) -> IdleReview | None:
    """The plan as one for which nothing is left to look at; None while something is, and for every other plan.

    A plan that follows another plan, not a visit, is never one: which orders it is for is known at its visit only.
    """
    orders = _orders_of(session, plan) if plan.reviewed_visit_uid and plan.status not in _GIVEN_UP else ()
    if not orders or not all(one.end and one.end.ending in WITHOUT_VISIT for one in orders):
        return None
    taken = _taken(session, plan)
    requests = tuple((request, round_) for request, round_ in taken if request is not None)
    frozen = next((round_ for request, round_ in taken if request is None), None)
    if plan.status in IN_A_ROUND and not taken:
        return None
    return IdleReview(plan=plan, orders=orders, requests=requests, frozen=frozen)


def recall_review(session: Session, clock: Clock, actor: Actor, plan: Plan, *, version: int | None = None) -> None:
    """Take back a filed re-inspection for which nothing is left to look at, before a round takes it.

    Raises TransitionError unless it is filed, StaleError, ConflictError "has_draft_version", "review_not_idle" while an
    order waits for it or when a round has taken a part of it.
    """
    require_clerk_of(actor, plan.organisation_id, "plan", plan.uid)
    lock_organisation(session, plan.organisation_id)
    # A round that is being frozen holds the rows of its plans.
    session.refresh(plan, with_for_update=True)
    require_version(plan, version)
    status = step(PLAN, plan.status, "recall", entity="plan")
    if find_draft_version(session, plan) is not None:
        raise ConflictError("has_draft_version")
    idle = find_idle_review(session, plan)
    if idle is None or idle.taken:
        raise ConflictError("review_not_idle")
    before, plan.status = plan.status, status
    save_plan(session, plan)
    release_plan(session, clock, plan, reason="recall", actor_id=actor.user_id)
    note_step(session, clock, actor, "plan.recall", plan, before=before)


def _order_ended() -> Any:
    """Whether an order of its body, given at the visit that a plan follows, ended without another visit."""
    ended = (
        sa.select(col(OrderEnd.result_id))
        .join(ItemResult, col(ItemResult.id) == col(OrderEnd.result_id))
        .join(Visit, col(Visit.id) == col(ItemResult.visit_id))
        .where(
            col(OrderEnd.ending).in_(WITHOUT_VISIT),
            col(Visit.uid) == col(Plan.reviewed_visit_uid),
            col(ItemResult.organisation_id) == col(Plan.organisation_id),
        )
    )
    return ended.exists()


def _can_be_withdrawn() -> Any:
    """Whether a plan is not given up, and a round that took it has not come to its end with it."""
    waiting = _places().where(col(PlanTask.plan_id) == col(Plan.id)).exists()
    return sa.and_(col(Plan.status).not_in(_GIVEN_UP), sa.or_(col(Plan.status).not_in(IN_A_ROUND), waiting))


def _taken(session: Session, plan: Plan) -> list[tuple[InspectionRequest | None, Round]]:
    """What rounds hold of a plan: requests that nobody has begun with, none for a task that is not drawn yet."""
    places = _places().where(col(PlanTask.plan_id) == plan.id)
    order = (col(PlanTask.position), col(InspectionRequest.id))
    return [(row[0], row[1]) for row in session.execute(places.order_by(*order)).all()]


def _places() -> Any:
    begun = (
        sa.select(col(VisitRequest.request_id))
        .join(Visit, col(Visit.id) == col(VisitRequest.visit_id))
        .where(col(VisitRequest.request_id) == col(InspectionRequest.id), col(Visit.status).in_(_OVER))
    )
    # What was left out can come back while the round is still being planned.
    lost = sa.and_(col(InspectionRequest.status) == RequestStatus.LEFT_OUT, col(Round.status).in_(_RELEASED))
    waits = sa.and_(
        col(InspectionRequest.id).is_not(None),
        col(InspectionRequest.status) != RequestStatus.WITHDRAWN,
        sa.not_(lost),
        sa.not_(begun.exists()),
    )
    undrawn = sa.and_(col(InspectionRequest.id).is_(None), col(Round.status) == RoundStatus.FROZEN)
    return (
        sa.select(InspectionRequest, Round)
        .select_from(PlanTask)
        .join(Round, col(Round.id) == col(PlanTask.round_id))
        .outerjoin(InspectionRequest, col(InspectionRequest.task_id) == col(PlanTask.id))
        .where(sa.or_(waits, undrawn))
    )


def _orders_of(session: Session, plan: Plan) -> tuple[Order, ...]:
    """The orders that a plan looks at again; none where it also looks at something else."""
    wanted = set(
        session.exec(
            select(PlanTaskItem.text)
            .join(PlanTask, col(PlanTask.id) == col(PlanTaskItem.task_id))
            .where(PlanTask.plan_id == plan.id)
        )
    )
    given = orders_of_visit(session, plan.reviewed_visit_uid).values()
    own = tuple(
        one for one in given if one.result.organisation_id == plan.organisation_id and one.result.item in wanted
    )
    return own if wanted == {one.result.item for one in own} else ()
