"""A day counted in heads: starts of visits and requests to leave out, before anybody is named.

Owns the relaxation in which the officers of a department are alike. It has no officer in it, hence none of the
symmetry that makes the exact model slow, and what it must leave out, every roster must leave out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ortools.sat.python import cp_model

from solver.problem import NONE
from solver.rostering.view import DayView

COUNTING_WORK: Final = 0.5
"""Deterministic time for a day, some seconds of a busy machine; days of 250 requests need 0.1, the rest is proof."""
ROUNDING: Final = 1e-6
"""Priorities are whole: a bound a hair above a whole number is that number."""
HALF_DAYS: Final = (0, 2)
"""The quarters with which the two half-days begin."""

Row = list[tuple[int, int]]
"""Requests that draw on one kind of people, each with how many it takes: (request, people)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Starts by visit, requests left out, and the least priority that any roster of the day must leave out.

    `proven`: the requests left out have that least priority.
    """

    starts: list[int]
    left: frozenset[int]
    least: int
    proven: bool


def count_day(
    view: DayView, blocked: frozenset[int], departments: Iterable[int], hint: list[int], *, seed: int, least: int = 0
) -> Count | None:
    """Choose starts that leave out the least priority of some departments; None: no answer within the work limit.

    A visit without a request of these departments keeps its start in `hint` (its first allowed one where NONE).
    For each half-day, people needed = those of the longer requests + those of quarter one + those of quarter two
    - those who go from one to the other, a flow between visits within a hop. `least`: what is known to be left out.
    """
    return _CountModel(view, blocked, frozenset(departments), hint, least).solve(seed)


class _CountModel:
    """x: a visit starts at s; z: a request is staffed there; flow: people who go on from a visit to a near one."""

    def __init__(
        self, view: DayView, blocked: frozenset[int], departments: frozenset[int], hint: list[int], least: int
    ) -> None:
        self.view = view
        self.hint = [view.starts(v)[0] if s == NONE else s for v, s in enumerate(hint)]
        self.model = cp_model.CpModel()
        self.requests = [r for r, d in enumerate(view.department) if d in departments and r not in blocked]
        self.visits = sorted({view.visit_of[r] for r in self.requests})
        self.start = {(v, s): self.model.new_bool_var("") for v in self.visits for s in view.starts(v)}
        self.left = {r: self.model.new_bool_var("") for r in self.requests}
        self.staffed: dict[tuple[int, int], cp_model.IntVar] = {}
        self._link()
        for department in sorted(departments):
            self._limit(department)
        lost = sum(view.priority[r] * left for r, left in self.left.items())
        self.model.add(lost >= least)
        self.model.minimize(lost)

    def _link(self) -> None:
        for visit in self.visits:
            self.model.add_exactly_one(self.start[visit, s] for s in self.view.starts(visit))
        for request in self.requests:
            visit = self.view.visit_of[request]
            for s in self.view.starts(visit):
                self.staffed[request, s] = self.model.new_bool_var("")
                self.model.add_implication(self.staffed[request, s], self.start[visit, s])
            options = [self.staffed[request, s] for s in self.view.starts(visit)]
            self.model.add_exactly_one([*options, self.left[request]])
        for (visit, s), started in self.start.items():
            self.model.add_hint(started, self.hint[visit] == s)

    def _limit(self, department: int) -> None:
        """Add the rows of a department: all its people, and its people with each skill that is asked for."""
        mine = [r for r in self.requests if self.view.department[r] == department]
        crew = self.view.task.officer_department == department
        self._limit_people([(r, self.view.people[r]) for r in mine], int(crew.sum()))
        for skill in sorted({self.view.skill[r] for r in mine} - {NONE}):
            able = int(self.view.task.skills[crew, skill].sum())
            self._limit_people([(r, 1) for r in mine if self.view.skill[r] == skill], able)

    def _limit_people(self, row: Row, people: int) -> None:
        if sum(count for _, count in row) <= people:
            return
        for half in HALF_DAYS:
            if self.view.near is None:
                for quarter in (half, half + 1):
                    self.model.add(sum(n * z for n, z in self._present(row, quarter)) <= people)
            else:
                self._limit_half(row, half, people, self.view.near)

    def _present(self, row: Row, quarter: int) -> list[tuple[int, cp_model.IntVar]]:
        return [
            (count, self.staffed[request, s])
            for request, count in row
            for s in self.view.starts(self.view.visit_of[request])
            if s <= quarter < s + self.view.quarters[request]
        ]

    def _limit_half(self, row: Row, half: int, people: int, near: list[list[bool]]) -> None:
        short = [(r, n) for r, n in row if self.view.quarters[r] == 1]
        whole = [(r, n) for r, n in row if self.view.quarters[r] > 1]
        first = [(r, n) for r, n in short if (r, half) in self.staffed]
        second = [(r, n) for r, n in short if (r, half + 1) in self.staffed]
        flow = self._flow(first, second, half, near)
        needed = [n * z for n, z in self._present(whole, half)]
        needed += [n * self.staffed[r, half] for r, n in first]
        needed += [n * self.staffed[r, half + 1] for r, n in second]
        self.model.add(sum(needed) - sum(flow) <= people)

    def _flow(self, first: Row, second: Row, half: int, near: list[list[bool]]) -> list[cp_model.IntVar]:
        """Return the people who go from each short request of quarter one to each near one of quarter two."""
        flow: list[cp_model.IntVar] = []
        into: dict[int, list[cp_model.IntVar]] = {r: [] for r, _ in second}
        for r, n in first:
            out = []
            for other, m in second:
                here, there = self.view.visit_of[r], self.view.visit_of[other]
                if here != there and near[here][there]:
                    var = self.model.new_int_var(0, min(n, m), "")
                    out.append(var)
                    into[other].append(var)
            if out:
                self.model.add(sum(out) <= n * self.staffed[r, half])
            flow += out
        for r, n in second:
            if into[r]:
                self.model.add(sum(into[r]) <= n * self.staffed[r, half + 1])
        return flow

    def solve(self, seed: int) -> Count | None:
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed % 2**31
        solver.parameters.max_deterministic_time = COUNTING_WORK
        solver.parameters.linearization_level = 2
        status = solver.solve(self.model)
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return None
        starts = list(self.hint)
        for (visit, s), started in self.start.items():
            if solver.boolean_value(started):
                starts[visit] = s
        left = frozenset(r for r, var in self.left.items() if solver.boolean_value(var))
        least = math.ceil(solver.best_objective_bound - ROUNDING)
        return Count(starts=starts, left=left, least=least, proven=status == cp_model.OPTIMAL)
