"""Crews for some visits of a plan around crews that stay: nobody who is busy is moved.

Owns the small staffing used when few visits of a staffed plan change. Of the people who are free those drawn first go
(`rostering.ranking`), someone with the skill among them. Proves nothing: what finds no crew here may have one after a
new roster of the whole day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from solver.problem import NONE, Problem
from solver.resolving.pieces import Piece, plan_of_pieces
from solver.rostering.day import day_tasks
from solver.rostering.leads import choose_leads
from solver.rostering.ranking import draw_value
from solver.rostering.view import DayView, Diary


def staff_around(
    problem: Problem, kept: Sequence[Piece], fresh: Sequence[Piece], *, seed: int
) -> tuple[Piece, ...] | None:
    """Return `fresh` with starts and crews beside `kept`, in the same order; None where somebody is missing.

    Pieces of `fresh` that already have a crew keep start and crew if all of it is still free. The longest visits
    choose first.
    """
    staffed: dict[Piece, Piece] = {}
    for day in sorted({piece.day for piece in fresh}):
        beside = [piece for piece in kept if piece.day == day]
        asking = [piece for piece in fresh if piece.day == day]
        found = _staff_day(problem, day, beside, asking, seed)
        if found is None:
            return None
        staffed |= found
    return tuple(staffed[piece] for piece in fresh)


def _staff_day(
    problem: Problem, day: int, kept: list[Piece], fresh: list[Piece], seed: int
) -> dict[Piece, Piece] | None:
    together: dict[int, tuple[Piece, ...]] = {}
    for piece in [*kept, *fresh]:
        together[piece.enterprise] = (*together.get(piece.enterprise, ()), piece)
    if any(len(pieces) > 1 for pieces in together.values()):
        return None  # one enterprise, one visit a day
    plan = plan_of_pieces(problem, together, {}, staffed=False)
    desk = _Desk(problem, DayView(next(iter(day_tasks(problem, plan, {day})))), seed)
    for piece in kept:
        desk.book(piece)
    longest = sorted(fresh, key=lambda piece: (-max(problem.requests.quarters[list(piece.requests)]), piece))
    found: dict[Piece, Piece] = {}
    for piece in longest:
        staffed = desk.keep(piece) or desk.staff(piece)
        if staffed is None:
            return None
        desk.book(staffed)
        found[piece] = staffed
    return found


class _Desk:
    """One day's diary, asked in numbers of the problem."""

    def __init__(self, problem: Problem, view: DayView, seed: int) -> None:
        self.problem, self.view, self.seed = problem, view, seed
        self.diary = Diary(view)
        self.request = {int(number): place for place, number in enumerate(view.task.request)}
        self.officer = {int(number): place for place, number in enumerate(view.task.officer)}

    def book(self, piece: Piece) -> None:
        """Write a crew into the diary; who is not there that day takes nobody's place."""
        for request, person, _ in piece.crew:
            local = self.request[request]
            if person in self.officer:
                self.diary.put(self.officer[person], self.view.visit_of[local], piece.start, self.view.quarters[local])

    def keep(self, piece: Piece) -> Piece | None:
        """The piece as it is, where its crew is whole, may go and is free."""
        for request in piece.requests:
            local = self.request[request]
            crew = [self.officer.get(person, NONE) for r, person, _ in piece.crew if r == request]
            able, skilled = set(self.view.candidates[local]), set(self.view.skilled[local])
            free = all(person in able and self._fits(person, local, piece.start) for person in crew)
            if not free or len(crew) != self.view.people[local] or not skilled.intersection(crew):
                return None
        return piece

    def staff(self, piece: Piece) -> Piece | None:
        """The piece with the first start for which everybody is found."""
        visit = self.view.visit_of[self.request[piece.requests[0]]]
        for start in sorted(self.view.starts(visit), key=lambda start: (start != piece.start, start)):
            rows: list[tuple[int, int]] = []
            for request in piece.requests:
                crew = self._crew(request, start, {person for _, person in rows})
                if not crew:
                    break
                rows += [(request, person) for person in crew]
            else:
                return replace(piece, start=start, crew=self._led(piece, rows))
        return None

    def _crew(self, request: int, start: int, taken: set[int]) -> list[int]:
        """People of the problem for one request, those drawn first; empty where there are too few."""
        local = self.request[request]
        needed, skilled = self.view.people[local], set(self.view.skilled[local])
        free = [o for o in self.view.candidates[local] if self._fits(o, local, start)]
        people = [(o, int(self.view.task.officer[o])) for o in free if int(self.view.task.officer[o]) not in taken]
        people.sort(key=lambda one: self._drawn(request, one[1]))
        first = next((one for one in people if one[0] in skilled), None)
        if first is None or len(people) < needed:
            return []
        return [person for _, person in [first, *[one for one in people if one != first]][:needed]]

    def _fits(self, officer: int, local: int, start: int) -> bool:
        return self.diary.fits(officer, self.view.visit_of[local], start, self.view.quarters[local])

    def _drawn(self, request: int, person: int) -> bytes:
        assert self.problem.inspectors is not None  # noqa: S101 -- there is no crew without officers
        ids = self.problem.requests.ids, self.problem.inspectors.ids
        return draw_value(self.seed, str(ids[0][request]), str(ids[1][person]))

    def _led(self, piece: Piece, rows: list[tuple[int, int]]) -> tuple[tuple[int, int, int], ...]:
        crew = np.array(sorted(rows), dtype=np.int64)
        plan = plan_of_pieces(self.problem, {piece.enterprise: (piece,)}, {}, staffed=False)
        lead = choose_leads(self.problem, plan, crew, self.seed).tolist()
        return tuple((request, person, led) for (request, person), led in zip(crew.tolist(), lead, strict=True))
