"""Orders to mend (责令改正): what is due, the re-inspection that follows, and how an order ends. Rule R71; b4.

An order is a result of a closed visit with a day by which a problem is to be mended. It ends by the result of a
re-inspection, or by papers that somebody of the body has looked at: no enterprise is visited for what papers show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import (
    ItemMeasure,
    ItemOutcome,
    OrderEnding,
    PlanKind,
    PlanStatus,
    PlanTrigger,
    RequestStatus,
    RoundStatus,
    Targeting,
    VisitStatus,
)
from data.models import (
    CrewSlot,
    Enterprise,
    InspectionRequest,
    ItemResult,
    Officer,
    OrderEnd,
    Plan,
    PlanTask,
    PlanTaskItem,
    Round,
    Site,
    Visit,
    VisitRequest,
)
from scheduler.audit import queue_up, record
from scheduler.clock import Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError, NotPermittedError
from scheduler.filing.drafts import ItemDraft, PlanDraft, TaskDraft
from scheduler.filing.plans import add_task, create_plan
from scheduler.permissions import Actor, is_officer, may_follow_orders, may_write_plans
from scheduler.workdays import load_calendar

LONGEST_NOTE: Final = 1000
DUE_SOON: Final = timedelta(days=3)
"""So long before its day an order comes to the desk."""
WITHOUT_ROUND: Final = timedelta(days=30)
"""How long a re-inspection has when no round is open for filing."""
_GIVEN_UP: Final = (PlanStatus.WITHDRAWN, PlanStatus.REPLACED)
_OVER: Final = (VisitStatus.DONE, VisitStatus.CANCELLED)
_LOST: Final = (RequestStatus.LEFT_OUT, RequestStatus.WITHDRAWN)
_ENDINGS: Final = {
    ItemMeasure.CORRECTED: OrderEnding.MENDED,
    ItemMeasure.ORDERED: OrderEnding.ORDERED_AGAIN,
    ItemMeasure.TRANSFERRED: OrderEnding.TRANSFERRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order with where it was given. `review`: the plan of the re-inspection under way; `end`: None while open."""

    result: ItemResult
    visit_uid: str
    visited_on: date
    enterprise: str
    site: str
    site_uid: str
    review: Plan | None
    end: OrderEnd | None

    @property
    def mend_by(self) -> date:
        return self.result.mend_by or self.visited_on

    def waits(self, day: date) -> bool:
        """Whether somebody has to do something about it by now."""
        return self.end is None and self.review is None and self.mend_by - DUE_SOON <= day


def list_orders(session: Session, actor: Actor, *, ended: bool = False) -> tuple[Order, ...]:
    """The orders that are the actor's to follow, by day and visit: a body's all, an officer's those of own visits."""
    if not may_follow_orders(actor):
        return ()
    statement = _orders().where(_own(actor))
    kept = select(col(OrderEnd.result_id))
    there = col(ItemResult.id).in_(kept) if ended else col(ItemResult.id).not_in(kept)
    order = (col(ItemResult.mend_by), col(Visit.id), col(ItemResult.id))
    return _load(session, session.execute(statement.where(there).order_by(*order)).all())


def waiting_orders(session: Session, clock: Clock, actor: Actor) -> Iterator[Order]:
    """The orders that wait for somebody now, the most urgent first."""
    yield from (one for one in list_orders(session, actor) if one.waits(today(clock)))


def overdue_orders(session: Session, day: date) -> tuple[Order, ...]:
    """The orders of all bodies whose day is gone before `day` and that nobody follows, the longest overdue first.

    A re-inspection counts as following while its own last day is not gone.
    """
    open_ones = _orders().where(
        col(ItemResult.mend_by) < day, col(ItemResult.id).not_in(select(col(OrderEnd.result_id)))
    )
    found = _load(session, session.execute(open_ones.order_by(col(ItemResult.mend_by), col(ItemResult.id))).all())
    return tuple(one for one in found if one.review is None or one.review.period_last < day)


def get_order(session: Session, actor: Actor, uid: str) -> Order:
    """One order that is the actor's to follow. Raises NotFoundError for every other."""
    if may_follow_orders(actor):
        for one in _load(session, session.execute(_orders().where(_own(actor), ItemResult.uid == uid)).all()):
            return one
    raise NotFoundError("order", uid)


def orders_of_visit(session: Session, visit_uid: str) -> dict[int, Order]:
    """{id of a result: its order} for one visit, whoever gave them."""
    rows = session.execute(_orders().where(Visit.uid == visit_uid)).all()
    return {one.result.id or 0: one for one in _load(session, rows)}


