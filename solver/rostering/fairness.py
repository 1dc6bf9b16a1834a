"""The draw of one department over the whole horizon: fair, random, repeatable, and within the rules.

Owns who goes where once starts are fixed. Departments share no officer, so each is drawn by itself, day after day,
and carries along how much each officer has done and where each pair has been. Chooses no start and leaves nothing
out: every request it is given has a feasible crew to fall back on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from solver.problem import NONE, Ints
from solver.rostering.day import DayTask
from solver.rostering.exact import Staffing, staff_on_starts
from solver.rostering.geography import distances_km
from solver.rostering.ranking import draw_values
from solver.rostering.view import DayView, Diary

BAND_QUARTERS: Final = 4.0
"""Officers whose work differs from their fair share by the same number of whole days are drawn as equals."""
BAND_POINTS: Final = 2
HOP_KM_PER_POINT: Final = 5.0
PAIR_POINTS: Final = 4
"""One return of a pair to a site weighs as much as two days of work too many."""
FILL_POINTS: Final = 1_000
"""In the second try, room for later requests outweighs fairness: fill opened half-days, keep skills free."""

Crew = tuple[int, ...]
Rank = tuple[int, bytes, int]
"""Points, draw value, local officer; the lowest goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentTask:
    """The days of one department, in order.

    `tasks`: day tasks with the requests of this department only; parallel to them `starts` (by local visit),
    `crews` (a feasible crew by local request, local officers) and `sites` (enterprise by local visit).
    `request_ids`, `officer_ids`: by local number of each task.
    """

    seed: int
    tasks: tuple[DayTask, ...]
    starts: tuple[Ints, ...]
    crews: tuple[tuple[Crew, ...], ...]
    sites: tuple[Ints, ...]
    request_ids: tuple[tuple[str, ...], ...]
    officer_ids: tuple[tuple[str, ...], ...]


def draw_department(task: DepartmentTask) -> Ints:
    """Return who goes, [n, 2]: request and officer, indices of the problem.

    Officers are drawn by points, then by draw value (`ranking`). Points: whole days above the fair share (of the
    department's work on the days an officer was present), kilometres of an adjoining hop, returns of a pair.
    """
    memory = _Memory()
    rows = []
    for place, day in enumerate(task.tasks):
        draw = _DayDraw(task, place, memory)
        crews = draw.crews()
        memory.remember(draw, crews)
        rows += [(int(day.request[r]), int(day.officer[o])) for r, crew in enumerate(crews) for o in crew]
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


class _Memory:
    """What earlier days left behind: work above the fair share by officer, and pairs that were at a site."""

    def __init__(self) -> None:
        self.surplus: dict[int, float] = {}
        self.pairs: set[tuple[int, int, int]] = set()

    def band(self, officer: int) -> int:
        return math.floor(self.surplus.get(officer, 0.0) / BAND_QUARTERS)

    def remember(self, draw: _DayDraw, crews: list[Crew]) -> None:
        work = dict.fromkeys(draw.officers, 0)
        for request, crew in enumerate(crews):
            site = draw.site(request)
            people = sorted(draw.officers[o] for o in crew)
            self.pairs.update((site, a, b) for a, b in combinations(people, 2))
            for officer in people:
                work[officer] += draw.view.quarters[request]
        share = sum(work.values()) / max(1, len(work))
        for officer, done in work.items():
            self.surplus[officer] = self.surplus.get(officer, 0.0) + done - share


