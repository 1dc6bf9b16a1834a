"""Put a merge right whose locks have pushed something over a rule: the forced requests go to a placement that holds.

Owns that repair. Prices may crowd a department-day beyond its capacity with requests that cannot be left out, or leave
a locked request without the one it follows; a placement of all forced requests is then taken over as it is and the
others give way. Knows no search for placements (see `forced`).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from solver.merging.merge import Merge
from solver.merging.score import overload
from solver.merging.start import hard_prices, sweep_all
from solver.merging.state import recount
from solver.merging.tables import Flat
from solver.problem import NONE, Bools, Ints, Problem

SWEEPS: Final = 3
"""Sweeps at true costs in which those who gave way come back where there is room."""


def mend(problem: Problem, flat: Flat, merge: Merge, forced: Ints) -> bool:
    """Put the forced requests on their days in `forced` [R] unless the merge holds already; says whether it did.

    Requests that are in their way are left out and come back where they can. Linear in requests and sequences.
    """
    if holds(problem, flat, merge):
        return False
    day = np.full(len(problem.requests), NONE, dtype=np.int64)
    day[flat.order] = merge.state.day
    must = forced != NONE
    requests = problem.requests
    near = np.isin(requests.enterprise, requests.enterprise[must & ~requests.locked])
    day[must] = forced[must]
    day[near & ~must] = NONE
    _empty_crowded_days(problem, flat, day, must)
    _follow(problem, day, must)
    merge.state.day[:] = day[flat.order]
    recount(flat.tables, merge.state)
    for _ in range(SWEEPS):
        sweep_all(merge.engine, merge.state, hard_prices(merge.engine))
    merge.tell("mend")
    return True


def holds(problem: Problem, flat: Flat, merge: Merge) -> bool:
    """Say whether capacities, locks and sequences hold: what sweeps cannot put right once a lock is in the way."""
    day = np.full(len(problem.requests), NONE, dtype=np.int64)
    day[flat.order] = merge.state.day
    locked = problem.requests.locked & (problem.requests.planned_day != NONE)
    if overload(flat.tables, merge.state) or (day[locked] != problem.requests.planned_day[locked]).any():
        return False
    return not _broken(problem, day).any()


def _broken(problem: Problem, day: Ints) -> Bools:
    """Which sequences do not hold, [n]."""
    before, after, gap = problem.sequences.T
    return (day[after] != NONE) & ((day[before] == NONE) | (day[after] - day[before] < gap))


def _empty_crowded_days(problem: Problem, flat: Flat, day: Ints, must: Bools) -> None:
    """Leave out whoever need not be on a department-day over its capacity."""
    requests = problem.requests
    placed = np.flatnonzero(day != NONE)
    used = np.zeros_like(flat.tables.capacity)
    np.add.at(used, (requests.department[placed], day[placed]), requests.load[placed])
    crowded = (
        used[requests.department[placed], day[placed]] > flat.tables.capacity[requests.department[placed], day[placed]]
    )
    day[placed[crowded & ~must[placed]]] = NONE


def _follow(problem: Problem, day: Ints, must: Bools) -> None:
    """Leave out requests whose predecessor is gone or too late now, and what follows them in turn."""
    while True:
        after = problem.sequences[_broken(problem, day), 1]
        loose = after[~must[after]]
        if not len(loose):
            return
        day[loose] = NONE
