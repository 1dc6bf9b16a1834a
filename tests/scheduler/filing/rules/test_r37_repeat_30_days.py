"""R37: not again within thirty days."""

from __future__ import annotations

from datetime import date

import pytest

from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("last", "by_others", "found"),
    [
        (date(2026, 3, 17), True, []),
        (date(2026, 3, 16), True, ["seen_lately"]),
        (date(2026, 3, 16), False, []),
    ],
    ids=["a_day_is_left", "no_day_is_left", "own_visit"],
)
def test_window_leaves_a_day_after_thirty(desk: Desk, last: date, by_others: bool, found: list[str]) -> None:
    site = desk.site()
    desk.visited(site, desk.other if by_others else desk.body, date(2026, 2, 14))
    desk.task(sites=[site], last_date=last)

    assert desk.names("R37") == found
