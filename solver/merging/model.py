"""CP-SAT model of some enterprises, everybody else where they are; of the whole problem when these are all.

Owns variables and rules of that model. The merge under way gives residual capacities, trips that are made anyway and
the hint; it is never changed here. Knows no limits of time and no choice of neighbourhood.

Costs are integers, `SCALE` to one point of score.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

import numpy as np
from ortools.sat.python import cp_model

from solver.merging.state import State
from solver.merging.subsets import IMPOSSIBLE
from solver.merging.tables import Tables
from solver.problem import NONE

SCALE: Final = 10_000_000
"""One point of score; a rounded cost is wrong by 5e-8, a hundred thousand of them by less than a visit."""

Cell = tuple[int, int]


@dataclass(slots=True, kw_only=True)
class PartModel:
    """The model and its variables. `serve[r][t]`: request r on day t; `out[r]`: left out; `visit[e][t]`."""

    tables: Tables
    state: State
    members: list[int]
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

    def days(self) -> np.ndarray:
        """Read the days of the members' requests off a solution; to be called with `value`."""
        return np.array([r for e in self.members for r in self.requests(e)], dtype=np.int64)


def build_model(tables: Tables, state: State, members: list[int]) -> PartModel:
    """Build the model of `members`, ascending; its size is their request-days. Rules 1 to 8 and the whole score."""
    part = PartModel(tables=tables, state=state, members=members)
    for e in members:
        for r in part.requests(e):
            _add_request(part, e, r)
        _add_visits(part, e)
        _add_visit_limits(part, e)
        _add_apart(part, e)
        _add_repeats(part, e)
        _add_forced_visits(part, e)
    _add_sequences(part)
    _add_capacity(part)
    _add_trips(part)
    part.model.minimize(sum(cost * variable for variable, cost in part.costs))
    for variable, value in part.hinted:
        part.model.add_hint(variable, value)
    return part


def _add_request(part: PartModel, e: int, r: int) -> None:
    """Add rules 1 and 3: in one visit of its window or left out; delay and move."""
    tables, state = part.tables, part.state
    now = int(state.day[r])
    locked = tables.left_out[r] >= IMPOSSIBLE
    part.serve[r] = {}
    for t in _possible_days(tables, e, r):
        cost = tables.delay[r] * (t - tables.window_first[r])
        if tables.planned[r] not in (NONE, t):
            cost += tables.move
        part.serve[r][t] = part.new(f"serve_{r}_{t}", float(cost), now == t)
    choices = list(part.serve[r].values())
    if not locked:
        part.out[r] = part.new(f"out_{r}", float(tables.left_out[r]), now == NONE)
        choices.append(part.out[r])
    part.model.add_exactly_one(choices)


def _possible_days(tables: Tables, e: int, r: int) -> list[int]:
    first, last = int(tables.first[r]), min(int(tables.last[r]), tables.capacity.shape[1] - 1)
    if tables.people[r] > tables.max_people or tables.max_departments < 1 or tables.max_visits[e] < 1:
        return []
    closed = set(tables.ban_day[tables.ban_start[r] : tables.ban_start[r + 1]].tolist())
    for k in range(tables.quiet_start[e], tables.quiet_start[e + 1]):
        closed.update(range(int(tables.quiet_first[k]), int(tables.quiet_last[k]) + 1))
    return [t for t in range(first, last + 1) if t not in closed]


def _present(part: PartModel, e: int) -> dict[int, list[int]]:
    """Requests of an enterprise that may be served, by day."""
    by_day: dict[int, list[int]] = defaultdict(list)
    for r in part.requests(e):
        for t in part.serve[r]:
            by_day[t].append(r)
    return dict(sorted(by_day.items()))


def _add_visits(part: PartModel, e: int) -> None:
    """Add rule 2 and the price of a visit; `max_visits`."""
    tables = part.tables
    hint = {int(part.state.day[r]) for r in part.requests(e)}
    visits = {}
    for t, requests in _present(part, e).items():
        visits[t] = part.new(f"visit_{e}_{t}", float(tables.visit[e]), t in hint)
        for r in requests:
            part.model.add_implication(part.serve[r][t], visits[t])
    part.visit[e] = visits
    if tables.max_visits[e] < len(visits):
        part.model.add(sum(visits.values()) <= int(tables.max_visits[e]))


def _add_visit_limits(part: PartModel, e: int) -> None:
    """Add rule 6: most people and most departments in one visit."""
    tables = part.tables
    for t, requests in _present(part, e).items():
        if sum(int(tables.people[r]) for r in requests) > tables.max_people:
            part.model.add(sum(int(tables.people[r]) * part.serve[r][t] for r in requests) <= int(tables.max_people))
        groups: dict[int, list[int]] = defaultdict(list)
        for r in requests:
            groups[int(tables.department[r])].append(r)
        if len(groups) > tables.max_departments:
            part.model.add(sum(_room(part, e, t, g) for g in groups.values()) <= int(tables.max_departments))


def _room(part: PartModel, e: int, t: int, requests: list[int]) -> cp_model.IntVar:
    """Whether a department takes part in the visit of a day."""
    if len(requests) == 1:
        return part.serve[requests[0]][t]
    hint = any(int(part.state.day[r]) == t for r in requests)
    present = part.new(f"room_{e}_{t}_{part.tables.department[requests[0]]}", 0.0, hint)
    for r in requests:
        part.model.add_implication(part.serve[r][t], present)
    return present


