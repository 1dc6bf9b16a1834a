"""The problem as flat arrays in enterprise order, the only form in which the merging kernels see it.

Owns the translation of a Problem into arrays a compiled kernel can walk. Knows no plan, no search and no file.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from solver.problem import NONE, Bools, Floats, Ints, Problem

UNLIMITED: Final = 1 << 40
"""Stands for a limit that does not bind, in kernels that know no None."""

FORBIDDEN: Final = 1e15
"""A cost no plan can reach: what a hard rule excludes. Finite, so that sums stay ordered."""


class Tables(NamedTuple):
    """Arrays of the R requests in enterprise order; those of enterprise e are start[e]:start[e + 1].

    `first`, `last`: window after locks (a locked request has one day). `window_first`: day from which delay counts.
    `delay`: price of one day of delay. `left_out`: price of leaving the request out (FORBIDDEN when locked).
    `planned`: NONE or a day. `quiet_*`, `clash_*`, `step_*`, `cross_*`: rows of closures by enterprise, of clashing
    requests by request, of sequences inside one enterprise by enterprise, and of sequences between enterprises by
    request (`cross_gap` days from `cross_other` to this request if `cross_after`, else the other way round).
    `ban_*`: single days a request may not take, by request. `twins` [E]: two requests of one department.
    `capacity` [D, T] in people-quarters.
    """

    start: Ints
    department: Ints
    load: Ints
    people: Ints
    first: Ints
    last: Ints
    window_first: Ints
    delay: Floats
    left_out: Floats
    planned: Ints
    solo: Bools
    unannounced: Bools
    town: Ints
    visit: Floats
    max_visits: Ints
    quiet_start: Ints
    quiet_first: Ints
    quiet_last: Ints
    clash_start: Ints
    clash: Ints
    step_start: Ints
    step_before: Ints
    step_after: Ints
    step_days: Ints
    cross_start: Ints
    cross_other: Ints
    cross_gap: Ints
    cross_after: Bools
    ban_start: Ints
    ban_day: Ints
    twins: Bools
    capacity: Ints
    trip: float
    move: float
    repeat: float
    repeat_days: int
    max_departments: int
    max_people: int
    towns: int


class Flat(NamedTuple):
    """Tables together with `order` [R]: the problem's index of each request in enterprise order."""

    tables: Tables
    order: Ints


