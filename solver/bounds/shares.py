"""A proven bound that knows trips: each trip's price is shared out among the requests that might make it.

Owns the shares and their ascent; the exact cost of an enterprise against given shares is the merging kernel's.

Let s(r, t) >= 0 be what request r pays for being served on day t, such that for every department, town and day no set
of requests that fits into the day's capacity pays more than one trip. Then, for any plan, the shares paid are at most
its trips, so the score is at least the sum over enterprises of min over its visits of (own cost + shares paid): every
enterprise on its own, with all its rules, leaving out allowed. Shares have the form rho(d, w, t) x load + extra(r, t)
with rho x capacity + sum of extras <= trip price, which satisfies the condition (a Lagrangian of the linking
constraints load <= capacity x trip and request <= trip). Extras come from a dual ascent in order of window ends, which
for plain windows is the packing that proves interval piercing optimal.
"""

# ruff: noqa: PLR0917 -- compiled functions take positional arguments and plain loops
from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solver.bounds.site import least_cost, lone_costs, priced_cost
from solver.merging.compiled import kernel, part
from solver.merging.enterprise import relaxed_visits
from solver.merging.subsets import IMPOSSIBLE, never_together, pair_masks, score_subsets
from solver.merging.tables import FORBIDDEN, Tables
from solver.merging.workspace import MOST_REQUESTS, Workspace
from solver.problem import NONE, Floats, Ints

MOST_CELLS: Final = 40_000_000
"""(request, day) cells for which reduced costs are kept (4 bytes each); beyond, windows alone guide the shares."""

MIXES: Final = np.array([0.0, 0.3, 0.6, 0.85, 1.0])
"""Parts of the trip price shared by load that are tried for each department and town."""


def share_trips(tables: Tables, scarcity: Floats, spread: float, ws: Workspace) -> Shares:
    """Share out the prices of trips, given prices `scarcity` [D, T] of a people-quarter.

    `spread` 1 lets all requests of an enterprise rise together, 0 each on its own; neither is better everywhere.
    """
    offset, cells = _layout(tables)
    reduced = np.zeros(max(cells, 1), np.float32)
    if cells > tables.capacity.shape[1]:
        reduce_costs(tables, offset, reduced, scarcity, spread, ws)
    order, start = _by_trip(tables)
    values, mixes = ascend(tables, offset, reduced, order, start, MIXES)
    return Shares(offset, reduced, values, mixes)


def _layout(tables: Tables) -> tuple[Ints, int]:
    """(offset, cells): the cell of (r, t) is offset[r] + t; all requests share one row of zeros in huge problems."""
    days = tables.capacity.shape[1]
    lengths = np.maximum(tables.last - tables.first + 1, 0)
    cells = int(lengths.sum())
    if cells > MOST_CELLS:
        return np.zeros(len(lengths), np.int64), days
    return np.concatenate([[0], np.cumsum(lengths)[:-1]]) - tables.first, cells


def _by_trip(tables: Tables) -> tuple[Ints, Ints]:
    """(order, start): requests by (department, town) and end of window; group g at start[g]:start[g + 1]."""
    owner = np.repeat(np.arange(len(tables.start) - 1), np.diff(tables.start))
    key = tables.department * max(tables.towns, 1) + tables.town[owner]
    order = np.lexsort((tables.first, tables.last, key))
    groups = tables.capacity.shape[0] * max(tables.towns, 1)
    return order, np.searchsorted(key[order], np.arange(groups + 1))


class Shares(NamedTuple):
    """Trips shared out: request r pays mixes[r] of a trip by load, or what lifts its cost on day t to values[r].

    `reduced` is how much dearer its enterprise is when r is served on day t, at offset[r] + t.
    """

    offset: Ints
    reduced: NDArray[np.float32]
    values: Floats
    mixes: Floats


@kernel
def reduce_costs(
    tb: Tables, offset: Ints, reduced: NDArray[np.float32], scarcity: Floats, spread: float, ws: Workspace
) -> None:
    """Write for each request and day how much dearer its enterprise gets if it must be served then (0 = not at all).

    `spread` 1 divides it by the number of requests of the enterprise, whose shares all rise together; 0 does not.
    """
    nothing = np.zeros((tb.capacity.shape[0], tb.capacity.shape[1]), np.int64)
    for e in range(len(tb.start) - 1):
        s0 = tb.start[e]
        n = tb.start[e + 1] - s0
        if n == 0 or n > MOST_REQUESTS:
            continue
        lone_costs(tb, e, n, scarcity, ws)
        pair_masks(tb, s0, n, ws.apart, ws.twin)
        total = relaxed_visits(tb, e, n, nothing, ws)
        table = np.full((1 << n, ws.cost.shape[1]), FORBIDDEN)
        score_subsets(tb, s0, n, ws.lo, ws.hi, ws.cost, ws.apart, ws.twin, nothing, FORBIDDEN, ws.rebate, ws, table)
        share = 1.0 / n if spread > 0 else 1.0
        full = (1 << n) - 1
        for i in range(n):
            for t in range(ws.lo[i], ws.hi[i] + 1):
                cheapest = FORBIDDEN
                for together in range(1, full + 1):
                    if together >> i & 1 and table[together, t] < IMPOSSIBLE:
                        cheapest = min(cheapest, table[together, t] + ws.best[full ^ together])
                reduced[offset[s0 + i] + t] = min(1e9, max(0.0, cheapest + tb.visit[e] - total) * share)


