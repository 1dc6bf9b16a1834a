"""Hard rule 7: two requests in conflict never share a visit. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import NONE, Problem

RULE: Final = "conflict_apart"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Pairs in conflict in one visit."""

    one, other = plan.request_visit[problem.conflicts[:, 0]], plan.request_visit[problem.conflicts[:, 1]]
    for row in np.flatnonzero((one == other) & (one != NONE)):
        first, second = problem.requests.ids[problem.conflicts[row]]
        yield Violation(rule=RULE, subject=str(first), detail=f"with={second} day={plan.visit_day[one[row]]}")
