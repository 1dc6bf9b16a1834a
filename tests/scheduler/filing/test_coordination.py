"""Before submitting: who else wants the same sites, what joining saves, what needs no visit, and joining."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from data.enums import NoticeMode, OrganisationKind, PlanStatus, Targeting
from data.errors import NotFoundError
from data.models import Plan, PlanTarget, PlanTask, PlanTaskItem
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError
from scheduler.filing import coordination, plans
from scheduler.filing.task_drafts import draft_values
from tests import factories
from tests.scheduler.filing.conftest import District, plan_draft, task_draft


def theirs(
    session: Session, district: District, *sites: Any, status: PlanStatus = PlanStatus.FILED, **values: Any
) -> PlanTask:
    plan = factories.make_plan(session, district.other, status=status)
    defaults: dict[str, Any] = {"scenario_id": district.scenario.id, "name": "消防检查"}
    task = factories.make_task(session, plan, **defaults | ({"targeting": Targeting.NAMED} if sites else {}) | values)
    session.add_all(PlanTarget(task_id=factories.stored_id(task), site_id=site.id) for site in sites)
    session.flush()
    return task


def own(session: Session, clock: FixedClock, district: District, *sites: Any, **values: Any) -> Plan:
    plan = plans.create_plan(session, clock, district.clerk, plan_draft())
    named = {"targeting": Targeting.NAMED, "ratio": None, "site_uids": tuple(site.uid for site in sites)}
    plans.add_task(session, clock, district.clerk, plan, task_draft(**(named if sites else {}) | values))
    return plan


def test_joining_saves_a_notice_a_shared_site_and_organisation(
    session: Session, clock: FixedClock, district: District
) -> None:
    third = factories.make_organisation(session)
    theirs(session, district, *district.sites[1:4])
    plan = factories.make_plan(session, third, status=PlanStatus.SUBMITTED)
    task = factories.make_task(session, plan, targeting=Targeting.NAMED)
    session.add(PlanTarget(task_id=factories.stored_id(task), site_id=district.sites[1].id))
    session.flush()

    found = coordination.coordination(session, own(session, clock, district, *district.sites[:3]))

    # Three sites: one wanted by nobody else, one by one other, one by two others.
    assert (found.sites, found.shared_sites) == (3, 2)
    assert (found.notices_apart, found.notices_joined, found.saved) == (6, 3, 3)
    assert [(one.other.organisation_name, one.certain) for one in found.overlaps] == [
        ("消防大队", 2), (third.short_name, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"first_date": date(2026, 4, 1), "last_date": date(2026, 4, 30)}, PlanStatus.FILED),
        ({}, PlanStatus.DRAFT),
        ({}, PlanStatus.WITHDRAWN),
    ],
    ids=["other_days", "draft", "withdrawn"],
)
def test_others_that_do_not_count(
    session: Session, clock: FixedClock, district: District, values: dict[str, Any], status: PlanStatus
) -> None:
    theirs(session, district, district.sites[0], status=status, **values)

    found = coordination.coordination(session, own(session, clock, district, district.sites[0]))

    assert (found.overlaps, found.saved) == ((), 0)


@pytest.mark.parametrize(
    ("own_named", "their_named", "possible"),
    [(True, False, 1), (False, True, 1), (False, False, None)],
    ids=["they_draw", "we_draw", "both_draw"],
)
def test_draws_from_the_same_class_may_meet(
    session: Session, clock: FixedClock, district: District, own_named: bool, their_named: bool, possible: int | None
) -> None:
    site = district.sites[0]
    theirs(session, district, *([site] if their_named else []))

    found = coordination.coordination(session, own(session, clock, district, *([site] if own_named else [])))

    assert [(one.certain, one.possible) for one in found.overlaps] == [(0, possible)]
    assert found.saved == 0


def test_item_that_needs_no_visit_asks_for_a_reason(session: Session, clock: FixedClock, district: District) -> None:
    item = factories.make_item(session, district.organisation, name="年报核查", offsite=True)
    written = ({"text": item.name, "item_uid": item.uid},)
    bare = own(session, clock, district, items=written)
    argued = own(session, clock, district, items=written, onsite_reason="需现场核对经营地址", name="别的")

    assert [texts for _, texts in coordination.coordination(session, bare).offsite] == [("年报核查",)]
    assert coordination.coordination(session, argued).offsite == ()


def test_joined_task_has_their_sites_and_days_and_wants_them_beside_it(
    session: Session, clock: FixedClock, district: District
) -> None:
    task = theirs(session, district, *district.sites[:2], first_date=date(2026, 3, 9))
    session.add(PlanTaskItem(task_id=factories.stored_id(task), position=0, text="疏散通道"))
    plan = plans.create_plan(session, clock, district.clerk, plan_draft())
    assert [one.uid for one in coordination.joinable(session, plan)] == [task.uid]

    joined = coordination.join_task(session, clock, district.clerk, plan, task.uid)

    said = draft_values(session, joined)
    assert set(said["site_uids"]) == {site.uid for site in district.sites[:2]}
    assert (said["first_date"], said["last_date"], said["partner_codes"], said["items"]) == (
        date(2026, 3, 9), date(2026, 3, 31), ("XF",), (),
    )  # fmt: skip


@pytest.mark.parametrize(
    "values",
    [{"notice_mode": NoticeMode.UNANNOUNCED}, {"joint": False}, {"status": PlanStatus.SUBMITTED}],
    ids=["unannounced", "separate", "not_filed"],
)
def test_task_that_cannot_be_joined_is_not_offered(
    session: Session, clock: FixedClock, district: District, values: dict[str, Any]
) -> None:
    task = theirs(session, district, district.sites[0], **values)
    plan = plans.create_plan(session, clock, district.clerk, plan_draft())

    assert coordination.joinable(session, plan) == ()
    with pytest.raises(NotFoundError):
        coordination.join_task(session, clock, district.clerk, plan, task.uid)


def test_township_joins_on_its_own_ground_only(session: Session, clock: FixedClock, district: District) -> None:
    task = theirs(session, district, district.sites[0])
    district.organisation.kind = OrganisationKind.TOWNSHIP
    district.organisation.town_id = factories.make_town(session).id
    plan = plans.create_plan(session, clock, district.clerk, plan_draft())

    with pytest.raises(InvalidError) as error:
        coordination.join_task(session, clock, district.clerk, plan, task.uid)
    assert [fault.code for fault in error.value.faults] == ["no_sites"]
