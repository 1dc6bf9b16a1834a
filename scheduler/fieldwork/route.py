"""The way of an officer's day: visits in the order of their quarters, and how far it is between them. Reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import asin, cos, radians, sin, sqrt
from typing import Final

from scheduler.fieldwork.visits import FieldVisit

EARTH_KM: Final = 6371.0
DETOUR: Final = 1.3
"""Roads are longer than the straight line; the usual factor for flat country."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One visit of the day. `km`: road estimate from the stop before, None for the first and for the same place."""

    number: int
    visit: FieldVisit
    km: float | None


def route_of(visits: Sequence[FieldVisit]) -> tuple[Stop, ...]:
    """Order the visits of one day by quarter, and within a quarter by the nearest next place."""
    ordered: list[FieldVisit] = []
    for _, group in groupby(sorted(visits, key=lambda one: (one.start_quarter, one.site, one.uid)), _quarter):
        left = list(group)
        while left:
            nearest = min(left, key=lambda one: kilometres(ordered[-1], one)) if ordered else left[0]
            ordered.append(nearest)
            left.remove(nearest)
    return tuple(
        Stop(number=number, visit=visit, km=_leg(ordered[number - 2], visit) if number > 1 else None)
        for number, visit in enumerate(ordered, start=1)
    )


def kilometres(one: FieldVisit, other: FieldVisit) -> float:
    """Road estimate between two places in kilometres: the great circle and a detour."""
    lat, other_lat = radians(one.lat), radians(other.lat)
    half = sin((other_lat - lat) / 2) ** 2 + cos(lat) * cos(other_lat) * sin(radians(other.lon - one.lon) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half)) * DETOUR


def _leg(one: FieldVisit, other: FieldVisit) -> float | None:
    return None if one.site_uid == other.site_uid else round(kilometres(one, other), 1)


def _quarter(one: FieldVisit) -> int:
    return one.start_quarter
