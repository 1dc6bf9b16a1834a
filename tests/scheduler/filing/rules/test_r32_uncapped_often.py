"""R32: what no cap stops is still counted, and clearly too much is questioned."""

from __future__ import annotations

from datetime import date

from data.enums import PlanKind
from tests.scheduler.filing.rules.desk import Desk


def test_fifth_inspection_of_a_year_is_questioned(desk: Desk) -> None:
    site = desk.site()
    desk.plan.kind = PlanKind.CASE
    desk.task(sites=[site])
    for day in (5, 6, 7):
        desk.visited(site, desk.body, date(2026, 1, day))
    assert desk.names("R32") == []

    desk.visited(site, desk.body, date(2026, 1, 8))
    assert set(desk.names("R32")) == {"clearly_excessive"}
    assert all(one.blocks for one in desk.findings("R32"))
