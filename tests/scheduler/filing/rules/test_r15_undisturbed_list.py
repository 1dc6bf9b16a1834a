"""R15: the undisturbed list."""

from __future__ import annotations

import pytest

from data.enums import ItemList, PlanKind
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (PlanKind.DAILY, ["item_undisturbed"]),
        (PlanKind.RANDOM, ["item_undisturbed"]),
        (PlanKind.CASE, []),
        (PlanKind.REVIEW, []),
    ],
)
def test_undisturbed_item_needs_a_trigger(desk: Desk, kind: PlanKind, found: list[str]) -> None:
    desk.plan.kind = kind
    desk.task(items=[desk.item(listed=ItemList.UNDISTURBED), desk.item(listed=ItemList.FOCUS)])

    assert desk.names("R15") == found
