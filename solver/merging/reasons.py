"""Why a request is left out: the first rule that explains it, as a stable code with its figures.

Owns the order in which rules are blamed. Looks at the finished merge only; knows no search.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from solver.merging.state import State
from solver.merging.subsets import IMPOSSIBLE
from solver.merging.tables import Flat, Tables
from solver.plan import Reason
from solver.problem import NONE, Bools, Ints, Problem

Explanation = tuple[str, str]
_LESS_THAN_CREW: Final = frozenset({Reason.CAPACITY.value, Reason.LOCK.value, Reason.COST.value})
"""Reasons that another day, or more room, would lift; a request that nobody may serve is not one of them."""


def explain_left_out(problem: Problem, flat: Flat, state: State) -> dict[int, Explanation]:
    """Reason of each request without a day: problem index -> (code, figures)."""
    left_out = np.flatnonzero(state.day == NONE)
    owner = np.searchsorted(flat.tables.start, left_out, side="right") - 1
    rows = zip(left_out.tolist(), owner.tolist(), strict=True)
    found = {int(flat.order[r]): _explain(flat.tables, state, r, e, problem.days) for r, e in rows}
    return found | _without_crew(problem, [r for r, (code, _) in found.items() if code in _LESS_THAN_CREW])


def _without_crew(problem: Problem, asked: Iterable[int]) -> dict[int, Explanation]:
    """Those of some requests that find nobody on any day, by recusals or for want of a skill: no room would help."""
    officers, requests = problem.inspectors, problem.requests
    recused: dict[int, list[int]] = {}
    for inspector, enterprise in problem.recusals.tolist():
        recused.setdefault(enterprise, []).append(inspector)
    # Without these two the capacity of the day has counted everybody already.
    barred = [r for r in asked if int(requests.enterprise[r]) in recused or requests.skill[r] != NONE]
    if officers is None or not barred:
        return {}
    there = problem.available()
    found: dict[int, Explanation] = {}
    for r in barred:
        first, last = int(requests.first_day[r]), min(int(requests.last_day[r]), problem.days - 1)
        able = officers.department == requests.department[r]
        able[recused.get(int(requests.enterprise[r]), [])] = False
        free = there[able, first : last + 1]
        full = free.sum(axis=0) >= requests.inspectors[r]
        if requests.skill[r] != NONE:
            full &= free[officers.skills[able, requests.skill[r]]].any(axis=0)
        if not full.any():
            found[r] = Reason.CREW.value, f"first_day={first} last_day={last} days_without_crew={last - first + 1}"
    return found


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
    predecessors = _predecessors(tables, r, e)
    late = _by_sequence(state, predecessors, int(window[-1]))
    if late is not None:
        return late
    earliest = max((int(state.day[before]) + gap for before, gap in predecessors), default=0)
    return _by_capacity(tables, state, r, e, window[window >= earliest])


def _closed(tables: Tables, e: int, window: Ints) -> Bools:
    closed = np.zeros(len(window), dtype=np.bool_)
    for k in range(tables.quiet_start[e], tables.quiet_start[e + 1]):
        closed |= (window >= tables.quiet_first[k]) & (window <= tables.quiet_last[k])
    return closed


def _predecessors(tables: Tables, r: int, e: int) -> list[tuple[int, int]]:
    """(request, days) of all that must come before a request."""
    steps = range(tables.step_start[e], tables.step_start[e + 1])
    crosses = range(tables.cross_start[r], tables.cross_start[r + 1])
    found = [(int(tables.step_before[q]), int(tables.step_days[q])) for q in steps if tables.step_after[q] == r]
    return found + [(int(tables.cross_other[k]), int(tables.cross_gap[k])) for k in crosses if tables.cross_after[k]]


def _by_sequence(state: State, predecessors: list[tuple[int, int]], last: int) -> Explanation | None:
    for before, gap in predecessors:
        day = int(state.day[before])
        if day == NONE or day + gap > last:
            return Reason.SEQUENCE.value, f"before_day={day} min_days={gap} last_day={last}"
    return None


def _by_capacity(tables: Tables, state: State, r: int, e: int, window: Ints) -> Explanation:
    d, load = tables.department[r], int(tables.load[r])
    capacity = tables.capacity[d, window]
    if 0 < capacity.max() < load:
        return Reason.TOO_LONG.value, f"load={load} capacity={int(capacity.max())}"
    free = capacity - state.used[d, window]
    roomy = window[free >= load]
    if len(roomy):
        return _by_visits(tables, state, r, e, roomy)
    best = int(free.argmax())
    figures = f"load={load} free={int(free[best])} day={int(window[best])}"
    held = _locked_load(tables, state, int(d), window)
    if capacity.max() >= load and (capacity - held < load).all():
        return Reason.LOCK.value, f"{figures} locked_load={int(held[best])}"
    return Reason.CAPACITY.value, figures


def _locked_load(tables: Tables, state: State, department: int, window: Ints) -> Ints:
    """People-quarters that locked requests take of a department on each day of a window."""
    locked = np.flatnonzero((tables.left_out >= IMPOSSIBLE) & (tables.department == department))
    load = np.bincount(state.day[locked], weights=tables.load[locked], minlength=tables.capacity.shape[1])
    return load[window].astype(np.int64)


def _by_visits(tables: Tables, state: State, r: int, e: int, roomy: Ints) -> Explanation:
    """There is room: the visits of the enterprise itself stand in the way, or leaving it out is cheaper."""
    members = np.arange(tables.start[e], tables.start[e + 1])
    visited = np.unique(state.day[members][state.day[members] != NONE])
    joinable = np.intersect1d(visited, roomy)
    limit = int(tables.max_visits[e])
    obstacles = [_obstacle(tables, state, r, members, int(t)) for t in joinable]
    elsewhere = len(joinable) < len(roomy)
    if None in obstacles or (elsewhere and len(visited) < limit):
        return Reason.COST.value, f"left_out={tables.left_out[r]:g} visit={tables.visit[e]:g}"
    if not elsewhere:
        return min(filter(None, obstacles))
    figures = f"visits={len(visited)} max_visits={limit} in_window={len(joinable)}"
    locked = members[tables.left_out[members] >= IMPOSSIBLE]
    held = np.unique(state.day[locked])
    if 0 < limit <= len(held):
        return Reason.LOCK.value, f"{figures} locked_visits={len(held)}"
    return Reason.MAX_VISITS.value, figures


def _obstacle(tables: Tables, state: State, r: int, members: Ints, day: int) -> Explanation | None:
    """What keeps a request out of the visit of its enterprise on a day: another request, or a full visit."""
    there = members[state.day[members] == day]
    apart = tables.solo[there] | (tables.unannounced[there] != tables.unannounced[r])
    apart |= np.isin(there, tables.clash[tables.clash_start[r] : tables.clash_start[r + 1]])
    if tables.solo[r] or apart.any():
        count = len(there) if tables.solo[r] else int(apart.sum())
        return Reason.CONFLICT.value, f"day={day} conflicting={count} together={len(there)}"
    people = int(tables.people[there].sum() + tables.people[r])
    if people > tables.max_people:
        return Reason.TOO_MANY.value, f"day={day} inspectors={people} limit={tables.max_people}"
    departments = len(np.unique(tables.department[np.append(there, r)]))
    if departments > tables.max_departments:
        return Reason.TOO_MANY.value, f"day={day} departments={departments} limit={tables.max_departments}"
    return None
