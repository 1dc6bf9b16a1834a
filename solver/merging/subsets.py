"""Which sets of one enterprise's requests may share a visit, and the cheapest day of each.

Owns the compiled enumeration under the rules of one visit (windows, solo, notice, conflicts, most departments, most
people). Knows nothing of partitions into visits, of capacity beyond the costs given, nor of other enterprises.
"""

# ruff: noqa: PLR0917, SIM110 -- compiled functions take positional arguments and plain loops
from __future__ import annotations

from typing import Final

from solver.merging.compiled import swift_part
from solver.merging.tables import FORBIDDEN, Tables
from solver.merging.workspace import Workspace
from solver.problem import Floats, Ints

IMPOSSIBLE: Final = FORBIDDEN / 2
"""Anything dearer contains a forbidden day: real costs stay far below, sums of forbidden ones stay above."""


@swift_part
def never_together(tb: Tables, r: int, q: int) -> bool:
    """Say whether two requests of one enterprise may never share a visit: solo, notice modes, conflict pair."""
    if tb.solo[r] or tb.solo[q] or tb.unannounced[r] != tb.unannounced[q]:
        return True
    for k in range(tb.clash_start[r], tb.clash_start[r + 1]):
        if tb.clash[k] == q:
            return True
    return False


@swift_part
def pair_masks(tb: Tables, s0: int, n: int, apart: Ints, twin: Ints) -> None:
    """Fill bit masks per local request: `apart`, those it may not meet; `twin`, those of its own department."""
    for i in range(n):
        apart[i] = 0
        twin[i] = 0
        for j in range(n):
            if j == i:
                continue
            if tb.solo[s0 + i] or tb.solo[s0 + j] or tb.unannounced[s0 + i] != tb.unannounced[s0 + j]:
                apart[i] |= 1 << j
            if tb.department[s0 + i] == tb.department[s0 + j]:
                twin[i] |= 1 << j
        for k in range(tb.clash_start[s0 + i], tb.clash_start[s0 + i + 1]):
            apart[i] |= 1 << (tb.clash[k] - s0)


@swift_part
def _join_twins(
    tb: Tables, s0: int, i: int, twins: int, a: int, b: int, used: Ints, big: float, rebate: Floats, row: Floats
) -> None:
    """Mend the cost of a set that request i joins: loads of one department add up, its trip is paid once.

    The costs of the single requests know the load of other enterprises only; `big` is the price of a unit of overload.
    """
    d = tb.department[s0 + i]
    apart_load = 0
    movable = tb.left_out[s0 + i] < IMPOSSIBLE
    j = 0
    while twins >> j:
        if twins >> j & 1:
            apart_load += tb.load[s0 + j]
            movable = movable or tb.left_out[s0 + j] < IMPOSSIBLE
        j += 1
    load = tb.load[s0 + i]
    for t in range(a, b + 1):
        row[t] -= rebate[i, t]
        free = tb.capacity[d, t] - used[d, t]
        if movable and apart_load + load > free:
            row[t] += big * (apart_load + load - max(free, apart_load, load))
            if apart_load + load > tb.capacity[d, t]:
                row[t] = FORBIDDEN


@swift_part
def _cheapest(row: Floats, a: int, b: int) -> tuple[float, int]:
    best = FORBIDDEN
    where = a
    for t in range(a, b + 1):
        if row[t] < best:
            best = row[t]
            where = t
    return best, where


@swift_part
def _extend(acc: Floats, depth: int, cost: Floats, i: int, a: int, b: int) -> None:
    for t in range(a, b + 1):
        acc[depth + 1, t] = acc[depth, t] + cost[i, t]


@swift_part
def score_subsets(
    tb: Tables,
    s0: int,
    n: int,
    lo: Ints,
    hi: Ints,
    cost: Floats,
    apart: Ints,
    twin: Ints,
    used: Ints,
    big: float,
    rebate: Floats,
    ws: Workspace,
    table: Floats,
) -> None:
    """Find the cheapest day and cost of every set of requests that may share a visit, without the visit's own price.

    `cost`, `rebate` [n, T] (`rebate`: what a second request of one department saves); `lo`, `hi` [n] windows;
    `used` [D, T] load of other enterprises. Writes `ws.single` [2^n] (FORBIDDEN where the set may not meet) and
    `ws.single_day`; with rows in `table` [2^n, T] the cost of every set on every day as well. Sets grow depth first,
    so a set that may not meet cuts off all that contain it. O(sets x window).
    """
    keep = table.shape[0] > 0
    ws.single[: 1 << n] = FORBIDDEN
    acc, low, high, people, rooms, picked = ws.acc, ws.low, ws.high, ws.people, ws.rooms, ws.picked
    acc[0, :] = 0.0
    low[0] = 0
    high[0] = cost.shape[1] - 1
    people[0] = 0
    rooms[0] = 0
    depth = 0
    chosen = 0
    i = 0
    while True:
        if i == n:
            if depth == 0:
                return
            depth -= 1
            chosen ^= 1 << picked[depth]
            i = picked[depth] + 1
            continue
        a = max(low[depth], lo[i])
        b = min(high[depth], hi[i])
        heads = people[depth] + tb.people[s0 + i]
        departments = rooms[depth] + (1 if twin[i] & chosen == 0 else 0)
        best = FORBIDDEN
        where = a
        if not apart[i] & chosen and a <= b and heads <= tb.max_people and departments <= tb.max_departments:
            _extend(acc, depth, cost, i, a, b)
            if twin[i] & chosen:
                _join_twins(tb, s0, i, twin[i] & chosen, a, b, used, big, rebate, acc[depth + 1])
            best, where = _cheapest(acc[depth + 1], a, b)
        if best < IMPOSSIBLE:
            chosen |= 1 << i
            ws.single[chosen] = best
            ws.single_day[chosen] = where
            if keep:
                table[chosen, :] = FORBIDDEN
                for t in range(a, b + 1):
                    table[chosen, t] = acc[depth + 1, t]
            picked[depth] = i
            depth += 1
            low[depth] = a
            high[depth] = b
            people[depth] = heads
            rooms[depth] = departments
        i += 1
