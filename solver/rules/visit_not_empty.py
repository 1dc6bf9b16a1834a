"""Hard rule 2: a visit has at least one request. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.placements import on_visit, placed_requests

RULE: Final = "visit_not_empty"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Visits without a request."""

    members = np.bincount(placed_requests(plan).visit, minlength=plan.visits)
    for visit in np.flatnonzero(members == 0):
        yield on_visit(RULE, problem, plan, int(visit), "requests=0")
