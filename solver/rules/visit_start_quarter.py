"""Hard rule 4: one quarter starts in any, two in 0 or 2 (never across noon), four in 0. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import QUARTERS_PER_DAY, Problem
from solver.rules.placements import on_visit, placed_requests

RULE: Final = "visit_start_quarter"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Visits that start where one of their requests may not."""

    placed = placed_requests(plan)
    start, quarters = plan.visit_start_quarter[placed.visit], problem.requests.quarters[placed.request]
    inside = (start >= 0) & (start + quarters <= QUARTERS_PER_DAY)
    wrong = ~inside | (start % np.minimum(quarters, QUARTERS_PER_DAY) != 0)
    longest = np.zeros(plan.visits, dtype=np.int64)
    np.maximum.at(longest, placed.visit, quarters)
    for visit in np.unique(placed.visit[wrong]):
        detail = f"start_quarter={plan.visit_start_quarter[visit]} quarters={longest[visit]}"
        yield on_visit(RULE, problem, plan, int(visit), detail)
