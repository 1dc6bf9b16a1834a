"""R62: plans are decided in time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from data.enums import PlanStatus
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("joint", "present", "found"),
    [
        (False, date(2026, 3, 3), []),
        (False, date(2026, 3, 4), ["decision_overdue"]),
        (True, date(2026, 3, 5), []),
        (True, date(2026, 3, 6), ["decision_overdue"]),
    ],
    ids=["next_day", "second_day", "joint_third_day", "joint_fourth_day"],
)
def test_head_has_one_working_day_and_several_bodies_three(
    desk: Desk, joint: bool, present: date, found: list[str]
) -> None:
    desk.plan.status, desk.plan.submitted_at = PlanStatus.SUBMITTED, datetime(2026, 3, 2, 1, tzinfo=UTC)
    desk.task(partners=[desk.other] if joint else [])

    assert desk.names("R62", today=date(2026, 3, 2), present=present) == found
