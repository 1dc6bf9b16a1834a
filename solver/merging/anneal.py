"""Exchange of single requests on full days: simulated annealing over moves and swaps that a sweep cannot make.

Owns moves of one request to another day - alone, into a visit its enterprise has there already, or in exchange for a
request of the same department - that never break a rule or a capacity. A sweep takes out one enterprise at a time, so
where departments have no slack at all it finds no room; two requests that change places need none. Enterprises with
sequences stay as they are. O(members of the two enterprises) per try, some million tries a second.
"""

# ruff: noqa: PLR0917, SIM110 -- compiled functions take positional arguments and plain loops
from __future__ import annotations

import numpy as np

from solver.merging.compiled import kernel, part
from solver.merging.state import State
from solver.merging.subsets import never_together
from solver.merging.tables import Tables
from solver.merging.workspace import MOST_REQUESTS
from solver.problem import NONE, Floats, Ints


def movable_requests(tables: Tables) -> Ints:
    """Requests that may be exchanged: not locked, of a small enterprise without sequences."""
    sizes = np.diff(tables.start)
    simple = (sizes <= MOST_REQUESTS) & (np.diff(tables.step_start) == 0)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    free = simple[owner] & (tables.first < tables.last) & (np.diff(tables.cross_start) == 0)
    return np.flatnonzero(free)


def by_department(tables: Tables, requests: Ints) -> tuple[Ints, Ints]:
    """(start, rows): the given requests by department; those of d at rows[start[d]:start[d + 1]]."""
    department = tables.department[requests]
    order = np.argsort(department, kind="stable")
    start = np.searchsorted(department[order], np.arange(tables.capacity.shape[0] + 1))
    return start, requests[order]


@part
def _open_on(tb: Tables, e: int, r: int, t: int) -> bool:
    """Say whether window, closures and bans let request r be served on day t."""
    if t < tb.first[r] or t > tb.last[r]:
        return False
    for k in range(tb.quiet_start[e], tb.quiet_start[e + 1]):
        if tb.quiet_first[k] <= t <= tb.quiet_last[k]:
            return False
    for k in range(tb.ban_start[r], tb.ban_start[r + 1]):
        if tb.ban_day[k] == t:
            return False
    return True


@part
def _room_at(tb: Tables, state: State, e: int, r: int, t: int) -> int:
    """Requests r would meet on day t, NONE where a rule of the visit keeps it out."""
    met = 0
    people = tb.people[r]
    rooms = 1
    for q in range(tb.start[e], tb.start[e + 1]):
        if q == r or state.day[q] != t:
            continue
        if never_together(tb, r, q):
            return NONE
        met += 1
        people += tb.people[q]
        new = tb.department[q] != tb.department[r]
        for k in range(tb.start[e], q):
            if k != r and state.day[k] == t and tb.department[k] == tb.department[q]:
                new = False
        rooms += new
    if met and (people > tb.max_people or rooms > tb.max_departments):
        return NONE
    return met


@part
def _repeats(tb: Tables, state: State, e: int, r: int, t: int) -> int:
    """Repeats of the enterprise if request r is on day t."""
    n = tb.start[e + 1] - tb.start[e]
    days = np.empty(n, np.int64)
    size = 0
    for q in range(tb.start[e], tb.start[e + 1]):
        day = t if q == r else state.day[q]
        if day != NONE:
            days[size] = day
            size += 1
    days[:size].sort()
    count = 0
    for i in range(1, size):
        count += 0 < days[i] - days[i - 1] < tb.repeat_days
    return count


@part
def _own_change(tb: Tables, state: State, e: int, r: int, t: int) -> float:
    """Change of the enterprise's own cost if r moves to day t; inf where a rule forbids it."""
    now = state.day[r]
    if t == now or not _open_on(tb, e, r, t):
        return np.inf
    meets = _room_at(tb, state, e, r, t)
    if meets == NONE:
        return np.inf
    leaves = 0
    for q in range(tb.start[e], tb.start[e + 1]):
        leaves += q != r and state.day[q] == now
    visits = (1 if meets == 0 else 0) - (1 if leaves == 0 else 0)
    if visits > 0:
        return np.inf
    change = visits * tb.visit[e] + tb.delay[r] * (t - now)
    if tb.planned[r] != NONE:
        change += tb.move * (int(t != tb.planned[r]) - int(now != tb.planned[r]))
    if tb.repeat > 0:
        change += tb.repeat * (_repeats(tb, state, e, r, t) - _repeats(tb, state, e, r, now))
    return change


