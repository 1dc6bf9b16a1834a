"""Hard rule 9: one person of the visit leads it. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules.crew import crew_rows, on_person
from solver.rules.placements import on_visit, placed_requests

RULE: Final = "roster_one_lead"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Visits with no lead or several, and leads other than 0 or 1."""
    if problem.inspectors is None:
        return
    crew = crew_rows(problem, plan)
    for row in np.flatnonzero((crew.lead != 0) & (crew.lead != 1)):
        yield on_person(RULE, problem, crew, int(row), f"lead={crew.lead[row]}")
    leads = np.bincount(crew.visit[crew.lead == 1], minlength=plan.visits)
    members = np.bincount(placed_requests(plan).visit, minlength=plan.visits)
    for visit in np.flatnonzero((members > 0) & (leads != 1)):
        yield on_visit(RULE, problem, plan, int(visit), f"leads={leads[visit]}")
