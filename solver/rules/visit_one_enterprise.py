"""Hard rule 2: a visit belongs to one enterprise, that of all its requests. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.placements import placed_requests

RULE: Final = "visit_one_enterprise"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Requests in a visit to somebody else."""

    placed = placed_requests(plan)
    own, visited = problem.requests.enterprise[placed.request], plan.visit_enterprise[placed.visit]
    for row in np.flatnonzero(own != visited):
        detail = f"visited={problem.enterprises.ids[visited[row]]}"
        yield Violation(rule=RULE, subject=str(problem.requests.ids[placed.request[row]]), detail=detail)
