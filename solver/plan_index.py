"""A problem and one plan of it, sorted so that questions about single visits are answered in milliseconds.

Owns look-ups by enterprise, visit and department-day, and what moving a few requests would change in the score.
Forbids nothing (see `obstacles`) and searches nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import numpy as np

from solver.plan import Plan
from solver.problem import NONE, Ints, Problem

TERMS: Final = ("unscheduled", "visits", "trips", "delay", "moves", "repeats")

Days = Mapping[int, int]
"""Request index -> day, NONE for left out."""


class Groups:
    """Rows sorted by a key: `rows(k)` are the ascending row numbers whose key is k."""

    def __init__(self, keys: Ints, groups: int) -> None:
        self._order = np.argsort(keys, kind="stable")
        self._start = np.searchsorted(keys[self._order], np.arange(groups + 1))

    def rows(self, group: int) -> list[int]:
        rows: list[int] = self._order[self._start[group] : self._start[group + 1]].tolist()
        return rows


class PlanIndex:
    """Sorted columns of a problem and a plan; build once (R log R), ask often.

    `day` [R]: day of each request, NONE where left out. `used`, `capacity` [D, T]: people-quarters.
    `trips` [D, W, T]: requests of a department in a town on a day.
    """

    def __init__(self, problem: Problem, plan: Plan) -> None:
        requests, enterprises = problem.requests, problem.enterprises
        self.problem = problem
        self.plan = plan
        self.day: Ints = plan.request_day()
        self.load: Ints = requests.load
        self.capacity = problem.capacity_quarters()
        self.of_enterprise = Groups(requests.enterprise, len(enterprises))
        self.closures = Groups(problem.closures[:, 0], len(enterprises))
        self.recusals = Groups(problem.recusals[:, 1], len(enterprises))
        self._count()
        self._relate()

    def _count(self) -> None:
        problem, requests = self.problem, self.problem.requests
        placed = np.flatnonzero(self.day != NONE)
        department, day = requests.department[placed], self.day[placed]
        town = problem.enterprises.town[requests.enterprise[placed]]
        self.used = np.zeros_like(self.capacity)
        np.add.at(self.used, (department, day), self.load[placed])
        shape = (len(problem.departments), len(problem.enterprises.town_ids), problem.days)
        self.trips = np.zeros(shape, dtype=np.int32)
        np.add.at(self.trips, (department, town, day), 1)

    def _relate(self) -> None:
        """Small tables by request: who may not meet, and who waits for whom (before, after, days)."""
        self.conflicts: dict[int, set[int]] = defaultdict(set)
        for a, b in self.problem.conflicts.tolist():
            self.conflicts[a].add(b)
            self.conflicts[b].add(a)
        self.sequences: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for before, after, days in self.problem.sequences.tolist():
            for request in (before, after):
                self.sequences[request].append((before, after, days))
        self.available = self.problem.available()

    def enterprise(self, request: int) -> int:
        return int(self.problem.requests.enterprise[request])

    def members(self, visit: int) -> list[int]:
        """Requests of a visit, ascending."""
        same = self.of_enterprise.rows(int(self.plan.visit_enterprise[visit]))
        return [request for request in same if self.plan.request_visit[request] == visit]

    def on_day(self, enterprise: int, day: int) -> list[int]:
        """Requests of an enterprise visited on a day, ascending."""
        return [request for request in self.of_enterprise.rows(enterprise) if self.day[request] == day]

    def visit_on(self, enterprise: int, day: int) -> int:
        """The visit of an enterprise on a day, NONE where there is none."""
        there = self.on_day(enterprise, day)
        return int(self.plan.request_visit[there[0]]) if there else NONE

    def is_closed(self, enterprise: int, day: int) -> bool:
        rows = self.problem.closures[self.closures.rows(enterprise)]
        return bool(((rows[:, 1] <= day) & (day <= rows[:, 2])).any())

    def difference(self, enterprise: int, moved: Days) -> dict[str, float]:
        """What the score changes by, term by term, when requests of one enterprise move to other days.

        Exact: all terms but trips concern one enterprise alone, and trips are counted by department, town and day.
        """
        members = self.of_enterprise.rows(enterprise)
        old = {request: int(self.day[request]) for request in members}
        before, after = self._own_terms(enterprise, old), self._own_terms(enterprise, {**old, **moved})
        change = {term: after[term] - before[term] for term in before}
        change["trips"] = self._trips(enterprise, moved) * self.problem.weights.trip
        # adding 0.0 turns a negative zero into a plain one
        return {term: round(float(change[term]), 6) + 0.0 for term in TERMS}

    def _own_terms(self, enterprise: int, days: Days) -> dict[str, float]:
        requests, weights = self.problem.requests, self.problem.weights
        grade = int(self.problem.enterprises.credit_class[enterprise])
        placed = {request: day for request, day in days.items() if day != NONE}
        lost = sum(int(requests.priority[request]) for request, day in days.items() if day == NONE)
        visited = sorted(set(placed.values()))
        least = self.problem.limits.repeat_days or 0
        close = sum(later - day < least for day, later in pairwise(visited))
        moves = sum(requests.planned_day[r] not in (NONE, day) for r, day in placed.items())
        return {
            "unscheduled": weights.unscheduled * lost,
            "visits": weights.visit[grade] * len(visited),
            "delay": weights.delay[grade] * sum(self._lateness(r, day) for r, day in placed.items()),
            "moves": weights.move * moves,
            "repeats": weights.repeat * close,
        }

    def _lateness(self, request: int, day: int) -> float:
        """Share of the window that has passed; 0 for a window of one day."""
        first, last = self.problem.requests.first_day[request], self.problem.requests.last_day[request]
        return float((day - first) / (last - first)) if last > first else 0.0

    def _trips(self, enterprise: int, moved: Days) -> int:
        town = self.problem.enterprises.town[enterprise]
        change: dict[tuple[int, int], int] = defaultdict(int)
        for request, day in moved.items():
            department = int(self.problem.requests.department[request])
            change[department, int(self.day[request])] -= 1
            change[department, day] += 1
        gained = 0
        for (department, day), step in change.items():
            if day != NONE:
                there = int(self.trips[department, town, day])
                gained += (there + step > 0) - (there > 0)
        return gained
