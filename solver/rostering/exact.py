"""The exact model with names: who goes, on given or on free starts, as much priority staffed as can be.

Owns the CP-SAT model of officers and its limits. Asked for a few departments at a time: alike officers make it slow
for a whole day, which is counted first (see `counting`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ortools.sat.python import cp_model

from solver.problem import NONE
from solver.rostering.view import DayView

CREW_WORK: Final = 2.0
"""Deterministic time (about seconds) for one model; a department with given starts needs a hundredth of it."""

Costs = Mapping[tuple[int, int], int]
"""Price of sending an officer to a request, both local numbers; missing pairs are free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staffing:
    """Starts by visit and crews by request (empty = not staffed); `proven`: the best for these departments."""

    starts: list[int]
    crews: list[tuple[int, ...]]
    proven: bool


def staff_on_starts(
    view: DayView, staffing: Staffing, blocked: frozenset[int], departments: frozenset[int], costs: Costs, *, seed: int
) -> Staffing | None:
    """Choose the crews of some departments anew on the starts of `staffing`, which is the hint.

    Minimises the priorities left out, then the costs. None: no answer within the work limit.
    """
    starts: list[tuple[int, ...]] = [(start,) for start in staffing.starts]
    return _CrewModel(view, staffing, blocked, departments, starts).solve(costs, seed)


def staff_with_starts(
    view: DayView, staffing: Staffing, blocked: frozenset[int], departments: frozenset[int], *, seed: int
) -> Staffing | None:
    """Choose the crews of some departments and the starts of the visits that are wholly theirs anew.

    Minimises the priorities left out. None: no answer within the work limit.
    """
    inside = [all(view.department[r] in departments for r in group) for group in view.requests_of]
    starts = [view.starts(v) if free else (staffing.starts[v],) for v, free in enumerate(inside)]
    return _CrewModel(view, staffing, blocked, departments, starts).solve({}, seed)


class _CrewModel:
    """Booleans: a visit starts at s; an officer goes to a request with start s; a request is staffed.

    crew size: sum over officers of go[r, o, s] = people[r] x (started[v, s] and staffed[r]); one request an
    officer and quarter; one of the skill; and, for each request of one quarter, an officer who goes there is in no
    far visit in the other quarter of the half-day.
    """

    def __init__(
        self,
        view: DayView,
        staffing: Staffing,
        blocked: frozenset[int],
        departments: frozenset[int],
        starts: list[tuple[int, ...]],
    ) -> None:
        self.view = view
        self.staffing = staffing
        self.model = cp_model.CpModel()
        self.requests = [
            r for r, department in enumerate(view.department) if department in departments and r not in blocked
        ]
        self.starts = starts
        self.started = {
            (v, s): self.model.new_bool_var("")
            for v in sorted({view.visit_of[r] for r in self.requests})
            for s in self.starts[v]
        }
        self.left: dict[int, cp_model.IntVar] = {}
        self.go: dict[tuple[int, int, int], cp_model.IntVar] = {}
        self.at: dict[tuple[int, int], list[tuple[int, cp_model.IntVar]]] = defaultdict(list)
        self._build()

    def _build(self) -> None:
        for visit in sorted({v for v, _ in self.started}):
            self.model.add_exactly_one(self.started[visit, s] for s in self.starts[visit])
        for request in self.requests:
            self._add_request(request)
        for bookings in self.at.values():
            self.model.add_at_most_one(go for _, go in bookings)
        if self.view.near is not None:
            self._add_hops(self.view.near)
        self._hint()

    def _add_request(self, request: int) -> None:
        visit = self.view.visit_of[request]
        self.left[request] = self.model.new_bool_var("")
        everyone: list[cp_model.IntVar] = []
        for start in self.starts[visit]:
            crew = [self._booking(request, officer, start) for officer in self.view.candidates[request]]
            self.model.add(sum(crew) <= self.view.people[request] * self.started[visit, start])
            everyone += crew
            if self.view.skill[request] != NONE:
                skilled = sum(self.go[request, officer, start] for officer in self.view.skilled[request])
                self.model.add(skilled >= self.started[visit, start] - self.left[request])
        self.model.add(sum(everyone) == self.view.people[request] * (1 - self.left[request]))

    def _booking(self, request: int, officer: int, start: int) -> cp_model.IntVar:
        go = self.model.new_bool_var("")
        self.go[request, officer, start] = go
        for quarter in range(start, start + self.view.quarters[request]):
            self.at[officer, quarter].append((request, go))
        return go

    def _add_hops(self, near: list[list[bool]]) -> None:
        """Forbid the far visits of the later quarter to whoever goes to one in the earlier."""
        for officer, quarter in sorted(self.at):
            if quarter % 2 or (officer, quarter + 1) not in self.at:
                continue
            later = [
                (self.view.visit_of[r], go) for r, go in self.at[officer, quarter + 1] if self.view.quarters[r] == 1
            ]
            for request, go in self.at[officer, quarter]:
                reach = near[self.view.visit_of[request]]
                far = [other for visit, other in later if not reach[visit] and visit != self.view.visit_of[request]]
                if self.view.quarters[request] == 1 and far:
                    self.model.add_at_most_one([go, *far])

    def _hint(self) -> None:
        for (visit, start), started in self.started.items():
            self.model.add_hint(started, start == self.staffing.starts[visit])
        for request in self.requests:
            self.model.add_hint(self.left[request], not self.staffing.crews[request])
        for (request, officer, start), go in self.go.items():
            there = self.staffing.starts[self.view.visit_of[request]] == start
            self.model.add_hint(go, there and officer in self.staffing.crews[request])

    def _minimise(self, costs: Costs) -> None:
        """Priorities first: one point of priority outweighs the dearest crews that could be sent."""
        priced = [(costs[r, o], go) for (r, o, _), go in self.go.items() if costs.get((r, o))]
        dearest = 1 + sum(price for price, _ in priced)
        lost = [(dearest * self.view.priority[r], left) for r, left in self.left.items()]
        self.model.minimize(sum(price * var for price, var in lost + priced))

    def solve(self, costs: Costs, seed: int) -> Staffing | None:
        self._minimise(costs)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed % 2**31
        solver.parameters.max_deterministic_time = CREW_WORK
        solver.parameters.linearization_level = 2
        status = solver.solve(self.model)
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return None
        starts = list(self.staffing.starts)
        for (visit, start), started in self.started.items():
            if solver.boolean_value(started):
                starts[visit] = start
        crews = list(self.staffing.crews)
        going: dict[int, list[int]] = {r: [] for r in self.requests}
        for (request, officer, _), go in self.go.items():
            if solver.boolean_value(go):
                going[request].append(officer)
        for request, officers in going.items():
            crews[request] = tuple(sorted(officers))
        return Staffing(starts=starts, crews=crews, proven=status == cp_model.OPTIMAL)


def neighbourhood(view: DayView, visits: Iterable[int]) -> frozenset[int]:
    """Return the departments of some visits and those of every visit that shares a department with them."""
    core = {view.department[r] for visit in visits for r in view.requests_of[visit]}
    touched = {view.visit_of[r] for r, department in enumerate(view.department) if department in core}
    return frozenset(view.department[r] for visit in touched for r in view.requests_of[visit])
