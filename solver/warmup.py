"""Compile the kernels ahead of the first solve: `python -m solver.warmup`, once after installing.

Owns a small problem that touches every kernel: a site with few requests, one with a crowd, every kind of rule.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from solver import SolveOptions, solve
from solver.merging.budget import Budget
from solver.merging.merge import make_merge, run_improvement, run_start
from solver.merging.tables import flatten
from solver.options import never_cancelled
from solver.problem import NONE, Departments, Enterprises, Limits, Problem, Requests, Weights

FEW: Final = 4
CROWD: Final = 24
DAYS: Final = 8
BODIES: Final = 12


def small_problem() -> Problem:
    """Build a problem of two sites, twelve departments and eight days in which every rule is present."""
    count = FEW + CROWD
    numbers = np.arange(count)
    site = (numbers >= FEW).astype(np.int64)
    return Problem(
        name="warm-up",
        dates=tuple(f"2026-01-{day + 5:02d}" for day in range(DAYS)),
        departments=Departments(
            ids=np.array([f"D{number}" for number in range(BODIES)], dtype=object),
            inspectors=np.full(BODIES, 6),
            lon=np.full(BODIES, 120.4),
            lat=np.full(BODIES, 33.2),
        ),
        enterprises=Enterprises(
            ids=np.array(["few", "crowd"], dtype=object),
            credit_class=np.array([0, 3]),
            town=np.array([0, 1]),
            town_ids=np.array(["west", "east"], dtype=object),
            lon=np.array([120.4, 120.5]),
            lat=np.array([33.2, 33.3]),
            max_visits=np.array([3, NONE]),
        ),
        requests=Requests(
            ids=np.array([f"R{number}" for number in numbers], dtype=object),
            department=numbers % BODIES,
            enterprise=site,
            first_day=numbers % 3,
            last_day=np.full(count, DAYS - 1),
            quarters=np.array([1, 2, 4, 1])[numbers % 4],
            inspectors=np.full(count, 2),
            priority=1 + numbers % 9,
            joint=numbers % 11 != 10,
            unannounced=numbers % 13 == 12,
            skill=np.full(count, NONE),
            planned_day=np.where(numbers % 7 == 0, 3, NONE),
            locked=numbers == 0,
        ),
        weights=Weights(
            unscheduled=1000.0,
            visit=(8.0, 4.0, 2.0, 1.0),
            trip=0.05,
            delay=(0.0, 0.0, 0.05, 0.1),
            move=0.5,
            repeat=1.0,
        ),
        limits=Limits(max_departments_per_visit=5, max_inspectors_per_visit=12, repeat_days=5, reserve=0.05),
        closures=np.array([[0, 1, 2], [1, 5, 5]]),
        conflicts=np.array([[1, 2], [5, 6]]),
        sequences=np.array([[1, 3, 1], [7, 8, 1]]),
    )


def warm_up() -> None:
    """Solve the small problem once, from nothing and from a plan: whatever is compiled is kept on disk."""
    problem = small_problem()
    first = solve(problem, SolveOptions(work=1))
    solve(problem, SolveOptions(work=1, warm_start=first.plan))
    # The small problem is solved by its exact model before anything is improved; larger ones need the rest.
    budget = Budget(work=1.0, seconds=None, cancelled=never_cancelled)
    merge = make_merge(flatten(problem).tables, seed=0, budget=budget, watch=lambda _score, _phase: None)
    run_start(merge)
    run_improvement(merge)


if __name__ == "__main__":
    warm_up()