@part
def _ascend_group(
    tb: Tables,
    offset: Ints,
    reduced: NDArray[np.float32],
    members: Ints,
    d: int,
    mix: float,
    slack: Floats,
    values: Floats,
) -> float:
    """Raise the value of each member in turn until the trips of its window have no price left to share; their sum."""
    total = 0.0
    slack[:] = tb.trip * (1.0 - mix)
    for k in range(len(members)):
        r = members[k]
        value = FORBIDDEN
        for t in range(tb.first[r], tb.last[r] + 1):
            room = tb.capacity[d, t]
            if room >= tb.load[r]:
                value = min(value, reduced[offset[r] + t] + mix * tb.trip * tb.load[r] / room + slack[t])
        if value >= IMPOSSIBLE:
            value = 0.0
        values[k] = value
        total += value
        for t in range(tb.first[r], tb.last[r] + 1):
            room = tb.capacity[d, t]
            if room >= tb.load[r]:
                slack[t] -= max(0.0, value - reduced[offset[r] + t] - mix * tb.trip * tb.load[r] / room)
    return total


@kernel
def ascend(
    tb: Tables, offset: Ints, reduced: NDArray[np.float32], order: Ints, start: Ints, candidates: Floats
) -> tuple[Floats, Floats]:
    """Find values [R] and, for each request, the part of its trips shared by load that gives its group the most."""
    values = np.zeros(len(order))
    mixes = np.zeros(len(order))
    slack = np.zeros(tb.capacity.shape[1])
    for g in range(len(start) - 1):
        members = order[start[g] : start[g + 1]]
        d = g // max(tb.towns, 1)
        trial = np.zeros(len(members))
        best = -1.0
        for mix in candidates:
            total = _ascend_group(tb, offset, reduced, members, d, mix, slack, trial)
            if total > best:
                best = total
                for k in range(len(members)):
                    values[members[k]] = trial[k]
                    mixes[members[k]] = mix
    return values, mixes


@part
def _share(tb: Tables, shares: Shares, r: int, t: int) -> float:
    """What request r pays for day t."""
    room = tb.capacity[tb.department[r], t]
    if room < tb.load[r]:
        return 0.0
    base = shares.mixes[r] * tb.trip * tb.load[r] / room
    return base + max(0.0, shares.values[r] - shares.reduced[shares.offset[r] + t] - base)


@kernel
def total_cost(tb: Tables, shares: Shares, scarcity: Floats, day: Ints, ws: Workspace) -> float:
    """Sum over enterprises of their cheapest visits against shares and `scarcity` [D, T]; their days go to `day` [R].

    Less sum(scarcity x capacity), this is a lower bound on every score.
    """
    nothing = np.zeros((tb.capacity.shape[0], tb.capacity.shape[1]), np.int64)
    total = 0.0
    for e in range(len(tb.start) - 1):
        s0 = tb.start[e]
        n = tb.start[e + 1] - s0
        if n > MOST_REQUESTS:
            total += _crowd_bound(tb, e, shares, scarcity, day, ws)
        elif n > 0:
            lone_costs(tb, e, n, scarcity, ws)
            for i in range(n):
                for t in range(ws.lo[i], ws.hi[i] + 1):
                    ws.cost[i, t] += _share(tb, shares, s0 + i, t)
            total += least_cost(tb, e, n, nothing, ws)
            day[s0 : s0 + n] = ws.days[:n]
    return total


@part
def _separate(tb: Tables, r: int, q: int) -> bool:
    """Say whether two requests of one enterprise can never share a visit."""
    if tb.last[r] < tb.first[q] or tb.last[q] < tb.first[r]:
        return True
    return never_together(tb, r, q)


@part
def _crowd_bound(tb: Tables, e: int, shares: Shares, scarcity: Floats, day: Ints, ws: Workspace) -> float:
    """Bound for a large enterprise: requests that pairwise never meet each pay a visit of their own or are left out."""
    s0, s1 = tb.start[e], tb.start[e + 1]
    order = np.argsort(tb.last[s0:s1])
    picked = np.empty(s1 - s0, np.int64)
    size = 0
    total = 0.0
    for i in order:
        r = s0 + i
        priced_cost(tb, e, r, scarcity, ws.cost[0])
        cheapest = FORBIDDEN
        day[r] = NONE
        for t in range(tb.first[r], tb.last[r] + 1):
            price = ws.cost[0, t] + _share(tb, shares, r, t)
            if price < cheapest:
                cheapest = price
                day[r] = t
        alone = True
        for k in range(size):
            alone = alone and _separate(tb, r, picked[k])
        if alone:
            picked[size] = r
            size += 1
            cheapest += tb.visit[e]
        if tb.left_out[r] <= cheapest:
            day[r] = NONE
        total += min(tb.left_out[r], cheapest)
    return total
