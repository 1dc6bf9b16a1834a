"""Hard rule 6: at most so many people in one visit. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.placements import on_visit, placed_requests

RULE: Final = "visit_inspectors_limit"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Visits with too many people."""

    most = problem.limits.max_inspectors_per_visit
    if most is None:
        return
    placed = placed_requests(plan)
    people = np.zeros(plan.visits, dtype=np.int64)
    np.add.at(people, placed.visit, problem.requests.inspectors[placed.request])
    for visit in np.flatnonzero(people > most):
        yield on_visit(RULE, problem, plan, int(visit), f"inspectors={people[visit]} most={most}")
