"""Hard rule 9: nobody absent is sent. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.crew import crew_rows, on_person

RULE: Final = "roster_present"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """People sent on a day of absence."""
    if problem.inspectors is None:
        return
    crew = crew_rows(problem, plan)
    absent = problem.absences[:, 0] * problem.days + problem.absences[:, 1]
    for row in np.flatnonzero(np.isin(crew.inspector * problem.days + crew.day, absent)):
        yield on_person(RULE, problem, crew, int(row), f"day={crew.day[row]}")
