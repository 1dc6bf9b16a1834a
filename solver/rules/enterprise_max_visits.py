"""Hard rule 8: an enterprise is visited at most `max_visits` times. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import NONE, Problem

RULE: Final = "enterprise_max_visits"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Enterprises visited too often."""

    visits = np.bincount(plan.visit_enterprise, minlength=len(problem.enterprises))
    most = problem.enterprises.max_visits
    for enterprise in np.flatnonzero((most != NONE) & (visits > most)):
        detail = f"visits={visits[enterprise]} most={most[enterprise]}"
        yield Violation(rule=RULE, subject=str(problem.enterprises.ids[enterprise]), detail=detail)
