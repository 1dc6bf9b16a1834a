"""Re-inspections of orders that were revoked: on the desk of who can withdraw them, and gone when that is done."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ItemMeasure, ItemOutcome, PlanStatus, RequestStatus, Role, RoundStatus
from data.errors import NotFoundError, StaleError
from data.models import AuditEvent, InspectionRequest, ItemResult, Plan, PlanTask, PlanTaskItem, Visit
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, NotPermittedError, TransitionError
from scheduler.fieldwork.corrections import correct
from scheduler.fieldwork.idle_reviews import find_idle_review, idle_reviews, recall_review
from scheduler.fieldwork.item_results import Finding
from scheduler.fieldwork.orders import arrange_review, confirm_mended, list_orders
from scheduler.filing.desk import desk
from scheduler.filing.versions import revise_plan
from scheduler.permissions import Actor
from scheduler.planning.editing.commands import ExcludeRequest
from scheduler.planning.editing.log import apply_edit
from tests.factories import make_actor, make_round
from tests.scheduler.fieldwork.test_orders import ordered
from tests.scheduler.planning.worlds import World, fresh


def filed_review(session: Session, clock: FixedClock, world: World) -> tuple[Plan, Visit, Actor, Actor]:
    """A filed re-inspection of one order that stands; the visit, an officer and a clerk of its body."""
    visit, officer, clerk = ordered(session, clock, world)
    plan, _ = arrange_review(session, clock, clerk, visit.uid, title="整改复查")
    plan.status = PlanStatus.FILED
    session.flush()
    return plan, visit, officer, clerk


def revoke(session: Session, clock: FixedClock, officer: Actor, visit: Visit) -> ItemResult:
    """Correct the ordered result to one without an order."""
    (order,) = list_orders(session, officer)
    said = Finding(key=order.result.item_key, version=order.result.version, outcome=ItemOutcome.CONFORMS)
    correct(session, clock, officer, visit.uid, said, reason="误选")
    return order.result


def lines(session: Session, clock: FixedClock, actor: Actor) -> list[tuple[str, bool]]:
    found = [one for one in desk(session, clock, actor).todos if one.kind.startswith("review_idle")]
    return [(one.uid or "", one.watched) for one in found]


def taken_by(session: Session, world: World, plan: Plan) -> InspectionRequest:
    """The request of a re-inspection that a round has taken and that stands in no visit yet."""
    task = session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id)).one()
    plan.status, task.round_id = PlanStatus.IN_ROUND, world.round.id
    request = InspectionRequest(
        round_id=world.round.id or 0, task_id=task.id or 0, organisation_id=plan.organisation_id,
        site_id=world.sites[0].id or 0, first_date=world.round.period_first, last_date=world.round.period_last,
        quarters=1, inspectors=2, priority=5, joint=True, notice_mode=task.notice_mode, status=RequestStatus.PENDING,
    )  # fmt: skip
    session.add_all([plan, task, request])
    session.flush()
    return request


def test_filed_review_of_a_revoked_order_comes_to_both_desks_and_goes_by_recall(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        plan, visit, officer, clerk = filed_review(session, clock, world)
        assert (lines(session, clock, clerk), lines(session, clock, world.coordinator)) == ([], [])
        revoke(session, clock, officer, visit)
        assert plan.status is PlanStatus.FILED
        assert lines(session, clock, clerk) == [(plan.uid, False)]
        assert lines(session, clock, world.coordinator) == [(plan.uid, True)]
        with pytest.raises(NotPermittedError):
            recall_review(session, clock, world.coordinator, plan)
        with pytest.raises(StaleError):
            recall_review(session, clock, clerk, plan, version=plan.version + 1)
        recall_review(session, clock, clerk, plan, version=plan.version)
        assert plan.status is PlanStatus.WITHDRAWN
        assert (lines(session, clock, clerk), lines(session, clock, world.coordinator)) == ([], [])
        said = select(AuditEvent).where(AuditEvent.action == "plan.recall", AuditEvent.entity_uid == plan.uid)
        (told,) = session.exec(said).all()
        assert (told.before, told.after) == ({"status": "filed"}, {"status": "withdrawn"})


def test_review_that_is_kept_stays_filed_and_on_the_desk(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        plan, visit, officer, clerk = filed_review(session, clock, world)
        revoke(session, clock, officer, visit)
        clock.instant += timedelta(days=20)
        assert (plan.status, lines(session, clock, clerk)) == (PlanStatus.FILED, [(plan.uid, False)])


def test_review_of_an_order_that_stands_cannot_be_recalled(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        plan, _, _, clerk = filed_review(session, clock, world)
        with pytest.raises(ConflictError) as refused:
            recall_review(session, clock, clerk, plan)
        assert (refused.value.code, plan.status) == ("review_not_idle", PlanStatus.FILED)


def test_order_given_anew_takes_the_line_off(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        plan, visit, officer, clerk = filed_review(session, clock, world)
        result = revoke(session, clock, officer, visit)
        assert lines(session, clock, clerk) == [(plan.uid, False)]
        again = Finding(
            key=result.item_key, version=result.version, outcome=ItemOutcome.PROBLEM, measure=ItemMeasure.ORDERED,
            text="确已过期", mend_by=visit.day + timedelta(days=9),
        )  # fmt: skip
        correct(session, clock, officer, visit.uid, again, reason="复核后确认")
        assert lines(session, clock, clerk) == []


def test_order_that_papers_ended_leaves_its_review_idle_too(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        plan, _, officer, clerk = filed_review(session, clock, world)
        (order,) = list_orders(session, officer)
        confirm_mended(session, clock, officer, order.result.uid, note="已看发票")
        assert lines(session, clock, clerk) == [(plan.uid, False)]


def test_review_with_something_else_to_look_at_is_not_idle(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        plan, visit, officer, clerk = filed_review(session, clock, world)
        task = session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id)).one()
        session.add(PlanTaskItem(task_id=task.id or 0, position=9, text="安全出口是否畅通"))
        session.flush()
        revoke(session, clock, officer, visit)
        assert lines(session, clock, clerk) == []


def test_review_with_a_new_version_under_way_is_not_recalled(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        plan, visit, officer, clerk = filed_review(session, clock, world)
        later = revise_plan(session, clock, clerk, plan)
        # Handed in already: a draft would be given up together with its order.
        later.status = PlanStatus.SUBMITTED
        revoke(session, clock, officer, visit)
        with pytest.raises(ConflictError) as refused:
            recall_review(session, clock, clerk, plan)
        assert (refused.value.code, plan.status) == ("has_draft_version", PlanStatus.FILED)


def test_foreign_clerk_and_other_roles_see_no_idle_review(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        plan, visit, officer, _ = filed_review(session, clock, world)
        revoke(session, clock, officer, visit)
        other = next(one.id for one in world.organisations if one.id != visit.lead_organisation_id)
        foreign = make_actor(session, Role.CLERK, organisation_id=other)
        assert [idle_reviews(session, one) for one in (foreign, make_actor(session, Role.SUPERVISOR))] == [(), ()]
        with pytest.raises(NotFoundError):
            recall_review(session, clock, foreign, plan)


def test_review_in_a_round_is_the_coordinators_to_leave_out(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        plan, visit, officer, clerk = filed_review(session, clock, world)
        request = taken_by(session, world, plan)
        revoke(session, clock, officer, visit)
        assert lines(session, clock, world.coordinator) == [(plan.uid, False)]
        assert lines(session, clock, clerk) == [(plan.uid, True)]
        idle = find_idle_review(session, plan)
        assert idle is not None
        assert [(one.uid, round_.uid) for one, round_ in idle.requests] == [(request.uid, world.round.uid)]
        with pytest.raises(TransitionError):
            recall_review(session, clock, clerk, plan)
        command = ExcludeRequest(request=request.uid, reason="整改已办结，无需复查")
        apply_edit(session, clock, world.coordinator, fresh(session, world.round), command, expected=None, reason="")
        assert request.status is RequestStatus.WITHDRAWN
        assert (lines(session, clock, clerk), lines(session, clock, world.coordinator)) == ([], [])


def test_review_in_a_round_before_its_draw_waits_for_the_draw(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        plan, visit, officer, _ = filed_review(session, clock, world)
        frozen = make_round(session, period_first=plan.period_first, period_last=plan.period_last)
        frozen.status = RoundStatus.FROZEN
        task = session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id)).one()
        plan.status, task.round_id = PlanStatus.IN_ROUND, frozen.id
        session.flush()
        revoke(session, clock, officer, visit)
        idle = find_idle_review(session, plan)
        assert idle is not None
        assert (idle.requests, idle.frozen, idle.is_for(world.coordinator)) == ((), frozen, True)
        frozen.status = RoundStatus.PUBLISHED
        session.flush()
        assert idle_reviews(session, world.coordinator) == ()
