"""The geometry of the progress curve."""

from __future__ import annotations

import pytest

from scheduler.planning.runs import RunPoint
from web.curves import HEIGHT, WIDTH, progress_curve


def point(seconds: float, score: float | None, bound: float | None) -> RunPoint:
    return RunPoint(seconds=seconds, score=score, bound=bound, gap=None, phase="improve")


def test_curve_of_nothing_is_not_drawn() -> None:
    assert progress_curve(()) is None
    assert progress_curve((point(0, None, None), point(1, None, None))) is None


def test_curve_stays_inside_and_holds_values_until_the_next() -> None:
    curve = progress_curve((point(0, 10.0, 1.0), point(5, 6.0, 2.0), point(10, 4.0, 4.0)))
    assert curve is not None
    places = [tuple(map(float, pair.split(","))) for pair in f"{curve.score} {curve.bound}".split()]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)
    assert len(curve.score.split()) == 5
    assert curve.values[0].value == 1.0
    assert curve.seconds[-1].value == 10


@pytest.mark.parametrize("bound", [5.0, 5.0 - 1e-9, 4.99], ids=["equal", "but for rounding", "almost"])
def test_flat_curve_has_a_span_that_its_figures_show(bound: float) -> None:
    curve = progress_curve((point(0, 5.0, bound), point(1, 5.0, bound)))
    assert curve is not None
    assert len({round(tick.value, 2) for tick in curve.values}) == len(curve.values)
