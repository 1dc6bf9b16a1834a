"""R57: drawn numbers are rounded half up, one at least."""

from __future__ import annotations

import pytest

from scheduler.filing.draw_method import Quota, draw, freeze_list


@pytest.mark.parametrize(
    ("size", "ratio", "drawn"),
    [(10, "0.05", 1), (30, "0.05", 2), (29, "0.05", 1), (50, "0.05", 3), (3, "0.01", 1), (0, "0.5", 0)],
    ids=["half_up_to_one", "half_up", "below_half", "half_of_an_odd_one", "one_at_least", "nobody"],
)
def test_number_of_drawn_sites(size: int, ratio: str, drawn: int) -> None:
    sites = [("B", f"code{number:03d}", f"site{number:03d}") for number in range(size)]

    assert len(draw(freeze_list("task", Quota(ratio=ratio), sites), "seed")) == drawn
