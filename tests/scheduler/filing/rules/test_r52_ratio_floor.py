"""R52: a draw takes at least a share."""

from __future__ import annotations

from typing import Any

import pytest

from data.enums import PlanKind, Targeting
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("values", "kind", "found"),
    [
        ({"ratio": 0.05}, PlanKind.RANDOM, []),
        ({"ratio": 0.04}, PlanKind.RANDOM, ["share_too_small"]),
        ({"ratio": 0.04}, PlanKind.DAILY, []),
        ({"ratio": None, "ratio_by_class": {"A": 0.01}}, PlanKind.RANDOM, []),
    ],
    ids=["five_percent", "four_percent", "no_random_plan", "by_class"],
)
def test_least_share(desk: Desk, values: dict[str, Any], kind: PlanKind, found: list[str]) -> None:
    desk.plan.kind = kind
    desk.task(targeting=Targeting.DRAWN, **values)

    assert desk.names("R52") == found
