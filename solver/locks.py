"""Locked requests that cannot all stay where they are: the smallest sets that collide, each with its rule.

Owns the question whether the locks of a problem contradict each other. Reads the problem only: no plan, no model,
no search. Rule ids are those of `solver.rules`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

import numpy as np

from solver.cycles import topological_order
from solver.problem import NONE, Bools, Ints, Problem

Collision = tuple[tuple[int, str], ...]
"""(request index, rule id) of each member."""

_MOST_LISTED: Final = 100


def held_requests(problem: Problem) -> Bools:
    """Requests no plan may leave out: those locked on a day and, by the sequences, all they wait for; [R]."""
    held = problem.requests.locked & (problem.requests.planned_day != NONE)
    while True:
        before = problem.sequences[held[problem.sequences[:, 1]], 0]
        if held[before].all():
            return held
        held[before] = True


def colliding_locks(problem: Problem) -> tuple[tuple[str, str], ...]:
    """One smallest set of locked requests that cannot hold together, as (request id, rule id); empty when all can.

    Minimal: without any one of its members the rest can hold.

    Sequences through requests that are not locked are followed; whether such a request itself finds room is a
    question for the solver. Every other rule is decided exactly, because a locked request has its day.
    """
    found = list_collisions(problem)
    if not found:
        return ()
    smallest = min(found, key=len)
    return tuple((str(problem.requests.ids[request]), rule) for request, rule in smallest)


def list_collisions(problem: Problem) -> list[Collision]:
    """Collisions of locks, single ones first, one or none for each day, enterprise or pair concerned.

    Each is minimal for its rule: taking a member out lifts it, though the rest may collide by another rule.

    Linear in the locked requests but for pairs that share an enterprise and a day.
    """
    locked = np.flatnonzero(problem.requests.locked & (problem.requests.planned_day != NONE))
    if not len(locked):
        return []
    found: list[Collision] = []
    alone = np.zeros(len(problem.requests), dtype=np.bool_)
    for collision in _collisions(problem, locked, alone):
        found.append(collision)
        if len(found) == _MOST_LISTED:
            break
    return found


def _collisions(problem: Problem, locked: Ints, impossible: Bools) -> Iterator[Collision]:
    for request, rule in _single(problem, locked):
        if not impossible[request]:
            impossible[request] = True
            yield ((request, rule),)
    possible = locked[~impossible[locked]]
    yield from _sequences(problem, possible)
    yield from _shared_visits(problem, possible)
    yield from _department_days(problem, possible)
    yield from _too_many_visits(problem, possible)


def _single(problem: Problem, locked: Ints) -> Iterator[tuple[int, str]]:
    """Locked requests that no plan can hold, with the rule that forbids it."""
    requests, limits = problem.requests, problem.limits
    day = requests.planned_day[locked]
    outside = (day < requests.first_day[locked]) | (day > requests.last_day[locked]) | (day >= problem.days)
    yield from ((int(request), "visit_in_window") for request in locked[outside])
    inside = locked[~outside]
    yield from ((int(request), "visit_enterprise_open") for request in inside[_closed(problem, inside)])
    cell = (requests.department[inside], requests.planned_day[inside])
    over = requests.load[inside] > problem.capacity_quarters()[cell]
    yield from ((int(request), "department_capacity") for request in inside[over])
    if limits.max_inspectors_per_visit is not None:
        crowded = requests.inspectors[inside] > limits.max_inspectors_per_visit
        yield from ((int(request), "visit_inspectors_limit") for request in inside[crowded])
    if limits.max_departments_per_visit == 0:
        yield from ((int(request), "visit_departments_limit") for request in inside)
    forbidden = problem.enterprises.max_visits[requests.enterprise[inside]] == 0
    yield from ((int(request), "enterprise_max_visits") for request in inside[forbidden])
    yield from _without_crew(problem, inside)


def _closed(problem: Problem, locked: Ints) -> Bools:
    """Which of the locked requests fall into a closure of their enterprise, [n]."""
    enterprise, day = problem.requests.enterprise[locked], problem.requests.planned_day[locked]
    closed = np.zeros(len(locked), dtype=np.bool_)
    concerned = problem.closures[np.isin(problem.closures[:, 0], enterprise)]
    order = np.argsort(enterprise, kind="stable")
    first = np.searchsorted(enterprise[order], concerned[:, 0], side="left")
    last = np.searchsorted(enterprise[order], concerned[:, 0], side="right")
    for (_, start, end), low, high in zip(concerned.tolist(), first.tolist(), last.tolist(), strict=True):
        rows = order[low:high]
        closed[rows] |= (day[rows] >= start) & (day[rows] <= end)
    return closed


def _without_crew(problem: Problem, locked: Ints) -> Iterator[tuple[int, str]]:
    """Locked requests whose department has not enough people there, or none with the skill, on their day."""
    if problem.inspectors is None:
        return
    requests, officers, there = problem.requests, problem.inspectors, problem.available()
    recused: dict[int, list[int]] = {}
    for inspector, enterprise in problem.recusals.tolist():
        recused.setdefault(enterprise, []).append(inspector)
    for request in locked.tolist():
        free = there[:, requests.planned_day[request]] & (officers.department == requests.department[request])
        free[recused.get(int(requests.enterprise[request]), [])] = False
        skill = requests.skill[request]
        if int(free.sum()) < requests.inspectors[request]:
            yield request, "roster_complete"
        elif skill != NONE and not (free & officers.skills[:, skill]).any():
            yield request, "roster_skill"


def _sequences(problem: Problem, locked: Ints) -> Iterator[Collision]:
    """Locked requests whose predecessors cannot be early enough, because of windows or of another lock.

    Earliest days run through the sequences in topological order, once as if nothing were locked, which condemns a lock
    by itself, and once with the locks, each day remembering the lock that pushed it there.
    """
    if not len(problem.sequences):
        return
    requests = problem.requests
    is_locked = np.zeros(len(requests), dtype=np.bool_)
    is_locked[locked] = True
    before: dict[int, list[tuple[int, int]]] = {}
    for first, second, gap in problem.sequences.tolist():
        before.setdefault(second, []).append((first, gap))
    earliest: dict[int, tuple[int, int]] = {}
    unlocked: dict[int, tuple[int, int]] = {}
    for node in topological_order(problem.sequences[:, :2]):
        unlocked[node] = _earliest(problem, node, [(unlocked[b], gap) for b, gap in before.get(node, [])])
        earliest[node] = _earliest(problem, node, [(earliest[b], gap) for b, gap in before.get(node, [])])
        if is_locked[node]:
            planned = int(requests.planned_day[node])
            if unlocked[node][0] > planned:
                yield ((node, "sequence_gap"),)
            elif earliest[node][0] > planned:
                yield ((earliest[node][1], "sequence_gap"), (node, "sequence_gap"))
            earliest[node] = (planned, node)


def _earliest(problem: Problem, node: int, befores: list[tuple[tuple[int, int], int]]) -> tuple[int, int]:
    """(earliest day of a request, lock that pushes it there or NONE): window, closures, predecessors."""
    requests = problem.requests
    day, source = int(requests.first_day[node]), NONE
    for (before_day, before_source), gap in befores:
        if before_day + gap > day:
            day, source = before_day + gap, before_source
    days = np.flatnonzero(problem.open_days(int(requests.enterprise[node]))[day : requests.last_day[node] + 1])
    # A predecessor that can never be visited keeps its successors out for good.
    return (day + int(days[0]), source) if len(days) else (problem.days + 1, source)


def _groups(keys: Ints) -> Iterator[Ints]:
    """Positions of equal keys, group by group, only groups of two and more."""
    order = np.argsort(keys, kind="stable")
    edges = np.flatnonzero(np.diff(keys[order])) + 1
    for group in np.split(order, edges):
        if len(group) > 1:
            yield group


def _shared_visits(problem: Problem, locked: Ints) -> Iterator[Collision]:
    """Locked requests of one enterprise on one day: one visit a day, so they share it or they collide."""
    requests = problem.requests
    conflicts = {frozenset(pair) for pair in problem.conflicts.tolist()}
    for group in _groups(requests.enterprise[locked] * problem.days + requests.planned_day[locked]):
        members = locked[group]
        pairs = [(a, b, _apart(problem, conflicts, a, b)) for a, b in combinations(members.tolist(), 2)]
        clashes = [((a, rule), (b, rule)) for a, b, rule in pairs if rule is not None]
        yield from clashes
        if not clashes:
            yield from _crowded(problem, members)


def _apart(problem: Problem, conflicts: set[frozenset[int]], a: int, b: int) -> str | None:
    """The rule that keeps two requests out of one visit."""
    requests = problem.requests
    if not (requests.joint[a] and requests.joint[b]):
        return "request_alone"
    if requests.unannounced[a] != requests.unannounced[b]:
        return "notice_modes_apart"
    return "conflict_apart" if frozenset((a, b)) in conflicts else None


def _crowded(problem: Problem, members: Ints) -> Iterator[Collision]:
    """Too many departments or people on one locked day of one enterprise."""
    requests, limits = problem.requests, problem.limits
    _, one_each = np.unique(requests.department[members], return_index=True)
    most = limits.max_departments_per_visit
    if most is not None and len(one_each) > most:
        yield _collision(members[one_each[: most + 1]], "visit_departments_limit")
    people = limits.max_inspectors_per_visit
    if people is not None and requests.inspectors[members].sum() > people:
        yield _collision(_fewest_over(members, requests.inspectors[members], people), "visit_inspectors_limit")


def _department_days(problem: Problem, locked: Ints) -> Iterator[Collision]:
    """Department-days that locked requests alone overload."""
    requests = problem.requests
    capacity = problem.capacity_quarters()
    for group in _groups(requests.department[locked] * problem.days + requests.planned_day[locked]):
        members = locked[group]
        room = int(capacity[requests.department[members[0]], requests.planned_day[members[0]]])
        if requests.load[members].sum() > room:
            yield _collision(_fewest_over(members, requests.load[members], room), "department_capacity")


def _too_many_visits(problem: Problem, locked: Ints) -> Iterator[Collision]:
    """Enterprises whose locked requests lie on more days than they may be visited."""
    requests = problem.requests
    for group in _groups(requests.enterprise[locked]):
        members = locked[group]
        most = int(problem.enterprises.max_visits[requests.enterprise[members[0]]])
        _, one_each = np.unique(requests.planned_day[members], return_index=True)
        if most != NONE and len(one_each) > most:
            yield _collision(members[one_each[: most + 1]], "enterprise_max_visits")


def _fewest_over(members: Ints, amounts: Ints, room: int) -> Ints:
    """The fewest members whose amounts exceed `room`: largest first, until they do."""
    order = np.argsort(-amounts, kind="stable")
    needed = int(np.searchsorted(np.cumsum(amounts[order]), room, side="right")) + 1
    return np.sort(members[order[:needed]])


def _collision(members: Ints, rule: str) -> Collision:
    return tuple((int(member), rule) for member in members)
