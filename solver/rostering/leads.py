"""Who leads a visit. Owns that choice; knows no day and no model.

The visit is led by the department of its request with the highest priority, ties by the lowest request index. Of the
officers who go for that request the one drawn first leads (`ranking`).
"""

from __future__ import annotations

import numpy as np

from solver.plan import Plan
from solver.problem import Ints, Problem
from solver.rostering.ranking import draw_value


def choose_leads(problem: Problem, plan: Plan, crew: Ints, seed: int) -> Ints:
    """Return 1 for the one row of each visit that leads it, else 0; `crew` [n, 2]: request, officer; [n]."""
    lead = np.zeros(len(crew), dtype=np.int64)
    for rows in _leading_rows(problem, plan, crew):
        drawn = min(rows, key=lambda row: _value(problem, crew[row], seed))
        lead[drawn] = 1
    return lead


def _leading_rows(problem: Problem, plan: Plan, crew: Ints) -> list[list[int]]:
    """Return, for each visit, the rows of the request that leads it."""
    request = crew[:, 0]
    visit = plan.request_visit[request]
    order = np.lexsort((request, -problem.requests.priority[request], visit))
    groups: list[list[int]] = []
    last = -1
    for row in order.tolist():
        if visit[row] != last:
            last = visit[row]
            groups.append([row])
        elif request[row] == request[groups[-1][0]]:
            groups[-1].append(row)
    return groups


def _value(problem: Problem, row: Ints, seed: int) -> bytes:
    assert problem.inspectors is not None  # noqa: S101 -- there is no crew without officers
    return draw_value(seed, str(problem.requests.ids[row[0]]), str(problem.inspectors.ids[row[1]]))
