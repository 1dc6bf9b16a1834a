"""Hard rule 9: a person is on at most one request in a quarter. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.crew import WIDEST, busy_quarters, crew_rows, on_person

RULE: Final = "roster_no_overlap"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """People on two requests in one quarter, once for each such quarter."""
    if problem.inspectors is None:
        return
    crew = crew_rows(problem, plan)
    busy = busy_quarters(crew)
    cell = (crew.inspector[busy.row] * problem.days + crew.day[busy.row]) * WIDEST + busy.quarter
    order = np.argsort(cell, kind="stable")
    for place in np.flatnonzero(np.diff(cell[order]) == 0):
        one, other = busy.row[order[place]], busy.row[order[place + 1]]
        with_request = problem.requests.ids[crew.request[one]]
        detail = f"day={crew.day[other]} quarter={busy.quarter[order[place]]} with={with_request}"
        yield on_person(RULE, problem, crew, int(other), detail)
