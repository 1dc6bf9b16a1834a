"""Rostering from end to end: the days of a plan side by side, then the draw of each department, then the leads.

Owns the order of these steps and how they are dealt out to an executor. Knows no method: see `staffing`, `fairness`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import partial
from itertools import islice
from typing import Final, TypeVar

import numpy as np

from solver.executors import Executor, InlineExecutor
from solver.options import never_cancelled
from solver.plan import Plan, Roster
from solver.problem import Ints, Problem
from solver.rostering.day import DayAnswer, DayTask, day_tasks, fitted
from solver.rostering.departments import department_tasks
from solver.rostering.fairness import draw_department
from solver.rostering.leads import choose_leads
from solver.rostering.outcome import RosterOutcome
from solver.rostering.staffing import pack_only, staff_day

T = TypeVar("T")

DAYS_PER_PAYLOAD: Final = 4
"""Days sent to a worker at a time: long enough to pay for the way, short enough to share out and to cancel."""


def roster_plan(
    problem: Problem,
    plan: Plan,
    *,
    seed: int,
    executor: Executor | None = None,
    cancelled: Callable[[], bool] = never_cancelled,
    known: Mapping[int, DayAnswer] | None = None,
    draw: bool = True,
) -> RosterOutcome:
    """Choose starts, crews and leads for all visits of a plan (hard rules 4 and 9).

    The same problem, plan and seed give the same outcome whatever the executor. What cannot be staffed is left
    out, with as little priority as the methods can prove, and told as a cut. Without officers in the problem there
    is no roster and every visit starts in quarter 0. A cancelled run has no roster and is not `complete`.
    `known`: answers of `staff_days` for days from which requests may have been taken since; these are not staffed
    again. Without `draw` those go who were found first: no fairness, but no time, either.
    """
    if problem.inspectors is None:
        return RosterOutcome(roster=None, start_quarters=np.zeros(plan.visits, dtype=np.int64))
    executor = executor or InlineExecutor()
    tasks = list(day_tasks(problem, plan))
    known = known or {}
    fresh = [task for task in tasks if task.day not in known]
    answers = _until(cancelled, executor.map(partial(_staff_days, seed), _chunks(fresh, DAYS_PER_PAYLOAD)))
    if answers is None:
        return RosterOutcome(roster=None, start_quarters=plan.visit_start_quarter, complete=False)
    found = {answer.day: answer for chunk in answers for answer in chunk}
    days = [found[t.day] if t.day in found else fitted(known[t.day], t) for t in tasks]
    if not draw:
        return _outcome(problem, plan, days, [answer.crew for answer in days], seed)
    departments = department_tasks(problem, plan, tasks, days, seed)
    drawn = _until(cancelled, executor.map(draw_department, departments))
    if drawn is None:
        return RosterOutcome(roster=None, start_quarters=plan.visit_start_quarter, complete=False)
    return _outcome(problem, plan, days, drawn, seed)


def staff_days(
    problem: Problem,
    plan: Plan,
    days: Set[int],
    *,
    seed: int,
    executor: Executor,
    quick: bool = False,
) -> Iterator[DayAnswer]:
    """Yield starts and a feasible crew for each of some days, in order; nobody is drawn.

    `quick`: by packing alone, which takes milliseconds and may leave out more than it must.
    """
    tasks = day_tasks(problem, plan, days)
    method, size = (_pack_days, DAYS_PER_PAYLOAD) if quick else (partial(_staff_days, seed), 1)
    for chunk in executor.map(method, _chunks(tasks, size)):
        yield from chunk


def _staff_days(seed: int, tasks: list[DayTask]) -> list[DayAnswer]:
    return [staff_day(task, seed) for task in tasks]


def _pack_days(tasks: list[DayTask]) -> list[DayAnswer]:
    return [pack_only(task) for task in tasks]


def _chunks(tasks: Iterable[DayTask], size: int) -> Iterator[list[DayTask]]:
    rest = iter(tasks)
    while chunk := list(islice(rest, size)):
        yield chunk


def _until(cancelled: Callable[[], bool], results: Iterator[T]) -> list[T] | None:
    """Collect results; None as soon as the caller has cancelled."""
    collected = []
    for result in results:
        collected.append(result)
        if cancelled():
            return None
    return collected


def _starts(plan: Plan, days: Iterable[DayAnswer]) -> Ints:
    starts = plan.visit_start_quarter.copy()
    for answer in days:
        starts[answer.visit] = answer.start
    return starts


def _outcome(problem: Problem, plan: Plan, days: list[DayAnswer], drawn: list[Ints], seed: int) -> RosterOutcome:
    crew = np.concatenate([np.empty((0, 2), dtype=np.int64), *drawn])
    crew = crew[np.lexsort((crew[:, 1], crew[:, 0]))]
    return RosterOutcome(
        roster=Roster(request=crew[:, 0], inspector=crew[:, 1], lead=choose_leads(problem, plan, crew, seed)),
        start_quarters=_starts(plan, days),
        unstaffed=tuple(sorted(row for answer in days for row in answer.unstaffed)),
        cuts=tuple(cut for answer in days for cut in answer.cuts),
    )
