"""Hard rule 9: two visits of one person in adjoining quarters of a half-day lie within `max_hop_km`. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Floats, Ints, Problem
from solver.rules.crew import WIDEST, Crew, busy_quarters, crew_rows, on_person

RULE: Final = "roster_hop"
_EARTH_RADIUS_KM: Final = 6371.0088
"""Mean radius of the Earth (IUGG)."""


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Hops that are too far, one for each person and pair of visits in adjoining quarters."""
    most = problem.limits.max_hop_km
    if problem.inspectors is None or most is None:
        return
    crew = crew_rows(problem, plan)
    one, other = _hops(problem, crew)
    here, there = plan.visit_enterprise[crew.visit[one]], plan.visit_enterprise[crew.visit[other]]
    lon, lat = problem.enterprises.lon, problem.enterprises.lat
    far_km = great_circle_km(lon[here], lat[here], lon[there], lat[there])
    for hop in np.flatnonzero(far_km > most):
        detail = f"day={crew.day[other[hop]]} km={far_km[hop]:.3f} most={most:g}"
        yield on_person(RULE, problem, crew, int(other[hop]), detail)


def _hops(problem: Problem, crew: Crew) -> tuple[Ints, Ints]:
    """Crew rows (n from, n to) of one person on two visits, in the first and in the second quarter of one half-day."""
    busy = busy_quarters(crew)
    half_day = (crew.inspector[busy.row] * problem.days + crew.day[busy.row]) * WIDEST + busy.quarter // 2
    first = np.flatnonzero(busy.quarter % 2 == 0)
    second = np.flatnonzero(busy.quarter % 2 == 1)
    second = second[np.argsort(half_day[second], kind="stable")]
    low = np.searchsorted(half_day[second], half_day[first], side="left")
    matches = np.searchsorted(half_day[second], half_day[first], side="right") - low
    offset = np.arange(int(matches.sum())) - np.repeat(np.cumsum(matches) - matches, matches)
    one, other = busy.row[np.repeat(first, matches)], busy.row[second[np.repeat(low, matches) + offset]]
    moved = crew.visit[one] != crew.visit[other]
    return one[moved], other[moved]


def great_circle_km(lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
    """Great-circle distance in km between points in degrees, by the haversine formula (Sinnott 1984)."""
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half_phi, half_lambda = (phi_b - phi_a) / 2, np.radians(lon_b - lon_a) / 2
    square = np.sin(half_phi) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lambda) ** 2
    return np.asarray(2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(square, 0.0, 1.0))))