@part
def _trip_change(tb: Tables, state: State, bend: Floats, d: int, w: int, out: int, into: int) -> tuple[float, float]:
    """Change of bent and of true trip costs if one request of (d, w) goes from day `out` to day `into`."""
    last = len(bend) - 1
    a, b = state.trips[d, w, out], state.trips[d, w, into]
    bent = bend[min(a - 1, last)] - bend[min(a, last)] + bend[min(b + 1, last)] - bend[min(b, last)]
    true = tb.trip * (int(b == 0) - int(a == 1))
    return bent, true


@part
def _put(tb: Tables, state: State, e: int, r: int, t: int) -> None:
    d, w = tb.department[r], tb.town[e]
    state.used[d, state.day[r]] -= tb.load[r]
    state.trips[d, w, state.day[r]] -= 1
    state.day[r] = t
    state.used[d, t] += tb.load[r]
    state.trips[d, w, t] += 1


@part
def _pair_change(tb: Tables, state: State, bend: Floats, e: int, r: int, f: int, q: int) -> tuple[float, float]:
    """Change of (bent, true) cost if r of e and q of f, of one department, change places; inf where a rule forbids."""
    t, s = state.day[q], state.day[r]
    d = tb.department[r]
    if state.used[d, t] - tb.load[q] + tb.load[r] > tb.capacity[d, t]:
        return np.inf, np.inf
    if state.used[d, s] - tb.load[r] + tb.load[q] > tb.capacity[d, s]:
        return np.inf, np.inf
    own = _own_change(tb, state, e, r, t) + _own_change(tb, state, f, q, s)
    if own == np.inf or tb.town[e] == tb.town[f]:
        return own, own
    bent, true = _trip_change(tb, state, bend, d, tb.town[e], s, t)
    more_bent, more_true = _trip_change(tb, state, bend, d, tb.town[f], t, s)
    return own + bent + more_bent, own + true + more_true


@kernel
def anneal(
    tb: Tables,
    state: State,
    owner: Ints,
    movable: Ints,
    start: Ints,
    rows: Ints,
    bend: Floats,
    heat: float,
    tries: int,
    seed: int,
) -> float:
    """Try `tries` random moves and swaps at temperature `heat`; returns the change of the true score.

    `bend` [k]: cost of a trip by the number of requests that make it, concave, so that requests gather; the last
    entry holds for more. `movable`: requests to draw from; `start`, `rows`: the same by department; `owner` [R].
    """
    np.random.seed(seed)
    total = 0.0
    for _ in range(tries):
        r = movable[np.random.randint(len(movable))]
        if state.day[r] == NONE:
            continue
        e = owner[r]
        d = tb.department[r]
        q = rows[start[d] + np.random.randint(start[d + 1] - start[d])]
        t = state.day[q]
        if t == NONE or t == state.day[r] or owner[q] == e or t < tb.first[r] or t > tb.last[r]:
            continue
        swap = state.used[d, t] + tb.load[r] > tb.capacity[d, t]
        if swap:
            bent, true = _pair_change(tb, state, bend, e, r, owner[q], q)
        else:
            own = _own_change(tb, state, e, r, t)
            if own == np.inf:
                continue
            bent, true = _trip_change(tb, state, bend, d, tb.town[e], state.day[r], t)
            bent += own
            true += own
        if bent == np.inf or (bent > 0 and np.random.random() >= np.exp(-bent / heat)):
            continue
        before = state.day[r]
        _put(tb, state, e, r, t)
        if swap:
            _put(tb, state, owner[q], q, before)
        total += true
    return total


def bend_of(trip: float, share: float) -> np.ndarray:
    """Cost of a trip by its number of requests 0..8: trip x (1 + share + share^2 + ...), the plain price at share 0."""
    return np.concatenate([[0.0], trip * np.cumsum(share ** np.arange(8))])
