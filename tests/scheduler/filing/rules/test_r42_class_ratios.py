"""R42: shares by class stay within bounds."""

from __future__ import annotations

import pytest

from data.enums import Targeting
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("ratios", "classes"),
    [
        ({"A": 0.05, "B": 0.2, "C": 0.21, "D": 1.0}, []),
        ({"A": 0.06, "B": 0.05, "C": 0.6, "D": 0.5}, ["A", "D"]),
    ],
    ids=["within", "outside"],
)
def test_bounds_of_each_class(desk: Desk, ratios: dict[str, float], classes: list[str]) -> None:
    desk.task(targeting=Targeting.DRAWN, ratio=None, ratio_by_class=ratios)

    assert [one.figures["class"] for one in desk.findings("R42")] == classes
