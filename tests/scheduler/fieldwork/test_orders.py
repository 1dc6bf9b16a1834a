"""Orders to mend: on the desk when due, off it by what is done; a re-inspection ends what it looked at."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ItemMeasure, ItemOutcome, OrderEnding, PlanKind, PlanStatus, PlanTrigger, Role, VisitStatus
from data.models import (
    InspectionRequest,
    ItemResult,
    OrderEnd,
    Plan,
    PlanTask,
    PlanTaskItem,
    Visit,
    VisitRequest,
)
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from scheduler.fieldwork.item_results import close_visit
from scheduler.fieldwork.orders import (
    arrange_review,
    confirm_mended,
    get_order,
    list_orders,
    orders_of_visit,
    settle_orders,
)
from scheduler.filing.desk import desk
from scheduler.oversight.overview import get_warning
from scheduler.oversight.warning import OversightWarning, WarningKind
from scheduler.permissions import Actor
from tests.factories import NOW, make_actor, make_round, stored_id
from tests.scheduler.fieldwork.test_item_results import arrive, crews, key, record_all
from tests.scheduler.planning.worlds import World
from tests.scheduler.publishing.edits import visit_to

ORDERED = {"outcome": ItemOutcome.PROBLEM, "measure": ItemMeasure.ORDERED, "text": "灭火器过期"}


def ordered(session: Session, clock: FixedClock, world: World) -> tuple[Visit, Actor, Actor]:
    """A closed visit with one order of the lead; the visit, an officer and a clerk of the lead."""
    visit = visit_to(session, world, 0)
    lead, other = crews(session, clock, visit)
    for actor in (lead, other):
        arrive(session, clock, actor, visit.uid)
    record_all(session, clock, lead, visit.uid, **ORDERED, mend_by=visit.day + timedelta(days=7))
    record_all(session, clock, other, visit.uid)
    close_visit(session, clock, lead, visit.uid, key=key())
    return visit, lead, make_actor(session, Role.CLERK, organisation_id=visit.lead_organisation_id)


def todos(session: Session, clock: FixedClock, actor: Actor) -> list[str]:
    return [one.kind for one in desk(session, clock, actor).todos if one.kind == "order_to_follow"]


def look_again(session: Session, plan: Plan, visit: Visit, **said: Any) -> Visit:
    """A visit that serves a plan, closed, with one result on the item of the plan."""
    task = session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id)).one()
    day = task.first_date
    request = InspectionRequest(
        round_id=visit.round_id, task_id=stored_id(task), organisation_id=plan.organisation_id, site_id=visit.site_id,
        first_date=day, last_date=day, quarters=1, inspectors=2, priority=5, joint=True, notice_mode=visit.notice_mode,
    )  # fmt: skip
    again = Visit(
        round_id=visit.round_id, site_id=visit.site_id, day=day, start_quarter=0, quarters=1, status=VisitStatus.DONE,
        notice_mode=visit.notice_mode, lead_organisation_id=plan.organisation_id,
    )  # fmt: skip
    session.add_all([request, again])
    session.flush()
    session.add(VisitRequest(visit_id=stored_id(again), request_id=stored_id(request)))
    text = session.exec(select(PlanTaskItem.text).where(PlanTaskItem.task_id == task.id)).one()
    session.add(
        ItemResult(
            visit_id=stored_id(again),
            organisation_id=plan.organisation_id,
            item_key="k",
            item=text,
            recorded_by_id=plan.created_by_id,
            recorded_at=NOW,
            **said,
        )
    )
    session.flush()
    return again


def test_order_comes_to_the_desk_of_officer_and_clerk_when_its_day_is_near(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, clerk = ordered(session, clock, world)
        assert todos(session, clock, clerk) == []
        clock.instant += timedelta(days=4)
        assert (todos(session, clock, clerk), todos(session, clock, officer)) == (["order_to_follow"],) * 2
        foreign = make_actor(session, Role.CLERK, organisation_id=world.organisations[2 - 1].id)
        own = visit.lead_organisation_id == foreign.organisation_id
        assert bool(list_orders(session, foreign)) is own


def test_order_not_closed_with_its_visit_is_none_yet(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        lead, _ = crews(session, clock, visit)
        arrive(session, clock, lead, visit.uid)
        record_all(session, clock, lead, visit.uid, **ORDERED, mend_by=visit.day + timedelta(days=7))
        clerk = make_actor(session, Role.CLERK, organisation_id=visit.lead_organisation_id)
        assert list_orders(session, clerk) == ()


def test_papers_end_an_order_once_and_with_a_note(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        _, officer, clerk = ordered(session, clock, world)
        clock.instant += timedelta(days=9)
        (order,) = list_orders(session, officer)
        with pytest.raises(InvalidError) as silent:
            confirm_mended(session, clock, officer, order.result.uid, note=" ")
        assert [one.code for one in silent.value.faults] == ["order_note"]
        confirm_mended(session, clock, officer, order.result.uid, note="已看新灭火器照片和发票")
        assert (todos(session, clock, clerk), list_orders(session, clerk)) == ([], ())
        (ended,) = list_orders(session, clerk, ended=True)
        assert ended.end is not None
        assert (ended.end.ending, ended.end.by_result_id) == (OrderEnding.SHOWN, None)
        with pytest.raises(ConflictError) as twice:
            confirm_mended(session, clock, clerk, order.result.uid, note="再来一次")
        assert twice.value.code == "order_ended"


def test_foreign_order_is_not_found(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, clerk = ordered(session, clock, world)
        (order,) = list_orders(session, clerk)
        other = next(one.id for one in world.organisations if one.id != visit.lead_organisation_id)
        foreign = make_actor(session, Role.CLERK, organisation_id=other)
        for actor in (foreign, make_actor(session, Role.SUPERVISOR)):
            with pytest.raises(NotFoundError):
                get_order(session, actor, order.result.uid)
        with pytest.raises(NotFoundError):
            arrange_review(session, clock, foreign, visit.uid, title="复查")
        with pytest.raises(NotPermittedError):
            arrange_review(session, clock, officer, visit.uid, title="复查")


def test_review_is_drafted_with_site_item_and_source(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, _, clerk = ordered(session, clock, world)
        day = visit.day + timedelta(days=7)
        open_round = make_round(session, period_first=date(2026, 4, 1), period_last=date(2026, 4, 30), name="四月")
        open_round.filing_until = NOW + timedelta(days=40)
        clock.instant = NOW.replace(month=day.month, day=day.day)
        plan, _ = arrange_review(session, clock, clerk, visit.uid, title="复查")
        assert (plan.kind, plan.trigger, plan.status) == (PlanKind.REVIEW, PlanTrigger.RECTIFICATION, PlanStatus.DRAFT)
        assert (plan.reviewed_visit_uid, plan.round_id) == (visit.uid, open_round.id)
        assert plan.period_first > day
        (order,) = list_orders(session, clerk)
        assert order.review is plan
        assert todos(session, clock, clerk) == []
        texts = session.exec(
            select(PlanTaskItem.text)
            .join(PlanTask, col(PlanTask.id) == col(PlanTaskItem.task_id))
            .where(PlanTask.plan_id == plan.id)
        ).all()
        assert texts == [order.result.item]
        assert arrange_review(session, clock, clerk, visit.uid, title="再来一次") == (plan, False)
        plan.status = PlanStatus.WITHDRAWN
        session.flush()
        assert todos(session, clock, clerk) == ["order_to_follow"]


@pytest.mark.parametrize(
    ("said", "ending"),
    [
        ({"outcome": ItemOutcome.CONFORMS}, OrderEnding.MENDED),
        ({**ORDERED, "mend_by": date(2026, 12, 31)}, OrderEnding.ORDERED_AGAIN),
        ({"outcome": ItemOutcome.PROBLEM, "measure": ItemMeasure.ADVICE}, OrderEnding.UNMENDED),
        ({"outcome": ItemOutcome.UNCHECKED, "unchecked_reason": "no_time"}, None),
    ],
    ids=["conforms", "ordered_again", "otherwise", "not_checked"],
)
def test_re_inspection_ends_the_order_by_what_it_found(
    sqlite_engine: sa.Engine,
    clock: FixedClock,
    world: World,
    said: dict[str, Any],
    ending: OrderEnding | None,
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, clerk = ordered(session, clock, world)
        clock.instant += timedelta(days=8)
        plan, _ = arrange_review(session, clock, clerk, visit.uid, title="复查")
        again = look_again(session, plan, visit, **said)
        assert settle_orders(session, clock, officer, again) == (ending is not None)
        ends = [one.ending for one in session.exec(select(OrderEnd)).all()]
        assert ends == ([ending] if ending else [])
        # What was not checked needs another re-inspection: the one that was arranged is used up.
        assert todos(session, clock, clerk) == ([] if ending else ["order_to_follow"])
        (first,) = orders_of_visit(session, visit.uid).values()
        assert (first.end is None, first.review) == (ending is None, None)


def late_orders(session: Session, clock: FixedClock) -> OversightWarning:
    return get_warning(session, clock, make_actor(session, Role.SUPERVISOR), WarningKind.ORDERS_LATE)


def test_supervision_is_warned_of_an_order_from_the_day_after_its_day_until_it_ends(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, _ = ordered(session, clock, world)
        (order,) = list_orders(session, officer)
        clock.instant += timedelta(days=7)
        assert late_orders(session, clock).count == 0
        clock.instant += timedelta(days=1)
        found = late_orders(session, clock)
        cells = dict(zip(found.columns, found.rows[0].cells, strict=True))
        assert (found.rows[0].uid, cells["item"], cells["days_late"]) == (visit.uid, order.result.item, 1)
        confirm_mended(session, clock, officer, order.result.uid, note="已看新灭火器照片和发票")
        assert late_orders(session, clock).count == 0


def test_supervision_is_not_warned_while_a_review_is_under_way_and_again_when_it_is_late(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, _, clerk = ordered(session, clock, world)
        clock.instant += timedelta(days=9)
        plan, _ = arrange_review(session, clock, clerk, visit.uid, title="复查")
        assert late_orders(session, clock).count == 0
        clock.instant += timedelta(days=(plan.period_last - clock.now().date()).days + 2)
        found = late_orders(session, clock)
        assert [row.cells[-1] for row in found.rows] == [PlanStatus.DRAFT]
