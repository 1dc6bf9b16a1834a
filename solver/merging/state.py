"""The running state of a merge and the price of putting a request on a day.

Owns who is on which day (day of each request, load by department and day, visitors by trip) and what a day costs:
capacity, trips, delay, moves. Knows nothing of visits, of how prices are found, nor of when to stop.
"""

# ruff: noqa: PLR0917 -- compiled functions take positional arguments and plain loops
from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solver.merging.compiled import swift_part
from solver.merging.subsets import IMPOSSIBLE
from solver.merging.tables import FORBIDDEN, Tables
from solver.problem import NONE, Floats, Ints

TRIP_STEPS: Final = 4
"""The price of joining a trip is a table over 0, 1, 2 and 3 or more requests that already make it."""


class State(NamedTuple):
    """A merge under way. `day` [R] in enterprise order, NONE = left out; `used` [D, T] people-quarters;
    `trips` [D, W, T]: requests for which the department goes to the town that day."""

    day: Ints
    used: Ints
    trips: NDArray[np.int32]


class Prices(NamedTuple):
    """What a day costs beyond the score. `load` [D, T] per people-quarter (the capacity dual); `over` per unit above
    capacity (FORBIDDEN makes capacity hard); `crowding` spreads load over equal days; `join` [TRIP_STEPS]: price of a
    trip by how many requests make it already."""

    load: Floats
    over: float
    crowding: float
    join: Floats


def empty_state(tables: Tables) -> State:
    """Return a state in which only locked requests have their day."""
    departments, days = tables.capacity.shape
    locked = tables.left_out >= IMPOSSIBLE
    day = np.where(locked, tables.planned, NONE)
    state = State(
        day, np.zeros((departments, days), np.int64), np.zeros((departments, max(tables.towns, 1), days), np.int32)
    )
    recount(tables, state)
    return state


def recount(tables: Tables, state: State) -> None:
    """Recompute `used` and `trips` from `day`."""
    state.used[:] = 0
    state.trips[:] = 0
    placed = np.flatnonzero(state.day != NONE)
    owner = np.repeat(np.arange(len(tables.start) - 1), np.diff(tables.start))
    department, day = tables.department[placed], state.day[placed]
    np.add.at(state.used, (department, day), tables.load[placed])
    np.add.at(state.trips, (department, tables.town[owner[placed]], day), 1)


def copy_state(state: State) -> State:
    """Return an independent copy."""
    return State(state.day.copy(), state.used.copy(), state.trips.copy())


@swift_part
def shift_enterprise(tb: Tables, state: State, e: int, sign: int) -> None:
    """Count the enterprise's requests into (+1) or out of (-1) loads and trips."""
    w = tb.town[e]
    for r in range(tb.start[e], tb.start[e + 1]):
        t = state.day[r]
        if t != NONE:
            d = tb.department[r]
            state.used[d, t] += sign * tb.load[r]
            state.trips[d, w, t] += sign


@swift_part
def narrow_windows(tb: Tables, state: State, e: int, n: int, lo: Ints, hi: Ints, left_out: Floats) -> None:
    """Windows and left-out prices of the requests, narrowed by sequences with requests of other enterprises."""
    s0 = tb.start[e]
    for i in range(n):
        r = s0 + i
        lo[i] = tb.first[r]
        hi[i] = tb.last[r]
        left_out[i] = tb.left_out[r]
        for k in range(tb.cross_start[r], tb.cross_start[r + 1]):
            other = state.day[tb.cross_other[k]]
            if tb.cross_after[k]:
                if other == NONE:
                    hi[i] = NONE
                else:
                    lo[i] = max(lo[i], other + tb.cross_gap[k])
            elif other != NONE:
                hi[i] = min(hi[i], other - tb.cross_gap[k])
                left_out[i] = FORBIDDEN


@swift_part
def own_cost(tb: Tables, e: int, r: int, a: int, b: int, cost: Floats) -> None:
    """Cost of request r on each day a..b as far as it concerns nobody else: delay, move, FORBIDDEN days."""
    locked = tb.left_out[r] >= IMPOSSIBLE
    capacity = tb.capacity[tb.department[r]]
    for t in range(a, b + 1):
        cost[t] = tb.delay[r] * (t - tb.window_first[r])
        if tb.planned[r] != NONE and t != tb.planned[r]:
            cost[t] += tb.move
        if tb.load[r] > capacity[t] and not locked:
            cost[t] = FORBIDDEN
    for k in range(tb.ban_start[r], tb.ban_start[r + 1]):
        if a <= tb.ban_day[k] <= b:
            cost[tb.ban_day[k]] = FORBIDDEN
    for k in range(tb.quiet_start[e], tb.quiet_start[e + 1]):
        for t in range(max(a, tb.quiet_first[k]), min(b, tb.quiet_last[k]) + 1):
            cost[t] = FORBIDDEN


@swift_part
def price_days(
    tb: Tables, state: State, prices: Prices, e: int, r: int, a: int, b: int, cost: Floats, rebate: Floats
) -> None:
    """Cost of request r on each day a..b, the load of its own enterprise taken out."""
    d = tb.department[r]
    load = tb.load[r]
    used = state.used[d]
    trips = state.trips[d, tb.town[e]]
    capacity = tb.capacity[d]
    price = prices.load[d]
    locked = tb.left_out[r] >= IMPOSSIBLE
    own_cost(tb, e, r, a, b, cost)
    for t in range(a, b + 1):
        join = prices.join[min(trips[t], TRIP_STEPS - 1)]
        rebate[t] = join
        cost[t] += price[t] * load + prices.crowding * used[t] / (capacity[t] + 1.0) + join
        over = used[t] + load - capacity[t]
        if over > 0 and not locked:
            cost[t] += prices.over * over
