"""Rounds: opening, freezing, and what a round counts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from data.enums import CreditClass, PlanStatus, Role, RoundKind, RoundStatus
from data.errors import NotFoundError, StaleError
from data.models import Enterprise, Plan, Round
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError, NotPermittedError, TransitionError
from scheduler.filing import rounds
from tests import factories
from tests.scheduler.filing.conftest import District, make_district

MARCH: dict[str, Any] = {
    "name": "三月统筹",
    "kind": RoundKind.MONTH,
    "period_first": date(2026, 3, 1),
    "period_last": date(2026, 3, 31),
    "filing_until": datetime(2026, 2, 25, 9, 0, tzinfo=UTC),
}


def filed_plan(session: Session, district: District, **values: Any) -> Plan:
    plan = factories.make_plan(session, district.organisation, **{"status": PlanStatus.FILED} | values)
    factories.make_task(session, plan, scenario_id=district.scenario.id)
    return plan


def test_round_is_opened_for_filing(session: Session, clock: FixedClock, district: District) -> None:
    made = rounds.open_round(session, clock, district.coordinator, **MARCH)

    assert (made.status, made.opened_by_id) == (RoundStatus.OPEN, district.coordinator.user_id)
    assert rounds.get_round(session, district.clerk, made.uid) is made


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": " "}, ("name", "required")),
        ({"name": "长" * 81}, ("name", "too_long")),
        ({"name": "已有"}, ("name", "taken")),
        ({"kind": RoundKind.OFF_PLAN}, ("kind", "unknown_choice")),
        ({"period_last": date(2026, 2, 28)}, ("period_last", "period_backwards")),
        ({"period_last": date(2026, 4, 1)}, ("period_last", "period_too_long")),
        ({"period_first": date(2026, 2, 28), "period_last": date(2026, 3, 20)}, ("period_first", "round_overlaps")),
        ({"filing_until": datetime(2026, 2, 19, tzinfo=UTC)}, ("filing_until", "in_the_past")),
        ({"filing_until": datetime(2026, 4, 1, tzinfo=UTC)}, ("filing_until", "after_period")),
        ({"filing_until": datetime(2026, 2, 25)}, ("filing_until", "no_time_zone")),  # noqa: DTZ001 -- the case
    ],
    ids=[
        "no_name",
        "long_name",
        "taken",
        "off_plan",
        "backwards",
        "too_long",
        "overlaps",
        "past",
        "after_period",
        "no_zone",
    ],
)
def test_round_is_refused(
    session: Session, clock: FixedClock, district: District, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    factories.make_round(session, name="已有", period_first=date(2026, 2, 1), period_last=date(2026, 2, 28))

    with pytest.raises(InvalidError) as error:
        rounds.open_round(session, clock, district.coordinator, **MARCH | change)

    assert [(one.field, one.code) for one in error.value.faults] == [fault]


@pytest.mark.parametrize("who", ["clerk", "head", "stranger"])
def test_opening_and_freezing_are_refused_to_departments(
    session: Session, clock: FixedClock, district: District, who: str
) -> None:
    round_ = factories.make_round(session)
    filed_plan(session, district)

    with pytest.raises(NotPermittedError):
        rounds.open_round(session, clock, getattr(district, who), **MARCH)
    with pytest.raises(NotPermittedError):
        rounds.freeze_round(session, clock, getattr(district, who), round_)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ENTERPRISE])
def test_round_is_not_found_by_officers_and_enterprises(session: Session, role: Role) -> None:
    round_ = factories.make_round(session)
    actor = factories.make_actor(session, role)

    with pytest.raises(NotFoundError):
        rounds.get_round(session, actor, round_.uid)
    with pytest.raises(NotPermittedError):
        rounds.list_rounds(session, actor)


def test_freeze_takes_filed_plans_that_touch_the_period(
    session: Session, clock: FixedClock, district: District
) -> None:
    round_, other = factories.make_round(session), factories.make_round(session)
    taken = [
        filed_plan(session, district, round_id=round_.id),
        filed_plan(session, district, period_first=date(2026, 1, 1), period_last=date(2026, 3, 1)),
    ]
    left = [
        filed_plan(session, district, round_id=other.id),
        filed_plan(session, district, period_first=date(2026, 4, 1), period_last=date(2026, 4, 30)),
        filed_plan(session, district, round_id=round_.id, status=PlanStatus.SUBMITTED),
    ]

    rounds.freeze_round(session, clock, district.coordinator, round_)

    assert [(plan.status, plan.round_id) for plan in taken] == [(PlanStatus.IN_ROUND, round_.id)] * 2
    assert [plan.status for plan in left] == [PlanStatus.FILED, PlanStatus.FILED, PlanStatus.SUBMITTED]
    assert (round_.status, round_.frozen_at, len(round_.frozen_hash)) == (RoundStatus.FROZEN, clock.now(), 64)


def test_freeze_without_filed_plans_says_how_many_wait(session: Session, clock: FixedClock, district: District) -> None:
    round_ = factories.make_round(session)
    filed_plan(session, district, round_id=round_.id, status=PlanStatus.SUBMITTED)

    with pytest.raises(InvalidError) as error:
        rounds.freeze_round(session, clock, district.coordinator, round_)

    assert [(one.code, one.params) for one in error.value.faults] == [("nothing_filed", (("waiting", 1),))]
    assert round_.status is RoundStatus.OPEN


def test_freeze_of_a_frozen_round_is_refused(session: Session, clock: FixedClock, district: District) -> None:
    round_ = factories.make_round(session, status=RoundStatus.FROZEN)

    with pytest.raises(TransitionError):
        rounds.freeze_round(session, clock, district.coordinator, round_)


def test_two_freezes_at_once_leave_one(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        district = make_district(session)
        round_uid = factories.make_round(session).uid
        filed_plan(session, district)
    with unit_of_work(engine) as session:
        early = rounds.get_round(session, district.coordinator, round_uid)
    with unit_of_work(engine) as session:
        late = rounds.get_round(session, district.coordinator, round_uid)
        rounds.freeze_round(session, clock, district.coordinator, late)

    def freeze_late() -> None:
        with unit_of_work(engine) as session:
            session.add(early)
            rounds.freeze_round(session, clock, district.coordinator, early)

    with pytest.raises((StaleError, InvalidError)):
        freeze_late()

    with unit_of_work(engine) as session:
        assert rounds.get_round(session, district.coordinator, round_uid).frozen_hash == late.frozen_hash


@pytest.mark.parametrize("change", ["credit_class", "whitelisted"])
def test_frozen_hash_sees_the_registry(session: Session, clock: FixedClock, district: District, change: str) -> None:
    round_ = factories.make_round(session)
    filed_plan(session, district)
    rounds.freeze_round(session, clock, district.coordinator, round_)
    frozen = round_.frozen_hash
    assert rounds.freeze_hash(session, round_) == frozen

    enterprise = session.get_one(Enterprise, district.sites[0].enterprise_id)
    setattr(enterprise, change, {"credit_class": CreditClass.D, "whitelisted": True}[change])
    session.flush()
    assert rounds.freeze_hash(session, round_) != frozen

    rounds.refreeze_round(session, clock, district.coordinator, round_, reason="信用等级月度更新")
    assert round_.frozen_hash == rounds.freeze_hash(session, round_)


def test_summary_counts_plans_by_status_and_organisation(session: Session, district: District) -> None:
    round_ = factories.make_round(session)
    filed_plan(session, district)
    factories.make_plan(session, district.other, round_id=round_.id)
    factories.make_plan(session, district.other, status=PlanStatus.WITHDRAWN)

    summary = rounds.round_summary(session, round_)
    own = rounds.round_summary(session, round_, organisation_id=district.other.id)

    assert summary.plans == {PlanStatus.FILED: 1, PlanStatus.DRAFT: 1}
    assert [(one.organisation_name, one.plans, one.tasks) for one in summary.organisations] == [
        ("市场监管局", {PlanStatus.FILED: 1}, 1),
        ("消防大队", {PlanStatus.DRAFT: 1}, 0),
    ]
    assert (own.plans, own.tasks) == ({PlanStatus.DRAFT: 1}, 0)


def test_rounds_are_listed_latest_first(session: Session, district: District) -> None:
    april = factories.make_round(session, period_first=date(2026, 4, 1), period_last=date(2026, 4, 30))
    march = factories.make_round(session)

    assert rounds.list_rounds(session, district.clerk) == [april, march]


def test_round_row_is_refused_with_its_period_backwards(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.IntegrityError), unit_of_work(engine) as session:
        factories.make_round(session, period_last=date(2026, 2, 1))
    with unit_of_work(engine) as session:
        assert session.execute(sa.select(sa.func.count()).select_from(Round)).scalar_one() == 0
