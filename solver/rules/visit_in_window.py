"""Hard rule 3: the day of a visit lies inside the window of each of its requests. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.placements import placed_requests

RULE: Final = "visit_in_window"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Requests visited before their first or after their last day."""

    requests, placed = problem.requests, placed_requests(plan)
    first, last = requests.first_day[placed.request], requests.last_day[placed.request]
    for row in np.flatnonzero((placed.day < first) | (placed.day > last)):
        detail = f"day={placed.day[row]} first_day={first[row]} last_day={last[row]}"
        yield Violation(rule=RULE, subject=str(requests.ids[placed.request[row]]), detail=detail)
