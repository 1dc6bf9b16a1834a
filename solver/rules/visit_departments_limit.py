"""Hard rule 6: at most so many departments in one visit. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.placements import on_visit, placed_requests

RULE: Final = "visit_departments_limit"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Visits with too many different departments."""

    most = problem.limits.max_departments_per_visit
    if most is None:
        return
    placed = placed_requests(plan)
    pairs = np.unique(placed.visit * len(problem.departments) + problem.requests.department[placed.request])
    departments = np.bincount(pairs // max(1, len(problem.departments)), minlength=plan.visits)
    for visit in np.flatnonzero(departments > most):
        yield on_visit(RULE, problem, plan, int(visit), f"departments={departments[visit]} most={most}")
