"""Plans: their life, who may do what, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import PlanStatus, Role
from data.errors import NotFoundError, StaleError
from data.models import AuditEvent, Plan, PlanTaskPartner
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError, NotPermittedError, TransitionError
from scheduler.filing import plans, stages
from scheduler.filing.judging import plan_check
from scheduler.permissions import Actor
from tests import factories
from tests.scheduler.filing.conftest import District, make_district, plan_draft, task_draft

Act = Callable[[Session, FixedClock, Actor, Plan], None]


def submitted_plan(session: Session, clock: FixedClock, district: District) -> Plan:
    plan = plans.create_plan(session, clock, district.clerk, plan_draft())
    plans.add_task(session, clock, district.clerk, plan, task_draft())
    plans.submit_plan(session, clock, district.clerk, plan)
    return plan


def fault_codes(error: pytest.ExceptionInfo[InvalidError]) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in error.value.faults]


def test_plan_is_filed_by_the_head_after_submission(session: Session, clock: FixedClock, district: District) -> None:
    plan = submitted_plan(session, clock, district)

    plans.file_plan(session, clock, district.head, plan)

    assert plan.status is PlanStatus.FILED
    assert (plan.filed_by_id, plan.filed_at) == (district.head.user_id, clock.now())
    actions = session.exec(select(AuditEvent.action).where(AuditEvent.entity_uid == plan.uid)).all()
    assert list(actions) == ["plan.create", "plan.add_task", "plan.submit", "plan.file"]


def test_filing_is_refused_to_the_author_of_the_plan(session: Session, clock: FixedClock, district: District) -> None:
    plan = submitted_plan(session, clock, district)
    plan.created_by_id = district.head.user_id

    with pytest.raises(NotPermittedError) as error:
        plans.file_plan(session, clock, district.head, plan)

    assert error.value.code == "creator_may_not_file"


def test_returned_plan_keeps_its_reason_until_submitted_again(
    session: Session, clock: FixedClock, district: District
) -> None:
    plan = submitted_plan(session, clock, district)

    plans.return_plan(session, clock, district.head, plan, reason=" 比例过高 ")
    assert (plan.status, plan.returned_reason) == (PlanStatus.RETURNED, "比例过高")

    plans.submit_plan(session, clock, district.clerk, plan)
    assert (plan.status, plan.returned_reason) == (PlanStatus.SUBMITTED, "")


def test_return_needs_a_reason(session: Session, clock: FixedClock, district: District) -> None:
    plan = submitted_plan(session, clock, district)

    with pytest.raises(InvalidError) as error:
        plans.return_plan(session, clock, district.head, plan, reason="  ")

    assert fault_codes(error) == [("reason", "required")]


def test_withdrawn_plan_is_a_draft_again(session: Session, clock: FixedClock, district: District) -> None:
    plan = submitted_plan(session, clock, district)

    plans.withdraw_plan(session, clock, district.clerk, plan)

    assert (plan.status, plan.submitted_at) == (PlanStatus.DRAFT, None)


ACTS: dict[str, Act] = {
    "edit": lambda s, c, a, p: plans.edit_plan(s, c, a, p, plan_draft(title="别的"), version=p.version),
    "add_task": lambda s, c, a, p: plans.add_task(s, c, a, p, task_draft(name="别的")) and None,
    "submit": plans.submit_plan,
    "withdraw": plans.withdraw_plan,
    "discard": plans.discard_plan,
    "return": lambda s, c, a, p: plans.return_plan(s, c, a, p, reason="因为"),
    "file": plans.file_plan,
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("role", [Role.CLERK, Role.HEAD])
def test_foreign_plan_is_not_found(
    session: Session, clock: FixedClock, district: District, act: Act, role: Role
) -> None:
    plan = submitted_plan(session, clock, district)
    foreigner = factories.make_actor(session, role, organisation_id=district.other.id)
    before = session.exec(select(sa.func.count()).select_from(AuditEvent)).one()

    with pytest.raises(NotFoundError):
        act(session, clock, foreigner, plan)

    assert plan.status is PlanStatus.SUBMITTED
    assert session.exec(select(sa.func.count()).select_from(AuditEvent)).one() == before


@pytest.mark.parametrize("act", [ACTS["submit"], ACTS["edit"], ACTS["withdraw"]], ids=["submit", "edit", "withdraw"])
def test_writing_is_refused_to_the_head(session: Session, clock: FixedClock, district: District, act: Act) -> None:
    plan = submitted_plan(session, clock, district)

    with pytest.raises(NotPermittedError):
        act(session, clock, district.head, plan)


@pytest.mark.parametrize("act", [ACTS["file"], ACTS["return"]], ids=["file", "return"])
@pytest.mark.parametrize("who", ["clerk", "coordinator"])
def test_deciding_is_refused_to_others(
    session: Session, clock: FixedClock, district: District, act: Act, who: str
) -> None:
    plan = submitted_plan(session, clock, district)

    with pytest.raises(NotPermittedError):
        act(session, clock, getattr(district, who), plan)


def test_submitted_plan_cannot_be_edited(session: Session, clock: FixedClock, district: District) -> None:
    plan = submitted_plan(session, clock, district)

    with pytest.raises(TransitionError):
        plans.edit_plan(session, clock, district.clerk, plan, plan_draft(title="别的"), version=plan.version)


def test_plan_without_tasks_is_not_submitted(session: Session, clock: FixedClock, district: District) -> None:
    plan = plans.create_plan(session, clock, district.clerk, plan_draft())

    with pytest.raises(InvalidError) as error:
        plans.submit_plan(session, clock, district.clerk, plan)

    assert fault_codes(error) == [("tasks", "no_tasks")]
    assert plan.status is PlanStatus.DRAFT


def test_plan_of_a_body_that_was_not_announced_is_not_submitted(
    session: Session, clock: FixedClock, district: District
) -> None:
    district.organisation.announced_on = None
    plan = plans.create_plan(session, clock, district.clerk, plan_draft())
    plans.add_task(session, clock, district.clerk, plan, task_draft())

    assert [one.name for one in plan_check(session, clock, plan).findings] == ["body_not_announced"]


def test_plan_after_the_deadline_of_its_round_is_refused(
    session: Session, clock: FixedClock, district: District
) -> None:
    round_ = factories.make_round(session)
    plan = plans.create_plan(session, clock, district.clerk, plan_draft(round_uid=round_.uid))
    plans.add_task(session, clock, district.clerk, plan, task_draft())
    clock.instant = round_.filing_until.replace(day=26)

    with pytest.raises(InvalidError) as error:
        plans.submit_plan(session, clock, district.clerk, plan)

    assert fault_codes(error) == [("round_uid", "filing_closed")]


def test_plan_that_misses_the_period_of_its_round_is_refused(
    session: Session, clock: FixedClock, district: District
) -> None:
    round_ = factories.make_round(session)

    with pytest.raises(InvalidError) as error:
        plans.create_plan(
            session, clock, district.clerk,
            plan_draft(round_uid=round_.uid, period_first="2026-04-01", period_last="2026-04-30"),
        )  # fmt: skip

    assert fault_codes(error) == [("period_first", "outside_round")]


def test_period_that_leaves_a_task_outside_is_refused(session: Session, clock: FixedClock, district: District) -> None:
    plan = plans.create_plan(session, clock, district.clerk, plan_draft())
    plans.add_task(session, clock, district.clerk, plan, task_draft())

    with pytest.raises(InvalidError) as error:
        plans.edit_plan(
            session, clock, district.clerk, plan, plan_draft(period_first="2026-03-02"), version=plan.version
        )

    assert fault_codes(error) == [("period_first", "tasks_outside_period")]


def test_edit_of_an_older_version_is_stale(session: Session, clock: FixedClock, district: District) -> None:
    plan = plans.create_plan(session, clock, district.clerk, plan_draft())
    seen = plan.version
    plans.add_task(session, clock, district.clerk, plan, task_draft())

    with pytest.raises(StaleError):
        plans.edit_plan(session, clock, district.clerk, plan, plan_draft(title="别的"), version=seen)

    assert plan.title == "三月检查计划"


def test_two_edits_at_once_leave_one(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        district = make_district(session)
        plan = plans.create_plan(session, clock, district.clerk, plan_draft())
    with unit_of_work(engine) as session:
        early = plans.get_plan(session, district.clerk, plan.uid)
    with unit_of_work(engine) as session:
        late = plans.get_plan(session, district.clerk, plan.uid)
        plans.edit_plan(session, clock, district.clerk, late, plan_draft(title="后来的"), version=late.version)

    def edit_late() -> None:
        with unit_of_work(engine) as session:
            session.add(early)
            plans.edit_plan(session, clock, district.clerk, early, plan_draft(title="先前的"), version=early.version)

    with pytest.raises(StaleError):
        edit_late()

    with unit_of_work(engine) as session:
        assert plans.get_plan(session, district.clerk, plan.uid).title == "后来的"


def test_lists_show_a_department_its_own_plans_only(session: Session, clock: FixedClock, district: District) -> None:
    own = submitted_plan(session, clock, district)
    foreign = factories.make_plan(session, district.other)

    assert [row.uid for row in plans.list_plans(session, district.clerk).rows] == [own.uid]
    assert plans.list_plans(session, district.clerk, organisation_id=district.other.id).rows == ()
    assert {row.uid for row in plans.list_plans(session, district.coordinator).rows} == {own.uid, foreign.uid}


def test_list_of_plans_that_ask_to_countersign_shows_those_of_others_only(
    session: Session, clock: FixedClock, district: District
) -> None:
    asking = factories.make_plan(session, district.other)
    task = factories.make_task(session, asking)
    organisation_id = factories.stored_id(district.organisation)
    session.add(PlanTaskPartner(task_id=factories.stored_id(task), organisation_id=organisation_id))
    session.flush()
    stages.begin(session, clock, asking)
    factories.make_plan(session, district.organisation)

    assert [row.uid for row in plans.list_plans(session, district.clerk, asked=True).rows] == [asking.uid]
    assert plans.list_plans(session, district.stranger, asked=True).rows == ()


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ENTERPRISE])
def test_lists_are_refused_to_others(session: Session, role: Role) -> None:
    with pytest.raises(NotPermittedError):
        plans.list_plans(session, factories.make_actor(session, role))


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ({"text": "百分"}, ["百分百_计划"]),
        ({"text": "_"}, ["百分百_计划"]),
        ({"text": "%"}, []),
        ({"status": PlanStatus.FILED}, ["已备案"]),
        ({"per_page": 1, "page": 2}, ["百分百_计划"]),
        ({"page": 99}, []),
    ],
    ids=["text", "underscore_is_literal", "percent_is_literal", "status", "second_page", "beyond_the_end"],
)
def test_list_answers_what_was_asked(
    session: Session, district: District, asked: dict[str, Any], titles: list[str]
) -> None:
    factories.make_plan(session, district.organisation, title="百分百_计划")
    factories.make_plan(session, district.organisation, title="已备案", status=PlanStatus.FILED)

    assert [row.title for row in plans.list_plans(session, district.coordinator, **asked).rows] == titles
