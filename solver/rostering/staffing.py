"""From a day's task to its answer: pack it, count it, name the last ones, and say what cannot be.

Owns the ladder of methods for one day, cheapest first. Knows no other day: fairness comes afterwards.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from solver.plan import Reason
from solver.problem import NONE
from solver.rostering.construction import Packing, pack_day, pack_on_starts, salvage
from solver.rostering.counting import count_day
from solver.rostering.day import DayAnswer, DayTask
from solver.rostering.exact import Staffing, neighbourhood, staff_on_starts, staff_with_starts
from solver.rostering.outcome import CutKind, RosterCut
from solver.rostering.view import DayView

MOST_EXACT: Final = 4_000
"""Booleans of officers up to which a day that resists all else is solved whole by the exact model."""


def pack_only(task: DayTask) -> DayAnswer:
    """Find starts and crews by packing alone: milliseconds a day, proves nothing, may leave out more than it must."""
    solver = _DaySolver(task, 0)
    solver.proven = False
    packing = pack_day(solver.view, solver.hopeless)
    if packing.failed:
        packing = salvage(solver.view, solver.hopeless, packing)
    return solver.answer(Staffing(starts=packing.starts, crews=packing.crews, proven=False))


def staff_day(task: DayTask, seed: int) -> DayAnswer:
    """Find starts and one feasible crew for each request of a day, or leave out what cannot be staffed.

    1. Requests that nobody could staff are left out. 2. The rest is packed. 3. Where that fails, the departments
    that failed are counted: what they must leave out is blocked and the day packed again. 4. Where that fails, the
    whole day is counted and crews are named on its starts. 5. Where naming fails (skills, recusals), the exact
    model with names settles the departments around it, and a small day as a whole.
    """
    return _DaySolver(task, seed).solve()


class _DaySolver:
    """The state of one day on its way down the ladder."""

    def __init__(self, task: DayTask, seed: int) -> None:
        self.view = DayView(task)
        self.task = task
        self.seed = seed
        everyone = range(len(self.view.visit_of))
        self.hopeless = frozenset(r for r in everyone if not self.view.possible(r))
        self.proven = True

    def solve(self) -> DayAnswer:
        packing = pack_day(self.view, self.hopeless)
        least = 0

        if packing.failed:
            packing, least = self._block_counted(packing)
        if packing.failed:
            return self.answer(self._by_counting(packing, least))
        return self.answer(Staffing(starts=packing.starts, crews=packing.crews, proven=True))

    def _block_counted(self, packing: Packing) -> tuple[Packing, int]:
        """Leave out what the departments of failed visits must leave out by themselves, and pack again.

        Returns that packing and the least priority that any roster of the day leaves out.
        """
        view = self.view
        departments = {view.department[r] for visit in packing.failed for r in view.requests_of[visit]}
        count = count_day(view, self.hopeless, departments, packing.starts, seed=self.seed)
        if count is None:
            return packing, 0
        if not count.left or not count.proven:
            return packing, count.least
        return pack_day(view, self.hopeless | count.left), count.least

    def _by_counting(self, packing: Packing, least: int) -> Staffing:
        """Count the whole day and name crews on the starts it chose."""
        view = self.view
        count = count_day(view, self.hopeless, set(view.department), packing.starts, seed=self.seed, least=least)
        if count is None:
            starts = [view.starts(v)[0] if s == NONE else s for v, s in enumerate(packing.starts)]
            self.proven = False
            return self._name(starts, self.hopeless)
        self.proven = count.proven
        return self._name(count.starts, self.hopeless | count.left)

    def _name(self, starts: list[int], blocked: frozenset[int]) -> Staffing:
        view = self.view
        packing = pack_on_starts(view, blocked, starts)
        staffing = Staffing(starts=starts, crews=packing.crews, proven=True)
        for visit in packing.failed:
            departments = frozenset(view.department[r] for r in view.requests_of[visit])
            staffing = staff_on_starts(view, staffing, blocked, departments, {}, seed=self.seed) or staffing
        short = self._short(staffing, blocked)
        if not short:
            return staffing
        return self._settle(staffing, blocked, short)

    def _settle(self, staffing: Staffing, blocked: frozenset[int], short: list[int]) -> Staffing:
        """Ask the exact model about the departments around what is still not staffed."""
        around = neighbourhood(self.view, {self.view.visit_of[r] for r in short})
        better = staff_with_starts(self.view, staffing, blocked, around, seed=self.seed)
        if better is None or self._lost(better, blocked) > self._lost(staffing, blocked):
            better = staffing
        if self._short(better, blocked) and self._size() <= MOST_EXACT:
            whole = frozenset(self.view.department)
            better = staff_with_starts(self.view, better, self.hopeless, whole, seed=self.seed) or better
            self.proven = self.proven and better.proven
            return better
        self.proven = self.proven and not self._short(better, blocked)
        return better

    def _size(self) -> int:
        """Booleans of officers in the exact model of the whole day."""
        view = self.view
        return sum(len(able) * len(view.starts(v)) for able, v in zip(view.candidates, view.visit_of, strict=True))

    def _lost(self, staffing: Staffing, blocked: frozenset[int]) -> int:
        return sum(self.view.priority[r] for r in self._short(staffing, blocked))

    def _short(self, staffing: Staffing, blocked: frozenset[int]) -> list[int]:
        return [r for r, crew in enumerate(staffing.crews) if not crew and r not in blocked]

    def answer(self, staffing: Staffing) -> DayAnswer:
        task = self.task
        left = [r for r, crew in enumerate(staffing.crews) if not crew]
        crew = [(r, o) for r, officers in enumerate(staffing.crews) for o in sorted(officers)]
        rows = np.array(crew, dtype=np.int64).reshape(-1, 2)
        return DayAnswer(
            day=task.day,
            visit=task.visit,
            site=task.site,
            start=np.array(staffing.starts, dtype=np.int64),
            crew=np.column_stack([task.request[rows[:, 0]], task.officer[rows[:, 1]]]),
            unstaffed=tuple((int(task.request[r]), Reason.CREW.value, self._figures(r)) for r in left),
            cuts=tuple(self._cuts(left)),
        )

    def _figures(self, request: int) -> str:
        """Return the figures behind a request left out; people and loads count officers present on the day."""
        view = self.view
        figures = [
            f"day={self.task.day}",
            f"need={view.people[request]}",
            f"have={len(view.candidates[request])}",
        ]
        if view.skill[request] != NONE:
            figures.append(f"skilled={len(view.skilled[request])}")
        if request not in self.hopeless:
            mine = [r for r, d in enumerate(view.department) if d == view.department[request]]
            figures += [f"load={self._load(mine)}", f"rivals={len(mine) - 1}"]
        return " ".join(figures)

    def _load(self, requests: list[int]) -> int:
        return sum(self.view.people[r] * self.view.quarters[r] for r in requests)

    def _cuts(self, left: list[int]) -> list[RosterCut]:
        cuts = []
        for department in sorted({self.view.department[r] for r in left}):
            mine = [r for r in left if self.view.department[r] == department]
            hopeless = [r for r in mine if r in self.hopeless]
            together = [r for r in mine if r not in self.hopeless]
            if hopeless:
                cuts.append(self._cut(CutKind.REQUEST_DAY, department, hopeless, left, proven=True))
            if together:
                cuts.append(self._cut(CutKind.TOGETHER, department, together, left, proven=self.proven))
        return cuts

    def _cut(self, kind: CutKind, department: int, requests: list[int], left: list[int], *, proven: bool) -> RosterCut:
        planned = [r for r, d in enumerate(self.view.department) if d == department]
        staffed = [r for r in planned if r not in set(left)]
        return RosterCut(
            kind=kind,
            day=self.task.day,
            department=department,
            requests=tuple(int(self.task.request[r]) for r in requests),
            planned=tuple(int(self.task.request[r]) for r in planned),
            load_planned=self._load(planned),
            load_staffed=self._load(staffed),
            proven=proven,
        )