def arrange_review(session: Session, clock: Clock, actor: Actor, visit_uid: str, *, title: str) -> tuple[Plan, bool]:
    """Write the draft of a re-inspection of everything that one's body ordered at a visit and nobody follows yet.

    Returns the plan and whether it is new: somebody who presses again is led to the one that is under way.
    Raises NotPermittedError, NotFoundError without any open order, what `create_plan` and `add_task` raise.
    """
    if not may_write_plans(actor):
        raise NotPermittedError
    queue_up(session)
    given = [one for one in list_orders(session, actor) if one.visit_uid == visit_uid]
    found = [one for one in given if one.review is None]
    if not found:
        for one in given:
            if one.review is not None:
                return one.review, False
        raise NotFoundError("order", visit_uid)
    first, last, round_uid = _period(session, clock, max(one.mend_by for one in found))
    draft = PlanDraft(
        title=title[:200],
        kind=PlanKind.REVIEW,
        period_first=first,
        period_last=last,
        round_uid=round_uid,
        trigger=PlanTrigger.RECTIFICATION,
        review_of=f"visit:{visit_uid}",
    )
    plan = create_plan(session, clock, actor, draft)
    task = TaskDraft(
        name=title,
        targeting=Targeting.NAMED,
        site_uids=(found[0].site_uid,),
        first_date=first,
        last_date=last,
        items=tuple(ItemDraft(text=one.result.item) for one in found),
        explanation="\n".join(f"{one.result.item}：{one.result.text}" for one in found)[:4000],
    )
    add_task(session, clock, actor, plan, task)
    return plan, True


def confirm_mended(session: Session, clock: Clock, actor: Actor, uid: str, *, note: str) -> None:
    """End an order because papers show that it was followed.

    Raises NotFoundError, ConflictError "order_ended", InvalidError "order_note", "string_too_long".
    """
    queue_up(session)
    order = get_order(session, actor, uid)
    if order.end is not None:
        raise ConflictError("order_ended")
    if not note.strip():
        raise InvalidError(Fault(field="note", code="order_note"))
    if len(note) > LONGEST_NOTE:
        raise InvalidError(Fault(field="note", code="string_too_long", params=(("max_length", LONGEST_NOTE),)))
    end_order(session, clock, actor, order.result, OrderEnding.SHOWN, note=note.strip())


def settle_orders(session: Session, clock: Clock, actor: Actor, visit: Visit) -> int:
    """End the orders that a closed visit has looked at again; what was not checked stays open. Returns how many."""
    said = {
        (one.organisation_id, one.item): one
        for one in session.exec(select(ItemResult).where(ItemResult.visit_id == visit.id))
    }
    ended = 0
    for order in reviewed_orders(session, visit):
        result = said.get((order.result.organisation_id, order.result.item))
        if result is None or result.outcome is ItemOutcome.UNCHECKED:
            continue
        ending = OrderEnding.MENDED
        if result.outcome is ItemOutcome.PROBLEM:
            ending = _ENDINGS.get(result.measure or ItemMeasure.OTHER, OrderEnding.UNMENDED)
        end_order(session, clock, actor, order.result, ending, by=result)
        ended += 1
    return ended


