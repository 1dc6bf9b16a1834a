"""Simulated annealing over requests and whole visits that change days, pushing others off full days.

Owns the moves a sweep cannot make and their acceptance. A sweep takes out one enterprise at a time, so where
departments have no slack it finds no room; here a request, or a whole visit, goes to a day on which its department is
in its town anyway, and whoever has to make room goes the other way or to a day with room. Every change keeps capacity
and all rules. After Kirkpatrick, Gelatt and Vecchi (1983); the pushing is an ejection chain of length one per
department (Glover 1996). O(members of the enterprises concerned) per try, about a million tries a second.
"""

# ruff: noqa: PLR0917, SIM110 -- compiled functions take positional arguments and plain loops
from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from solver.merging.cells import Cells, move_in_cells
from solver.merging.compiled import swift_kernel, swift_part
from solver.merging.state import State
from solver.merging.subsets import IMPOSSIBLE, never_together
from solver.merging.tables import FORBIDDEN, Tables
from solver.merging.workspace import MOST_REQUESTS
from solver.problem import NONE, Bools, Floats, Ints

NEIGHBOURLY: Final = 0.7
HOMELY: Final = 0.1
"""Shares of tries that aim at a day on which the department goes to the town anyway, and at a day on which the
enterprise is visited anyway; the rest aim anywhere."""

BACK: Final = 0.6
"""Share of those pushed off a day that try the day left by whoever pushed them."""

PUSHES: Final = 3
"""Requests looked at on a full day for one that can make room."""

HOPELESS: Final = 25.0
"""A change dearer than this many temperatures is accepted once in 10^11 tries: not worth finishing."""

BEND_STEPS: Final = 8


class Moves(NamedTuple):
    """What annealing draws from: `owner` [R]; `free` [R]: may be moved; `movable`: the free ones; `mates`: free
    requests by department and town, those of group g = d x W + w at mates[mate_start[g]:mate_start[g + 1]]."""

    owner: Ints
    free: Bools
    movable: Ints
    mate_start: Ints
    mates: Ints


class Trail(NamedTuple):
    """Scratch: requests moved in one try and the days they left; `cost` [2]: change of bent and of true trip costs;
    `days`: days of one enterprise."""

    request: Ints
    left: Ints
    cost: Floats
    days: Ints


def make_moves(tables: Tables) -> Moves:
    """List what may be moved: requests with a choice, of enterprises small enough, without sequences to others."""
    sizes = np.diff(tables.start)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    free = (sizes <= MOST_REQUESTS)[owner] & (tables.first < tables.last) & (np.diff(tables.cross_start) == 0)
    movable = np.flatnonzero(free)
    group = tables.department[movable] * max(tables.towns, 1) + tables.town[owner[movable]]
    order = np.argsort(group, kind="stable")
    groups = tables.capacity.shape[0] * max(tables.towns, 1)
    return Moves(owner, free, movable, np.searchsorted(group[order], np.arange(groups + 1)), movable[order])


def make_trail() -> Trail:
    """Make the scratch arrays of one thread."""
    most = 4 * MOST_REQUESTS
    return Trail(np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(2), np.zeros(MOST_REQUESTS + 1, np.int64))


def bend_of(trip: float, share: float) -> Floats:
    """Cost of a trip by its number of requests 0..8: trip x (1 + share + share^2 + ...), the plain price at share 0."""
    bent = trip * np.cumsum(share ** np.arange(BEND_STEPS))
    return np.concatenate([[0.0], bent])


@swift_part
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


@swift_part
def _may_meet(tb: Tables, state: State, e: int, t: int) -> bool:
    """Say whether the rules of one visit hold for all requests of e on day t."""
    people = 0
    rooms = 0
    for r in range(tb.start[e], tb.start[e + 1]):
        if state.day[r] != t:
            continue
        people += tb.people[r]
        new = 1
        for q in range(tb.start[e], r):
            if state.day[q] != t:
                continue
            if never_together(tb, r, q):
                return False
            if tb.department[q] == tb.department[r]:
                new = 0
        rooms += new
    return people <= tb.max_people and rooms <= tb.max_departments


