"""R30: one organ keeps to its yearly cap."""

from __future__ import annotations

from datetime import date

from data.enums import CreditClass, PlanKind
from tests.scheduler.filing.rules.desk import Desk


def test_site_whose_cap_is_used_stops_the_plan(desk: Desk) -> None:
    site = desk.site(credit_class=CreditClass.B)
    desk.task(sites=[site])
    desk.visited(site, desk.body, date(2026, 1, 6))
    assert desk.names("R30") == []

    desk.visited(site, desk.body, date(2026, 1, 7))
    stops = {one.name: one.blocks for one in desk.findings("R30")}
    assert stops == {"cap_reached": True, "cap_passed": True}


def test_visits_of_others_only_ask_for_a_reason(desk: Desk) -> None:
    site = desk.site(credit_class=CreditClass.A)
    desk.task(sites=[site])
    desk.visited(site, desk.other, date(2026, 1, 6))

    assert desk.names("R30") == ["cap_passed"]


def test_case_is_not_stopped_by_a_cap(desk: Desk) -> None:
    site = desk.site(credit_class=CreditClass.A)
    desk.plan.kind = PlanKind.CASE
    desk.task(sites=[site])
    desk.visited(site, desk.body, date(2026, 1, 6))

    assert desk.names("R30") == []
