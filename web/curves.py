"""Geometry of the progress curve: from points of a run to the coordinates of an SVG. Knows no page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

WIDTH: Final = 640
HEIGHT: Final = 240
LEFT, RIGHT, TOP, BOTTOM = 84, 12, 14, 28
GRID_LINES: Final = 4
LEAST_SPAN: Final = 0.04
"""Figures are shown with two decimals: over less than this the lines of the grid would bear the same figure."""


class Point(Protocol):
    """What a point of a run has; score and bound may not be known yet."""

    @property
    def seconds(self) -> float: ...
    @property
    def score(self) -> float | None: ...
    @property
    def bound(self) -> float | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A line of the grid: where it is, and what it stands for."""

    at: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Coordinates as SVG wants them; `score` and `bound` are lists of points for a polyline, drawn as stairs."""

    width: int
    height: int
    left: int
    right: int
    bottom: int
    score: str
    bound: str
    values: tuple[Tick, ...]
    seconds: tuple[Tick, ...]


def progress_curve(points: Sequence[Point]) -> Curve | None:
    """Draw score and bound over time; None while there is nothing to draw."""
    values = [value for point in points for value in (point.score, point.bound) if value is not None]
    if not values or len(points) < 2:
        return None
    low, high = min(values), max(values)
    span = high - low if high - low >= LEAST_SPAN else max(1.0, abs(high) * 0.1)
    longest = points[-1].seconds or 1.0

    def x(seconds: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * seconds / longest, 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / span, 1)

    return Curve(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        bottom=HEIGHT - BOTTOM,
        score=_stairs([(x(p.seconds), y(p.score)) for p in points if p.score is not None]),
        bound=_stairs([(x(p.seconds), y(p.bound)) for p in points if p.bound is not None]),
        values=tuple(
            Tick(at=y(low + span * n / GRID_LINES), value=low + span * n / GRID_LINES) for n in range(GRID_LINES + 1)
        ),
        seconds=tuple(
            Tick(at=x(longest * n / GRID_LINES), value=longest * n / GRID_LINES) for n in range(GRID_LINES + 1)
        ),
    )


def _stairs(points: Sequence[tuple[float, float]]) -> str:
    """A value holds until the next one is found."""
    path: list[str] = []
    for number, (x, y) in enumerate(points):
        if number:
            path.append(f"{x},{points[number - 1][1]}")
        path.append(f"{x},{y}")
    return " ".join(path)
