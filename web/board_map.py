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
class MapPicture:
    """`others`: places of the visits of other days, each once."""

    width: float
    height: float
    outlines: tuple[Outline, ...]
    ways: tuple[Way, ...]
    stops: tuple[Stop, ...]
    others: tuple[Point, ...]


def draw_picture(district: DistrictMap, routes: Sequence[Route], cards: Iterable[Card], day: date) -> MapPicture:
    """Lay the ways and sites of a day over the townships."""
    placed = [(card, _at(district, card)) for card in cards if card.lon is not None]
    stops = tuple(Stop(card=card, at=at) for card, at in placed if card.day == day)
    taken = {stop.at for stop in stops}
    return MapPicture(
        width=district.width,
        height=district.height,
        outlines=tuple(Outline(town=town, path=_path(town)) for town in district.towns),
        ways=tuple(_way(district, route, place % DASHES) for place, route in enumerate(routes)),
        stops=stops,
        others=tuple(sorted({at for _card, at in placed} - taken)),
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
