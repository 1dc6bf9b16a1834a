"""R25: papers of an emergency follow soon."""

from __future__ import annotations

from datetime import date

import pytest

from data.enums import PlanKind
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("kind", "today", "found"),
    [
        (PlanKind.CASE, date(2026, 3, 4), []),
        (PlanKind.CASE, date(2026, 3, 5), ["backfill_late"]),
        (PlanKind.DAILY, date(2026, 3, 5), []),
    ],
    ids=["second_working_day", "third", "no_case"],
)
def test_papers_are_due_within_two_working_days(desk: Desk, kind: PlanKind, today: date, found: list[str]) -> None:
    desk.plan.kind = kind
    desk.task(first_date=date(2026, 3, 2), last_date=date(2026, 3, 2))

    assert desk.names("R25", today=today) == found
