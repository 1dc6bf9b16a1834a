"""Versions of a filed plan: the old one stays until the new one is filed, and what a round took is never changed."""

from __future__ import annotations

import pytest
from sqlmodel import Session, select

from data.enums import PlanStatus
from data.models import Plan, PlanTask
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, TransitionError
from scheduler.filing import decisions, plans, tasks, versions
from scheduler.filing.task_drafts import make_draft
from tests import factories
from tests.scheduler.filing.conftest import District, plan_draft, task_draft


def filed(session: Session, clock: FixedClock, district: District) -> Plan:
    plan = plans.create_plan(session, clock, district.clerk, plan_draft())
    for name in ("餐饮检查", "后厨检查"):
        plans.add_task(session, clock, district.clerk, plan, task_draft(name=name))
    file(session, clock, district, plan)
    return plan


def file(session: Session, clock: FixedClock, district: District, plan: Plan) -> None:
    plans.submit_plan(session, clock, district.clerk, plan)
    decisions.file_plan(session, clock, district.head, plan)


def tasks_of(session: Session, plan: Plan) -> list[PlanTask]:
    return list(session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id).order_by(PlanTask.position)))  # type: ignore[arg-type]


def change(session: Session, clock: FixedClock, district: District, plan: Plan, task: PlanTask, ratio: float) -> None:
    draft = make_draft(session, task, ratio=ratio)
    tasks.edit_task(session, clock, district.clerk, plan, task, draft, version=plan.version)


def test_new_version_takes_the_place_of_the_old_one_when_filed(
    session: Session, clock: FixedClock, district: District
) -> None:
    old = filed(session, clock, district)
    new = versions.revise_plan(session, clock, district.clerk, old)
    change(session, clock, district, new, tasks_of(session, new)[1], 0.5)
    assert (old.status, new.status, new.revision) == (PlanStatus.FILED, PlanStatus.DRAFT, 2)

    file(session, clock, district, new)

    assert (old.status, new.status, new.file_number) == (PlanStatus.REPLACED, PlanStatus.FILED, old.file_number)
    assert [task.ratio for task in tasks_of(session, old)] == [0.2, 0.2]
    assert [task.ratio for task in tasks_of(session, new)] == [0.2, 0.5]
    assert versions.list_versions(session, new) == (old, new)


def test_difference_names_what_changed_in_head_and_tasks(
    session: Session, clock: FixedClock, district: District
) -> None:
    old = filed(session, clock, district)
    new = versions.revise_plan(session, clock, district.clerk, old)
    untouched = versions.difference(session, new)
    first, second = tasks_of(session, new)
    change(session, clock, district, new, first, 0.3)
    tasks.remove_task(session, clock, district.clerk, new, second, version=new.version)
    plans.add_task(session, clock, district.clerk, new, task_draft(name="冷库检查"))
    plans.edit_plan(session, clock, district.clerk, new, plan_draft(title="新名称"), version=new.version)

    found = versions.difference(session, new)

    assert versions.difference(session, old) is None
    assert untouched is not None
    assert not untouched
    assert found is not None
    assert [(one.field, one.before, one.after) for one in found.head] == [("title", "三月检查计划", "新名称")]
    assert [(one.name, one.before is None, one.after is None, len(one.changes)) for one in found.tasks] == [
        ("餐饮检查", False, False, 1),
        ("后厨检查", False, True, 0),
        ("冷库检查", True, False, 0),
    ]


def test_second_draft_version_is_refused(session: Session, clock: FixedClock, district: District) -> None:
    plan = filed(session, clock, district)
    versions.revise_plan(session, clock, district.clerk, plan)

    with pytest.raises(ConflictError) as error:
        versions.revise_plan(session, clock, district.clerk, plan)
    assert error.value.code == "has_draft_version"


def test_draft_needs_no_version(session: Session, clock: FixedClock, district: District) -> None:
    plan = plans.create_plan(session, clock, district.clerk, plan_draft())

    with pytest.raises(TransitionError):
        versions.revise_plan(session, clock, district.clerk, plan)


def test_task_that_a_round_took_cannot_be_changed(session: Session, clock: FixedClock, district: District) -> None:
    old = filed(session, clock, district)
    tasks_of(session, old)[0].round_id = factories.make_round(session).id
    new = versions.revise_plan(session, clock, district.clerk, old)
    taken = tasks_of(session, new)[0]

    with pytest.raises(InvalidError) as error:
        change(session, clock, district, new, taken, 0.9)
    assert [fault.code for fault in error.value.faults] == ["task_taken"]
    with pytest.raises(InvalidError):
        tasks.remove_task(session, clock, district.clerk, new, taken, version=new.version)


@pytest.mark.parametrize("changed", [False, True], ids=["unchanged", "changed"])
def test_task_taken_while_the_version_was_written(
    session: Session, clock: FixedClock, district: District, changed: bool
) -> None:
    old = filed(session, clock, district)
    new = versions.revise_plan(session, clock, district.clerk, old)
    if changed:
        change(session, clock, district, new, tasks_of(session, new)[0], 0.9)
    round_ = factories.make_round(session)
    tasks_of(session, old)[0].round_id = round_.id
    plans.submit_plan(session, clock, district.clerk, new)

    if changed:
        with pytest.raises(InvalidError) as error:
            decisions.file_plan(session, clock, district.head, new)
        assert [fault.code for fault in error.value.faults] == ["taken_meanwhile"]
    else:
        decisions.file_plan(session, clock, district.head, new)
        assert tasks_of(session, new)[0].round_id == round_.id
