"""R72: visits are on working days."""

from __future__ import annotations

from datetime import date

import pytest

from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        (date(2026, 3, 7), date(2026, 3, 9), []),
        (date(2026, 3, 7), date(2026, 3, 8), ["no_working_day"]),
        (date(2026, 2, 28), date(2026, 2, 28), []),
        (date(2026, 4, 6), date(2026, 4, 6), ["no_working_day"]),
    ],
    ids=["with_a_monday", "weekend", "made_up_saturday", "holiday"],
)
def test_window_holds_a_working_day(desk: Desk, first: date, last: date, found: list[str]) -> None:
    desk.task(first_date=first, last_date=last)

    assert desk.names("R72") == found


def test_emergency_may_fall_on_a_day_off(desk: Desk) -> None:
    desk.plan.emergency = True
    desk.task(first_date=date(2026, 3, 7), last_date=date(2026, 3, 7))

    assert desk.names("R72") == []
