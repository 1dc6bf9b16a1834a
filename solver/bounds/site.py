"""The least that one enterprise can cost for given prices of its request-days, sequences and all.

Owns the branching on sequences that never gives up a part of the solutions without counting its bound. Knows nothing
of where prices come from, nor of other enterprises.
"""

# ruff: noqa: PLR0917 -- compiled functions take positional arguments and plain loops
from __future__ import annotations

from typing import Final

import numpy as np

from solver.merging.compiled import part
from solver.merging.enterprise import relaxed_visits
from solver.merging.state import own_cost
from solver.merging.subsets import IMPOSSIBLE
from solver.merging.tables import FORBIDDEN, Tables
from solver.merging.workspace import MOST_NODES, Workspace
from solver.problem import NONE, Floats, Ints

MOST_LOOKS: Final = 4 * MOST_NODES
"""Windows looked at for one enterprise; what is still open then counts with its parent's bound."""


@part
def priced_cost(tb: Tables, e: int, r: int, scarcity: Floats, cost: Floats) -> None:
    """Delay, move and price of the people-quarters of request r on each day of its window, FORBIDDEN where closed."""
    own_cost(tb, e, r, tb.first[r], tb.last[r], cost)
    price = scarcity[tb.department[r]]
    for t in range(tb.first[r], tb.last[r] + 1):
        cost[t] += price[t] * tb.load[r]


@part
def lone_costs(tb: Tables, e: int, n: int, scarcity: Floats, ws: Workspace) -> None:
    """Windows, left-out prices and costs of the requests of one enterprise, for `relaxed_visits`; no trips."""
    for i in range(n):
        r = tb.start[e] + i
        ws.lo[i] = tb.first[r]
        ws.hi[i] = tb.last[r]
        ws.left_out[i] = tb.left_out[r]
        priced_cost(tb, e, r, scarcity, ws.cost[i])
        ws.rebate[i, :] = 0.0


@part
def _broken_sequence(tb: Tables, e: int, days: Ints) -> int:
    """First sequence of the enterprise that the days break, NONE where all hold."""
    s0 = tb.start[e]
    for q in range(tb.step_start[e], tb.step_start[e + 1]):
        before = days[tb.step_before[q] - s0]
        after = days[tb.step_after[q] - s0]
        if after != NONE and (before == NONE or after - before < tb.step_days[q]):
            return q
    return NONE


@part
def _split(tb: Tables, e: int, q: int, days: Ints, ws: Workspace, top: int) -> None:
    """Replace the window at `top` by two, at `top` and `top + 1`, that hold every answer with sequence q between them.

    Where the earlier request is left out: either the later one is as well, or the earlier one is not. Else the earlier
    one comes by some day, or after it and then the later one `step_days` behind; the middle of those days that part
    the broken pair shortens windows fastest.
    """
    i = tb.step_before[q] - tb.start[e]
    j = tb.step_after[q] - tb.start[e]
    first, last, out = ws.node_first, ws.node_last, ws.node_left_out
    first[top + 1] = first[top]
    last[top + 1] = last[top]
    out[top + 1] = out[top]
    if days[i] == NONE:
        last[top, j] = NONE
        out[top + 1, i] = FORBIDDEN
        return
    parting = (days[j] - tb.step_days[q] + days[i] - 1) // 2
    last[top, i] = min(last[top, i], parting)
    first[top + 1, i] = max(first[top + 1, i], parting + 1)
    first[top + 1, j] = max(first[top + 1, j], parting + 1 + tb.step_days[q])


@part
def _narrow(tb: Tables, e: int, n: int, ws: Workspace) -> None:
    """Take out days that the sequences of the enterprise exclude, given windows and costs in the workspace."""
    s0 = tb.start[e]
    for i in range(n):
        while ws.lo[i] <= ws.hi[i] and ws.cost[i, ws.lo[i]] >= IMPOSSIBLE:
            ws.lo[i] += 1
    for _ in range(n):
        changed = False
        for q in range(tb.step_start[e], tb.step_start[e + 1]):
            i = tb.step_before[q] - s0
            j = tb.step_after[q] - s0
            if ws.lo[j] <= ws.hi[j]:
                earliest = ws.lo[i] + tb.step_days[q] if ws.lo[i] <= ws.hi[i] else ws.hi[j] + 1
                changed = changed or earliest > ws.lo[j]
                ws.lo[j] = max(ws.lo[j], earliest)
            if ws.left_out[j] >= IMPOSSIBLE:
                latest = ws.hi[j] - tb.step_days[q]
                changed = changed or latest < ws.hi[i] or ws.left_out[i] < IMPOSSIBLE
                ws.hi[i] = min(ws.hi[i], latest)
                ws.left_out[i] = FORBIDDEN
        if not changed:
            return


@part
def least_cost(tb: Tables, e: int, n: int, nothing: Ints, ws: Workspace) -> float:
    """Lower bound on the cost of enterprise e (n <= MOST_REQUESTS) for the costs in `ws.cost`; exact unless cut short.

    `ws.lo`, `ws.hi`, `ws.left_out` [n] as for `relaxed_visits`; they are overwritten. `nothing` [D, T] zeros.
    Writes the days of the cheapest visits seen to `ws.days` [n].
    """
    if tb.step_start[e] == tb.step_start[e + 1]:
        total = relaxed_visits(tb, e, n, nothing, ws)
        ws.days[:n] = ws.trial[:n]
        return total
    ws.node_first[0, :n] = ws.lo[:n]
    ws.node_last[0, :n] = ws.hi[:n]
    ws.node_left_out[0, :n] = ws.left_out[:n]
    floor = np.zeros(MOST_NODES + 2)
    least = FORBIDDEN
    top = 0
    for _ in range(MOST_LOOKS):
        if top < 0:
            break
        ws.lo[:n] = ws.node_first[top, :n]
        ws.hi[:n] = ws.node_last[top, :n]
        ws.left_out[:n] = ws.node_left_out[top, :n]
        _narrow(tb, e, n, ws)
        total = relaxed_visits(tb, e, n, nothing, ws)
        q = _broken_sequence(tb, e, ws.trial) if total < least else NONE
        if q != NONE and top < MOST_NODES:
            _split(tb, e, q, ws.trial, ws, top)
            floor[top] = total
            floor[top + 1] = total
            top += 1
            continue
        if total < least:
            least = total
            ws.days[:n] = ws.trial[:n]
        top -= 1
    for k in range(top + 1):
        least = min(least, floor[k])
    return least
