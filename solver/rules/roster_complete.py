"""Hard rule 9: a request in a visit has exactly as many different people as it needs. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import NONE, Problem
from solver.rules.crew import crew_rows

RULE: Final = "roster_complete"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Requests with too few, too many or doubled people, and people on a request that is not in a visit."""
    if problem.inspectors is None:
        return
    requests, crew = problem.requests, crew_rows(problem, plan)
    count = len(requests)
    rows = np.bincount(crew.request, minlength=count)
    pairs = np.unique(crew.request * len(problem.inspectors) + crew.inspector)
    people = np.bincount(pairs // max(1, len(problem.inspectors)), minlength=count)
    needed = np.where(plan.request_visit == NONE, 0, requests.inspectors)
    listed = rows if plan.roster is None else np.bincount(plan.roster.request, minlength=count)
    for request in np.flatnonzero((people != needed) | (listed != needed)):
        detail = f"inspectors={people[request]} rows={listed[request]} needed={needed[request]}"
        yield Violation(rule=RULE, subject=str(requests.ids[request]), detail=detail)
