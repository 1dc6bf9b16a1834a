"""Hard rule 3: no visit while the enterprise is closed. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.placements import on_visit

RULE: Final = "visit_enterprise_open"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Visits on a day inside a closure of their enterprise. O((V + closures) log V)."""

    key = plan.visit_enterprise * problem.days + plan.visit_day
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    base = problem.closures[:, 0] * problem.days
    low = np.searchsorted(ordered, base + problem.closures[:, 1], side="left")
    high = np.searchsorted(ordered, base + problem.closures[:, 2], side="right")
    for row in np.flatnonzero(low < high):
        for visit in order[low[row] : high[row]]:
            detail = f"closed={problem.closures[row, 1]}..{problem.closures[row, 2]}"
            yield on_visit(RULE, problem, plan, int(visit), detail)
