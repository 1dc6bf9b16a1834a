"""The best visits of one enterprise, exactly, given a cost for every (request, day).

Owns the compiled search for the cheapest set of visits under every rule that concerns one enterprise, leaving a request
out at its price. Knows nothing of capacity but what the costs say, and nothing of other enterprises.

Method: (1) every set of requests that may share a visit with its cheapest day (`subsets`); (2) a dynamic programme over
subsets picks the cheapest partition (Held and Karp's subset recursion, O(3^n)); (3) only where that answer has two
visits on a day, too many visits, or visits close enough to cost a repeat, a dynamic programme over days and subsets,
O(T 3^n), decides; (4) sequences by branching on windows over (1) to (3).
"""

# ruff: noqa: PLR0917 -- compiled functions take positional arguments and plain loops
from __future__ import annotations

from typing import Final

import numpy as np

from solver.merging.compiled import part, swift_part
from solver.merging.subsets import IMPOSSIBLE, pair_masks, score_subsets
from solver.merging.tables import FORBIDDEN, Tables
from solver.merging.workspace import MOST_NODES, Workspace
from solver.problem import NONE, Floats, Ints

TIE: Final = 1e-9
"""Two costs closer than this are the same cost, summed in another order."""


@swift_part
def _partition(n: int, visit: float, left_out: Floats, ws: Workspace) -> float:
    """Cheapest partition of all subsets' requests into visits and left-outs; fills `ws.best`, `ws.pick` by subset."""
    best, pick, single = ws.best, ws.pick, ws.single
    best[0] = 0.0
    for whole in range(1, 1 << n):
        i = 0
        while not whole >> i & 1:
            i += 1
        low = 1 << i
        rest = whole ^ low
        cheapest = best[rest] + left_out[i]
        chosen = 0
        other = rest
        while True:
            together = other | low
            if single[together] < IMPOSSIBLE:
                price = best[rest ^ other] + single[together] + visit
                if price < cheapest:
                    cheapest = price
                    chosen = together
            if other == 0:
                break
            other = (other - 1) & rest
        best[whole] = cheapest
        pick[whole] = chosen
    return best[(1 << n) - 1]


@swift_part
def _read_partition(n: int, ws: Workspace, days: Ints) -> int:
    """Write the day of each request from the partition; return the number of visits."""
    days[:n] = NONE
    left = (1 << n) - 1
    visits = 0
    while left:
        together = ws.pick[left]
        if together == 0:
            left &= left - 1
            continue
        visits += 1
        for i in range(n):
            if together >> i & 1:
                days[i] = ws.single_day[together]
        left ^= together
    return visits


@swift_part
def _needs_calendar(tb: Tables, e: int, n: int, visits: int, days: Ints) -> bool:
    """Say whether a partition broke `max_visits` or one visit a day, or has visits so close that they cost a repeat."""
    if visits > tb.max_visits[e]:
        return True
    distinct = 0
    for i in range(n):
        new = days[i] != NONE
        for j in range(i):
            if days[j] == NONE or days[i] == NONE:
                continue
            if days[j] == days[i]:
                new = False
            elif tb.repeat > 0 and abs(days[i] - days[j]) < tb.repeat_days:
                return True
        distinct += new
    return distinct != visits


@part
def _before(calendar: Floats, tb: Tables, t: int, k: int, mask: int) -> tuple[float, int]:
    """Cheapest way to have served `mask` in k visits before day t, with the repeat that a visit on t then costs."""
    if mask == 0:
        return (0.0 if k == 0 else FORBIDDEN), NONE
    best = FORBIDDEN
    where = NONE
    for s in range(t):
        price = calendar[s, k, mask] + (tb.repeat if t - s < tb.repeat_days else 0.0)
        if price < best:
            best = price
            where = s
    return best, where


@part
def _advance_past(calendar: Floats, tb: Tables, t: int, far: Floats, near: Floats) -> None:
    """Bring the running minima up to day t: `far` over days a repeat ago or more, `near` that and closer ones."""
    if t - tb.repeat_days >= 0 or tb.repeat_days == 0:
        s = t - max(tb.repeat_days, 1)
        if s >= 0:
            for k in range(far.shape[0]):
                for mask in range(1, far.shape[1]):
                    far[k, mask] = min(far[k, mask], calendar[s, k, mask])
    for k in range(far.shape[0]):
        for mask in range(1, far.shape[1]):
            near[k, mask] = far[k, mask]
    for s in range(max(0, t - tb.repeat_days + 1), t):
        for k in range(far.shape[0]):
            for mask in range(1, far.shape[1]):
                near[k, mask] = min(near[k, mask], calendar[s, k, mask] + tb.repeat)


