"""Hard rule 9: nobody is sent to an enterprise they are recused from. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.crew import crew_rows, on_person

RULE: Final = "roster_recusal"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """People sent where they are recused."""
    if problem.inspectors is None:
        return
    crew = crew_rows(problem, plan)
    enterprises = len(problem.enterprises)
    recused = problem.recusals[:, 0] * enterprises + problem.recusals[:, 1]
    visited = problem.requests.enterprise[crew.request]
    for row in np.flatnonzero(np.isin(crew.inspector * enterprises + visited, recused)):
        yield on_person(RULE, problem, crew, int(row), f"enterprise={problem.enterprises.ids[visited[row]]}")
