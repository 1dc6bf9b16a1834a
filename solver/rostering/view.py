"""A day opened up for search: lists instead of arrays, and who could go where.

Owns the look-ups that construction, exact model and draw share. Knows no search.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import numpy as np

from solver.problem import NONE, QUARTERS_PER_DAY
from solver.rostering.day import DayTask
from solver.rostering.geography import distances_km

STARTS: Final[dict[int, tuple[int, ...]]] = {1: (0, 1, 2, 3), 2: (0, 2), 4: (0,)}
"""Quarters in which a visit may start, by its length in quarters (hard rule 4)."""
NEIGHBOUR: Final = (1, 0, 3, 2)
"""The other quarter of the same half-day."""


def span_mask(start: int, quarters: int) -> int:
    """Return the quarters from `start` on as a bit mask of the day."""
    return ((1 << quarters) - 1) << start


class DayView:
    """What a search asks about a day; requests, visits and officers are local numbers.

    `requests_of[visit]`; `candidates[request]`: officers of the department, not recused, ascending;
    `skilled[request]`: those of them with the skill (all where none is asked for); `near[visit][visit]`.
    """

    def __init__(self, task: DayTask) -> None:
        self.task = task
        self.visit_of: list[int] = task.visit_of.tolist()
        self.department: list[int] = task.department.tolist()
        self.quarters: list[int] = task.quarters.tolist()
        self.people: list[int] = task.inspectors.tolist()
        self.skill: list[int] = task.skill.tolist()
        self.priority: list[int] = task.priority.tolist()
        self.longest: list[int] = task.longest.tolist()
        self.skill_count: list[int] = task.skills.sum(axis=1).tolist()
        self.near = self._near()
        self.requests_of: list[list[int]] = [[] for _ in self.longest]
        for request, visit in enumerate(self.visit_of):
            self.requests_of[visit].append(request)
        self._find_candidates()

    def starts(self, visit: int) -> tuple[int, ...]:
        return STARTS[self.longest[visit]]

    def possible(self, request: int) -> bool:
        """Say whether a request could be staffed if nothing else were planned on the day."""
        return len(self.candidates[request]) >= self.people[request] and bool(self.skilled[request])

    def _near(self) -> list[list[bool]] | None:
        """Which visits lie within a hop of each other; None where the hop has no limit."""
        if self.task.max_hop_km is None:
            return None
        near: list[list[bool]] = (distances_km(self.task.lon, self.task.lat) <= self.task.max_hop_km).tolist()
        return near

    def _find_candidates(self) -> None:
        crew: dict[int, list[int]] = defaultdict(list)
        for officer, department in enumerate(self.task.officer_department.tolist()):
            crew[department].append(officer)
        recused: dict[int, set[int]] = defaultdict(set)
        for visit, officer in self.task.recused.tolist():
            recused[visit].add(officer)
        has_skill: list[list[bool]] = np.asarray(self.task.skills).T.tolist()
        self.candidates: list[list[int]] = []
        self.skilled: list[list[int]] = []
        for visit, department, skill in zip(self.visit_of, self.department, self.skill, strict=True):
            out = recused.get(visit)
            able = [o for o in crew[department] if o not in out] if out else crew[department]
            self.candidates.append(able)
            self.skilled.append(able if skill == NONE else [o for o in able if has_skill[skill][o]])


class Diary:
    """Where each officer is in each quarter of the day, and whether one more request fits."""

    def __init__(self, view: DayView) -> None:
        officers = len(view.task.officer)
        self.near = view.near
        self.busy = [0] * officers
        self.place = [[NONE] * QUARTERS_PER_DAY for _ in range(officers)]

    def fits(self, officer: int, visit: int, start: int, quarters: int) -> bool:
        """Say whether an officer is free from `start` on and near enough to what adjoins in the half-day."""
        if self.busy[officer] & span_mask(start, quarters):
            return False
        if quarters != 1 or self.near is None:
            return True
        other = self.place[officer][NEIGHBOUR[start]]
        return other == NONE or self.near[visit][other]

    def put(self, officer: int, visit: int, start: int, quarters: int) -> None:
        self.busy[officer] |= span_mask(start, quarters)
        for quarter in range(start, start + quarters):
            self.place[officer][quarter] = visit

    def adjoining(self, officer: int, start: int, quarters: int) -> int:
        """Return the visit in the other quarter of the half-day, NONE if there is none or the half is filled."""
        return self.place[officer][NEIGHBOUR[start]] if quarters == 1 else NONE
