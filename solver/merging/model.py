"""CP-SAT model of some enterprises, everybody else where they are; of the whole problem when these are all.

Owns the rules and the score of that model. The merge under way gives residual capacities, trips that are made anyway
and the hint; it is never changed here. Knows no limits of time and no choice of neighbourhood.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from ortools.sat.python import cp_model

from solver.merging.cliques import Graph, cover_by_cliques
from solver.merging.cuts import add_forced_visits
from solver.merging.graphs import conflict_graph
from solver.merging.part_model import PartModel, make_alone, make_part
from solver.merging.state import State
from solver.merging.subsets import IMPOSSIBLE
from solver.merging.symmetry import Couplings, add_order, day_classes, ranking, turn_hint
from solver.merging.tables import Tables
from solver.problem import NONE

MOST_PAIRS: Final = 30
"""Pairs of an announced and an unannounced request beyond which a variable tells the mode of a visit."""


def build_model(tables: Tables, state: State, members: list[int], *, symmetric: bool = True) -> PartModel:
    """Build the model of `members`, ascending; its size is their request-days. Rules 1 to 8 and the whole score.

    `symmetric`: order visits among days that are alike to these tables. Not for who adds rules by which days differ.
    """
    part = make_part(tables, state, members)
    _fill(part, state, symmetric=symmetric)
    return part


def build_alone(tables: Tables, state: State, e: int) -> PartModel:
    """Build the model of one enterprise as if nobody else were there: every plan of all obeys it and costs as much.

    Trips that others might make as well are free, sequences with other enterprises do not bind.
    """
    part = make_alone(tables, state, e)
    _fill(part, None, symmetric=True)
    return part


def _fill(part: PartModel, rest: State | None, *, symmetric: bool) -> None:
    """Add variables, rules and score; `rest`: where the other enterprises are, None if they do not count."""
    couplings = Couplings(part) if symmetric else None
    for e in part.members:
        _add_enterprise(part, e, couplings)
    _add_sequences(part, rest)
    _add_capacity(part)
    _add_trips(part)
    part.model.minimize(sum(cost * variable for variable, cost in part.costs))
    for variable, value in part.hinted:
        part.model.add_hint(variable, value)


def _add_enterprise(part: PartModel, e: int, couplings: Couplings | None) -> None:
    """Add everything that concerns one enterprise alone."""
    conflicts = conflict_graph(part.tables, part.requests(e))
    classes = day_classes(part, e, couplings) if couplings is not None else []
    ranked = [ranking(part, e, conflicts, days) for days in classes]
    for requests, days in zip(ranked, classes, strict=True):
        turn_hint(part, requests, days)
    for r in part.requests(e):
        _add_request(part, r)
    _add_visits(part, e)
    _add_visit_limits(part, e)
    _add_apart(part, e, conflicts)
    _add_repeats(part, e)
    add_forced_visits(part, e, conflicts)
    for requests, days in zip(ranked, classes, strict=True):
        add_order(part, e, requests, days)


def _add_request(part: PartModel, r: int) -> None:
    """Add rules 1 and 3: in one visit of its window or left out; delay and move."""
    now = int(part.day[r])
    part.serve[r] = {t: part.new(f"serve_{r}_{t}", part.cost(r, t), now == t) for t in part.open_days[r]}
    choices = list(part.serve[r].values())
    if part.tables.left_out[r] < IMPOSSIBLE:
        part.out[r] = part.new(f"out_{r}", float(part.tables.left_out[r]), now == NONE)
        choices.append(part.out[r])
    part.model.add_exactly_one(choices)


def _add_visits(part: PartModel, e: int) -> None:
    """Add rule 2 and the price of a visit; `max_visits`."""
    tables = part.tables
    hint = {int(part.day[r]) for r in part.requests(e)}
    visits = {}
    for t, requests in part.by_day(e).items():
        visits[t] = part.new(f"visit_{e}_{t}", float(tables.visit[e]), t in hint)
        for r in requests:
            part.model.add_implication(part.serve[r][t], visits[t])
    part.visit[e] = visits
    if tables.max_visits[e] < len(visits):
        part.model.add(sum(visits.values()) <= int(tables.max_visits[e]))


def _add_visit_limits(part: PartModel, e: int) -> None:
    """Add rule 6: most people and most departments in one visit."""
    tables = part.tables
    for t, requests in part.by_day(e).items():
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
    hint = any(int(part.day[r]) == t for r in requests)
    present = part.new(f"room_{e}_{t}_{part.tables.department[requests[0]]}", 0.0, hint)
    for r in requests:
        part.model.add_implication(part.serve[r][t], present)
    return present


def _add_apart(part: PartModel, e: int, conflicts: Graph) -> None:
    """Add rule 7: of a clique of requests that rules keep apart at most one is in a visit."""
    if _pairs_of_modes(part, e) > MOST_PAIRS:
        conflicts = _without_modes(part, e, conflicts)
        _add_modes(part, e)
    base = part.requests(e).start
    for clique in cover_by_cliques(conflicts):
        for t, visit in part.visit[e].items():
            present = [part.serve[base + i][t] for i in clique if t in part.serve[base + i]]
            if len(present) > 1:
                part.model.add_at_most_one([*present, visit.negated()])


def _pairs_of_modes(part: PartModel, e: int) -> int:
    """Count the pairs of an announced and an unannounced request."""
    unannounced = sum(bool(part.tables.unannounced[r]) for r in part.requests(e))
    return unannounced * (len(part.requests(e)) - unannounced)


def _without_modes(part: PartModel, e: int, conflicts: Graph) -> Graph:
    """Drop the edges that only notice modes make; those of requests that must be alone stay."""
    tables, requests = part.tables, part.requests(e)
    solo = sum(1 << i for i, r in enumerate(requests) if tables.solo[r])
    secret = sum(1 << i for i, r in enumerate(requests) if tables.unannounced[r])
    graph = []
    for i, r in enumerate(requests):
        same_mode = secret if tables.unannounced[r] else ~secret
        clashing = sum(
            1 << int(q) - requests.start for q in tables.clash[tables.clash_start[r] : tables.clash_start[r + 1]]
        )
        kept = -1 if tables.solo[r] else same_mode | solo | clashing
        graph.append(conflicts[i] & kept)
    return graph


def _add_modes(part: PartModel, e: int) -> None:
    """Tell by a variable whether a visit is unannounced."""
    tables = part.tables
    for t, requests in part.by_day(e).items():
        secret = [r for r in requests if tables.unannounced[r]]
        if not 0 < len(secret) < len(requests):
            continue
        mode = part.new(f"secret_{e}_{t}", 0.0, any(int(part.day[r]) == t for r in secret))
        for r in requests:
            part.model.add_implication(part.serve[r][t], mode if tables.unannounced[r] else mode.negated())


def _add_repeats(part: PartModel, e: int) -> None:
    """Price a visit that has another one fewer than `repeat_days` days before it."""
    tables = part.tables
    if tables.repeat <= 0 or tables.repeat_days <= 1:
        return
    visits = part.visit[e]
    hint = {int(part.day[r]) for r in part.requests(e)} - {NONE}
    for t, visit in visits.items():
        earlier = [s for s in visits if t - tables.repeat_days < s < t]
        if not earlier:
            continue
        again = part.new(f"again_{e}_{t}", tables.repeat, t in hint and any(s in hint for s in earlier))
        for s in earlier:
            part.model.add_bool_or([visit.negated(), visits[s].negated(), again])


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


def _add_sequences(part: PartModel, rest: State | None) -> None:
    """Add rule 8: the later request at least so many days after the earlier one, never without it."""
    for before, after, gap in _sequences(part):
        if before in part.serve and after in part.serve:
            for t, variable in part.serve[after].items():
                part.model.add(variable <= sum(v for s, v in part.serve[before].items() if s <= t - gap))
        elif rest is not None:
            _add_step_outside(part, rest, before, after, gap)


def _add_step_outside(part: PartModel, rest: State, before: int, after: int, gap: int) -> None:
    """Add a sequence one of whose requests stays where it is."""
    if after in part.serve:
        day = int(rest.day[before])
        for t, variable in part.serve[after].items():
            if day == NONE or t < day + gap:
                part.model.add(variable == 0)
        return
    day = int(rest.day[after])
    if day != NONE:
        part.model.add(sum(v for s, v in part.serve[before].items() if s <= day - gap) == 1)


def _add_capacity(part: PartModel) -> None:
    """Add rule 5: what the members take of a department-day fits beside the others."""
    load = part.tables.load
    for cell, requests in part.by_cell().items():
        if sum(int(load[r]) for r in requests) > part.room[cell]:
            part.model.add(sum(int(load[r]) * part.serve[r][cell[1]] for r in requests) <= part.room[cell])


def _add_trips(part: PartModel) -> None:
    """Price a trip of a department to a town on a day that nobody else makes anyway."""
    if part.tables.trip <= 0:
        return
    for (d, w, t), requests in part.by_trip().items():
        trip = part.new(f"trip_{d}_{w}_{t}", part.tables.trip, any(int(part.day[r]) == t for r in requests))
        for r in requests:
            part.model.add_implication(part.serve[r][t], trip)


__all__ = ["build_alone", "build_model"]
