"""Soft rule: a weight for each scheduled request with a planned day that is visited on another. Knows no model."""

from __future__ import annotations

from typing import Final

import numpy as np

from solver.plan import Plan
from solver.problem import NONE, Problem
from solver.rules.placements import placed_requests

RULE: Final = "moves"


def cost(problem: Problem, plan: Plan) -> float:
    """Price of all moves."""
    placed = placed_requests(plan)
    planned = problem.requests.planned_day[placed.request]
    return problem.weights.move * int(np.count_nonzero((planned != NONE) & (planned != placed.day)))
