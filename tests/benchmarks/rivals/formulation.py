"""The whole merging problem as one plain 0-1 programme, for general solvers.

Owns the statement (hard rules 1 to 8 and all score terms); knows no solver and nothing of the engine. Every row has
whole coefficients, so that CP-SAT and a MIP solver read the same programme.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from math import inf

import numpy as np

from solver.plan import Plan
from solver.problem import NONE, Problem
from tests.benchmarks.rivals.ledger import plan_of_days

Term = tuple[int, int]
"""(coefficient, variable)."""


class Programme:
    """Minimise constant + cost . v over 0-1 variables v, low <= row . v <= high for each row."""

    def __init__(self) -> None:
        self.constant = 0.0
        self.cost: list[float] = []
        self.rows: list[tuple[list[Term], float, float]] = []

    def variable(self, cost: float) -> int:
        self.cost.append(cost)
        return len(self.cost) - 1

    def add(self, terms: Iterable[Term], low: float, high: float) -> None:
        self.rows.append((list(terms), low, high))


class Formulation:
    """Variables: `at[request, day]`, a visit of an enterprise on a day, a trip, a visit too soon after another."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.programme = Programme()
        self.at: dict[tuple[int, int], int] = {}
        self.visit: dict[tuple[int, int], int] = {}
        self.by_place: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._place_requests()
        self._open_visits()
        self._limit_capacity()
        for (_, day), requests in self.by_place.items():
            self._limit_visit(day, requests)
        self._keep_apart()
        self._limit_visits()
        self._order()
        self._count_trips()
        self._count_repeats()

    def _days(self, request: int) -> list[int]:
        requests = self.problem.requests
        first, last = int(requests.first_day[request]), int(requests.last_day[request])
        planned = int(requests.planned_day[request])
        open_days = self.problem.open_days(int(requests.enterprise[request]))
        window = range(max(0, first), min(last, self.problem.days - 1) + 1)
        return [t for t in window if open_days[t] and (not requests.locked[request] or t == planned)]

    def _place_requests(self) -> None:
        requests, weights = self.problem.requests, self.problem.weights
        for request in range(len(requests)):
            enterprise = int(requests.enterprise[request])
            grade = int(self.problem.enterprises.credit_class[enterprise])
            first, last = int(requests.first_day[request]), int(requests.last_day[request])
            lost = weights.unscheduled * int(requests.priority[request])
            self.programme.constant += lost
            choices = []
            for day in self._days(request):
                delay = weights.delay[grade] * (day - first) / (last - first) if last > first else 0.0
                move = weights.move * (requests.planned_day[request] not in (NONE, day))
                self.at[request, day] = self.programme.variable(delay + move - lost)
                self.by_place[enterprise, day].append(request)
                choices.append((1, self.at[request, day]))
            self.programme.add(choices, 1 if requests.locked[request] else 0, 1)

    def _open_visits(self) -> None:
        for (enterprise, day), requests in self.by_place.items():
            grade = int(self.problem.enterprises.credit_class[enterprise])
            visit = self.programme.variable(self.problem.weights.visit[grade])
            self.visit[enterprise, day] = visit
            for request in requests:
                self.programme.add([(1, visit), (-1, self.at[request, day])], 0, inf)
            # without this row a visit could be opened for nobody, to come between two others
            self.programme.add([(-1, visit), *((1, self.at[r, day]) for r in requests)], 0, inf)

    def _limit_capacity(self) -> None:
        capacity = self.problem.capacity_quarters()
        loads: dict[tuple[int, int], list[Term]] = defaultdict(list)
        for (request, day), var in self.at.items():
            department = int(self.problem.requests.department[request])
            loads[department, day].append((int(self.problem.requests.load[request]), var))
        for (department, day), terms in loads.items():
            self.programme.add(terms, -inf, int(capacity[department, day]))

    def _limit_visit(self, day: int, requests: list[int]) -> None:
        table, limits = self.problem.requests, self.problem.limits
        if limits.max_inspectors_per_visit is not None:
            people = [(int(table.inspectors[r]), self.at[r, day]) for r in requests]
            self.programme.add(people, -inf, limits.max_inspectors_per_visit)
        if limits.max_departments_per_visit is not None:
            self._limit_departments(day, requests, limits.max_departments_per_visit)
        for one, other in combinations(requests, 2):
            alone = not (table.joint[one] and table.joint[other])
            if alone or table.unannounced[one] != table.unannounced[other]:
                self.programme.add([(1, self.at[one, day]), (1, self.at[other, day])], -inf, 1)

    def _limit_departments(self, day: int, requests: list[int], most: int) -> None:
        by_department: dict[int, list[int]] = defaultdict(list)
        for request in requests:
            by_department[int(self.problem.requests.department[request])].append(request)
        if len(by_department) <= most:
            return
        there = []
        for same in by_department.values():
            present = self.at[same[0], day]
            if len(same) > 1:
                present = self.programme.variable(0.0)
                for request in same:
                    self.programme.add([(1, present), (-1, self.at[request, day])], 0, inf)
            there.append((1, present))
        self.programme.add(there, -inf, most)

    def _keep_apart(self) -> None:
        for one, other in self.problem.conflicts.tolist():
            if self.problem.requests.enterprise[one] == self.problem.requests.enterprise[other]:
                for day in range(self.problem.days):
                    if (one, day) in self.at and (other, day) in self.at:
                        self.programme.add([(1, self.at[one, day]), (1, self.at[other, day])], -inf, 1)

    def _limit_visits(self) -> None:
        visits: dict[int, list[Term]] = defaultdict(list)
        for (enterprise, _), var in self.visit.items():
            visits[enterprise].append((1, var))
        for enterprise, terms in visits.items():
            most = int(self.problem.enterprises.max_visits[enterprise])
            if most != NONE:
                self.programme.add(terms, -inf, most)

    def _order(self) -> None:
        for before, after, gap in self.problem.sequences.tolist():
            for day in range(self.problem.days):
                if (after, day) in self.at:
                    early = [(-1, self.at[before, t]) for t in range(day - gap + 1) if (before, t) in self.at]
                    self.programme.add([(1, self.at[after, day]), *early], -inf, 0)

    def _count_trips(self) -> None:
        if not self.problem.weights.trip:
            return
        requests, towns = self.problem.requests, self.problem.enterprises.town
        trips: dict[tuple[int, int, int], int] = {}
        for (request, day), var in self.at.items():
            key = int(requests.department[request]), int(towns[requests.enterprise[request]]), day
            if key not in trips:
                trips[key] = self.programme.variable(self.problem.weights.trip)
            self.programme.add([(1, trips[key]), (-1, var)], 0, inf)

    def _count_repeats(self) -> None:
        """A visit is too soon when any other of the enterprise lies less than `repeat_days` before it."""
        least = self.problem.limits.repeat_days or 0
        if least < 2 or not self.problem.weights.repeat:
            return
        for (enterprise, day), visit in self.visit.items():
            earlier = [t for t in range(max(0, day - least + 1), day) if (enterprise, t) in self.visit]
            if earlier:
                soon = self.programme.variable(self.problem.weights.repeat)
                for t in earlier:
                    self.programme.add([(1, soon), (-1, visit), (-1, self.visit[enterprise, t])], -1, inf)

    def plan(self, values: np.ndarray) -> Plan:
        """Read a plan out of the values of the variables."""
        day = np.full(len(self.problem.requests), NONE, dtype=np.int64)
        for (request, t), var in self.at.items():
            if values[var] > 0.5:
                day[request] = t
        return plan_of_days(self.problem, day)


def size(problem: Problem) -> int:
    """About how many variables the programme would have, to refuse it before it fills the memory."""
    spans = problem.requests.last_day - problem.requests.first_day + 1
    return int(2 * np.maximum(spans, 0).sum())