@swift_part
def _own(tb: Tables, state: State, e: int, days: Ints) -> float:
    """Cost of enterprise e without trips, FORBIDDEN where its sequences or its most visits are broken."""
    total = 0.0
    size = 0
    for r in range(tb.start[e], tb.start[e + 1]):
        t = state.day[r]
        if t == NONE:
            total += tb.left_out[r]
            continue
        total += tb.delay[r] * (t - tb.window_first[r])
        if tb.planned[r] != NONE and t != tb.planned[r]:
            total += tb.move
        k = size
        while k > 0 and days[k - 1] > t:
            days[k] = days[k - 1]
            k -= 1
        days[k] = t
        size += 1
    visits = 0
    for k in range(size):
        if k > 0 and days[k] == days[k - 1]:
            continue
        visits += 1
        if k > 0 and days[k] - days[k - 1] < tb.repeat_days:
            total += tb.repeat
    if visits > tb.max_visits[e]:
        return FORBIDDEN
    for k in range(tb.step_start[e], tb.step_start[e + 1]):
        after, before = state.day[tb.step_after[k]], state.day[tb.step_before[k]]
        if after != NONE and (before == NONE or after - before < tb.step_days[k]):
            return FORBIDDEN
    return total + visits * tb.visit[e]


@swift_part
def _put(tb: Tables, state: State, cells: Cells, bend: Floats, w: int, r: int, t: int, cost: Floats) -> None:
    """Move request r (to town w) to day t, adding the change of trip costs to `cost`."""
    d, s = tb.department[r], state.day[r]
    last = len(bend) - 1
    trips = state.trips[d, w]
    out, into = trips[s], trips[t]
    cost[0] += bend[min(out - 1, last)] - bend[min(out, last)] + bend[min(into + 1, last)] - bend[min(into, last)]
    cost[1] += tb.trip * ((into == 0) - (out == 1))
    trips[s] = out - 1
    trips[t] = into + 1
    state.used[d, s] -= tb.load[r]
    state.used[d, t] += tb.load[r]
    state.day[r] = t
    days = tb.capacity.shape[1]
    move_in_cells(cells, r, d * days + s, d * days + t)


@swift_part
def _shift_visit(
    tb: Tables, state: State, cells: Cells, mv: Moves, bend: Floats, r: int, t: int, whole: bool, trail: Trail
) -> int:
    """Move r, or the `whole` visit r is part of, to day t; return how many moved, NONE where a rule is in the way."""
    e, s = mv.owner[r], state.day[r]
    moved = 0
    for q in range(tb.start[e], tb.start[e + 1]):
        if q != r and not (whole and state.day[q] == s):
            continue
        if not mv.free[q] or not _open_on(tb, e, q, t):
            _undo(tb, state, cells, mv, bend, moved, trail)
            return NONE
        trail.request[moved] = q
        trail.left[moved] = s
        moved += 1
        _put(tb, state, cells, bend, tb.town[e], q, t, trail.cost)
    if not _may_meet(tb, state, e, t):
        _undo(tb, state, cells, mv, bend, moved, trail)
        return NONE
    return moved


@swift_part
def _undo(tb: Tables, state: State, cells: Cells, mv: Moves, bend: Floats, moved: int, trail: Trail) -> None:
    for k in range(moved - 1, -1, -1):
        r = trail.request[k]
        _put(tb, state, cells, bend, tb.town[mv.owner[r]], r, trail.left[k], trail.cost)


@swift_part
def _has_room(tb: Tables, state: State, e: int, r: int, t: int) -> bool:
    """Say whether request r may go to day t without going over capacity."""
    if t in (NONE, state.day[r]) or not _open_on(tb, e, r, t):
        return False
    d = tb.department[r]
    return state.used[d, t] + tb.load[r] <= tb.capacity[d, t]


@swift_part
def _push(
    tb: Tables, state: State, cells: Cells, mv: Moves, bend: Floats, d: int, t: int, back: int, moved: int, trail: Trail
) -> float:
    """Move one request of department d away from its overfull day t, to day `back` or to a day of its own town.

    Returns the change of its enterprise's own cost; FORBIDDEN where nobody drawn can make room.
    """
    cell = d * tb.capacity.shape[1] + t
    for _ in range(PUSHES):
        p = cells.rows[cells.start[cell] + np.random.randint(cells.held[cell])]
        f = mv.owner[p]
        if not mv.free[p] or state.used[d, t] - tb.load[p] > tb.capacity[d, t]:
            continue
        concerned = False
        for k in range(moved):
            concerned = concerned or mv.owner[trail.request[k]] == f
        if concerned:
            continue
        to = back if np.random.random() < BACK else _mate_day(tb, state, mv, p)
        if not _has_room(tb, state, f, p, to):
            to = back
            if not _has_room(tb, state, f, p, to):
                continue
        before = _own(tb, state, f, trail.days)
        trail.request[moved] = p
        trail.left[moved] = t
        _put(tb, state, cells, bend, tb.town[f], p, to, trail.cost)
        if _may_meet(tb, state, f, to):
            after = _own(tb, state, f, trail.days)
            if after < IMPOSSIBLE:
                return after - before
        # Back it goes: the caller counts, and takes back, only those that found a place.
        _put(tb, state, cells, bend, tb.town[f], p, t, trail.cost)
    return FORBIDDEN


