"""The engine of this repository, as one more entry of the table."""

from __future__ import annotations

from solver import SolveOptions, solve
from solver.problem import Problem
from tests.benchmarks.rivals.attempt import Attempt


def plan(problem: Problem, seconds: float, seed: int) -> Attempt:
    """Solve within `seconds`, bound and check included; rosters are measured apart."""
    result = solve(problem, SolveOptions(seconds=seconds, seed=seed, roster=False))
    return Attempt(plan=result.plan, bound=result.bound, note=result.status.value)
