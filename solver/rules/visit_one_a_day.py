"""Hard rule 2: an enterprise has at most one visit a day. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.placements import on_visit

RULE: Final = "visit_one_a_day"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Second and further visits of one enterprise on one day."""

    key = plan.visit_enterprise * problem.days + plan.visit_day
    order = np.argsort(key, kind="stable")
    again = np.flatnonzero(np.diff(key[order]) == 0) + 1
    for visit in order[again]:
        yield on_visit(RULE, problem, plan, int(visit), "visits=2")
