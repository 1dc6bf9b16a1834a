"""A fast day: starts and crews by packing the longest visits first, trying again with the failed ones in front.

Owns the heuristic. Long first is exact for lengths 4, 2, 1 that nest in each other as long as skills, recusals and
hops do not bind; where they do, a failed visit moves forward and the day is packed anew (squeaky wheel: Joslin and
Clements 1999). Proves nothing: what fails here is counted (see `counting`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from solver.problem import NONE
from solver.rostering.view import DayView, Diary

ATTEMPTS: Final = 4
"""Packings per day before it is counted; more of them rarely help and each costs 5 to 10 milliseconds."""
FRESH_HALF: Final = 4
"""Price of opening an officer's half-day for a request of one quarter, against filling one already opened."""
SKILL_PRICE: Final = 1
"""Price of sending a skill where none is needed, per skill."""

Crew = tuple[int, ...]
"""Local officers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """One try at a day: `starts` by visit (NONE where it failed) and `crews` by request (empty where it failed)."""

    starts: list[int]
    crews: list[Crew]
    failed: tuple[int, ...]


def pack_day(view: DayView, blocked: frozenset[int]) -> Packing:
    """Return the packing with the fewest people left unplaced; requests in `blocked` are not staffed.

    O(attempts x requests x starts x officers of a department).
    """
    return _pack(view, blocked, [view.starts(visit) for visit in range(len(view.longest))])


def pack_on_starts(view: DayView, blocked: frozenset[int], starts: list[int]) -> Packing:
    """Return crews for starts that are given."""
    return _pack(view, blocked, [(start,) for start in starts])


def salvage(view: DayView, blocked: frozenset[int], packing: Packing) -> Packing:
    """Return a packing in which failed visits go with those requests that find people, the important ones first."""
    packer = _Packer(view, blocked, [])
    starts, crews = list(packing.starts), list(packing.crews)
    for visit, start in enumerate(starts):
        if start != NONE:
            packer.book({r: crews[r] for r in view.requests_of[visit]}, visit, start)
    for visit in sorted(packing.failed, key=lambda v: (-max(view.priority[r] for r in view.requests_of[v]), v)):
        options = [(start, packer.part_of(visit, start)) for start in view.starts(visit)]
        starts[visit], staffed = max(options, key=lambda option: (sum(view.priority[r] for r in option[1]), -option[0]))
        packer.book(staffed, visit, starts[visit])
        for request, crew in staffed.items():
            crews[request] = crew
    failed = tuple(v for v in packing.failed if any(not crews[r] for r in view.requests_of[v]))
    return Packing(starts=starts, crews=crews, failed=failed)


def _pack(view: DayView, blocked: frozenset[int], starts: list[tuple[int, ...]]) -> Packing:
    urgency = [0] * len(view.longest)
    best: Packing | None = None
    for _ in range(ATTEMPTS):
        packing = _Packer(view, blocked, starts).pack(_order(view, urgency))
        if best is None or _unplaced(view, packing) < _unplaced(view, best):
            best = packing
        if not packing.failed:
            break
        for visit in packing.failed:
            urgency[visit] += 1
    assert best is not None  # noqa: S101 -- ATTEMPTS is positive
    return best


def _order(view: DayView, urgency: list[int]) -> list[int]:
    def key(visit: int) -> tuple[int, int, int, int]:
        requests = view.requests_of[visit]
        return -urgency[visit], -view.longest[visit], -sum(view.people[r] for r in requests), visit

    return sorted(range(len(view.longest)), key=key)


def _unplaced(view: DayView, packing: Packing) -> int:
    return sum(view.people[r] for visit in packing.failed for r in view.requests_of[visit])


class _Packer:
    """The state of one packing."""

    def __init__(self, view: DayView, blocked: frozenset[int], starts: list[tuple[int, ...]]) -> None:
        self.view = view
        self.starts = starts
        self.blocked = blocked
        self.diary = Diary(view)

    def pack(self, order: list[int]) -> Packing:
        starts = [NONE] * len(self.view.longest)
        crews: list[Crew] = [()] * len(self.view.visit_of)
        for visit in order:
            choice = self._best_start(visit)
            if choice is None:
                continue
            starts[visit], crew_of = choice
            for request, crew in crew_of.items():
                crews[request] = crew
            self.book(crew_of, visit, starts[visit])
        failed = tuple(visit for visit, start in enumerate(starts) if start == NONE)
        return Packing(starts=starts, crews=crews, failed=failed)

    def book(self, crews: Mapping[int, Crew], visit: int, start: int) -> None:
        """Write crews by request into the diary."""
        for request, crew in crews.items():
            for officer in crew:
                self.diary.put(officer, visit, start, self.view.quarters[request])

    def part_of(self, visit: int, start: int) -> dict[int, Crew]:
        """Return crews for those requests of a visit that find people at a start, highest priority first."""
        crews: dict[int, Crew] = {}
        taken: set[int] = set()
        for request in sorted(self.view.requests_of[visit], key=lambda r: (-self.view.priority[r], r)):
            if request not in self.blocked:
                _, crew = self._crew(request, visit, start, taken)
                if crew:
                    crews[request] = crew
                    taken.update(crew)
        return crews

    def _best_start(self, visit: int) -> tuple[int, dict[int, Crew]] | None:
        """Return the cheapest start at which every department of a visit has its people, with these people."""
        best = None
        lowest = float("inf")
        for start in self.starts[visit]:
            cost, crews = self._try_start(visit, start, lowest)
            if cost < lowest:
                lowest, best = cost, (start, crews)
        return best

    def _try_start(self, visit: int, start: int, limit: float) -> tuple[float, dict[int, Crew]]:
        cost = 0.0
        crews: dict[int, Crew] = {}
        taken: set[int] = set()
        for request in self.view.requests_of[visit]:
            if request in self.blocked:
                continue
            price, crew = self._crew(request, visit, start, taken)
            cost += price
            if cost >= limit:
                return float("inf"), {}
            crews[request] = crew
            # All begin together: who is on one request of the visit cannot be on another.
            taken.update(crew)
        return cost, crews

    def _crew(self, request: int, visit: int, start: int, taken: set[int]) -> tuple[float, Crew]:
        """Choose the people whose use costs later visits least; the price grows as the free people run out."""
        quarters, needed = self.view.quarters[request], self.view.people[request]
        free = sorted(
            (self._waste(officer, start, quarters), officer)
            for officer in self.view.candidates[request]
            if officer not in taken and self.diary.fits(officer, visit, start, quarters)
        )
        chosen = _with_skill(free, needed, self.view, request)
        if not chosen:
            return float("inf"), ()
        waste = sum(price for price, _ in chosen)
        return waste + needed * FRESH_HALF / (1 + len(free) - needed), tuple(officer for _, officer in chosen)

    def _waste(self, officer: int, start: int, quarters: int) -> int:
        opens = quarters == 1 and self.diary.adjoining(officer, start, quarters) == NONE
        return FRESH_HALF * opens + SKILL_PRICE * self.view.skill_count[officer]


def _with_skill(free: list[tuple[int, int]], needed: int, view: DayView, request: int) -> list[tuple[int, int]]:
    """Take the first `needed` of a sorted list, the first one with the skill among them; empty if impossible."""
    if len(free) < needed:
        return []
    if view.skill[request] == NONE:
        return free[:needed]
    skilled = set(view.skilled[request])
    first = next((entry for entry in free if entry[1] in skilled), None)
    if first is None:
        return []
    return [first, *[entry for entry in free if entry != first][: needed - 1]]
