"""R64: announced visits are told ahead."""

from __future__ import annotations

from datetime import date

import pytest

from data.enums import NoticeMode
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("last", "mode", "found"),
    [
        (date(2026, 2, 26), NoticeMode.ANNOUNCED, []),
        (date(2026, 2, 25), NoticeMode.ANNOUNCED, ["no_time_to_announce"]),
        (date(2026, 2, 25), NoticeMode.UNANNOUNCED, []),
    ],
    ids=["third_working_day", "second", "unannounced"],
)
def test_window_leaves_three_working_days(desk: Desk, last: date, mode: NoticeMode, found: list[str]) -> None:
    desk.task(first_date=date(2026, 2, 20), last_date=last, notice_mode=mode)

    assert desk.names("R64") == found


def test_emergency_that_is_over_needs_no_announcement(desk: Desk) -> None:
    desk.plan.emergency = True
    desk.task(first_date=date(2026, 3, 2), last_date=date(2026, 3, 2))

    assert desk.names("R64", today=date(2026, 3, 3)) == []
