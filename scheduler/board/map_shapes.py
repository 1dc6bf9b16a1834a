"""Townships as shapes of a plane: the places of all sites, each with the country around it. Knows no visit and no page.

No boundaries are kept anywhere, so they are drawn from what is known: every cell of a fine grid belongs to the township
of the nearest site (a flood from all sites at once), cells far from any site belong to nobody, islands of a single shop
go to their neighbours, and the borders are smoothed by cutting corners (Chaikin 1974).
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import RecordStatus
from data.models import Site, Town

WIDTH: Final = 1000
MARGIN: Final = 24
CELLS_ACROSS: Final = 72
REACH: Final = 5
"""Cells that a township reaches beyond its outermost site, some 3 km in a district of 45 km."""
GRID_DEGREES: Final = 0.004
"""Sites nearer than some 400 m count as one place: the map of 40,000 sites needs no more."""
LEAST_SPAN_DEGREES: Final = 0.05
_ROUNDS: Final = 2
"""Of settling and of smoothing: after two of either nothing changes that an eye would see."""

Point = tuple[float, float]
Cell = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """From degrees to the plane: equirectangular about the middle latitude, north up."""

    west: float
    north: float
    scale_x: float
    scale_y: float

    def point(self, lon: float, lat: float) -> Point:
        x = MARGIN + (lon - self.west) * self.scale_x
        y = MARGIN + (self.north - lat) * self.scale_y
        return round(x, 1), round(y, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TownShape:
    """`rings`: closed outlines, holes among them, for an even-odd fill; `label`: where its name stands."""

    town_id: int
    name: str
    name_en: str
    rings: tuple[tuple[Point, ...], ...]
    label: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictMap:
    """The shapes of all townships with a site, and the plane that they lie in."""

    width: float
    height: float
    projection: Projection
    towns: tuple[TownShape, ...]


def load_map(session: Session) -> DistrictMap:
    """Draw the district from its active sites and the middles of its townships, with two statements."""
    towns = {row.id: row for row in session.execute(sa.select(*Town.__table__.c))}  # type: ignore[attr-defined]
    east = sa.cast(sa.func.round(col(Site.lon) / GRID_DEGREES), sa.Integer)
    north = sa.cast(sa.func.round(col(Site.lat) / GRID_DEGREES), sa.Integer)
    places = session.execute(
        sa.select(col(Site.town_id), east, north, sa.func.count())
        .where(col(Site.status) == RecordStatus.ACTIVE)
        .group_by(col(Site.town_id), east, north)
        .order_by(col(Site.town_id), east, north)
    ).all()
    seeds = [(town, x * GRID_DEGREES, y * GRID_DEGREES, number) for town, x, y, number in places]
    used = {town for town, _x, _y, _number in seeds}
    seeds += [(town.id, town.lon, town.lat, 1) for town in towns.values() if town.id in used]
    names = {town.id: (town.name, town.name_en) for town in towns.values()}
    return draw_map(seeds, names)


def draw_map(seeds: Sequence[tuple[int, float, float, int]], names: Mapping[int, tuple[str, str]]) -> DistrictMap:
    """Draw townships around their places: `seeds` are (township, longitude, latitude, sites there)."""
    projection = _projection([(lon, lat) for _town, lon, lat, _number in seeds])
    size = WIDTH / CELLS_ACROSS
    votes: dict[Cell, Counter[int]] = {}
    for town, lon, lat, number in seeds:
        x, y = projection.point(lon, lat)
        votes.setdefault((int(x // size), int(y // size)), Counter())[town] += number
    owners = _flood({cell: _most(found) for cell, found in votes.items()})
    for _ in range(_ROUNDS):
        owners = _settled(owners)
    cells: dict[int, list[Cell]] = {}
    for cell, town in owners.items():
        cells.setdefault(town, []).append(cell)
    low = min((y for _x, y in owners), default=0)
    high = max((y for _x, y in owners), default=0)
    shift = -low * size
    moved = Projection(
        west=projection.west,
        north=projection.north + shift / projection.scale_y,
        scale_x=projection.scale_x,
        scale_y=projection.scale_y,
    )
    return DistrictMap(
        width=WIDTH,
        height=round((high - low + 1) * size, 1),
        projection=moved,
        towns=tuple(
            TownShape(
                town_id=town,
                name=names[town][0],
                name_en=names[town][1],
                rings=tuple(_smoothed(ring, size, shift) for ring in _rings(set(found))),
                label=_label(found, size, shift),
            )
            for town, found in sorted(cells.items())
        ),
    )


def _projection(places: Sequence[Point]) -> Projection:
    lons = [lon for lon, _lat in places] or [0.0]
    lats = [lat for _lon, lat in places] or [0.0]
    middle = math.radians((min(lats) + max(lats)) / 2)
    span = max(max(lons) - min(lons), LEAST_SPAN_DEGREES)
    inner = WIDTH - 2 * MARGIN - 2 * REACH * WIDTH / CELLS_ACROSS
    scale = inner / span
    west = min(lons) - REACH * WIDTH / CELLS_ACROSS / scale
    return Projection(west=west, north=max(lats), scale_x=scale, scale_y=scale / math.cos(middle))


def _flood(seeds: Mapping[Cell, int]) -> dict[Cell, int]:
    """Give every cell within REACH steps of a seed to the township whose seed is the fewest steps away."""
    owners = dict(seeds)
    queue = deque((cell, 0) for cell in sorted(seeds))
    while queue:
        (x, y), steps = queue.popleft()
        if steps == REACH:
            continue
        for beside in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if beside not in owners and 0 <= beside[0] < CELLS_ACROSS:
                owners[beside] = owners[x, y]
                queue.append((beside, steps + 1))
    return owners


def _settled(owners: Mapping[Cell, int]) -> dict[Cell, int]:
    """Give every cell to whom most of the nine cells around it belong: a single shop makes no island."""
    around = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    return {
        (x, y): _most(Counter(owners[x + dx, y + dy] for dx, dy in around if (x + dx, y + dy) in owners))
        for x, y in owners
    }


def _most(votes: Counter[int]) -> int:
    return min(votes, key=lambda town: (-votes[town], town))


def _rings(cells: set[Cell]) -> Iterable[list[Cell]]:
    """The borders of a set of cells as closed walks along the grid, the inside always on the right."""
    steps: dict[Cell, list[Cell]] = {}
    for x, y in sorted(cells):
        sides = (
            ((x, y - 1), (x, y), (x + 1, y)),
            ((x + 1, y), (x + 1, y), (x + 1, y + 1)),
            ((x, y + 1), (x + 1, y + 1), (x, y + 1)),
            ((x - 1, y), (x, y + 1), (x, y)),
        )
        for beside, start, end in sides:
            if beside not in cells:
                steps.setdefault(start, []).append(end)
    while steps:
        start = min(steps)
        ring, here = [start], start
        while True:
            ways = steps[here]
            here = ways.pop()
            if not ways:
                del steps[ring[-1]]
            if here == start:
                break
            ring.append(here)
        yield ring


def _smoothed(ring: Sequence[Cell], size: float, shift: float) -> tuple[Point, ...]:
    points: list[Point] = [(x * size, y * size + shift) for x, y in ring]
    for _ in range(_ROUNDS):
        pairs = list(zip(points, [*points[1:], points[0]], strict=True))
        points = [
            point
            for (ax, ay), (bx, by) in pairs
            for point in (
                (0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by),
                (0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by),
            )
        ]
    return tuple((round(x, 1), round(y, 1)) for x, y in points)


def _label(cells: Sequence[Cell], size: float, shift: float) -> Point:
    """The cell of the township that is nearest to its middle: never in a neighbour, however bent the shape is."""
    middle_x = sum(x for x, _y in cells) / len(cells)
    middle_y = sum(y for _x, y in cells) / len(cells)
    x, y = min(cells, key=lambda cell: (math.dist(cell, (middle_x, middle_y)), cell))
    return round((x + 0.5) * size, 1), round((y + 0.5) * size + shift, 1)
