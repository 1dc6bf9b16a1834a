"""Soft rule: a weight for each distinct (department, town, day) on which that department goes to that town."""

from __future__ import annotations

from typing import Final

import numpy as np

from solver.plan import Plan
from solver.problem import Problem
from solver.rules.placements import placed_requests

RULE: Final = "trips"


def cost(problem: Problem, plan: Plan) -> float:
    """Price of all trips."""
    placed = placed_requests(plan)
    town = problem.enterprises.town[plan.visit_enterprise[placed.visit]]
    towns = max(1, len(problem.enterprises.town_ids))
    trip = (problem.requests.department[placed.request] * towns + town) * problem.days + placed.day
    return problem.weights.trip * len(np.unique(trip))