def flatten(problem: Problem, *, capacity: Ints | None = None, bans: Ints | None = None) -> Flat:
    """Lay a problem out for the kernels in O(R log R).

    `capacity` [D, T] replaces the problem's own where given; `bans` [n, 2] are (request, day) that may not be used.
    """
    requests, enterprises, limits, weights = problem.requests, problem.enterprises, problem.limits, problem.weights
    order = np.argsort(requests.enterprise, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    owner = requests.enterprise[order]
    locked = requests.locked[order] & (requests.planned_day[order] != NONE)
    planned = requests.planned_day[order]
    classes = enterprises.credit_class
    span = (requests.last_day - requests.first_day)[order]
    delay = np.array(weights.delay)[classes][owner] / np.maximum(span, 1) * (span > 0)
    sizes = len(enterprises), len(order)
    tables = Tables(
        start=np.searchsorted(owner, np.arange(len(enterprises) + 1)),
        department=requests.department[order],
        load=requests.load[order],
        people=requests.inspectors[order],
        first=np.where(locked, planned, np.maximum(requests.first_day[order], 0)),
        last=np.where(locked, planned, np.minimum(requests.last_day[order], problem.days - 1)),
        window_first=requests.first_day[order],
        delay=delay,
        left_out=np.where(locked, FORBIDDEN, weights.unscheduled * requests.priority[order].astype(np.float64)),
        planned=planned,
        solo=~requests.joint[order],
        unannounced=requests.unannounced[order],
        town=enterprises.town,
        visit=np.array(weights.visit, dtype=np.float64)[classes],
        max_visits=np.where(enterprises.max_visits == NONE, UNLIMITED, enterprises.max_visits),
        **_closures(problem, sizes[0]),
        **_clashes(problem, place, owner),
        **_sequences(problem, place, owner, sizes[0]),
        **_bans(bans, place),
        twins=_twins(owner, requests.department[order], len(problem.departments), sizes[0]),
        capacity=problem.capacity_quarters() if capacity is None else capacity,
        trip=float(weights.trip),
        move=float(weights.move),
        repeat=float(weights.repeat) if limits.repeat_days else 0.0,
        repeat_days=limits.repeat_days or 0,
        max_departments=_limit(limits.max_departments_per_visit),
        max_people=_limit(limits.max_inspectors_per_visit),
        towns=len(enterprises.town_ids),
    )
    return Flat(tables, order)


def request_days(tables: Tables, members: Ints) -> int:
    """Size of the model of some enterprises before closures, in booleans."""
    width = np.maximum(tables.last - tables.first + 1, 0)
    total = np.concatenate([[0], np.cumsum(width)])
    return int((total[tables.start[members + 1]] - total[tables.start[members]]).sum())


def _limit(value: int | None) -> int:
    return UNLIMITED if value is None else int(value)


def _group(keys: Ints, groups: int) -> tuple[Ints, Ints]:
    """Return (start, rows): rows of `keys` sorted by key, those of key k at start[k]:start[k + 1]."""
    rows = np.argsort(keys, kind="stable")
    return np.searchsorted(keys[rows], np.arange(groups + 1)), rows


def _twins(owner: Ints, department: Ints, departments: int, enterprises: int) -> Bools:
    """Enterprises that one department wants to see more than once, [E]."""
    key = np.sort(owner * departments + department)
    twins = np.zeros(enterprises, dtype=np.bool_)
    twins[key[1:][key[1:] == key[:-1]] // max(departments, 1)] = True
    return twins


def _bans(bans: Ints | None, place: Ints) -> dict[str, Any]:
    rows = np.empty((0, 2), dtype=np.int64) if bans is None else bans
    start, order = _group(place[rows[:, 0]], len(place))
    return {"ban_start": start, "ban_day": rows[order, 1]}


def _closures(problem: Problem, enterprises: int) -> dict[str, Any]:
    start, rows = _group(problem.closures[:, 0], enterprises)
    closed = problem.closures[rows]
    return {
        "quiet_start": start,
        "quiet_first": np.maximum(closed[:, 1], 0),
        "quiet_last": np.minimum(closed[:, 2], problem.days - 1),
    }


def _clashes(problem: Problem, place: Ints, owner: Ints) -> dict[str, Any]:
    """Conflict pairs inside one enterprise, both ways round; a pair of two enterprises never shares a visit anyway."""
    pair = place[problem.conflicts]
    pair = pair[owner[pair[:, 0]] == owner[pair[:, 1]]]
    both = np.vstack([pair, pair[:, ::-1]])
    start, rows = _group(both[:, 0], len(place))
    return {"clash_start": start, "clash": np.ascontiguousarray(both[rows, 1])}


def _sequences(problem: Problem, place: Ints, owner: Ints, enterprises: int) -> dict[str, Any]:
    before, after, days = place[problem.sequences[:, 0]], place[problem.sequences[:, 1]], problem.sequences[:, 2]
    inside = owner[before] == owner[after]
    start, rows = _group(owner[before[inside]], enterprises)
    outside = ~inside
    left, right, gap = before[outside], after[outside], days[outside]
    cross_start, cross_rows = _group(np.concatenate([left, right]), len(place))
    return {
        "step_start": start,
        "step_before": before[inside][rows],
        "step_after": after[inside][rows],
        "step_days": days[inside][rows],
        "cross_start": cross_start,
        "cross_other": np.concatenate([right, left])[cross_rows],
        "cross_gap": np.concatenate([gap, gap])[cross_rows],
        "cross_after": np.repeat([False, True], len(left))[cross_rows],
    }
