"""Hard rule 9: at least one of a request's people has the skill it asks for. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import NONE, Problem
from solver.rules.crew import crew_rows

RULE: Final = "roster_skill"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Requests whose people all lack the skill."""
    if problem.inspectors is None:
        return
    requests, crew = problem.requests, crew_rows(problem, plan)
    asked = np.flatnonzero(requests.skill[crew.request] != NONE)
    request = crew.request[asked]
    holds = problem.inspectors.skills[crew.inspector[asked], requests.skill[request]]
    holders = np.bincount(request[holds], minlength=len(requests))
    for lacking in np.unique(request[holders[request] == 0]):
        detail = f"skill={problem.skill_ids[requests.skill[lacking]]}"
        yield Violation(rule=RULE, subject=str(requests.ids[lacking]), detail=detail)
