"""Hard rule 8: `after` comes at least `min_days` days later, and not at all without `before`. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import NONE, Problem

RULE: Final = "sequence_gap"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Requests visited too early after, or without, the one before them."""

    day = plan.request_day()
    before, after = day[problem.sequences[:, 0]], day[problem.sequences[:, 1]]
    gap = problem.sequences[:, 2]
    for row in np.flatnonzero((after != NONE) & ((before == NONE) | (after - before < gap))):
        first, second = problem.requests.ids[problem.sequences[row, :2]]
        detail = f"before={first} before_day={before[row]} day={after[row]} min_days={gap[row]}"
        yield Violation(rule=RULE, subject=str(second), detail=detail)