class _DayDraw:
    """The draw of one department on one day."""

    def __init__(self, task: DepartmentTask, place: int, memory: _Memory) -> None:
        day = task.tasks[place]
        self.view = DayView(day)
        self.seed = task.seed
        self.memory = memory
        self.officers: list[int] = day.officer.tolist()
        self.starts: list[int] = task.starts[place].tolist()
        self.sites: list[int] = task.sites[place].tolist()
        self.fallback = task.crews[place]
        self.km: list[list[float]] = distances_km(day.lon, day.lat).tolist()
        self.bands = [memory.band(officer) * BAND_POINTS for officer in self.officers]
        codes = [officer.encode() for officer in task.officer_ids[place]]
        self.values = [
            dict(zip(able, draw_values(self.seed, request, [codes[o] for o in able]), strict=True))
            for request, able in zip(task.request_ids[place], self.view.candidates, strict=True)
        ]

    def site(self, request: int) -> int:
        return self.sites[self.view.visit_of[request]]

    def crews(self) -> list[Crew]:
        """Draw fairly; where that runs out of people, keep room for later requests; else solve for the best draw."""
        return self._draw(fill=0) or self._draw(fill=FILL_POINTS) or self._best()

    def _draw(self, fill: int) -> list[Crew] | None:
        diary = Diary(self.view)
        crews: list[Crew] = [()] * len(self.view.visit_of)
        for request in self._order():
            crew = self._crew(request, diary, fill)
            if crew is None:
                return None
            crews[request] = crew
            visit = self.view.visit_of[request]
            for officer in crew:
                diary.put(officer, visit, self.starts[visit], self.view.quarters[request])
        return crews

    def _order(self) -> list[int]:
        """Longest first (lengths nest), then those that need a skill, then by start and number."""
        view = self.view

        def key(request: int) -> tuple[int, bool, int, int]:
            return -view.quarters[request], view.skill[request] == NONE, self.starts[view.visit_of[request]], request

        return sorted(range(len(view.visit_of)), key=key)

    def _crew(self, request: int, diary: Diary, fill: int) -> Crew | None:
        """Take the first of the ranking, one with the skill first of all; None where people are short."""
        view = self.view
        visit, quarters = view.visit_of[request], view.quarters[request]
        start = self.starts[visit]
        free = [o for o in view.candidates[request] if diary.fits(o, visit, start, quarters)]
        ranking = sorted(self._rank(request, officer, diary, fill) for officer in free)
        crew: list[int] = []
        if view.skill[request] != NONE:
            skilled = set(view.skilled[request])
            ranking_of_skilled = [rank for rank in ranking if rank[2] in skilled]
            if not ranking_of_skilled:
                return None
            crew.append(ranking_of_skilled[0][2])
        while len(crew) < view.people[request]:
            officer = self._next(ranking, crew, self.sites[visit])
            if officer is None:
                return None
            crew.append(officer)
        return tuple(crew)

    def _rank(self, request: int, officer: int, diary: Diary, fill: int) -> Rank:
        points = self.bands[officer]
        visit, quarters = self.view.visit_of[request], self.view.quarters[request]
        other = diary.adjoining(officer, self.starts[visit], quarters)
        if other != NONE:
            points += round(self.km[visit][other] / HOP_KM_PER_POINT)
        elif fill and quarters == 1:
            points += fill
        if fill and self.view.skill[request] == NONE:
            points += fill // 10 * self.view.skill_count[officer]
        return points, self.values[request][officer], officer

    def _next(self, ranking: Iterable[Rank], crew: list[int], site: int) -> int | None:
        """Return the first who is not in the crew, counting returns of a pair to the site."""
        best: Rank | None = None
        for points, value, officer in ranking:
            if best is not None and points > best[0]:
                break
            if officer in crew:
                continue
            rank = (points + PAIR_POINTS * self._returns(officer, crew, site), value, officer)
            if best is None or rank < best:
                best = rank
        return None if best is None else best[2]

    def _returns(self, officer: int, crew: list[int], site: int) -> int:
        mine = self.officers[officer]
        others = [self.officers[o] for o in crew]
        return sum((site, min(mine, other), max(mine, other)) in self.memory.pairs for other in others)

    def _best(self) -> list[Crew]:
        """Solve for the crews whose places in the rankings of their requests have the smallest sum."""
        diary = Diary(self.view)
        costs: dict[tuple[int, int], int] = {}
        for request, able in enumerate(self.view.candidates):
            ranking = sorted(self._rank(request, officer, diary, 0) for officer in able)
            costs |= {(request, rank[2]): place for place, rank in enumerate(ranking)}
        feasible = Staffing(starts=self.starts, crews=list(self.fallback), proven=False)
        departments = frozenset(self.view.department)
        best = staff_on_starts(self.view, feasible, frozenset(), departments, costs, seed=self.seed)
        if best is None or not all(best.crews):
            return list(self.fallback)
        return best.crews
