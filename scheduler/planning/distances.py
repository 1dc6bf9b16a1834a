"""How far a plan's officers go, as an estimate that can be repeated. Knows no table and no solver's search.

One journey is one organisation's way in one town on one day, as trips are counted: from its office to the nearest site
not yet seen, and so on, and back; straight lines, so that no map is needed. It compares plans, it measures no road.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from data.models import Organisation
from scheduler.planning.drafts import DraftVisit
from solver.rules.roster_hop import great_circle_km

Place = tuple[float, float]
"""Longitude and latitude, degrees."""


def plan_km(draft: Iterable[DraftVisit], organisations: dict[int | None, Organisation]) -> float:
    """Add up all journeys of a plan, in km to one decimal."""
    journeys: dict[tuple[int, int, str], set[Place]] = {}
    for one in draft:
        for body in {request.organisation_id for request in one.requests}:
            key = (body, one.site.town_id, one.visit.day.isoformat())
            journeys.setdefault(key, set()).add((one.site.lon, one.site.lat))
    total = 0.0
    for (body, _, _), stops in sorted(journeys.items()):
        office = organisations[body]
        total += journey_km((office.lon, office.lat), sorted(stops))
    return round(total, 1)


def journey_km(office: Place, stops: Sequence[Place]) -> float:
    """One way out and back, always to the nearest site that is left; the first of the list where two are as near."""
    places = np.array([office, *stops])
    lon, lat = places[:, 0], places[:, 1]
    far: Any = great_circle_km(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
    left, here, total = list(range(1, len(places))), 0, 0.0
    while left:
        there = min(left, key=lambda place: (far[here, place], place))
        total += float(far[here, there])
        left.remove(there)
        here = there
    return total + float(far[here, 0])
