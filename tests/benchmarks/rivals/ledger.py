"""A booking ledger for plans made one request at a time, as a person with a calendar would.

Owns which day is still allowed for a request under hard rules 1 to 8. Written apart from the engine on purpose.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from solver.plan import Plan, Reason
from solver.problem import NONE, Ints, Problem


class Ledger:
    """Bookings so far; nothing is ever taken back."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.capacity = problem.capacity_quarters()
        self.used = np.zeros_like(self.capacity)
        self.day = np.full(len(problem.requests), NONE, dtype=np.int64)
        self.visits: dict[int, dict[int, list[int]]] = defaultdict(dict)
        self.conflicts = {frozenset(pair) for pair in problem.conflicts.tolist()}
        self.befores: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for before, after, gap in problem.sequences.tolist():
            self.befores[after].append((before, gap))
        self.closures: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for enterprise, first, last in problem.closures.tolist():
            self.closures[enterprise].append((first, last))
        self.load = problem.requests.load

    def order(self, keys: tuple[Ints, ...]) -> list[int]:
        """Requests by the given keys (first key counts most): locked ones first, later ones of sequences last."""
        rank = self._sequence_rank()
        columns = (*reversed(keys), rank, ~self.problem.requests.locked)
        order: list[int] = np.lexsort(columns).tolist()
        return order

    def _sequence_rank(self) -> Ints:
        rank = np.zeros(len(self.day), dtype=np.int64)
        for _ in range(len(self.befores)):
            raised = False
            for after, befores in self.befores.items():
                least = 1 + max(int(rank[before]) for before, _ in befores)
                raised |= least > rank[after]
                rank[after] = max(rank[after], least)
            if not raised:
                break
        return rank

    def days(self, request: int) -> list[int]:
        """Days that window, lock, capacity, closures and sequences leave, ascending."""
        requests = self.problem.requests
        first, last = int(requests.first_day[request]), int(requests.last_day[request])
        if requests.locked[request]:
            first = last = int(requests.planned_day[request])
        for before, gap in self.befores.get(request, ()):
            if self.day[before] == NONE:
                return []
            first = max(first, int(self.day[before]) + gap)
        if first > last:
            return []
        department = requests.department[request]
        window = slice(first, last + 1)
        room = self.capacity[department, window] - self.used[department, window] >= self.load[request]
        closed = self.closures.get(int(requests.enterprise[request]), ())
        found = (np.flatnonzero(room) + first).tolist()
        return [day for day in found if not any(a <= day <= b for a, b in closed)]

    def may_share(self, request: int, day: int) -> bool:
        """Say whether a request may join the visit there is on a day (hard rules 6 and 7)."""
        requests, limits = self.problem.requests, self.problem.limits
        members = [*self.visits[int(requests.enterprise[request])][day], request]
        if not requests.joint[members].all() or len(set(requests.unannounced[members].tolist())) > 1:
            return False
        if any(frozenset((request, other)) in self.conflicts for other in members[:-1]):
            return False
        departments = len(set(requests.department[members].tolist()))
        people = int(requests.inspectors[members].sum())
        return departments <= (limits.max_departments_per_visit or departments) and people <= (
            limits.max_inspectors_per_visit or people
        )

    def may_open(self, request: int) -> bool:
        """Say whether a request may have a visit of its own (rule 6, `max_visits`)."""
        requests, limits = self.problem.requests, self.problem.limits
        enterprise = int(requests.enterprise[request])
        most = int(self.problem.enterprises.max_visits[enterprise])
        people = int(requests.inspectors[request])
        fits = people <= (limits.max_inspectors_per_visit or people)
        return fits and (most == NONE or len(self.visits[enterprise]) < most)

    def has_visit(self, request: int, day: int) -> bool:
        return day in self.visits[int(self.problem.requests.enterprise[request])]

    def book(self, request: int, day: int) -> None:
        requests = self.problem.requests
        self.day[request] = day
        self.used[requests.department[request], day] += self.load[request]
        self.visits[int(requests.enterprise[request])].setdefault(day, []).append(request)

    def plan(self) -> Plan:
        return plan_of_days(self.problem, self.day)


def plan_of_days(problem: Problem, day: Ints) -> Plan:
    """The plan in which each request is on its day, NONE for left out; one visit an enterprise and day."""
    placed = np.flatnonzero(day != NONE)
    keys, visit = np.unique(problem.requests.enterprise[placed] * problem.days + day[placed], return_inverse=True)
    request_visit = np.full(len(day), NONE, dtype=np.int64)
    request_visit[placed] = visit
    return Plan(
        request_visit=request_visit,
        visit_enterprise=keys // problem.days,
        visit_day=keys % problem.days,
        visit_start_quarter=np.zeros(len(keys), dtype=np.int64),
        reasons={int(request): (Reason.CAPACITY.value, "") for request in np.flatnonzero(day == NONE)},
    )
