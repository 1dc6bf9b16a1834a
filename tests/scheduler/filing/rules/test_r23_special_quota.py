"""R23: a yearly number of special inspections."""

from __future__ import annotations

from data.enums import PlanKind, PlanStatus
from tests.scheduler.filing.rules.desk import Desk


def test_special_plan_beyond_the_quota_is_stopped(desk: Desk) -> None:
    desk.plan.kind = PlanKind.SPECIAL
    desk.task()
    for _ in range(5):
        desk.another_plan(kind=PlanKind.SPECIAL, status=PlanStatus.FILED)
    desk.another_plan(kind=PlanKind.SPECIAL, status=PlanStatus.DRAFT)
    desk.another_plan(kind=PlanKind.SPECIAL, status=PlanStatus.FILED, year=2025)
    assert desk.names("R23") == []

    desk.another_plan(kind=PlanKind.SPECIAL, status=PlanStatus.FILED)
    assert desk.names("R23") == ["special_quota_used"]
