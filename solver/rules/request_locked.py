"""Hard rule 8: a locked request stays on its planned day; leaving it out breaks the lock, too. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import NONE, Problem

RULE: Final = "request_locked"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Locked requests elsewhere or left out (day=-1)."""

    requests, day = problem.requests, plan.request_day()
    for request in np.flatnonzero(requests.locked & (requests.planned_day != NONE) & (day != requests.planned_day)):
        detail = f"day={day[request]} planned_day={requests.planned_day[request]}"
        yield Violation(rule=RULE, subject=str(requests.ids[request]), detail=detail)
