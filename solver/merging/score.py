"""What a merge costs, term by term, straight from the days of its requests.

Owns the compiled score used inside the search; `solver.checker` judges the finished plan independently of it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from solver.merging.compiled import kernel, part
from solver.merging.state import State
from solver.merging.tables import Tables
from solver.problem import NONE, Floats, Ints

TERMS: Final = ("unscheduled", "visits", "trips", "delay", "moves", "repeats")


@part
def add_enterprise_cost(tb: Tables, day: Ints, e: int, parts: Floats) -> None:
    """Add the cost of enterprise e to `parts` [6] (in the order of TERMS; trips are not its own)."""
    s0, s1 = tb.start[e], tb.start[e + 1]
    days = np.empty(s1 - s0, np.int64)
    placed = 0
    for r in range(s0, s1):
        t = day[r]
        if t == NONE:
            parts[0] += tb.left_out[r]
            continue
        days[placed] = t
        placed += 1
        parts[3] += tb.delay[r] * (t - tb.window_first[r])
        if tb.planned[r] != NONE and t != tb.planned[r]:
            parts[4] += tb.move
    days[:placed].sort()
    for i in range(placed):
        if i == 0 or days[i] != days[i - 1]:
            parts[1] += tb.visit[e]
            if i > 0 and days[i] - days[i - 1] < tb.repeat_days:
                parts[5] += tb.repeat


@kernel
def cost_of(tb: Tables, state: State, members: Ints, towns: Ints) -> float:
    """Cost of the enterprises in `members` with all trips to `towns`; what changes when only they move."""
    parts = np.zeros(6)
    for e in members:
        add_enterprise_cost(tb, state.day, e, parts)
    made = 0
    for w in towns:
        for d in range(state.trips.shape[0]):
            for t in range(state.trips.shape[2]):
                made += state.trips[d, w, t] > 0
    return parts.sum() + tb.trip * made


@kernel
def parts_of(tb: Tables, state: State) -> Floats:
    """Score of the whole merge by term [6]."""
    parts = np.zeros(6)
    for e in range(len(tb.start) - 1):
        add_enterprise_cost(tb, state.day, e, parts)
    made = 0
    for d in range(state.trips.shape[0]):
        for w in range(state.trips.shape[1]):
            for t in range(state.trips.shape[2]):
                made += state.trips[d, w, t] > 0
    parts[2] = tb.trip * made
    return parts


@kernel
def overload(tb: Tables, state: State) -> int:
    """People-quarters above capacity, over all departments and days."""
    total = 0
    for d in range(state.used.shape[0]):
        for t in range(state.used.shape[1]):
            total += max(0, state.used[d, t] - tb.capacity[d, t])
    return total
