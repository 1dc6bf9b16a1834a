"""Why a request is left out: the first rule that explains it, as a stable code with its figures.

Owns the order in which rules are blamed. Looks at the finished merge only; knows no search.
"""

from __future__ import annotations

import numpy as np

from solver.merging.state import State
from solver.merging.tables import UNLIMITED, Flat, Tables
from solver.plan import Reason
from solver.problem import NONE, Bools, Ints, Problem

Explanation = tuple[str, str]


def explain_left_out(problem: Problem, flat: Flat, state: State) -> dict[int, Explanation]:
    """Reason of each request without a day: problem index -> (code, figures)."""
    left_out = np.flatnonzero(state.day == NONE)
    owner = np.searchsorted(flat.tables.start, left_out, side="right") - 1
    rows = zip(left_out.tolist(), owner.tolist(), strict=True)
    return {int(flat.order[r]): _explain(flat.tables, state, r, e, problem.days) for r, e in rows}


def _explain(tables: Tables, state: State, r: int, e: int, days: int) -> Explanation:
    first, last = int(tables.first[r]), min(int(tables.last[r]), days - 1)
    if first > last:
        return Reason.NO_DAY_IN_WINDOW.value, f"first_day={first} last_day={last} days={days}"
    if tables.people[r] > tables.max_people or tables.max_departments < 1:
        return Reason.TOO_MANY.value, f"inspectors={tables.people[r]} limit={tables.max_people}"
    window = np.arange(first, last + 1)
    window = window[~_closed(tables, e, window)]
    if not len(window):
        return Reason.CLOSED.value, f"first_day={first} last_day={last} open_days=0"
    banned = tables.ban_day[tables.ban_start[r] : tables.ban_start[r + 1]]
    window = window[~np.isin(window, banned)]
    if not len(window):
        return Reason.CREW.value, f"first_day={first} last_day={last} days_without_crew={len(banned)}"
    return _by_sequence(tables, state, r, e, window) or _by_capacity(tables, state, r, e, window)


def _closed(tables: Tables, e: int, window: Ints) -> Bools:
    closed = np.zeros(len(window), dtype=np.bool_)
    for k in range(tables.quiet_start[e], tables.quiet_start[e + 1]):
        closed |= (window >= tables.quiet_first[k]) & (window <= tables.quiet_last[k])
    return closed


def _by_sequence(tables: Tables, state: State, r: int, e: int, window: Ints) -> Explanation | None:
    steps = range(tables.step_start[e], tables.step_start[e + 1])
    befores = [(tables.step_before[q], tables.step_days[q]) for q in steps if tables.step_after[q] == r]
    crosses = range(tables.cross_start[r], tables.cross_start[r + 1])
    befores += [(tables.cross_other[k], tables.cross_gap[k]) for k in crosses if tables.cross_after[k]]
    for before, gap in befores:
        day = int(state.day[before])
        if day == NONE or day + gap > window[-1]:
            return Reason.SEQUENCE.value, f"before_day={day} min_days={gap} last_day={window[-1]}"
    return None


def _by_capacity(tables: Tables, state: State, r: int, e: int, window: Ints) -> Explanation:
    d, load = tables.department[r], int(tables.load[r])
    capacity = tables.capacity[d, window]
    if 0 < capacity.max() < load:
        return Reason.TOO_LONG.value, f"load={load} capacity={int(capacity.max())}"
    free = capacity - state.used[d, window]
    roomy = window[free >= load]
    if not len(roomy):
        best = int(free.argmax())
        return Reason.CAPACITY.value, f"load={load} free={int(free[best])} day={int(window[best])}"
    return _by_visits(tables, state, r, e, roomy)


def _by_visits(tables: Tables, state: State, r: int, e: int, roomy: Ints) -> Explanation:
    """There is room: the visits of the enterprise itself stand in the way, or leaving it out is cheaper."""
    members = np.arange(tables.start[e], tables.start[e + 1])
    visited = np.unique(state.day[members][state.day[members] != NONE])
    joinable = np.intersect1d(visited, roomy)
    limit = int(tables.max_visits[e])
    if len(visited) < limit and len(joinable) < len(roomy):
        return Reason.COST.value, f"left_out={tables.left_out[r]:g} visit={tables.visit[e]:g}"
    if any(_clashes(tables, state, r, members, int(t)) for t in joinable):
        return Reason.CONFLICT.value, f"visits={len(visited)} in_window={len(joinable)} max_visits={_shown(limit)}"
    locked = members[tables.left_out[members] > tables.left_out[r]]
    if len(locked) and np.isin(tables.first[locked], roomy).any():
        return Reason.LOCK.value, f"visits={len(visited)} locked={len(locked)} max_visits={_shown(limit)}"
    return Reason.MAX_VISITS.value, f"visits={len(visited)} max_visits={_shown(limit)} in_window={len(joinable)}"


def _shown(limit: int) -> str:
    return "none" if limit >= UNLIMITED else str(limit)


def _clashes(tables: Tables, state: State, r: int, members: Ints, day: int) -> bool:
    there = members[state.day[members] == day]
    if tables.solo[r] or tables.solo[there].any() or (tables.unannounced[there] != tables.unannounced[r]).any():
        return True
    return bool(np.isin(there, tables.clash[tables.clash_start[r] : tables.clash_start[r + 1]]).any())
