"""What the correction of a result means for orders to mend: taken away, given anew, or ended in another way.

Two kinds hang on a result: the order that it is itself, and older ones that it ended as the result of a re-inspection.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from data.enums import ItemMeasure, OrderEnding
from data.models import ItemResult, OrderEnd, Visit
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.fieldwork.orders import end_order, orders_of_visit, settle_orders
from scheduler.filing.caps.plan_caps import release_plan
from scheduler.filing.plan_steps import note_step, save_plan
from scheduler.permissions import Actor
from scheduler.transitions import PLAN, can_step, step


def revise_orders(
    session: Session, clock: Clock, actor: Actor, visit: Visit, result: ItemResult, *, was_ordered: bool, reason: str
) -> None:
    """Bring orders in line with a result that was just corrected; `was_ordered`: whether it was an order before.

    An order that is none any more ends as revoked, and the draft of a re-inspection that was only for such orders is
    given up; one that is filed already goes on until somebody withdraws it (see `idle_reviews`).
    """
    _judge_again(session, clock, actor, visit, result)
    ordered = result.measure is ItemMeasure.ORDERED
    end = session.get(OrderEnd, result.id)
    if ordered and end is not None and end.ending is OrderEnding.REVOKED:
        _reopen(session, clock, actor, end, result)
    if was_ordered and not ordered and end is None:
        end_order(session, clock, actor, result, OrderEnding.REVOKED, note=reason)
        _give_review_up(session, clock, actor, visit, result)


def _judge_again(session: Session, clock: Clock, actor: Actor, visit: Visit, result: ItemResult) -> None:
    """End the orders anew that this result ended as a re-inspection's; what it no longer checked is open again."""
    ended = session.exec(select(OrderEnd).where(col(OrderEnd.by_result_id) == result.id)).all()
    for end in ended:
        _reopen(session, clock, actor, end, session.get_one(ItemResult, end.result_id))
    settle_orders(session, clock, actor, visit)


def _reopen(session: Session, clock: Clock, actor: Actor, end: OrderEnd, result: ItemResult) -> None:
    before = {"ending": str(end.ending), "item": result.item}
    session.delete(end)
    session.flush()
    record(session, clock, actor, "order.reopen", entity="order", entity_uid=result.uid, before=before)


def _give_review_up(session: Session, clock: Clock, actor: Actor, visit: Visit, result: ItemResult) -> None:
    """Give up the draft of the re-inspection that looked at this order, unless another one still needs it."""
    orders = orders_of_visit(session, visit.uid)
    plan = orders[result.id or 0].review
    needed = {one.review.id for one in orders.values() if one.end is None and one.review is not None}
    if plan is None or plan.id in needed or not can_step(PLAN, plan.status, "discard"):
        return
    before, plan.status = plan.status, step(PLAN, plan.status, "discard", entity="plan")
    save_plan(session, plan)
    release_plan(session, clock, plan, reason="discard", actor_id=actor.user_id)
    note_step(session, clock, actor, "plan.discard", plan, before=before)
