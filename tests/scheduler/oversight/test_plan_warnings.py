"""Warnings that look at plans and caps: each planted once, and once just below its threshold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from data.enums import OrganisationKind, PlanKind, PlanSpan, PlanStage, PlanStatus, PlanTrigger, Targeting
from data.models import PlanDecision, PlanTarget
from scheduler.clock import FixedClock
from scheduler.filing.caps.plan_caps import release_plan, reserve_plan
from scheduler.oversight.warning import Urgency, WarningKind
from tests import factories
from tests.factories import stored_id
from tests.scheduler.oversight.visits import column, warning

YEAR_2026: dict[str, Any] = {"period_first": date(2026, 1, 1), "period_last": date(2026, 12, 31)}


def file_cases(session: Session, clock: FixedClock, number: int) -> list[Any]:
    """So many complaints about one enterprise, each filed as a plan that no cap stops."""
    body, site = factories.make_organisation(session), factories.make_site(session)
    plans = []
    for _ in range(number):
        plan = factories.make_plan(
            session, body, kind=PlanKind.CASE, trigger=PlanTrigger.COMPLAINT, clue_number="12345-1"
        )
        task = factories.make_task(session, plan, targeting=Targeting.NAMED)
        session.add(PlanTarget(task_id=stored_id(task), site_id=stored_id(site)))
        session.flush()
        reserve_plan(session, clock, plan, actor_id=None)
        plans.append(plan)
    return plans


@pytest.mark.parametrize(("number", "cases"), [(5, 1), (4, 0)], ids=["five", "four"])
def test_uncapped_inspections_are_too_many_beyond_four(
    session: Session, clock: FixedClock, number: int, cases: int
) -> None:
    file_cases(session, clock, number)

    found = warning(session, clock, WarningKind.UNCAPPED_OFTEN)

    assert (found.count, found.figures) == (cases, (("most", 4),))
    assert column(found, "times") == [5] * cases


def test_uncapped_inspections_count_only_while_they_stand_and_for_a_year(session: Session, clock: FixedClock) -> None:
    plans = file_cases(session, clock, 5)
    release_plan(session, clock, plans[0], reason="test", actor_id=None)
    assert warning(session, clock, WarningKind.UNCAPPED_OFTEN).count == 0

    file_cases(session, clock, 5)
    assert warning(session, clock, WarningKind.UNCAPPED_OFTEN).count == 1
    clock.instant += timedelta(days=366)
    assert warning(session, clock, WarningKind.UNCAPPED_OFTEN).count == 0


@pytest.mark.parametrize(("number", "cases"), [(6, 1), (5, 0)], ids=["used up", "one left"])
def test_quota_of_special_campaigns(session: Session, clock: FixedClock, number: int, cases: int) -> None:
    body = factories.make_organisation(session)
    for place in range(number):
        status = PlanStatus.FILED if place else PlanStatus.GOVERNMENT_REVIEW
        factories.make_plan(session, body, kind=PlanKind.SPECIAL, status=status)
    factories.make_plan(session, body, kind=PlanKind.SPECIAL, status=PlanStatus.DRAFT)
    factories.make_plan(session, body, kind=PlanKind.SPECIAL, status=PlanStatus.FILED, year=2025)

    found = warning(session, clock, WarningKind.SPECIAL_QUOTA)

    assert [row.cells for row in found.rows] == [(body.short_name, "2026", 6, 6)] * cases


@pytest.mark.parametrize(
    ("day", "urgency"),
    [
        pytest.param((2026, 2, 28), None, id="February"),
        pytest.param((2026, 3, 1), Urgency.REMINDER, id="1 March"),
        pytest.param((2026, 3, 31), Urgency.REMINDER, id="31 March"),
        pytest.param((2026, 4, 1), Urgency.OVERDUE, id="1 April"),
    ],
)
def test_annual_plan_is_reminded_in_march_and_overdue_in_april(
    session: Session, clock: FixedClock, day: tuple[int, int, int], urgency: Urgency | None
) -> None:
    clock.instant = datetime(*day, 4, tzinfo=UTC)
    late = factories.make_organisation(session)
    draft = factories.make_plan(session, late, span=PlanSpan.ANNUAL, **YEAR_2026)
    filed = factories.make_organisation(session)
    factories.make_plan(session, filed, span=PlanSpan.ANNUAL, status=PlanStatus.FILED, **YEAR_2026)
    factories.make_organisation(session, kind=OrganisationKind.COORDINATION)

    found = warning(session, clock, WarningKind.ANNUAL_PLAN)

    wanted = [(late.short_name, date(2026, 3, 31), urgency, PlanStatus.DRAFT)] if urgency else []
    assert [row.cells for row in found.rows] == wanted
    assert [row.uid for row in found.rows] == [draft.uid] * len(wanted)


@pytest.mark.parametrize(
    ("span", "last", "missing"),
    [
        (PlanSpan.SINGLE, date(2026, 12, 31), 0),
        (PlanSpan.MONTHLY, date(2026, 4, 30), 1),
    ],
    ids=["a plan over the whole year", "a month's plan"],
)
def test_annual_plan_is_known_by_its_length_too(
    session: Session, clock: FixedClock, span: PlanSpan, last: date, missing: int
) -> None:
    clock.instant = datetime(2026, 4, 2, tzinfo=UTC)
    body, values = factories.make_organisation(session), YEAR_2026 | {"period_last": last}
    factories.make_plan(session, body, span=span, status=PlanStatus.IN_ROUND, **values)

    assert warning(session, clock, WarningKind.ANNUAL_PLAN).count == missing


@pytest.mark.parametrize(
    ("values", "cases"),
    [
        pytest.param({"back_file_due": date(2026, 2, 19)}, 1, id="due yesterday"),
        pytest.param({"back_file_due": date(2026, 2, 20)}, 0, id="due today"),
        pytest.param({"back_file_due": date(2026, 2, 19), "filed_at": factories.NOW}, 0, id="filed"),
        pytest.param({"back_file_due": date(2026, 2, 19), "status": PlanStatus.WITHDRAWN}, 0, id="withdrawn"),
    ],
)
def test_papers_of_an_emergency_are_overdue_after_their_day(
    session: Session, clock: FixedClock, values: dict[str, Any], cases: int
) -> None:
    body = factories.make_organisation(session)
    emergency = {"kind": PlanKind.CASE, "emergency": True, "inspected_on": date(2026, 2, 13)}
    plan = factories.make_plan(session, body, **emergency | values)

    found = warning(session, clock, WarningKind.BACK_FILING)

    assert [row.uid for row in found.rows] == [plan.uid] * cases
    assert column(found, "days_late") == [1] * cases


@pytest.mark.parametrize(
    ("due", "submission", "cases"),
    [(date(2026, 2, 19), 1, 1), (date(2026, 2, 20), 1, 0), (date(2026, 2, 19), 0, 0)],
    ids=["due yesterday", "due today", "asked for an earlier submission"],
)
def test_partner_is_silent_after_its_day(
    session: Session, clock: FixedClock, due: date, submission: int, cases: int
) -> None:
    body, partner = factories.make_organisation(session), factories.make_organisation(session)
    plan = factories.make_plan(session, body, status=PlanStatus.COUNTERSIGNING, submission=1)
    session.add(
        PlanDecision(
            plan_id=stored_id(plan), submission=submission, stage=PlanStage.COUNTERSIGN,
            organisation_id=stored_id(partner), asked_at=clock.now(), due=due,
        )
    )  # fmt: skip
    session.flush()

    found = warning(session, clock, WarningKind.PARTNERS_SILENT)

    assert [row.cells[1:3] for row in found.rows] == [(body.short_name, partner.short_name)] * cases
