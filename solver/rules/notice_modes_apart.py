"""Hard rule 7: announced and unannounced requests never share a visit. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.placements import on_visit, placed_requests

RULE: Final = "notice_modes_apart"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Visits with both announced and unannounced requests."""

    placed = placed_requests(plan)
    members = np.bincount(placed.visit, minlength=plan.visits)
    unannounced = np.bincount(placed.visit[problem.requests.unannounced[placed.request]], minlength=plan.visits)
    for visit in np.flatnonzero((unannounced > 0) & (unannounced < members)):
        detail = f"unannounced={unannounced[visit]} announced={members[visit] - unannounced[visit]}"
        yield on_visit(RULE, problem, plan, int(visit), detail)
