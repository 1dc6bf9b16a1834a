"""One day to be rostered, as plain tables that travel to a worker, and the answer that travels back.

Owns cutting a plan into days. Knows no model and no draw.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from solver.locks import held_requests
from solver.plan import Plan
from solver.problem import NONE, Bools, Floats, Ints, Problem
from solver.rostering.outcome import RosterCut

LOCKED: Final = 10_000
"""Raises the priority of a request that a lock holds in the plan above all others together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTask:
    """V visits with R requests on one day, and the O officers of their departments who are there.

    `visit` [V] is an index of the plan, `site` [V], `request` [R] and `officer` [O] of the problem; `visit_of`
    [R] and `recused` [n, 2] (visit, officer) are local. `longest` [V]: quarters of the longest request.
    `department` [R], `officer_department` [O]: indices of the problem. `skills` [O, S]. `priority` [R]: that of the
    problem, raised by LOCKED for what no plan may leave out.
    """

    day: int
    visit: Ints
    site: Ints
    longest: Ints
    lon: Floats
    lat: Floats
    request: Ints
    visit_of: Ints
    department: Ints
    quarters: Ints
    inspectors: Ints
    skill: Ints
    priority: Ints
    officer: Ints
    officer_department: Ints
    skills: Bools
    recused: Ints
    max_hop_km: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAnswer:
    """Starts [V] of the visits of one day, one feasible crew, and what could not be staffed.

    `site` [V], ascending: the enterprise of each visit. `crew` [n, 2]: request and officer, indices of the problem,
    by request. `unstaffed`, `cuts`: as in the outcome.
    """

    day: int
    visit: Ints
    site: Ints
    start: Ints
    crew: Ints
    unstaffed: tuple[tuple[int, str, str], ...]
    cuts: tuple[RosterCut, ...]


def longest_request(problem: Problem, plan: Plan) -> Ints:
    """Return how many quarters each visit lasts: those of its longest request; [V]."""
    longest = np.zeros(plan.visits, dtype=np.int64)
    placed = np.flatnonzero(plan.request_visit != NONE)
    np.maximum.at(longest, plan.request_visit[placed], problem.requests.quarters[placed])
    return longest


def fitted(answer: DayAnswer, task: DayTask) -> DayAnswer:
    """Return an earlier answer for a day from which requests, and visits with their last one, have been taken since."""
    return replace(
        answer,
        visit=task.visit,
        site=task.site,
        start=answer.start[np.searchsorted(answer.site, task.site)],
        crew=answer.crew[np.isin(answer.crew[:, 0], task.request)],
        unstaffed=tuple(row for row in answer.unstaffed if row[0] in set(task.request.tolist())),
    )


def day_tasks(problem: Problem, plan: Plan, days: Set[int] | None = None) -> Iterator[DayTask]:
    """Yield a task for each day that has visits (and is in `days`, if given), in order; index lists ascend."""
    cutter = _DayCutter(problem, plan)
    for day in np.unique(plan.visit_day).tolist():
        if days is None or day in days:
            yield cutter.task(day)


class _DayCutter:
    """Sorted columns from which one day after the other is cut."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.plan = plan
        self.longest = longest_request(problem, plan)
        self.available = problem.available()
        self.priority = problem.requests.priority + LOCKED * held_requests(problem)
        day = plan.request_day()
        self.by_day = np.argsort(day, kind="stable")
        self.request_days = day[self.by_day]
        self.visits_by_day = np.argsort(plan.visit_day, kind="stable")
        self.visit_days = plan.visit_day[self.visits_by_day]

    def task(self, day: int) -> DayTask:
        problem, requests = self.problem, self.problem.requests
        visit = _slice_of(self.visits_by_day, self.visit_days, day)
        request = _slice_of(self.by_day, self.request_days, day)
        officers = self._officers(day, np.unique(requests.department[request]))
        enterprise = self.plan.visit_enterprise[visit]
        assert problem.inspectors is not None  # noqa: S101 -- a task is only cut where there are officers
        return DayTask(
            day=day,
            visit=visit,
            site=enterprise,
            longest=self.longest[visit],
            lon=problem.enterprises.lon[enterprise],
            lat=problem.enterprises.lat[enterprise],
            request=request,
            visit_of=np.searchsorted(visit, self.plan.request_visit[request]),
            department=requests.department[request],
            quarters=requests.quarters[request],
            inspectors=requests.inspectors[request],
            skill=requests.skill[request],
            priority=self.priority[request],
            officer=officers,
            officer_department=problem.inspectors.department[officers],
            skills=problem.inspectors.skills[officers],
            recused=self._recused(enterprise, officers),
            max_hop_km=problem.limits.max_hop_km,
        )

    def _officers(self, day: int, departments: Ints) -> Ints:
        assert self.problem.inspectors is not None  # noqa: S101 -- see task
        wanted = np.isin(self.problem.inspectors.department, departments)
        return np.flatnonzero(wanted & self.available[:, day])

    def _recused(self, enterprise: Ints, officers: Ints) -> Ints:
        """Local pairs (visit, officer): an enterprise has one visit a day, so it names the visit."""
        recusals = self.problem.recusals
        rows = recusals[np.isin(recusals[:, 1], enterprise) & np.isin(recusals[:, 0], officers)]
        order = np.argsort(enterprise, kind="stable")
        visits = order[np.searchsorted(enterprise[order], rows[:, 1])]
        return np.column_stack([visits, np.searchsorted(officers, rows[:, 0])])


def _slice_of(values: Ints, keys: Ints, key: int) -> Ints:
    """Return the values whose (sorted) key is `key`, ascending."""
    low, high = np.searchsorted(keys, [key, key + 1])
    return np.sort(values[low:high])
