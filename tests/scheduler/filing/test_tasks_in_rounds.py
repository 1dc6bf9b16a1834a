"""Rounds take tasks, not plans: what falls into a period, what waits, and for whom a task asks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, select

from data.enums import OrganisationKind, PlanStage, PlanStatus, RoundStatus, Targeting, Verdict
from data.models import InspectionRequest, Plan, PlanDecision, PlanTarget, PlanTask, PlanTaskPartner
from scheduler.clock import FixedClock
from scheduler.filing import draws, rounds, tasks
from tests import factories
from tests.scheduler.filing.conftest import District


def yearly_plan(session: Session, district: District, **values: Any) -> Plan:
    defaults: dict[str, Any] = {"status": PlanStatus.FILED, "period_first": date(2026, 1, 1)}
    return factories.make_plan(
        session, district.organisation, **defaults | {"period_last": date(2026, 12, 31)} | values
    )


def month_task(session: Session, plan: Plan, month: int, **values: Any) -> PlanTask:
    window = {"first_date": date(2026, month, 1), "last_date": date(2026, month, 28)}
    return factories.make_task(session, plan, **window | values)


def countersigned(session: Session, task: PlanTask, district: District, verdict: Verdict, **values: Any) -> None:
    organisation_id = factories.stored_id(district.other)
    session.add(PlanTaskPartner(task_id=factories.stored_id(task), organisation_id=organisation_id))
    decided = None if verdict in {Verdict.WAITING, Verdict.LAPSED} else district.stranger.user_id
    session.add(
        PlanDecision(
            plan_id=task.plan_id, submission=0, stage=PlanStage.COUNTERSIGN, organisation_id=organisation_id,
            verdict=verdict, asked_at=factories.NOW, decided_by_id=decided, **values,
        )
    )  # fmt: skip
    session.flush()


def test_freeze_takes_the_tasks_of_its_month_and_leaves_the_plan_filed(
    session: Session, clock: FixedClock, district: District
) -> None:
    plan = yearly_plan(session, district)
    months = {month: month_task(session, plan, month) for month in (2, 3, 4)}
    round_ = factories.make_round(session)

    rounds.freeze_round(session, clock, district.coordinator, round_)

    assert {month: task.round_id for month, task in months.items()} == {2: None, 3: round_.id, 4: None}
    assert (plan.status, plan.round_id) == (PlanStatus.FILED, None)
    summary = rounds.round_summary(session, round_)
    assert (summary.tasks, summary.plans) == (1, {PlanStatus.FILED: 1})


def test_plan_goes_in_whole_with_its_last_task(session: Session, clock: FixedClock, district: District) -> None:
    plan = yearly_plan(session, district)
    month_task(session, plan, 3)
    month_task(session, plan, 4)
    march = factories.make_round(session)
    rounds.freeze_round(session, clock, district.coordinator, march)
    april = factories.make_round(session, period_first=date(2026, 4, 1), period_last=date(2026, 4, 30))

    rounds.freeze_round(session, clock, district.coordinator, april)

    assert (plan.status, plan.round_id) == (PlanStatus.IN_ROUND, april.id)
    assert rounds.round_summary(session, march).tasks == rounds.round_summary(session, april).tasks == 1


@pytest.mark.parametrize(
    ("last", "shared", "taken"),
    [
        (date(2026, 3, 31), False, True),
        (date(2026, 5, 31), False, True),
        (date(2026, 12, 31), False, False),
        (date(2026, 3, 31), True, False),
    ],
    ids=["ends_in_the_month", "a_quarter", "a_year_waits_for_shares", "shared_out"],
)
def test_long_tasks_are_shared_out_first(
    session: Session, clock: FixedClock, district: District, last: date, shared: bool, taken: bool
) -> None:
    plan = yearly_plan(session, district)
    task = factories.make_task(session, plan, first_date=date(2026, 3, 1), last_date=last)
    month_task(session, yearly_plan(session, district), 3)
    if shared:
        factories.make_task(session, yearly_plan(session, district, status=PlanStatus.DRAFT), parent_id=task.id)
    round_ = factories.make_round(session)

    rounds.freeze_round(session, clock, district.coordinator, round_)

    assert (task.round_id == round_.id) is taken


def test_yearly_task_falls_into_its_last_month(session: Session, clock: FixedClock, district: District) -> None:
    task = factories.make_task(session, yearly_plan(session, district))
    december = factories.make_round(session, period_first=date(2026, 12, 1), period_last=date(2026, 12, 31))

    rounds.freeze_round(session, clock, district.coordinator, december)

    assert task.round_id == december.id


def test_plan_filed_for_a_closed_round_offers_what_is_left_to_the_next(
    session: Session, clock: FixedClock, district: District
) -> None:
    january = factories.make_round(
        session, period_first=date(2026, 1, 1), period_last=date(2026, 1, 31), status=RoundStatus.PUBLISHED
    )
    task = month_task(session, yearly_plan(session, district, round_id=january.id), 3)
    march = factories.make_round(session)

    rounds.freeze_round(session, clock, district.coordinator, march)

    assert task.round_id == march.id


def test_emergency_is_in_no_round(session: Session, clock: FixedClock, district: District) -> None:
    task = month_task(session, yearly_plan(session, district, emergency=True), 3)
    month_task(session, yearly_plan(session, district), 3)

    rounds.freeze_round(session, clock, district.coordinator, factories.make_round(session))

    assert task.round_id is None


@pytest.mark.parametrize(
    ("verdict", "asks"),
    [(Verdict.AGREED, True), (Verdict.OBJECTED, False), (Verdict.LAPSED, False)],
    ids=["agreed", "objected", "silent"],
)
def test_task_asks_for_partners_that_agreed(session: Session, district: District, verdict: Verdict, asks: bool) -> None:
    task = month_task(session, yearly_plan(session, district), 3, quarters=2, inspectors=3)
    countersigned(session, task, district, verdict, inspectors=4)

    asking = tasks.asking_organisations_of(session, [task])[task.id]

    own = (district.organisation.id, 2, 3)
    partner = [(district.other.id, 2, 4)] if asks else []
    assert [(one.organisation_id, one.quarters, one.inspectors) for one in asking] == [own, *partner]


def test_partner_that_agreed_gets_requests_on_the_same_sites(
    session: Session, clock: FixedClock, district: District
) -> None:
    round_ = factories.make_round(session)
    task = month_task(session, yearly_plan(session, district), 3, targeting=Targeting.NAMED)
    session.add_all(PlanTarget(task_id=factories.stored_id(task), site_id=site.id) for site in district.sites[:3])
    countersigned(session, task, district, Verdict.AGREED)
    rounds.freeze_round(session, clock, district.coordinator, round_)

    outcome = draws.draw_round(session, clock, district.coordinator, round_)

    sites = {site.id for site in district.sites[:3]}
    found = session.exec(select(InspectionRequest)).all()
    for body in (district.organisation, district.other):
        assert {one.site_id for one in found if one.organisation_id == body.id} == sites
    assert outcome.requests == len(found) == 6


def test_township_partner_asks_for_its_own_ground_only(session: Session, clock: FixedClock, district: District) -> None:
    district.other.kind, district.other.town_id = OrganisationKind.TOWNSHIP, factories.make_town(session).id
    at_home = factories.make_site(session, town_id=district.other.town_id)
    round_ = factories.make_round(session)
    task = month_task(session, yearly_plan(session, district), 3, targeting=Targeting.NAMED)
    sites = [district.sites[0], at_home]
    session.add_all(PlanTarget(task_id=factories.stored_id(task), site_id=site.id) for site in sites)
    countersigned(session, task, district, Verdict.AGREED)
    rounds.freeze_round(session, clock, district.coordinator, round_)

    draws.draw_round(session, clock, district.coordinator, round_)

    partner = select(InspectionRequest.site_id).where(InspectionRequest.organisation_id == district.other.id)
    assert session.exec(partner).all() == [at_home.id]
