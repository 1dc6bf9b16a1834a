"""Distances between the visits of a day. Owns the table; the distance itself is that of the hop rule."""

from __future__ import annotations

from solver.problem import Floats
from solver.rules.roster_hop import great_circle_km


def distances_km(lon: Floats, lat: Floats) -> Floats:
    """Return the great-circle distances in km between n places given in degrees; [n, n].

    The rule's own function, so that a hop at the very limit is judged alike here and by the checker.
    """
    return great_circle_km(lon[:, None], lat[:, None], lon[None, :], lat[None, :])
