"""The ways of one day: from the office to the sites, crew by crew. Knows no plane and no page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.models import Organisation
from scheduler.board.card import Card
from scheduler.board.filters import LaneKind
from scheduler.board.lanes import lane_keys

EARTH_KM: Final = 6371.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`key`, `name`: of the lane; `crew`: id of the officer who leads, 0 for none; `km`: as the crow flies.

    `office`: (longitude, latitude) where the way begins; `stops`: in the order of the day.
    """

    key: int
    name: str
    crew: int
    office: tuple[float, float] | None
    stops: tuple[Card, ...]
    km: float


def load_offices(session: Session) -> dict[int, tuple[float, float]]:
    """Body -> longitude and latitude of its office."""
    rows = session.execute(sa.select(col(Organisation.id), col(Organisation.lon), col(Organisation.lat)))
    return {number: (lon, lat) for number, lon, lat in rows}


def routes_of(
    cards: Iterable[Card],
    kind: LaneKind,
    names: Mapping[int, str],
    offices: Mapping[int, tuple[float, float]],
) -> tuple[Route, ...]:
    """The ways of the crews of one day, under the names of their lanes: a body has as many as crews are out for it.

    A crew starts at the office of the body that leads its first visit.
    """
    stops: dict[tuple[int, int], list[Card]] = {}
    for card in cards:
        if card.lon is None:
            continue
        for key in lane_keys(card, kind):
            stops.setdefault((key, card.lead_officer_id or 0), []).append(card)
    found = []
    for (key, crew), there in stops.items():
        ordered = tuple(sorted(there, key=lambda card: (card.start_quarter, card.site, card.uid)))
        office = offices.get(next(iter(ordered[0].organisations), 0))
        name = names.get(key, "")
        found.append(Route(key=key, name=name, crew=crew, office=office, stops=ordered, km=_length(office, ordered)))
    return tuple(sorted(found, key=lambda route: (not route.name, route.name, route.key, route.crew)))


def _length(office: tuple[float, float] | None, stops: Sequence[Card]) -> float:
    """Kilometres from the office along the stops, without the way back."""
    places = [(card.lon or 0.0, card.lat or 0.0) for card in stops]
    points = [office, *places] if office is not None else places
    return round(sum(_distance(a, b) for a, b in pairwise(points)), 1)


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Kilometres between two places on the sphere (haversine)."""
    lon_a, lat_a, lon_b, lat_b = (math.radians(value) for value in (*a, *b))
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
