"""Hard rule 5: what a department does on a day fits the people present, less the reserve. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.placements import placed_requests

RULE: Final = "department_capacity"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Department-days with more people-quarters than capacity."""

    placed = placed_requests(plan)
    cell = problem.requests.department[placed.request] * problem.days + placed.day
    capacity = problem.capacity_quarters()
    load = np.bincount(cell, weights=problem.requests.load[placed.request], minlength=capacity.size)
    load = load.astype(np.int64).reshape(capacity.shape)
    for department, day in np.argwhere(load > capacity):
        detail = f"day={day} load={load[department, day]} capacity={capacity[department, day]}"
        yield Violation(rule=RULE, subject=str(problem.departments.ids[department]), detail=detail)
