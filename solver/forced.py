"""Requests that every plan must visit: the locked ones and, by the sequences, whatever must come before them.

Owns the question whether they all find a place, a valid placement of them, and the smallest set of locks that cannot
hold. Everything else can be left out, so the answer decides whether the problem has any plan at all; it is sought in
the problem of these requests alone, which is small even in a large district.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from solver.locks import colliding_locks, held_requests
from solver.merging.model import build_model
from solver.merging.state import empty_state
from solver.merging.tables import flatten
from solver.model_run import run_model
from solver.problem import NONE, Bools, Ints, Problem
from solver.staffed_model import MOST_BOOKINGS, bookings, read_days, solve_staffed

LIMIT: Final = 20.0
"""Deterministic time (about seconds) for one question; most are answered in presolve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """`day` [R]: a day for each forced request, NONE for all others; None where no placement was found.

    `impossible`: proven that there is none.
    """

    day: Ints | None
    impossible: bool


def is_open(problem: Problem, *, staffed: bool) -> bool:
    """Say whether the locks leave a question that looking at them one by one does not answer."""
    locked = _locked(problem)
    return bool((held_requests(problem) & ~locked).any() or (staffed and locked.any()))


def _locked(problem: Problem) -> Bools:
    """Requests that a lock holds on a day, [R]; a lock without a day binds nothing."""
    return problem.requests.locked & (problem.requests.planned_day != NONE)


def place_forced(
    problem: Problem, *, staffed: bool, seed: int, seconds: float | None, cancelled: Callable[[], bool]
) -> Placement:
    """Find days for all forced requests under rules 1 to 8, and 9 where `staffed` and the officers fit one model."""
    forced = np.flatnonzero(held_requests(problem))
    part = only(problem, forced)
    flat = flatten(part)
    state = empty_state(flat.tables)
    if staffed and bookings(part) <= MOST_BOOKINGS:
        run, day = solve_staffed(part, flat, state, limit=LIMIT, seconds=seconds, seed=seed, cancelled=cancelled)
    else:
        free = np.flatnonzero(~_locked(part)[flat.order])
        members = np.unique(np.searchsorted(flat.tables.start, free, side="right") - 1).tolist()
        model = build_model(flat.tables, state, members)
        run = run_model(model.model, limit=LIMIT, seconds=seconds, seed=seed, cancelled=cancelled)
        day = read_days(model, run, state)
    if not run.found:
        return Placement(day=None, impossible=run.impossible)
    placed = np.full(len(problem.requests), NONE, dtype=np.int64)
    placed[forced[flat.order]] = day
    return Placement(day=placed, impossible=False)


def smallest_collision(
    problem: Problem, *, staffed: bool, seed: int, cancelled: Callable[[], bool]
) -> tuple[tuple[str, str], ...]:
    """Find locks that cannot hold together, none of them to spare, as (request id, rule id); all when cancelled.

    Halves first, then single ones (QuickXplain: Junker 2004), so that few of many locks cost few questions.
    """
    locked = np.flatnonzero(_locked(problem)).tolist()

    def holds(locks: list[int]) -> bool:
        kept = np.zeros(len(problem.requests), dtype=np.bool_)
        kept[locks] = True
        less = replace(problem, requests=replace(problem.requests, locked=kept))
        if colliding_locks(less):
            return False
        return not place_forced(less, staffed=staffed, seed=seed, seconds=None, cancelled=cancelled).impossible

    members = sorted(_explain(holds, [], locked, asked=False))
    waits = set(problem.sequences[:, 1].tolist())
    return tuple(
        (str(problem.requests.ids[r]), "sequence_gap" if r in waits or not staffed else "roster_complete")
        for r in members
    )


def _explain(holds: Callable[[list[int]], bool], given: list[int], locks: list[int], *, asked: bool) -> list[int]:
    """Members of `locks` that collide with `given`, none to spare; `asked`: `given` has grown since the last time."""
    if asked and not holds(given):
        return []
    if len(locks) == 1:
        return locks
    half = len(locks) // 2
    first, second = locks[:half], locks[half:]
    found = _explain(holds, given + first, second, asked=bool(first))
    return found + _explain(holds, given + found, first, asked=bool(found))


def only(problem: Problem, rows: Ints) -> Problem:
    """Return the problem of some requests (ascending) alone; facts about the others are dropped."""
    requests = problem.requests
    place = np.full(len(requests), NONE, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    columns = {name: getattr(requests, name)[rows] for name in type(requests).__dataclass_fields__}
    pairs, steps = place[problem.conflicts], place[problem.sequences[:, :2]]
    inside = (steps != NONE).all(axis=1)
    return replace(
        problem,
        requests=type(requests)(**columns),
        conflicts=pairs[(pairs != NONE).all(axis=1)],
        sequences=np.column_stack([steps[inside], problem.sequences[inside, 2]]),
    )
