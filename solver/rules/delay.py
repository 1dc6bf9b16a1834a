"""Soft rule: class weight x how far into its window a request is visited, 0 on its first day, 1 on its last."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from solver.plan import Plan
from solver.problem import Problem
from solver.rules.placements import placed_requests

RULE: Final = "delay"


def cost(problem: Problem, plan: Plan) -> float:
    """Price of all waiting; windows of one day cannot be waited in."""
    requests, placed = problem.requests, placed_requests(plan)
    first, last = requests.first_day[placed.request], requests.last_day[placed.request]
    rows = np.flatnonzero(last > first)
    share = (placed.day[rows] - first[rows]) / (last[rows] - first[rows])
    credit_class = problem.enterprises.credit_class[requests.enterprise[placed.request[rows]]]
    return math.fsum((np.asarray(problem.weights.delay)[credit_class] * share).tolist())
