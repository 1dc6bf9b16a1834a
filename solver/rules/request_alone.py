"""Hard rule 7: a request that is not joint is alone in its visit. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.placements import placed_requests

RULE: Final = "request_alone"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Requests that must be alone and are not."""

    placed = placed_requests(plan)
    members = np.bincount(placed.visit, minlength=plan.visits)
    for row in np.flatnonzero(~problem.requests.joint[placed.request] & (members[placed.visit] > 1)):
        detail = f"day={placed.day[row]} requests={members[placed.visit[row]]}"
        yield Violation(rule=RULE, subject=str(problem.requests.ids[placed.request[row]]), detail=detail)