def apart(tables: Tables, r: int, q: int) -> bool:
    """Say whether a rule keeps two requests of one enterprise out of one visit (solo, notice, conflict)."""
    if tables.solo[r] or tables.solo[q] or tables.unannounced[r] != tables.unannounced[q]:
        return True
    return bool((tables.clash[tables.clash_start[r] : tables.clash_start[r + 1]] == q).any())


def _add_apart(part: PartModel, e: int) -> None:
    """Add rule 7: who never shares a visit."""
    for r, q in combinations(part.requests(e), 2):
        if apart(part.tables, r, q):
            for t in part.serve[r].keys() & part.serve[q].keys():
                part.model.add_at_most_one([part.serve[r][t], part.serve[q][t]])


def _add_repeats(part: PartModel, e: int) -> None:
    """Price a visit that has another one fewer than `repeat_days` days before it."""
    tables = part.tables
    if tables.repeat <= 0 or tables.repeat_days <= 1:
        return
    visits = part.visit[e]
    hint = {int(part.state.day[r]) for r in part.requests(e)} - {NONE}
    for t, visit in visits.items():
        earlier = [s for s in visits if t - tables.repeat_days < s < t]
        if not earlier:
            continue
        again = part.new(f"again_{e}_{t}", tables.repeat, t in hint and any(s in hint for s in earlier))
        for s in earlier:
            part.model.add_bool_or([visit.negated(), visits[s].negated(), again])


def _add_forced_visits(part: PartModel, e: int) -> None:
    """Cut: requests that pairwise never meet need a visit each or are left out; the LP alone does not see it."""
    tables = part.tables
    packed: list[int] = []
    for r in sorted(part.requests(e), key=lambda q: (int(tables.last[q]), q)):
        if part.serve[r] and all(
            tables.first[r] > tables.last[q] or tables.last[r] < tables.first[q] or apart(tables, r, q) for q in packed
        ):
            packed.append(r)
    if len(packed) > 1:
        left_out = sum(part.out[r] for r in packed if r in part.out)
        part.model.add(sum(part.visit[e].values()) + left_out >= len(packed))


def _sequences(part: PartModel) -> Iterator[tuple[int, int, int]]:
    """(before, after, days) of all sequences with a request of a member."""
    tables = part.tables
    for e in part.members:
        for q in range(tables.step_start[e], tables.step_start[e + 1]):
            yield int(tables.step_before[q]), int(tables.step_after[q]), int(tables.step_days[q])
        for r in part.requests(e):
            for k in range(tables.cross_start[r], tables.cross_start[r + 1]):
                other, gap = int(tables.cross_other[k]), int(tables.cross_gap[k])
                pair = (other, r) if tables.cross_after[k] else (r, other)
                if other not in part.serve or r == pair[1]:
                    yield *pair, gap


def _add_sequences(part: PartModel) -> None:
    """Add rule 8: the later request at least so many days after the earlier one, never without it."""
    for before, after, gap in _sequences(part):
        if before not in part.serve:
            day = int(part.state.day[before])
            for t, variable in part.serve[after].items():
                if day == NONE or t < day + gap:
                    part.model.add(variable == 0)
        elif after not in part.serve:
            day = int(part.state.day[after])
            if day != NONE:
                part.model.add(sum(v for s, v in part.serve[before].items() if s <= day - gap) == 1)
        else:
            for t, variable in part.serve[after].items():
                part.model.add(variable <= sum(v for s, v in part.serve[before].items() if s <= t - gap))


def _by_cell(part: PartModel) -> dict[Cell, list[int]]:
    """Members' requests that may be served, by (department, day)."""
    cells: dict[Cell, list[int]] = defaultdict(list)
    for r, days in part.serve.items():
        for t in days:
            cells[int(part.tables.department[r]), t].append(r)
    return cells


def _add_capacity(part: PartModel) -> None:
    """Add rule 5: what the members take of a department-day fits beside the others."""
    tables, state = part.tables, part.state
    taken: dict[Cell, int] = defaultdict(int)
    for r in part.serve:
        if state.day[r] != NONE:
            taken[int(tables.department[r]), int(state.day[r])] += int(tables.load[r])
    for (d, t), requests in _by_cell(part).items():
        room = int(tables.capacity[d, t]) - int(state.used[d, t]) + taken[d, t]
        if sum(int(tables.load[r]) for r in requests) > room:
            part.model.add(sum(int(tables.load[r]) * part.serve[r][t] for r in requests) <= max(room, 0))


def _add_trips(part: PartModel) -> None:
    """Price a trip of a department to a town on a day that nobody else makes anyway."""
    tables, state = part.tables, part.state
    if tables.trip <= 0:
        return
    own: dict[tuple[int, int, int], int] = defaultdict(int)
    going: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for e in part.members:
        w = int(tables.town[e])
        for r in part.requests(e):
            d = int(tables.department[r])
            if state.day[r] != NONE:
                own[d, w, int(state.day[r])] += 1
            for t in part.serve[r]:
                going[d, w, t].append(r)
    for (d, w, t), requests in going.items():
        if state.trips[d, w, t] > own[d, w, t]:
            continue
        trip = part.new(f"trip_{d}_{w}_{t}", tables.trip, own[d, w, t] > 0)
        for r in requests:
            part.model.add_implication(part.serve[r][t], trip)


__all__ = ["SCALE", "PartModel", "apart", "build_model"]