def reviewed_orders(session: Session, visit: Visit) -> tuple[Order, ...]:
    """The open orders that a visit looks at again, because a plan behind it is their re-inspection."""
    plans = session.execute(
        sa.select(Plan)
        .join(PlanTask, col(PlanTask.plan_id) == col(Plan.id))
        .join(InspectionRequest, col(InspectionRequest.task_id) == col(PlanTask.id))
        .join(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .where(col(VisitRequest.visit_id) == visit.id, col(Plan.kind) == PlanKind.REVIEW)
        .distinct()
    ).scalars()
    found: dict[int, Order] = {}
    for plan in plans:
        statement = _orders().where(
            col(ItemResult.organisation_id) == plan.organisation_id,
            col(ItemResult.id).not_in(select(col(OrderEnd.result_id))),
            col(Visit.id) != visit.id,
            _source(plan, visit),
        )
        rows = session.execute(statement.order_by(col(ItemResult.id))).all()
        found |= {one.result.id or 0: one for one in _load(session, rows)}
    return tuple(found.values())


def _source(plan: Plan, visit: Visit) -> Any:
    """Where the orders of a re-inspection were given: at the visit it names, or at this site for the plan it names."""
    if plan.reviewed_visit_uid:
        return col(Visit.uid) == plan.reviewed_visit_uid
    served = (
        sa.select(col(VisitRequest.visit_id))
        .join(InspectionRequest, col(InspectionRequest.id) == col(VisitRequest.request_id))
        .join(PlanTask, col(PlanTask.id) == col(InspectionRequest.task_id))
        .where(col(PlanTask.plan_id) == plan.reviewed_plan_id)
    )
    return sa.and_(col(Visit.site_id) == visit.site_id, col(Visit.id).in_(served))


def _orders() -> Any:
    """Results with a day to mend by, of visits that are closed: before that they can still be changed.

    An order that a correction took away is among them: it has ended, and is shown as such.
    """
    ended = col(ItemResult.id).in_(select(col(OrderEnd.result_id)))
    return (
        sa.select(ItemResult, Visit, Site, Enterprise)
        .join(Visit, col(Visit.id) == col(ItemResult.visit_id))
        .join(Site, col(Site.id) == col(Visit.site_id))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .where(sa.or_(col(ItemResult.measure) == ItemMeasure.ORDERED, ended), col(Visit.status) == VisitStatus.DONE)
    )


def _own(actor: Actor) -> Any:
    if not is_officer(actor):
        return col(ItemResult.organisation_id) == actor.organisation_id
    went = select(col(CrewSlot.visit_id)).where(CrewSlot.officer_id == actor.officer_id)
    body = select(col(Officer.organisation_id)).where(Officer.id == actor.officer_id)
    return sa.and_(
        col(ItemResult.organisation_id).in_(body),
        sa.or_(col(ItemResult.recorded_by_id) == actor.user_id, col(ItemResult.visit_id).in_(went)),
    )


def _load(session: Session, rows: Sequence[Any]) -> tuple[Order, ...]:
    ids = [result.id for result, *_ in rows]
    ends = {row.result_id: row for row in session.exec(select(OrderEnd).where(col(OrderEnd.result_id).in_(ids)))}
    reviews = _reviews(session, {visit.uid for _, visit, *_ in rows})
    return tuple(
        Order(
            result=result,
            visit_uid=visit.uid,
            visited_on=visit.day,
            enterprise=enterprise.name,
            site=site.name,
            site_uid=site.uid,
            review=reviews.get((visit.uid, result.organisation_id, result.item)),
            end=ends.get(result.id),
        )
        for result, visit, site, enterprise in rows
    )


def _reviews(session: Session, visit_uids: Iterable[str]) -> dict[tuple[str, int, str], Plan]:
    """{(visit, body, item): the plan by which it will be looked at again}; plans that are used up do not count."""
    rows = session.execute(
        sa.select(Plan, col(PlanTaskItem.text))
        .join(PlanTask, col(PlanTask.plan_id) == col(Plan.id))
        .join(PlanTaskItem, col(PlanTaskItem.task_id) == col(PlanTask.id))
        .where(col(Plan.reviewed_visit_uid).in_(sorted(visit_uids)), col(Plan.status).not_in(_GIVEN_UP))
        .order_by(col(Plan.id))
    ).all()
    used = _used_up(session, sorted({plan.id for plan, _ in rows}))
    return {(plan.reviewed_visit_uid, plan.organisation_id, text): plan for plan, text in rows if plan.id not in used}


def _used_up(session: Session, plan_ids: Sequence[int]) -> set[int]:
    """Plans whose requests are all served, called off or left out."""
    rows = session.execute(
        sa.select(col(PlanTask.plan_id), col(InspectionRequest.status), col(Visit.status))
        .join(PlanTask, col(PlanTask.id) == col(InspectionRequest.task_id))
        .outerjoin(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .outerjoin(Visit, col(Visit.id) == col(VisitRequest.visit_id))
        .where(col(PlanTask.plan_id).in_(plan_ids))
    ).all()
    going = {plan for plan, request, visit in rows if request not in _LOST and visit not in _OVER}
    return {plan for plan, *_ in rows} - going


def _period(session: Session, clock: Clock, mend_by: date) -> tuple[date, date, str | None]:
    """When to look again: after the last day for mending, in the first round that still takes plans."""
    first = load_calendar(session).add_workdays(max(mend_by, today(clock)), 1)
    rounds = select(Round).where(
        Round.status == RoundStatus.OPEN, col(Round.filing_until) >= clock.now(), col(Round.period_last) >= first
    )
    round_ = session.exec(rounds.order_by(col(Round.period_first), col(Round.id))).first()
    if round_ is None:
        return first, first + WITHOUT_ROUND, None
    return max(first, round_.period_first), round_.period_last, round_.uid


def end_order(
    session: Session,
    clock: Clock,
    actor: Actor,
    result: ItemResult,
    ending: OrderEnding,
    *,
    by: ItemResult | None = None,
    note: str = "",
) -> None:
    """Note how an order ended: by the result of a re-inspection, or with a note that says why."""
    session.add(
        OrderEnd(
            result_id=result.id or 0,
            ending=ending,
            by_result_id=by.id if by else None,
            note=note,
            ended_by_id=actor.user_id,
            ended_at=clock.now(),
        )
    )
    session.flush()
    after = {"ending": str(ending), "by": by.uid if by else "", "item": result.item}
    record(session, clock, actor, "order.end", entity="order", entity_uid=result.uid, after=after, reason=note)
