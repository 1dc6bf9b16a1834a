"""Enterprises with too many requests for an exact search (an airport, a market hall): one request at a time.

Owns the compiled insertion of single requests under every rule of their enterprise, and the closing of whole visits.
Not exact; `bounds` and the CP-SAT neighbourhoods deal with what is left. O(passes x requests x (window + clashes)).
"""

# ruff: noqa: PLR0917 -- compiled functions take positional arguments and plain loops
from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from solver.merging.compiled import part, swift_part
from solver.merging.state import Prices, State, price_days
from solver.merging.subsets import IMPOSSIBLE
from solver.merging.tables import FORBIDDEN, Tables
from solver.problem import NONE, Floats, Ints

PASSES: Final = 2
"""Rounds of reinsertion per visit of the sweep; the sweep itself comes back many times."""

GAIN: Final = 1e-9
"""A change must save more than rounding."""


class Crowd(NamedTuple):
    """Scratch arrays: by day the requests present, people, solo, unannounced and departments of the visit there."""

    cost: Floats
    rebate: Floats
    present: Ints
    people: Ints
    solo: Ints
    unannounced: Ints
    rooms: Ints
    by_department: Ints
    clash: Ints
    members: Ints
    order: Ints


def crowd_workspace(departments: int, days: int, largest: int) -> Crowd:
    """Make the scratch arrays; `largest` is the size of the largest enterprise."""
    ints: list[Any] = [np.zeros(days, np.int64) for _ in range(5)]
    arrays: list[Any] = [
        np.zeros(days),
        np.zeros(days),
        *ints,
        np.zeros((departments, days), np.int64),
        np.full(days, NONE),
        np.zeros(max(largest, 1), np.int64),
        np.zeros(max(largest, 1), np.int64),
    ]
    return Crowd(*arrays)


@swift_part
def _move(tb: Tables, state: State, e: int, r: int, t: int, sign: int, ws: Crowd) -> None:
    """Count request r into (+1) or out of (-1) the visit of day t, the loads and the trips."""
    d = tb.department[r]
    state.used[d, t] += sign * tb.load[r]
    state.trips[d, tb.town[e], t] += sign
    ws.present[t] += sign
    ws.people[t] += sign * tb.people[r]
    ws.solo[t] += sign * tb.solo[r]
    ws.unannounced[t] += sign * tb.unannounced[r]
    ws.by_department[d, t] += sign
    if sign > 0:
        state.day[r] = t
        ws.rooms[t] += ws.by_department[d, t] == 1
    else:
        state.day[r] = NONE
        ws.rooms[t] -= ws.by_department[d, t] == 0


@swift_part
def _enter(tb: Tables, state: State, e: int, ws: Crowd) -> None:
    """Load the visits of enterprise e into the workspace."""
    ws.present[:] = 0
    ws.people[:] = 0
    ws.solo[:] = 0
    ws.unannounced[:] = 0
    ws.rooms[:] = 0
    ws.by_department[:] = 0
    for r in range(tb.start[e], tb.start[e + 1]):
        t = state.day[r]
        if t != NONE:
            d = tb.department[r]
            ws.present[t] += 1
            ws.people[t] += tb.people[r]
            ws.solo[t] += tb.solo[r]
            ws.unannounced[t] += tb.unannounced[r]
            ws.by_department[d, t] += 1
            ws.rooms[t] += ws.by_department[d, t] == 1


@swift_part
def _window(tb: Tables, state: State, e: int, r: int) -> tuple[int, int, bool]:
    """Window of r narrowed by all sequences, and whether it must be scheduled because a later request is."""
    lo = tb.first[r]
    hi = tb.last[r]
    needed = tb.left_out[r] >= IMPOSSIBLE
    for q in range(tb.step_start[e], tb.step_start[e + 1]):
        if tb.step_after[q] == r:
            before = state.day[tb.step_before[q]]
            if before == NONE:
                hi = NONE
            else:
                lo = max(lo, before + tb.step_days[q])
        elif tb.step_before[q] == r and state.day[tb.step_after[q]] != NONE:
            hi = min(hi, state.day[tb.step_after[q]] - tb.step_days[q])
            needed = True
    for k in range(tb.cross_start[r], tb.cross_start[r + 1]):
        other = state.day[tb.cross_other[k]]
        if tb.cross_after[k]:
            if other == NONE:
                hi = NONE
            else:
                lo = max(lo, other + tb.cross_gap[k])
        elif other != NONE:
            hi = min(hi, other - tb.cross_gap[k])
            needed = True
    return lo, hi, needed


@swift_part
def _repeats_of(tb: Tables, ws: Crowd, t: int) -> int:
    """Repeats that a new visit on day t adds: to the visits before and after it, less the one it parts."""
    T = len(ws.present)
    before = t - 1
    while before >= 0 and before > t - tb.repeat_days and ws.present[before] == 0:
        before -= 1
    after = t + 1
    while after < T and after < t + tb.repeat_days and ws.present[after] == 0:
        after += 1
    left = before >= 0 and ws.present[before] > 0 and t - before < tb.repeat_days
    right = after < T and ws.present[after] > 0 and after - t < tb.repeat_days
    parted = left and right and after - before < tb.repeat_days
    return int(left) + int(right) - int(parted)


