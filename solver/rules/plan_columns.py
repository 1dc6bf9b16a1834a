"""Before all rules: a plan's columns have the right lengths and point at things that exist. Knows no model."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

import numpy as np

from solver.plan import Plan, Roster, Violation
from solver.problem import NONE, Bools, Ints, Problem

RULE: Final = "plan_columns"


def violations(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Columns of wrong length or type, and indices out of range; the subject is the column, the row in the detail."""
    for name, column, size, low, high in _columns(problem, plan):
        whole = _whole(column)
        if whole is None or (size is not None and len(whole) != size):
            yield Violation(rule=RULE, subject=name, detail=f"rows={np.size(column)} expected={size}")
            continue
        for row in np.flatnonzero((whole < low) | (whole >= high)):
            yield Violation(rule=RULE, subject=name, detail=f"row={row} value={whole[row]} low={low} high={high - 1}")
    for request in _strangers(plan.reasons, len(problem.requests)):
        yield Violation(rule=RULE, subject="reasons", detail=f"value={request}")


def _strangers(indices: Collection[Any], size: int) -> Iterator[Any]:
    """What is no index, in order. Plain whole numbers, as nearly always, are not looked at one by one."""
    plain = set(map(type, indices)) <= {int}
    if indices and not (plain and min(indices) >= 0 and max(indices) < size):
        yield from (index for index in indices if not _is_index(index, size))


def _columns(problem: Problem, plan: Plan) -> Iterator[tuple[str, Any, int | None, int, int]]:
    """(name, column, expected length, lowest value, value it must stay below) of each column of the plan."""
    visits = np.size(plan.visit_day)
    yield "request_visit", plan.request_visit, len(problem.requests), NONE, visits
    yield "visit_enterprise", plan.visit_enterprise, visits, 0, len(problem.enterprises)
    yield "visit_day", plan.visit_day, visits, 0, problem.days
    yield "visit_start_quarter", plan.visit_start_quarter, visits, -(2**40), 2**40
    if plan.roster is not None:
        rows = np.size(plan.roster.request)
        officers = 0 if problem.inspectors is None else len(problem.inspectors)
        yield "roster.request", plan.roster.request, rows, 0, len(problem.requests)
        yield "roster.inspector", plan.roster.inspector, rows, 0, officers
        yield "roster.lead", plan.roster.lead, rows, -(2**40), 2**40


def _whole(column: Any) -> Ints | None:
    array = np.asarray(column)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        return None
    return array.astype(np.int64)


def _is_index(value: Any, size: int) -> bool:
    return isinstance(value, int | np.integer) and 0 <= int(value) < size


def readable(problem: Problem, plan: Plan) -> Plan:
    """The part of a plan that can be judged: rows that point nowhere are left out, as `violations` reports them.

    A plan without such rows comes back as it is.
    """
    if next(violations(problem, plan), None) is None:
        return plan
    visit_columns = [_whole(c) for c in (plan.visit_enterprise, plan.visit_day, plan.visit_start_quarter)]
    visits = np.size(plan.visit_day)
    usable = [c if c is not None and len(c) == visits else np.full(visits, NONE) for c in visit_columns]
    enterprise, day, start = usable
    known = (enterprise >= 0) & (enterprise < len(problem.enterprises)) & (day >= 0) & (day < problem.days)
    return Plan(
        request_visit=_renumbered(plan.request_visit, known, len(problem.requests)),
        visit_enterprise=enterprise[known],
        visit_day=day[known],
        visit_start_quarter=start[known],
        reasons={r: reason for r, reason in plan.reasons.items() if _is_index(r, len(problem.requests))},
        roster=_readable_roster(problem, plan.roster),
    )


def _renumbered(column: Any, known: Bools, requests: int) -> Ints:
    """Visit of each request after unknown visits are dropped; NONE where it was in one of those."""
    numbers = np.append(np.where(known, np.cumsum(known) - 1, NONE), NONE)
    whole = _whole(column)
    if whole is None or len(whole) != requests:
        return np.full(requests, NONE, dtype=np.int64)
    inside = (whole >= 0) & (whole < len(known))
    return np.asarray(numbers[np.where(inside, whole, len(known))], dtype=np.int64)


def _readable_roster(problem: Problem, roster: Roster | None) -> Roster | None:
    if roster is None or problem.inspectors is None:
        return None
    columns = [_whole(column) for column in (roster.request, roster.inspector, roster.lead)]
    if any(column is None or len(column) != np.size(roster.request) for column in columns):
        return None
    request, inspector, lead = (np.asarray(column) for column in columns)
    known = (request >= 0) & (request < len(problem.requests))
    known &= (inspector >= 0) & (inspector < len(problem.inspectors))
    return Roster(request=request[known], inspector=inspector[known], lead=lead[known])
