"""Soft rule: a weight for each two consecutive visits of one enterprise fewer than `repeat_days` days apart."""

from __future__ import annotations

from typing import Final

import numpy as np

from solver.plan import Plan
from solver.problem import Problem

RULE: Final = "repeats"


def cost(problem: Problem, plan: Plan) -> float:
    """Price of all visits that come too soon after the one before; 0 where the problem sets no `repeat_days`."""
    least = problem.limits.repeat_days
    if least is None:
        return 0.0
    order = np.lexsort((plan.visit_day, plan.visit_enterprise))
    same = np.diff(plan.visit_enterprise[order]) == 0
    return problem.weights.repeat * int(np.count_nonzero(same & (np.diff(plan.visit_day[order]) < least)))
