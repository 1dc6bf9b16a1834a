"""One enterprise with many requests at a time, exactly, all others where they are: an airport, a market hall.

Owns the order of attempts (cheap starts, then CP-SAT where the part of the enterprise lies above its own bound) and
the floors that are proven on the way: what an enterprise costs at least in any plan of the whole problem. Knows
neither the model's rules nor where the enterprise's bound enters that of the problem.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from solver.merging.budget import Budget
from solver.merging.cliques import Graph, largest_clique
from solver.merging.crowd_start import Days, next_days, pierce, recolour
from solver.merging.exact import solve_alone, solve_part
from solver.merging.graphs import conflict_graph, parted_graph
from solver.merging.part_model import PartModel, make_part
from solver.merging.score import cost_of
from solver.merging.start import Engine
from solver.merging.state import State, recount
from solver.merging.tables import request_days
from solver.merging.workspace import MOST_REQUESTS
from solver.problem import NONE

SHARE: Final = 0.25
"""Share of the budget for all crowded enterprises together."""

MOST_CELLS: Final = 60_000
"""Request-days of one enterprise up to which CP-SAT is asked; larger models are loaded for longer than they search."""

MOST_LIMIT: Final = 8.0
"""Units of deterministic time for one enterprise; what is not proven by then needs minutes."""

WORK_PER_UNIT: Final = 20.0
"""Work of the budget per unit of CP-SAT's deterministic time, as for whole problems."""

MOST_STEPS: Final = 4_000
STEP_WORK: Final = 600.0
FEWEST_STEPS: Final = 300
MOST_RECOLOURINGS: Final = 12
"""Steps of one recolouring, their work in request-days (40 microseconds), and how many are tried in a row."""

GAIN: Final = 1e-7


@dataclass(slots=True, kw_only=True)
class Crowds:
    """The crowded enterprises of a merge under way. `floors[e]`: least cost of enterprise e in any plan."""

    engine: Engine
    state: State
    budget: Budget
    seed: int
    floors: dict[int, float] = field(default_factory=dict)

    def cost(self, e: int) -> float:
        """Cost of an enterprise with all trips to its town."""
        tables = self.engine.tables
        return float(cost_of(tables, self.state, np.array([e]), np.array([tables.town[e]])))


def crowded_enterprises(engine: Engine) -> list[int]:
    """Enterprises too large for the exact search of the sweeps, ascending."""
    return np.flatnonzero(np.diff(engine.tables.start) > MOST_REQUESTS).tolist()


def settle_crowds(engine: Engine, state: State, budget: Budget, *, seed: int, exact: bool) -> dict[int, float]:
    """Improve every crowded enterprise, the largest gaps by CP-SAT if `exact`; changes `state`, returns floors."""
    crowds = Crowds(engine=engine, state=state, budget=budget, seed=seed)
    until = min(1.0, budget.done + SHARE)
    chosen = crowded_enterprises(engine)
    for e in chosen:
        _start(crowds, e, until)
    if exact:
        gaps = sorted(((_gap(crowds, e), e) for e in chosen), key=lambda pair: (-pair[0], pair[1]))
        for k, (gap, e) in enumerate(gaps):
            if gap > GAIN and budget.done < until:
                _prove(crowds, e, min(until, budget.done + 2 * (until - budget.done) / (len(gaps) - k)))
    return crowds.floors


def _start(crowds: Crowds, e: int, until: float) -> None:
    """Try the cheap starts; sequences are beyond them, the sweeps and CP-SAT hold those."""
    tables = crowds.engine.tables
    if _is_tied(crowds, e) or tables.step_start[e] < tables.step_start[e + 1]:
        return
    part = make_part(tables, crowds.state, [e])
    conflicts = conflict_graph(tables, part.requests(e))
    crowds.budget.spend(float(request_days(tables, np.array([e]))))
    _take(crowds, e, pierce(part, e, conflicts))
    for k in range(MOST_RECOLOURINGS):
        if crowds.budget.done >= until or not _recolour(crowds, e, conflicts, k):
            return


def _is_tied(crowds: Crowds, e: int) -> bool:
    """Say whether a sequence ties one of its requests to another enterprise."""
    tables = crowds.engine.tables
    return bool(tables.cross_start[tables.start[e]] < tables.cross_start[tables.start[e + 1]])


