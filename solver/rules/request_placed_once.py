"""Hard rule 1: every request is in exactly one visit, or left out with a reason; never both, never lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import NONE, Problem

RULE: Final = "request_placed_once"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Requests that are lost, or that are both placed and left out."""

    placed = plan.request_visit != NONE
    explained = np.zeros(len(placed), dtype=np.bool_)
    explained[[request for request, (code, _) in plan.reasons.items() if code]] = True
    listed = np.zeros(len(placed), dtype=np.bool_)
    listed[list(plan.reasons)] = True
    for request in np.flatnonzero(placed & listed):
        yield Violation(rule=RULE, subject=str(problem.requests.ids[request]), detail="places=2")
    for request in np.flatnonzero(~placed & ~explained):
        yield Violation(rule=RULE, subject=str(problem.requests.ids[request]), detail="places=0")
