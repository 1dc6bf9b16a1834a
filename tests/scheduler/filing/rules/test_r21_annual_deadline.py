"""R21: annual plans by the end of March."""

from __future__ import annotations

from datetime import date

import pytest

from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("last", "today", "found"),
    [
        (date(2026, 12, 31), date(2026, 3, 31), []),
        (date(2026, 12, 31), date(2026, 4, 1), ["annual_plan_late"]),
        (date(2026, 6, 30), date(2026, 4, 1), []),
    ],
    ids=["in_time", "late", "half_a_year"],
)
def test_annual_plan_has_a_deadline(desk: Desk, last: date, today: date, found: list[str]) -> None:
    desk.plan.period_first, desk.plan.period_last = date(2026, 1, 1), last
    desk.task()

    assert desk.names("R21", today=today) == found
