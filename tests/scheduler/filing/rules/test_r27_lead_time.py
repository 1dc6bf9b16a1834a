"""R27: schemes are filed ahead."""

from __future__ import annotations

from datetime import date

import pytest

from data.enums import NoticeMode, PlanKind
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("last", "kind", "mode", "found"),
    [
        (date(2026, 3, 3), PlanKind.DAILY, NoticeMode.ANNOUNCED, []),
        (date(2026, 3, 2), PlanKind.DAILY, NoticeMode.ANNOUNCED, ["filed_too_late"]),
        (date(2026, 3, 2), PlanKind.CASE, NoticeMode.ANNOUNCED, []),
        (date(2026, 3, 2), PlanKind.DAILY, NoticeMode.UNANNOUNCED, []),
    ],
    ids=["seventh_working_day", "sixth", "triggered", "unannounced"],
)
def test_window_leaves_seven_working_days(
    desk: Desk, last: date, kind: PlanKind, mode: NoticeMode, found: list[str]
) -> None:
    desk.plan.kind = kind
    desk.task(first_date=date(2026, 3, 1), last_date=last, notice_mode=mode)

    assert desk.names("R27") == found
