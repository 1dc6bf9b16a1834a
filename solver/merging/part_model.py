"""The variables of a CP-SAT model of some enterprises, and which days they are about.

Owns the containers that the modules with rules, cuts and symmetries fill and read. Knows no rule.

Costs are integers, `SCALE` to one point of score.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from ortools.sat.python import cp_model

from solver.merging.state import State
from solver.merging.tables import Tables
from solver.problem import NONE, Ints

SCALE: Final = 10_000_000
"""One point of score; a rounded cost is wrong by 5e-8, a hundred thousand of them by less than a visit."""

Cell = tuple[int, int]
Trip = tuple[int, int, int]


@dataclass(slots=True, kw_only=True)
class PartModel:
    """The model and its variables. `serve[r][t]`: request r on day t; `out[r]`: left out; `visit[e][t]`.

    `day` [R]: days of the hint, `open_days[r]`: days on which window, closures and bans let request r be served.
    `room` and `paid`: what the enterprises outside the model leave of a department-day, and trips they make anyway.
    """

    tables: Tables
    members: list[int]
    day: Ints
    open_days: dict[int, list[int]]
    room: dict[Cell, int]
    paid: set[Trip]
    model: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    serve: dict[int, dict[int, cp_model.IntVar]] = field(default_factory=dict)
    out: dict[int, cp_model.IntVar] = field(default_factory=dict)
    visit: dict[int, dict[int, cp_model.IntVar]] = field(default_factory=dict)
    costs: list[tuple[cp_model.IntVar, int]] = field(default_factory=list)
    hinted: list[tuple[cp_model.IntVar, bool]] = field(default_factory=list)

    def new(self, name: str, cost: float, hint: bool) -> cp_model.IntVar:
        """Return a new boolean with its cost per point and its value in the merge under way."""
        variable = self.model.new_bool_var(name)
        if cost:
            self.costs.append((variable, round(cost * SCALE)))
        self.hinted.append((variable, hint))
        return variable

    def requests(self, e: int) -> range:
        """Requests of an enterprise."""
        return range(int(self.tables.start[e]), int(self.tables.start[e + 1]))

    def by_day(self, e: int) -> dict[int, list[int]]:
        """Requests of an enterprise that may be served, by day, ascending."""
        found: dict[int, list[int]] = defaultdict(list)
        for r in self.requests(e):
            for t in self.open_days[r]:
                found[t].append(r)
        return dict(sorted(found.items()))

    def by_cell(self) -> dict[Cell, list[int]]:
        """Members' requests that may be served, by (department, day)."""
        cells: dict[Cell, list[int]] = defaultdict(list)
        for r, days in self.open_days.items():
            for t in days:
                cells[int(self.tables.department[r]), t].append(r)
        return cells

    def by_trip(self) -> dict[Trip, list[int]]:
        """Members' requests that may be served, by (department, town, day), without trips that others pay."""
        going: dict[Trip, list[int]] = defaultdict(list)
        for e in self.members:
            w = int(self.tables.town[e])
            for r in self.requests(e):
                d = int(self.tables.department[r])
                for t in self.open_days[r]:
                    if (d, w, t) not in self.paid:
                        going[d, w, t].append(r)
        return going

    def cost(self, r: int, t: int) -> float:
        """Delay and move of a request on a day."""
        tables = self.tables
        moved = tables.planned[r] not in (NONE, t)
        return float(tables.delay[r] * (t - tables.window_first[r]) + (tables.move if moved else 0.0))


def make_part(tables: Tables, state: State, members: list[int]) -> PartModel:
    """Prepare the model of `members` (ascending) beside all others; no variable yet."""
    requests = [r for e in members for r in range(int(tables.start[e]), int(tables.start[e + 1]))]
    owner = {r: e for e in members for r in range(int(tables.start[e]), int(tables.start[e + 1]))}
    part = PartModel(
        tables=tables,
        members=members,
        day=state.day.copy(),
        open_days={r: possible_days(tables, owner[r], r) for r in requests},
        room={},
        paid=set(),
    )
    _add_rest(part, state, owner)
    return part


def make_alone(tables: Tables, state: State, e: int) -> PartModel:
    """Prepare the model of one enterprise with all capacity to itself, trips free that others might make as well."""
    part = make_part(tables, state, [e])
    for d, t in part.room:
        part.room[d, t] = int(tables.capacity[d, t])
    sizes = np.diff(tables.start)
    neighbours = np.repeat((tables.town == tables.town[e]) & (np.arange(len(sizes)) != e), sizes)
    shared = set(np.unique(tables.department[neighbours]).tolist())
    w = int(tables.town[e])
    part.paid.clear()
    part.paid.update((d, w, t) for d, t in part.room if d in shared)
    return part


def possible_days(tables: Tables, e: int, r: int) -> list[int]:
    """List the days on which window, closures, bans and the limits of one visit let a request be served."""
    first, last = int(tables.first[r]), min(int(tables.last[r]), tables.capacity.shape[1] - 1)
    if tables.people[r] > tables.max_people or tables.max_departments < 1 or tables.max_visits[e] < 1:
        return []
    closed = set(tables.ban_day[tables.ban_start[r] : tables.ban_start[r + 1]].tolist())
    for k in range(tables.quiet_start[e], tables.quiet_start[e + 1]):
        closed.update(range(int(tables.quiet_first[k]), int(tables.quiet_last[k]) + 1))
    return [t for t in range(first, last + 1) if t not in closed]


def _add_rest(part: PartModel, state: State, owner: dict[int, int]) -> None:
    """Count what all others take of the capacities and which trips they make."""
    tables = part.tables
    taken: dict[Cell, int] = defaultdict(int)
    own: dict[Trip, int] = defaultdict(int)
    for r, e in owner.items():
        t = int(state.day[r])
        if t != NONE:
            taken[int(tables.department[r]), t] += int(tables.load[r])
            own[int(tables.department[r]), int(tables.town[e]), t] += 1
    for r, e in owner.items():
        d, w = int(tables.department[r]), int(tables.town[e])
        for t in part.open_days[r]:
            part.room[d, t] = max(0, int(tables.capacity[d, t]) - int(state.used[d, t]) + taken[d, t])
            if state.trips[d, w, t] > own[d, w, t]:
                part.paid.add((d, w, t))


__all__ = ["SCALE", "Cell", "PartModel", "Trip", "make_alone", "make_part", "possible_days"]