@part
def _serve(
    calendar: Floats, near: Floats, table: Floats, sets: Ints, visit: float, t: int, full: int, levels: int
) -> None:
    """Extend every past state by every set of requests that may meet on day t."""
    capped = levels > 1
    for together in sets:
        price = table[together, t]
        if price >= IMPOSSIBLE:
            continue
        price += visit
        rest = full ^ together
        for k in range(levels):
            to = k + 1 if capped else 0
            if to > levels - 1:
                break
            past = rest
            while True:
                total = near[k, past] + price
                calendar[t, to, past | together] = min(calendar[t, to, past | together], total)
                if past == 0:
                    break
                past = (past - 1) & rest


@part
def _calendar(tb: Tables, e: int, n: int, table: Floats, levels: int) -> Floats:
    """Fill [T, levels, 2^n]: cheapest cost of having served a set with the last visit on a day (in k visits)."""
    T = table.shape[1]
    full = (1 << n) - 1
    calendar = np.full((T, levels, full + 1), FORBIDDEN)
    far = np.full((levels, full + 1), FORBIDDEN)
    near = np.full((levels, full + 1), FORBIDDEN)
    far[0, 0] = 0.0
    near[0, 0] = 0.0
    open_sets = np.array([s for s in range(1, full + 1) if table[s].min() < IMPOSSIBLE], dtype=np.int64)
    for t in range(T):
        _advance_past(calendar, tb, t, far, near)
        _serve(calendar, near, table, open_sets, tb.visit[e], t, full, levels)
    return calendar


@part
def _best_end(calendar: Floats, n: int, left_out: Floats) -> tuple[float, tuple[int, int, int]]:
    """Cheapest final state with its left-outs paid: (cost, day, k, mask); day NONE where nothing is visited."""
    out = np.zeros(1 << n)
    for mask in range(1 << n):
        for i in range(n):
            if not mask >> i & 1:
                out[mask] += left_out[i]
    best = out[0]
    end = (NONE, 0, 0)
    for t in range(calendar.shape[0]):
        for k in range(calendar.shape[1]):
            for mask in range(1, 1 << n):
                if calendar[t, k, mask] + out[mask] < best:
                    best = calendar[t, k, mask] + out[mask]
                    end = (t, k, mask)
    return best, end


@part
def _read_calendar(
    calendar: Floats, tb: Tables, e: int, n: int, table: Floats, end: tuple[int, int, int], days: Ints
) -> bool:
    """Walk back from the final state, writing the day of each request."""
    days[:n] = NONE
    t, k, mask = end
    capped = calendar.shape[1] > 1
    while t != NONE and mask:
        found = False
        together = mask
        while together and not found:
            if table[together, t] < IMPOSSIBLE:
                past, s = _before(calendar, tb, t, k - 1 if capped else 0, mask ^ together)
                if past + table[together, t] + tb.visit[e] <= calendar[t, k, mask] + TIE:
                    for i in range(n):
                        if together >> i & 1:
                            days[i] = t
                    mask ^= together
                    t = s
                    k -= capped
                    found = True
            if not found:
                together = (together - 1) & mask
        if not found:
            return False
    return True


@part
def _solve_calendar(
    tb: Tables, e: int, n: int, lo: Ints, hi: Ints, left_out: Floats, used: Ints, big: float, ws: Workspace, days: Ints
) -> float:
    """Solve one enterprise day by day, minding the number and the nearness of its visits; write `days`."""
    table = np.full((1 << n, ws.cost.shape[1]), FORBIDDEN)
    score_subsets(tb, tb.start[e], n, lo, hi, ws.cost, ws.apart, ws.twin, used, big, ws.rebate, ws, table)
    levels = tb.max_visits[e] + 1 if tb.max_visits[e] < n else 1
    calendar = _calendar(tb, e, n, table, levels)
    total, end = _best_end(calendar, n, left_out)
    if not _read_calendar(calendar, tb, e, n, table, end, days):
        return FORBIDDEN
    return total


