"""Plain views of a plan that several rules read: who is in which visit, and how a visit is named in a finding.

Owns no rule. Expects a plan whose indices are in range (see `plan_columns`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import NONE, Ints, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Placements:
    """Requests that are in a visit, as parallel columns [n]: `request`, its `visit` and the `day` of it."""

    request: Ints
    visit: Ints
    day: Ints


def placed_requests(plan: Plan) -> Placements:
    """All requests that are in a visit, by request index."""
    request = np.flatnonzero(plan.request_visit != NONE)
    visit = plan.request_visit[request]
    return Placements(request=request, visit=visit, day=plan.visit_day[visit])


def on_visit(rule: str, problem: Problem, plan: Plan, visit: int, figures: str) -> Violation:
    """A violation by a visit, named by its enterprise and its day."""
    enterprise = problem.enterprises.ids[plan.visit_enterprise[visit]]
    return Violation(rule=rule, subject=str(enterprise), detail=f"day={plan.visit_day[visit]} {figures}")
