"""Hard rule 9: nobody is sent after the last day of the certificate. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import NONE, Problem
from solver.rules.crew import crew_rows, on_person

RULE: Final = "roster_certificate"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """People sent with an expired certificate."""
    if problem.inspectors is None:
        return
    crew = crew_rows(problem, plan)
    until = problem.inspectors.valid_until_day[crew.inspector]
    for row in np.flatnonzero((until != NONE) & (crew.day > until)):
        yield on_person(RULE, problem, crew, int(row), f"day={crew.day[row]} valid_until_day={until[row]}")
