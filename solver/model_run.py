"""Run one CP-SAT model within its limits, from a thread, so that the caller can stop it.

Owns the solver's parameters for exact models of staffed and of locked parts. Knows no problem.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ortools.sat.python import cp_model

POLL_SECONDS: Final = 0.05
"""How often a running solve asks whether it is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRun:
    """What a run ended with: `value` reads a literal of the best solution (only where `found`).

    `impossible`: proven to have no solution. `bound`: proven, in units of the objective. `work`: deterministic time.
    """

    found: bool
    impossible: bool
    proven: bool
    bound: float
    work: float
    value: Callable[[cp_model.IntVar], bool]


def run_model(
    model: cp_model.CpModel,
    *,
    limit: float,
    seconds: float | None = None,
    seed: int = 0,
    cancelled: Callable[[], bool],
) -> ModelRun:
    """Solve a model within `limit` units of deterministic time, and within `seconds` where the clock rules.

    Two strategies in turns, interleaved so that runs can be repeated: an LP with all cuts proves, cores find.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    solver.parameters.interleave_search = True
    solver.parameters.subsolvers.extend(["max_lp", "core"])
    solver.parameters.max_deterministic_time = limit
    solver.parameters.random_seed = seed % 2**31
    if seconds is not None:
        solver.parameters.max_time_in_seconds = max(seconds, POLL_SECONDS)
    status = run_stoppable(solver, model, cancelled)
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return ModelRun(
        found=found,
        impossible=status == cp_model.INFEASIBLE,
        proven=found and solver.objective_value - solver.best_objective_bound < 1,
        bound=solver.best_objective_bound if found else 0.0,
        work=solver.response_proto.deterministic_time,
        value=solver.boolean_value,
    )


def run_stoppable(solver: cp_model.CpSolver, model: cp_model.CpModel, cancelled: Callable[[], bool]) -> int:
    """Solve in a thread, so that the caller can cancel; returns the status."""
    status = [int(cp_model.UNKNOWN)]

    def work() -> None:
        status[0] = int(solver.solve(model))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(POLL_SECONDS)
        if cancelled():
            # A stop that comes before the search has begun is lost, so it is asked for until the thread ends.
            solver.stop_search()
    return status[0]
