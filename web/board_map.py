"""Geometry of the board's map: from shapes, sites and ways to the coordinates of an SVG. Knows no page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from scheduler.board.card import Card
from scheduler.board.map_shapes import DistrictMap, Point, TownShape
from scheduler.board.routes import Route

DASHES: Final = 4
"""Kinds of lines that ways take in turn, so that they are told apart without colour."""
NEAR_MOST: Final = 0.6
"""A part of the district is shown by itself only where it is less than this share of the whole."""
NEAR_LEAST: Final = 0.14
"""Never closer than this share of the whole: townships have to be recognised."""
LARGER: Final = 1.6
"""Signs on a part of the district, against those on the whole, where they would cover each other."""
MARGIN: Final = 0.12
"""Left free around the stops, as a share of what is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A township as the path of an SVG."""

    town: TownShape
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A route as the points of a polyline; `dash`: which of the kinds of lines."""

    route: Route
    points: str
    dash: int
    office: Point | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    card: Card
    at: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The part of the map that is shown, in its own units; `scale`: of signs, 1 where the whole district is shown."""

    left: float
    top: float
    width: float
    height: float
    scale: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPicture:
    """`others`: places of the visits of other days, each once. `near`: where the day's stops are, None where they lie
    all over the district; `frame`: what is shown."""

    frame: Frame
    near: Frame | None
    outlines: tuple[Outline, ...]
    ways: tuple[Way, ...]
    stops: tuple[Stop, ...]
    others: tuple[Point, ...]


def draw_picture(
    district: DistrictMap, routes: Sequence[Route], cards: Iterable[Card], day: date, *, whole: bool = False
) -> MapPicture:
    """Lay the ways and sites of a day over the townships; around the day's stops, or over the `whole` district."""
    placed = [(card, _at(district, card)) for card in cards if card.lon is not None]
    stops = tuple(Stop(card=card, at=at) for card, at in placed if card.day == day)
    taken = {stop.at for stop in stops}
    near = _near(district, [stop.at for stop in stops])
    everything = Frame(left=0, top=0, width=district.width, height=district.height, scale=1)
    return MapPicture(
        frame=everything if whole or near is None else near,
        near=near,
        outlines=tuple(Outline(town=town, path=_path(town)) for town in district.towns),
        ways=tuple(_way(district, route, place % DASHES) for place, route in enumerate(routes)),
        stops=stops,
        others=tuple(sorted({at for _card, at in placed} - taken)),
    )


def _near(district: DistrictMap, points: Sequence[Point]) -> Frame | None:
    """The surroundings of some points in the shape of the whole; None for no points, or where that is most of it."""
    if not points:
        return None
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    share = max((right - left) / district.width, (bottom - top) / district.height) * (1 + 2 * MARGIN)
    scale = max(NEAR_LEAST, share)
    if scale > NEAR_MOST:
        return None
    width, height = district.width * scale, district.height * scale
    return Frame(
        left=round((left + right - width) / 2, 1),
        top=round((top + bottom - height) / 2, 1),
        width=round(width, 1),
        height=round(height, 1),
        scale=round(scale * LARGER, 3),
    )


def _way(district: DistrictMap, route: Route, dash: int) -> Way:
    office = district.projection.point(*route.office) if route.office else None
    points = [_at(district, card) for card in route.stops]
    along = [office, *points] if office else points
    return Way(route=route, points=" ".join(f"{x},{y}" for x, y in along), dash=dash, office=office)


def _at(district: DistrictMap, card: Card) -> Point:
    return district.projection.point(card.lon or 0.0, card.lat or 0.0)


def _path(town: TownShape) -> str:
    return " ".join("M" + "L".join(f"{x} {y}" for x, y in ring) + "Z" for ring in town.rings)
