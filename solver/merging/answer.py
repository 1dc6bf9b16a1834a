"""A merge as a plan: visits numbered by enterprise and day, and a reason for each request left out.

Owns the way from flat arrays back to the problem's own order. Knows no search.
"""

from __future__ import annotations

import numpy as np

from solver.merging.reasons import explain_left_out
from solver.merging.state import State
from solver.merging.tables import Flat
from solver.plan import Plan
from solver.problem import NONE, Ints, Problem


def plan_of(problem: Problem, flat: Flat, state: State) -> Plan:
    """Turn the days of a merge into a plan, with a reason for each request left out."""
    day = np.full(len(problem.requests), NONE, dtype=np.int64)
    day[flat.order] = state.day
    return plan_on(problem, day, explain_left_out(problem, flat, state))


def plan_on(problem: Problem, day: Ints, reasons: dict[int, tuple[str, str]]) -> Plan:
    """Return the plan of given days [R], NONE = left out; visits by (enterprise, day), starting at quarter 0."""
    placed = np.flatnonzero(day != NONE)
    key = problem.requests.enterprise[placed] * max(problem.days, 1) + day[placed]
    keys, visit = np.unique(key, return_inverse=True)
    request_visit = np.full(len(day), NONE, dtype=np.int64)
    request_visit[placed] = visit
    return Plan(
        request_visit=request_visit,
        visit_enterprise=keys // max(problem.days, 1),
        visit_day=keys % max(problem.days, 1),
        visit_start_quarter=np.zeros(len(keys), dtype=np.int64),
        reasons=reasons,
    )


def days_of(flat: Flat, plan: Plan) -> Ints:
    """Days of a plan's requests in enterprise order, [R]."""
    return plan.request_day()[flat.order]
