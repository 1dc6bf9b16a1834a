"""R12: items that nobody uses are cleaned out."""

from __future__ import annotations

from datetime import date

from data.enums import PlanStatus
from tests.scheduler.filing.rules.desk import Desk


def test_item_is_idle_after_years_without_a_plan(desk: Desk) -> None:
    item = desk.item(published_on=date(2015, 1, 1))
    desk.task(items=[item])
    assert desk.names("R12") == ["item_idle"]

    desk.another_plan(status=PlanStatus.FILED, items=[item])
    assert desk.names("R12") == []


def test_new_item_is_not_idle(desk: Desk) -> None:
    desk.task(items=[desk.item(published_on=date(2025, 1, 1))])

    assert desk.names("R12") == []