@swift_part
def _solve_window(
    tb: Tables, e: int, n: int, lo: Ints, hi: Ints, left_out: Floats, used: Ints, big: float, ws: Workspace, days: Ints
) -> float:
    """Solve one enterprise without its sequences for given windows; write `days`, return the cost."""
    if tb.max_visits[e] <= 0:
        days[:n] = NONE
        return left_out[:n].sum()
    s0 = tb.start[e]
    score_subsets(tb, s0, n, lo, hi, ws.cost, ws.apart, ws.twin, used, big, ws.rebate, ws, ws.no_table)
    total = _partition(n, tb.visit[e], left_out, ws)
    visits = _read_partition(n, ws, days)
    if not _needs_calendar(tb, e, n, visits, days):
        return total
    return _solve_calendar(tb, e, n, lo, hi, left_out, used, big, ws, days)


@swift_part
def relaxed_visits(tb: Tables, e: int, n: int, used: Ints, ws: Workspace) -> float:
    """Cost of the cheapest visits of enterprise e without its sequences: never above its true cost, for bounds."""
    pair_masks(tb, tb.start[e], n, ws.apart, ws.twin)
    return _solve_window(tb, e, n, ws.lo, ws.hi, ws.left_out, used, FORBIDDEN, ws, ws.trial)


@swift_part
def _broken_step(tb: Tables, e: int, days: Ints) -> int:
    """Find the first sequence of the enterprise that the days break; NONE when all hold."""
    s0 = tb.start[e]
    for q in range(tb.step_start[e], tb.step_start[e + 1]):
        before = days[tb.step_before[q] - s0]
        after = days[tb.step_after[q] - s0]
        if after != NONE and (before == NONE or after - before < tb.step_days[q]):
            return q
    return NONE


@swift_part
def _branch(tb: Tables, e: int, n: int, q: int, days: Ints, ws: Workspace, node: int, top: int) -> int:
    """Push the two windows that part the solutions around a broken sequence; return the new top of the stack."""
    s0 = tb.start[e]
    i = tb.step_before[q] - s0
    j = tb.step_after[q] - s0
    gap = tb.step_days[q]
    first, last, out = ws.node_first, ws.node_last, ws.node_left_out
    for k in range(n):
        first[top + 1, k] = first[node, k]
        last[top + 1, k] = last[node, k]
        out[top + 1, k] = out[node, k]
    if days[i] == NONE:
        last[node, j] = NONE
        out[top + 1, i] = FORBIDDEN
    else:
        # The earlier request came too late (i <= j - gap), or the later one must move behind i's later days.
        last[node, i] = min(last[node, i], days[j] - gap)
        first[top + 1, i] = max(first[top + 1, i], days[j] - gap + 1)
        first[top + 1, j] = max(first[top + 1, j], days[j] + 1)
    return top + 1


@swift_part
def choose_visits(tb: Tables, e: int, n: int, used: Ints, big: float, ws: Workspace) -> float:
    """Choose the visits of enterprise e (n <= MOST_REQUESTS) for the costs in `ws.cost` [n, T], all its rules held.

    `ws.lo`, `ws.hi`, `ws.left_out` [n]: windows and prices of leaving out. `used` [D, T]: load of other enterprises,
    `big`: price of a unit over capacity; both only matter where two requests share a department.
    Writes `ws.days` [n] (NONE = left out). Returns the cost, or
    FORBIDDEN when the stack of windows ran out before any solution was seen.
    """
    s0 = tb.start[e]
    pair_masks(tb, s0, n, ws.apart, ws.twin)
    if tb.step_start[e] == tb.step_start[e + 1]:
        return _solve_window(tb, e, n, ws.lo, ws.hi, ws.left_out, used, big, ws, ws.days)
    for i in range(n):
        ws.node_first[0, i] = ws.lo[i]
        ws.node_last[0, i] = ws.hi[i]
        ws.node_left_out[0, i] = ws.left_out[i]
    best = FORBIDDEN
    top = 0
    for _ in range(4 * MOST_NODES):
        if top < 0:
            break
        out = ws.node_left_out[top]
        total = _solve_window(tb, e, n, ws.node_first[top], ws.node_last[top], out, used, big, ws, ws.trial)
        if total >= best:
            top -= 1
            continue
        q = _broken_step(tb, e, ws.trial)
        if q == NONE:
            best = total
            for i in range(n):
                ws.days[i] = ws.trial[i]
            top -= 1
        elif top < MOST_NODES:
            top = _branch(tb, e, n, q, ws.trial, ws, top, top)
        else:
            top -= 1
    return best
