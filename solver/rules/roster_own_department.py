"""Hard rule 9: people work for the department whose request it is. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.crew import crew_rows, on_person

RULE: Final = "roster_own_department"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """People on a request of another department."""
    if problem.inspectors is None:
        return
    crew = crew_rows(problem, plan)
    own = problem.inspectors.department[crew.inspector]
    for row in np.flatnonzero(own != problem.requests.department[crew.request]):
        yield on_person(RULE, problem, crew, int(row), f"department={problem.departments.ids[own[row]]}")
