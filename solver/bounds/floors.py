"""A bound from floors: what some enterprises cost at least in any plan, beside a bound on all the others.

Owns the sum of both. How a floor was proven is the business of whoever proved it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from solver.bounds.prover import proven_bound
from solver.merging.tables import Tables

ROUNDING: Final = 1e-6
"""Granted to each floor: it was proven with costs as integers."""


def bound_with_floors(tables: Tables, floors: Mapping[int, float]) -> float:
    """Return a lower bound on the score of every plan; `floors[e]`: proven cost of enterprise e in any plan.

    A floor counts the enterprise's own terms and trips that nobody else can make. The others are bounded as if the
    enterprise asked for nothing: a plan of all, without its visits, is a plan of theirs that costs no more.
    """
    sizes = np.diff(tables.start)
    floored = np.repeat(np.isin(np.arange(len(sizes)), list(floors)), sizes)
    others = tables._replace(
        first=np.where(floored, 0, tables.first),
        last=np.where(floored, -1, tables.last),
        left_out=np.where(floored, 0.0, tables.left_out),
    )
    return proven_bound(others) + sum(floors.values()) - ROUNDING * len(floors)
