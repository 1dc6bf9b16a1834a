"""Merging by hand: same enterprise, same month, one visit if the rules allow it.

As a coordinator with one sheet a month does it: the due requests of an enterprise join a visit it already has in
that month, else one is opened on the earliest day of the month that has room, else on any day that has.
"""

from __future__ import annotations

from solver.problem import Problem
from tests.benchmarks.rivals.attempt import Attempt
from tests.benchmarks.rivals.ledger import Ledger


def plan(problem: Problem, seconds: float, seed: int) -> Attempt:
    """Enterprise by enterprise in order of deadlines; `seconds` and `seed` are not needed."""
    ledger = Ledger(problem)
    month = [date[:7] for date in problem.dates]
    requests = problem.requests
    for request in ledger.order((requests.last_day, requests.enterprise)):
        due = month[min(int(requests.last_day[request]), problem.days - 1)]
        day = _choose(ledger, request, month, due)
        if day is not None:
            ledger.book(request, day)
    return Attempt(plan=ledger.plan())


def _choose(ledger: Ledger, request: int, month: list[str], due: str) -> int | None:
    days = ledger.days(request)
    shared = [day for day in days if ledger.has_visit(request, day) and ledger.may_share(request, day)]
    in_month = next((day for day in shared if month[day] == due), None)
    if in_month is not None:
        return in_month
    if not ledger.may_open(request):
        return next(iter(shared), None)
    free = [day for day in days if not ledger.has_visit(request, day)]
    return next((day for day in free if month[day] == due), next(iter(free), None))
