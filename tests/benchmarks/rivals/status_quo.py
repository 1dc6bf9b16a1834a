"""Today's practice: each department plans on its own, on the earliest days it has people; nobody merges.

A second department at the same enterprise on the same day is put off to another day, as separate visits demand.
"""

from __future__ import annotations

from solver.problem import Problem
from tests.benchmarks.rivals.attempt import Attempt
from tests.benchmarks.rivals.ledger import Ledger


def plan(problem: Problem, seconds: float, seed: int) -> Attempt:
    """Department by department, most urgent first; `seconds` and `seed` are not needed."""
    ledger = Ledger(problem)
    requests = problem.requests
    for request in ledger.order((requests.department, requests.last_day, requests.first_day)):
        if not ledger.may_open(request):
            continue
        day = next((day for day in ledger.days(request) if not ledger.has_visit(request, day)), None)
        if day is not None:
            ledger.book(request, day)
    return Attempt(plan=ledger.plan())
