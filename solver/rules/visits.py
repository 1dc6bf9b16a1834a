"""Soft rule: the weight of the enterprise's credit class for each visit. Knows no model."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from solver.plan import Plan
from solver.problem import CREDIT_CLASSES, Problem

RULE: Final = "visits"


def cost(problem: Problem, plan: Plan) -> float:
    """Price of all visits."""
    count = np.bincount(problem.enterprises.credit_class[plan.visit_enterprise], minlength=len(CREDIT_CLASSES))
    return math.fsum(weight * int(n) for weight, n in zip(problem.weights.visit, count, strict=True))
