"""One enterprise after another is taken out of the plan and put back at its best: the inner loop of the search.

Owns that loop. Knows nothing of how prices are found nor of when to stop.
"""

# ruff: noqa: PLR0917 -- compiled functions take positional arguments and plain loops
from __future__ import annotations

from solver.merging.compiled import swift_kernel
from solver.merging.crowd import Crowd, place_crowd
from solver.merging.enterprise import choose_visits
from solver.merging.state import Prices, State, narrow_windows, price_days, shift_enterprise
from solver.merging.subsets import IMPOSSIBLE
from solver.merging.tables import Tables
from solver.merging.workspace import MOST_REQUESTS, Workspace
from solver.problem import Ints


@swift_kernel
def sweep(tb: Tables, state: State, prices: Prices, order: Ints, ws: Workspace, crowd: Crowd) -> int:
    """Take every enterprise of `order` out and put it back at its best against `prices`; change `state` in place.

    An enterprise for which nothing valid was found keeps the days it had. Returns the count of changed enterprises.
    """
    changed = 0
    for e in order:
        s0 = tb.start[e]
        n = tb.start[e + 1] - s0
        if n == 0:
            continue
        if n > MOST_REQUESTS:
            changed += place_crowd(tb, state, prices, e, crowd)
            continue
        shift_enterprise(tb, state, e, -1)
        narrow_windows(tb, state, e, n, ws.lo, ws.hi, ws.left_out)
        for i in range(n):
            price_days(tb, state, prices, e, s0 + i, ws.lo[i], ws.hi[i], ws.cost[i], ws.rebate[i])
        if choose_visits(tb, e, n, state.used, prices.over, ws) < IMPOSSIBLE:
            different = False
            for i in range(n):
                different = different or state.day[s0 + i] != ws.days[i]
                state.day[s0 + i] = ws.days[i]
            changed += different
        shift_enterprise(tb, state, e, 1)
    return changed