def _recolour(crowds: Crowds, e: int, conflicts: Graph, turn: int) -> bool:
    """Serve everybody with a visit less, or with one more where somebody is left out; whether that was cheaper."""
    part = make_part(crowds.engine.tables, crowds.state, [e])
    kept = next_days(part, e)
    if len(kept) < len(_apart(part, e, conflicts)) or crowds.engine.tables.visit[e] <= 0:
        return False
    affordable = crowds.budget.work_left(1.0) * SHARE * 1e6 / STEP_WORK
    steps = int(min(MOST_STEPS, max(FEWEST_STEPS, affordable)))
    found = recolour(part, e, conflicts, kept, steps=steps, seed=crowds.seed + turn)
    crowds.budget.spend(steps * STEP_WORK)
    return found is not None and _take(crowds, e, found)


def _apart(part: PartModel, e: int, conflicts: Graph) -> list[int]:
    """Requests that pairwise never meet: each pays a visit or is left out."""
    requests = part.requests(e)
    graph = parted_graph(conflicts, [part.open_days[r] for r in requests])
    return [requests[i] for i in largest_clique(graph) if part.open_days[requests[i]]]


def _take(crowds: Crowds, e: int, days: Days) -> bool:
    """Put an enterprise on other days if that is cheaper and within capacity; else everything stays."""
    tables, state = crowds.engine.tables, crowds.state
    rows = np.arange(tables.start[e], tables.start[e + 1])
    before, kept = crowds.cost(e), state.day[rows].copy()
    state.day[rows] = [days.get(int(r), NONE) for r in rows]
    recount(tables, state)
    cells = tables.department[rows], state.day[rows]
    valid = bool((state.used <= tables.capacity)[cells][state.day[rows] != NONE].all()) and _within_limits(crowds, e)
    if valid and crowds.cost(e) < before - GAIN:
        return True
    state.day[rows] = kept
    recount(tables, state)
    return False


def _within_limits(crowds: Crowds, e: int) -> bool:
    """Say whether visits keep to the most people and departments, and the enterprise to its most visits."""
    tables, state = crowds.engine.tables, crowds.state
    rows = np.arange(tables.start[e], tables.start[e + 1])
    rows = rows[state.day[rows] != NONE]
    days = np.unique(state.day[rows])
    visits = [rows[state.day[rows] == t] for t in days]
    return len(days) <= tables.max_visits[e] and all(
        tables.people[visit].sum() <= tables.max_people
        and len(np.unique(tables.department[visit])) <= tables.max_departments
        for visit in visits
    )


def _gap(crowds: Crowds, e: int) -> float:
    """How far the enterprise may be above its own bound: its cost now less what its requests cost at least."""
    tables, state = crowds.engine.tables, crowds.state
    part = make_part(tables, state, [e])
    requests = part.requests(e)
    apart = set(_apart(part, e, conflict_graph(tables, requests)))
    least = 0.0
    for r in requests:
        visit = float(tables.visit[e]) if r in apart else 0.0
        served = min((part.cost(r, t) for t in part.open_days[r]), default=np.inf) + visit
        least += min(served, float(tables.left_out[r]))
    return crowds.cost(e) - float(cost_of(tables, state, np.array([], np.int64), np.array([tables.town[e]]))) - least


def _prove(crowds: Crowds, e: int, until: float) -> None:
    """Solve one enterprise with nobody else there (a floor for every plan), then, if that asks too much, beside all."""
    engine, state, budget = crowds.engine, crowds.state, crowds.budget
    if request_days(engine.tables, np.array([e])) > MOST_CELLS:
        return
    alone = solve_alone(
        engine,
        state,
        e,
        limit=_limit(budget, until),
        seconds=budget.seconds_left(until),
        cancelled=budget.cancelled,
        seed=crowds.seed,
    )
    budget.spend(alone.work * WORK_PER_UNIT * 1e6)
    if alone.bound is not None:
        crowds.floors[e] = alone.bound
    taken = not _is_tied(crowds, e) and _take(crowds, e, alone.days)
    if taken or alone.gain <= GAIN or budget.done >= until:
        return
    beside = solve_part(
        engine,
        state,
        [e],
        limit=_limit(budget, until),
        seconds=budget.seconds_left(until),
        cancelled=budget.cancelled,
        seed=crowds.seed,
    )
    budget.spend(beside.work * WORK_PER_UNIT * 1e6)


def _limit(budget: Budget, until: float) -> float:
    """Deterministic time that one model may take."""
    return min(MOST_LIMIT, budget.work_left(until) / WORK_PER_UNIT)


__all__ = ["Crowds", "settle_crowds"]
