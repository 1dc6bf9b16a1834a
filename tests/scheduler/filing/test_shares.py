"""Shares of longer plans: how much falls into a month, that nothing is planned twice, and what is left."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, select

from data.enums import PlanSpan, PlanStatus, RequestStatus, Targeting
from data.models import Plan, PlanTarget, PlanTask
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, TransitionError
from scheduler.filing import shares
from scheduler.filing.plan_views import plan_details
from scheduler.filing.task_drafts import target_uids
from tests import factories
from tests.scheduler.filing.conftest import District


def yearly(session: Session, district: District, **values: Any) -> tuple[Plan, PlanTask]:
    """A filed plan over 2026 with one task; `sites`: those that it names."""
    sites = values.pop("sites", ())
    plan = factories.make_plan(
        session, district.organisation, status=PlanStatus.FILED, span=PlanSpan.ANNUAL,
        period_first=date(2026, 1, 1), period_last=date(2026, 12, 31), created_by_id=district.clerk.user_id,
    )  # fmt: skip
    defaults: dict[str, Any] = {"scenario_id": district.scenario.id}
    if sites:
        defaults |= {"targeting": Targeting.NAMED}
    task = factories.make_task(session, plan, **defaults | values)
    session.add_all(PlanTarget(task_id=factories.stored_id(task), site_id=site.id) for site in sites)
    session.flush()
    return plan, task


def share(session: Session, clock: FixedClock, district: District, plan: Plan, month: int) -> PlanTask:
    last = {3: 31, 4: 30, 12: 31}[month]
    derived = shares.derive_plan(
        session, clock, district.clerk, plan, title=f"{month}月计划", span=PlanSpan.MONTHLY,
        first=date(2026, month, 1), last=date(2026, month, last),
    )  # fmt: skip
    assert derived.parent_id == plan.id
    return session.exec(select(PlanTask).where(PlanTask.plan_id == derived.id)).one()


def test_month_gets_its_part_of_a_number_and_the_last_one_the_rest(
    session: Session, clock: FixedClock, district: District
) -> None:
    plan, task = yearly(session, district, ratio=None, quantity=100)

    march = share(session, clock, district, plan, 3)
    progress = shares.task_progress(session, plan)[task.id]
    december = share(session, clock, district, plan, 12)

    # 31 of the 306 days that are left from the first of March.
    assert (march.quantity, march.parent_id, march.first_date) == (10, task.id, date(2026, 3, 1))
    assert (progress.planned, progress.shared, progress.left) == (100, 10, 90)
    assert december.quantity == 90
    assert shares.task_progress(session, plan)[task.id].left == 0


def test_named_sites_are_shared_without_repeating_one(session: Session, clock: FixedClock, district: District) -> None:
    plan, task = yearly(session, district, ratio=None, sites=district.sites)

    parts = [set(target_uids(session, share(session, clock, district, plan, month))) for month in (3, 4, 12)]

    assert [len(part) for part in parts] == [2, 2, 16]
    assert set.union(*parts) == {site.uid for site in district.sites}
    assert shares.task_progress(session, plan)[task.id].left == 0


def test_ratio_goes_over_whole_and_once(session: Session, clock: FixedClock, district: District) -> None:
    plan, task = yearly(session, district, ratio=0.2)

    assert share(session, clock, district, plan, 3).ratio == 0.2
    with pytest.raises(ConflictError) as error:
        share(session, clock, district, plan, 4)
    assert error.value.code == "nothing_left"
    assert task.ratio == 0.2


def test_share_of_a_discarded_plan_is_free_again(session: Session, clock: FixedClock, district: District) -> None:
    plan, task = yearly(session, district, ratio=None, quantity=100)
    march = share(session, clock, district, plan, 3)
    session.get_one(Plan, march.plan_id).status = PlanStatus.WITHDRAWN
    session.flush()

    assert shares.task_progress(session, plan)[task.id].left == 100


def test_sites_that_a_round_left_out_are_named_in_the_next_share(
    session: Session, clock: FixedClock, district: District
) -> None:
    round_ = factories.make_round(session)
    plan, task = yearly(session, district, ratio=0.2)
    task.round_id = round_.id
    for site, status in zip(district.sites, (RequestStatus.SCHEDULED, RequestStatus.LEFT_OUT), strict=False):
        factories.make_request(session, round_, task, site, status=status)

    progress = shares.task_progress(session, plan)[task.id]
    april = share(session, clock, district, plan, 4)

    assert (progress.planned, progress.scheduled, progress.left_out, progress.left) == (2, 1, 1, 1)
    assert (april.targeting, target_uids(session, april)) == (Targeting.NAMED, [district.sites[1].uid])


def test_period_outside_the_longer_plan_is_refused(session: Session, clock: FixedClock, district: District) -> None:
    plan, _ = yearly(session, district)

    with pytest.raises(InvalidError) as error:
        shares.derive_plan(
            session, clock, district.clerk, plan, title="来年", span=PlanSpan.MONTHLY,
            first=date(2026, 12, 1), last=date(2027, 1, 31),
        )  # fmt: skip
    assert [fault.code for fault in error.value.faults] == ["not_a_share"]


def test_draft_has_no_shares(session: Session, clock: FixedClock, district: District) -> None:
    plan, _ = yearly(session, district)
    plan.status = PlanStatus.DRAFT

    with pytest.raises(TransitionError):
        share(session, clock, district, plan, 3)


def test_plan_knows_what_it_was_derived_from_and_what_was_derived(
    session: Session, clock: FixedClock, district: District
) -> None:
    plan, _ = yearly(session, district, quantity=120)
    derived = session.get_one(Plan, share(session, clock, district, plan, 3).plan_id)

    assert plan_details(session, derived).parent == plan
    assert plan_details(session, plan).shares == (derived,)
    derived.status = PlanStatus.WITHDRAWN
    session.flush()
    assert plan_details(session, plan).shares == ()
