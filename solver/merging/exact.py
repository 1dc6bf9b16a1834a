"""Solve the CP-SAT model of some enterprises and take the result over when it is better.

Owns the solver's parameters, its limits and the way back into the merge. The merge under way is never lost: CP-SAT
only proposes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from ortools.sat.python import cp_model

from solver.merging.model import build_alone, build_model
from solver.merging.outcome import AloneResult, PartResult
from solver.merging.part_model import SCALE, PartModel
from solver.merging.score import cost_of
from solver.merging.start import Engine
from solver.merging.state import State, recount
from solver.model_run import POLL_SECONDS, run_stoppable
from solver.problem import NONE

GAIN: Final = 1e-7


def solve_part(
    engine: Engine,
    state: State,
    members: list[int],
    *,
    limit: float,
    seconds: float | None,
    cancelled: Callable[[], bool],
    seed: int,
) -> PartResult:
    """Rebuild the enterprises `members` as well as possible within `limit` units of deterministic time.

    With `seconds` the clock ends it as well, and the result may not be reproducible.
    """
    part = build_model(engine.tables, state, members)
    solver = _solver(limit, seed)
    if seconds is not None:
        solver.parameters.max_time_in_seconds = max(seconds, POLL_SECONDS)
    status = run_stoppable(solver, part.model, cancelled)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return PartResult(gain=0.0, bound=None, proven=False, work=limit)
    gain = _take_over(engine, state, part, solver)
    objective, bound = solver.objective_value, solver.best_objective_bound
    return PartResult(
        gain=gain,
        bound=bound / SCALE,
        proven=objective - bound < 1,
        work=solver.response_proto.deterministic_time,
    )


def solve_alone(
    engine: Engine,
    state: State,
    e: int,
    *,
    limit: float,
    seconds: float | None,
    cancelled: Callable[[], bool],
    seed: int,
) -> AloneResult:
    """Solve one enterprise as if nobody else were there; `state` stays as it is, and gives the hint."""
    part = build_alone(engine.tables, state, e)
    solver = _solver(limit, seed)
    if seconds is not None:
        solver.parameters.max_time_in_seconds = max(seconds, POLL_SECONDS)
    status = run_stoppable(solver, part.model, cancelled)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return AloneResult(days={}, gain=0.0, bound=None, work=limit)
    hinted = {variable.index: value for variable, value in part.hinted}
    now = sum(cost for variable, cost in part.costs if hinted[variable.index])
    return AloneResult(
        days=_days(part, solver),
        gain=(now - solver.objective_value) / SCALE,
        bound=solver.best_objective_bound / SCALE,
        work=solver.response_proto.deterministic_time,
    )


def _days(part: PartModel, solver: cp_model.CpSolver) -> dict[int, int]:
    """Day of each of the part's requests in the solution, NONE = left out."""
    return {
        r: next((t for t, variable in days.items() if solver.value(variable)), NONE) for r, days in part.serve.items()
    }


def _solver(limit: float, seed: int) -> cp_model.CpSolver:
    """One worker whose LP holds every row, cliques and implications too: repeatable without taking turns.

    Units of deterministic time to the proof, against [max_lp, core] in turns: queens 6x6 0.9 (7.3), queens 7x7 0.7
    (6.2), myciel5 4.2 (not in 8), 45 enterprises with core rules 0.2 (1.4), with all rules 6.7 (6.9).
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = limit
    solver.parameters.random_seed = seed
    return solver


def _take_over(engine: Engine, state: State, part: PartModel, solver: cp_model.CpSolver) -> float:
    """Put the solution into the merge if it is cheaper; returns the gain."""
    tables = engine.tables
    members = np.array(part.members, dtype=np.int64)
    towns = np.unique(tables.town[members])
    before = cost_of(tables, state, members, towns)
    kept = state.day.copy()
    for r, day in _days(part, solver).items():
        state.day[r] = day
    recount(tables, state)
    gain = float(before - cost_of(tables, state, members, towns))
    if gain > GAIN:
        return gain
    state.day[:] = kept
    recount(tables, state)
    return 0.0
