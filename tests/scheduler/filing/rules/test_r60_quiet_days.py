"""R60: no daily inspections on quiet days."""

from __future__ import annotations

from datetime import date

import pytest

from data.enums import PlanKind
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("kind", "last", "on", "found"),
    [
        (PlanKind.DAILY, date(2026, 3, 15), True, ["only_quiet_days"]),
        (PlanKind.DAILY, date(2026, 3, 16), True, []),
        (PlanKind.DAILY, date(2026, 3, 15), False, []),
        (PlanKind.CASE, date(2026, 3, 15), True, []),
    ],
    ids=["only_quiet_days", "a_day_is_left", "switched_off", "other_kind"],
)
def test_window_of_quiet_days(desk: Desk, kind: PlanKind, last: date, on: bool, found: list[str]) -> None:
    desk.plan.kind = kind
    desk.task(first_date=date(2026, 3, 1), last_date=last)
    desk.rule("R60", on=on)

    assert desk.names("R60") == found