@swift_part
def _fits(tb: Tables, r: int, t: int, ws: Crowd) -> bool:
    """Say whether r may join the visit of day t (which has at least one request)."""
    if ws.present[t] == 0 or tb.solo[r] or ws.solo[t] > 0 or ws.clash[t] == r:
        return False
    if ws.people[t] + tb.people[r] > tb.max_people:
        return False
    if (ws.unannounced[t] > 0) != tb.unannounced[r]:
        return False
    new = ws.by_department[tb.department[r], t] == 0
    return ws.rooms[t] + (1 if new else 0) <= tb.max_departments


@swift_part
def _mark_clashes(tb: Tables, state: State, r: int, sign: int, ws: Crowd) -> None:
    """Stamp the days of requests that may not meet r: `sign` is r itself, or NONE to wipe the stamps."""
    for k in range(tb.clash_start[r], tb.clash_start[r + 1]):
        other = state.day[tb.clash[k]]
        if other != NONE:
            ws.clash[other] = sign


@swift_part
def _best_day(
    tb: Tables, state: State, prices: Prices, e: int, r: int, visits: int, barred: int, only: int, ws: Crowd
) -> tuple[float, int]:
    """Cheapest day for r (out of the plan now) and its cost; `barred` is a day it may not take, `only` the one it must.

    NONE with the price of leaving it out where that is cheaper.
    """
    lo, hi, needed = _window(tb, state, e, r)
    best = FORBIDDEN if needed or only != NONE else tb.left_out[r]
    where = NONE
    if only != NONE:
        lo, hi = only, only
    if lo > hi or tb.people[r] > tb.max_people or tb.max_departments < 1:
        return best, where
    price_days(tb, state, prices, e, r, lo, hi, ws.cost, ws.rebate)
    _mark_clashes(tb, state, r, r, ws)
    for t in range(lo, hi + 1):
        if ws.cost[t] >= best or t == barred:
            continue
        if not (only != NONE or _fits(tb, r, t, ws) or (ws.present[t] == 0 and visits < tb.max_visits[e])):
            continue
        cost = ws.cost[t]
        if ws.present[t] == 0:
            cost += tb.visit[e] + (tb.repeat * _repeats_of(tb, ws, t) if tb.repeat > 0 else 0.0)
        if cost < best:
            best = cost
            where = t
    _mark_clashes(tb, state, r, NONE, ws)
    return best, where


@swift_part
def _reinsert(tb: Tables, state: State, prices: Prices, e: int, r: int, visits: int, ws: Crowd) -> tuple[int, bool]:
    """Take r out and put it on its best day; return (visits, whether its day changed)."""
    old = state.day[r]
    if old != NONE:
        _move(tb, state, e, r, old, -1, ws)
        visits -= ws.present[old] == 0
    cost, t = _best_day(tb, state, prices, e, r, visits, NONE, NONE, ws)
    if cost >= IMPOSSIBLE:
        t = old
    if t != NONE:
        visits += ws.present[t] == 0
        _move(tb, state, e, r, t, 1, ws)
    return visits, t != old


@swift_part
def _close_visit(tb: Tables, state: State, prices: Prices, e: int, t: int, visits: int, ws: Crowd) -> int:
    """Try to spread the requests of the visit on day t over other days; undo unless that is cheaper."""
    size = 0
    for r in range(tb.start[e], tb.start[e + 1]):
        if state.day[r] == t:
            if tb.first[r] == tb.last[r]:
                return visits
            ws.members[size] = r
            size += 1
    gain = 0.0
    for k in range(size):
        r = ws.members[k]
        _move(tb, state, e, r, t, -1, ws)
        gain += _best_day(tb, state, prices, e, r, visits - (ws.present[t] == 0), NONE, t, ws)[0]
    visits -= 1
    cost = 0.0
    for k in range(size):
        r = ws.members[k]
        price, to = _best_day(tb, state, prices, e, r, visits, t, NONE, ws)
        cost += price
        if to != NONE:
            visits += ws.present[to] == 0
            _move(tb, state, e, r, to, 1, ws)
    if cost < gain - GAIN:
        return visits
    for k in range(size):
        r = ws.members[k]
        if state.day[r] != NONE:
            visits -= ws.present[state.day[r]] == 1
            _move(tb, state, e, r, state.day[r], -1, ws)
    for k in range(size):
        _move(tb, state, e, ws.members[k], t, 1, ws)
    return visits + 1


@part
def _tightest_first(tb: Tables, e: int, order: Ints) -> int:
    """Write the local numbers of the enterprise's requests, those with the least choice first; return how many."""
    s0, s1 = tb.start[e], tb.start[e + 1]
    tightness = np.empty(s1 - s0)
    for r in range(s0, s1):
        tightness[r - s0] = tb.last[r] - tb.first[r] - 0.5 * (tb.clash_start[r + 1] - tb.clash_start[r])
    order[: s1 - s0] = np.argsort(tightness)
    return s1 - s0


@swift_part
def place_crowd(tb: Tables, state: State, prices: Prices, e: int, ws: Crowd) -> int:
    """Improve the days of one large enterprise in place against `prices`; return 1 if any day changed."""
    _enter(tb, state, e, ws)
    s0, s1 = tb.start[e], tb.start[e + 1]
    visits = 0
    for t in range(len(ws.present)):
        visits += ws.present[t] > 0
    _tightest_first(tb, e, ws.order)
    changed = 0
    for _ in range(PASSES):
        for i in range(s1 - s0):
            visits, moved = _reinsert(tb, state, prices, e, s0 + ws.order[i], visits, ws)
            changed += moved
        for t in range(len(ws.present)):
            if ws.present[t] > 0:
                visits = _close_visit(tb, state, prices, e, t, visits, ws)
    return 1 if changed else 0
