"""Plain views of a roster that several rules read: who is on what, and in which quarters they are busy.

Owns no rule. Expects a plan whose indices are in range (see `plan_columns`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from solver.plan import Plan, Violation
from solver.problem import NONE, QUARTERS_PER_DAY, Ints, Problem

WIDEST: Final = 2 * QUARTERS_PER_DAY
"""Keeps quarters of different days apart in one number, also where a visit wrongly runs past the end of its day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Roster rows of requests that are in a visit, as parallel columns [n]; `start`: first quarter of the visit."""

    request: Ints
    inspector: Ints
    lead: Ints
    visit: Ints
    day: Ints
    start: Ints
    quarters: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """One row for each quarter that somebody is busy: `row` of the crew and `quarter` of the day; [m]."""

    row: Ints
    quarter: Ints


def crew_rows(problem: Problem, plan: Plan) -> Crew:
    """The roster's rows for placed requests; none where the plan has no roster."""
    empty = np.empty(0, dtype=np.int64)
    roster = plan.roster
    request = empty if roster is None else roster.request
    kept = plan.request_visit[request] != NONE
    request = request[kept]
    visit = plan.request_visit[request]
    return Crew(
        request=request,
        inspector=empty if roster is None else roster.inspector[kept],
        lead=empty if roster is None else roster.lead[kept],
        visit=visit,
        day=plan.visit_day[visit],
        start=plan.visit_start_quarter[visit],
        quarters=problem.requests.quarters[request],
    )


def busy_quarters(crew: Crew) -> Busy:
    """Each row's quarters, from the start of the visit for as long as its own request takes.

    Rows of visits that start outside the day are left out; `visit_start_quarter` reports those.
    """
    rows = np.flatnonzero((crew.start >= 0) & (crew.start < QUARTERS_PER_DAY))
    lengths = crew.quarters[rows]
    row = np.repeat(rows, lengths)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return Busy(row=row, quarter=crew.start[row] + offset)


def on_person(rule: str, problem: Problem, crew: Crew, row: int, figures: str) -> Violation:
    """A violation by one person on one request."""
    subject = "" if problem.inspectors is None else str(problem.inspectors.ids[crew.inspector[row]])
    return Violation(rule=rule, subject=subject, detail=f"request={problem.requests.ids[crew.request[row]]} {figures}")
