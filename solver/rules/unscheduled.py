"""Soft rule: weight x priority for each request left out. Knows no model."""

from __future__ import annotations

from typing import Final

from solver.plan import Plan
from solver.problem import NONE, Problem

RULE: Final = "unscheduled"


def cost(problem: Problem, plan: Plan) -> float:
    """Price of all requests that are in no visit, for whatever reason."""
    return problem.weights.unscheduled * int(problem.requests.priority[plan.request_visit == NONE].sum())