@swift_part
def _make_room(
    tb: Tables, state: State, cells: Cells, mv: Moves, bend: Floats, t: int, moved: int, most: float, trail: Trail
) -> tuple[int, float]:
    """Push requests off day t until those that came fit; (how many moved in all, change of own costs)."""
    own = 0.0
    came = moved
    for k in range(came):
        d = tb.department[trail.request[k]]
        while state.used[d, t] > tb.capacity[d, t]:
            if moved == len(trail.request) or own + trail.cost[0] > most:
                return moved, FORBIDDEN
            change = _push(tb, state, cells, mv, bend, d, t, trail.left[k], moved, trail)
            if change >= IMPOSSIBLE:
                return moved, FORBIDDEN
            moved += 1
            own += change
    return moved, own


@swift_part
def _mate_day(tb: Tables, state: State, mv: Moves, r: int) -> int:
    """Day of a request drawn from those of the same department and town as r."""
    g = tb.department[r] * max(tb.towns, 1) + tb.town[mv.owner[r]]
    return state.day[mv.mates[mv.mate_start[g] + np.random.randint(mv.mate_start[g + 1] - mv.mate_start[g])]]


@swift_part
def _aim(tb: Tables, state: State, mv: Moves, r: int) -> int:
    """Draw a day for request r: where its department is in town, where its enterprise is visited, or anywhere."""
    chance = np.random.random()
    if chance < NEIGHBOURLY:
        return _mate_day(tb, state, mv, r)
    e = mv.owner[r]
    if chance < NEIGHBOURLY + HOMELY:
        return state.day[tb.start[e] + np.random.randint(tb.start[e + 1] - tb.start[e])]
    return tb.first[r] + np.random.randint(tb.last[r] - tb.first[r] + 1)


@swift_part
def _goes_whole(tb: Tables, state: State, e: int, r: int, t: int) -> bool:
    """Say whether the whole visit of r should go to day t: where r alone would open a visit; by chance where not."""
    leaves = False
    joins = False
    for q in range(tb.start[e], tb.start[e + 1]):
        if q != r:
            leaves = leaves or state.day[q] == state.day[r]
            joins = joins or state.day[q] == t
    return leaves and (not joins or np.random.random() < 0.5)


@swift_kernel
def anneal(
    tb: Tables,
    state: State,
    cells: Cells,
    mv: Moves,
    bend: Floats,
    heat: float,
    tries: int,
    seed: int,
    trail: Trail,
) -> float:
    """Try `tries` random changes at temperature `heat` (in units of the score); returns the change of the true score.

    `bend` [k]: cost of a trip by the number of requests that make it, concave, so that requests gather; the last
    entry holds for more.
    """
    np.random.seed(seed)
    total = 0.0
    for _ in range(tries):
        r = mv.movable[np.random.randint(len(mv.movable))]
        s = state.day[r]
        if s == NONE:
            continue
        t = _aim(tb, state, mv, r)
        if t == s or t < tb.first[r] or t > tb.last[r]:
            continue
        e = mv.owner[r]
        most = heat * min(HOPELESS, -np.log(1.0 - np.random.random()))
        own = -_own(tb, state, e, trail.days)
        trail.cost[:] = 0.0
        moved = _shift_visit(tb, state, cells, mv, bend, r, t, _goes_whole(tb, state, e, r, t), trail)
        if moved == NONE:
            continue
        own += _own(tb, state, e, trail.days)
        if own < IMPOSSIBLE:
            moved, pushed = _make_room(tb, state, cells, mv, bend, t, moved, FORBIDDEN, trail)
            own += pushed
        if own + trail.cost[0] > most:
            _undo(tb, state, cells, mv, bend, moved, trail)
            continue
        total += own + trail.cost[1]
    return total
