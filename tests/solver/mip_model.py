"""The whole merging problem as a mixed-integer programme for HiGHS, written from the format alone.

Owns an optimum that our own models and kernels had no part in. Tiny problems only: every rule is spelled out.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from solver.problem import NONE, Problem


def optimum_of(problem: Problem) -> float:
    """Score of the best plan; to be run in a process that never loads OR-Tools."""
    return MipModel(problem).optimum()


class MipModel:
    """One problem in HiGHS: `x[r][t]` request r on day t, `y[e][t]` a visit, `left[r]` left out."""

    def __init__(self, problem: Problem) -> None:
        import highspy  # noqa: PLC0415 -- its library and the one inside OR-Tools cannot be loaded into one process

        self.solved = highspy.HighsModelStatus.kOptimal
        self.problem = problem
        self.highs = highspy.Highs()
        self.highs.silent()
        self.terms: list[Any] = []
        self.x = [{t: self.highs.addBinary() for t in self._days(r)} for r in range(len(problem.requests))]
        self.left = [self.highs.addBinary() for _ in range(len(problem.requests))]
        self.y = [{t: self.highs.addBinary() for t in range(problem.days)} for _ in range(len(problem.enterprises))]

    def optimum(self) -> float:
        """Solve to optimality and return the score."""
        self._place()
        self._visits()
        self._pairs()
        self._sequences()
        self._capacity()
        self._trips()
        self._repeats()
        self.highs.setOptionValue("mip_rel_gap", 0.0)
        self.highs.setOptionValue("mip_abs_gap", 1e-9)
        self.highs.minimize(sum(self.terms))
        assert self.highs.getModelStatus() == self.solved
        return float(self.highs.getInfo().objective_function_value)

    def _days(self, r: int) -> list[int]:
        requests = self.problem.requests
        is_open = self.problem.open_days(int(requests.enterprise[r]))
        window = range(int(requests.first_day[r]), min(int(requests.last_day[r]), self.problem.days - 1) + 1)
        return [t for t in window if is_open[t] and (not requests.locked[r] or t == requests.planned_day[r])]

    def _cost(self, weight: float, variable: Any) -> None:
        if weight:
            self.terms.append(float(weight) * variable)

    def _place(self) -> None:
        """Rules 1, 3 and locks; unscheduled, delay, moves."""
        requests, weights = self.problem.requests, self.problem.weights
        for r, days in enumerate(self.x):
            self.highs.addConstr(sum(days.values()) + self.left[r] == 1)
            if requests.locked[r]:
                self.highs.addConstr(1 * self.left[r] == 0)
            self._cost(weights.unscheduled * requests.priority[r], self.left[r])
            span = requests.last_day[r] - requests.first_day[r]
            late = weights.delay[self.problem.enterprises.credit_class[requests.enterprise[r]]]
            for t, variable in days.items():
                if span > 0:
                    self._cost(late * (t - requests.first_day[r]) / span, variable)
                if requests.planned_day[r] not in (NONE, t):
                    self._cost(weights.move, variable)

    def _on(self, e: int, t: int) -> list[int]:
        return [r for r in np.flatnonzero(self.problem.requests.enterprise == e).tolist() if t in self.x[r]]

    def _visits(self) -> None:
        """Rules 2, 6 and `max_visits`."""
        problem, limits = self.problem, self.problem.limits
        for e, days in enumerate(self.y):
            for t, visit in days.items():
                self._cost(problem.weights.visit[problem.enterprises.credit_class[e]], visit)
                here = self._on(e, t)
                for r in here:
                    self.highs.addConstr(self.x[r][t] - visit <= 0)
                if here and limits.max_inspectors_per_visit is not None:
                    people = sum(int(problem.requests.inspectors[r]) * self.x[r][t] for r in here)
                    self.highs.addConstr(people <= limits.max_inspectors_per_visit)
                if here and limits.max_departments_per_visit is not None:
                    self.highs.addConstr(sum(self._departments(here, t)) <= limits.max_departments_per_visit)
            if problem.enterprises.max_visits[e] != NONE:
                self.highs.addConstr(sum(days.values()) <= int(problem.enterprises.max_visits[e]))

    def _departments(self, here: list[int], t: int) -> list[Any]:
        found = []
        for d in np.unique(self.problem.requests.department[here]).tolist():
            takes_part = self.highs.addBinary()
            for r in here:
                if self.problem.requests.department[r] == d:
                    self.highs.addConstr(self.x[r][t] - takes_part <= 0)
            found.append(takes_part)
        return found

    def _pairs(self) -> None:
        """Rule 7."""
        requests = self.problem.requests
        conflicts = {frozenset(pair) for pair in self.problem.conflicts.tolist()}
        for r, q in combinations(range(len(requests)), 2):
            same = requests.enterprise[r] == requests.enterprise[q]
            alone = not requests.joint[r] or not requests.joint[q] or requests.unannounced[r] != requests.unannounced[q]
            if same and (alone or frozenset((r, q)) in conflicts):
                for t in self.x[r].keys() & self.x[q].keys():
                    self.highs.addConstr(self.x[r][t] + self.x[q][t] <= 1)

    def _sequences(self) -> None:
        for before, after, gap in self.problem.sequences.tolist():
            for t, variable in self.x[after].items():
                early = [v for s, v in self.x[before].items() if s + gap <= t]
                self.highs.addConstr(variable - sum(early) <= 0 if early else 1 * variable == 0)

    def _capacity(self) -> None:
        capacity, requests = self.problem.capacity_quarters(), self.problem.requests
        for d, t in np.ndindex(*capacity.shape):
            here = [r for r in range(len(requests)) if requests.department[r] == d and t in self.x[r]]
            if here:
                load = sum(int(requests.load[r]) * self.x[r][t] for r in here)
                self.highs.addConstr(load <= int(capacity[d, t]))

    def _trips(self) -> None:
        trips: dict[tuple[int, int, int], Any] = {}
        for r, days in enumerate(self.x):
            town = int(self.problem.enterprises.town[self.problem.requests.enterprise[r]])
            for t, variable in days.items():
                key = (int(self.problem.requests.department[r]), town, t)
                if key not in trips:
                    trips[key] = self.highs.addBinary()
                    self._cost(self.problem.weights.trip, trips[key])
                self.highs.addConstr(variable - trips[key] <= 0)

    def _repeats(self) -> None:
        """Two consecutive visits: both days visited and no day between them."""
        apart = self.problem.limits.repeat_days
        if not apart or not self.problem.weights.repeat:
            return
        for days in self.y:
            for s, t in combinations(days, 2):
                if t - s < apart:
                    again = self.highs.addBinary()
                    between = [days[m] for m in range(s + 1, t)]
                    self.highs.addConstr(
                        days[s] + days[t] - sum(between) - again <= 1 if between else days[s] + days[t] - again <= 1
                    )
                    self._cost(self.problem.weights.repeat, again)
