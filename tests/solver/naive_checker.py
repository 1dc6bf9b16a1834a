"""The rules of the format once more, row by row and as plainly as can be, to hold the vectorised checker against.

Owns a slow second reading of the specification. Shares no code with `solver.checker` or `solver.rules`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from itertools import pairwise, product

from solver.plan import Plan
from solver.problem import Problem

EARTH_KM = 6371.0088


def broken_rules(problem: Problem, plan: Plan) -> set[str]:
    """Ids of all hard rules that a plan breaks."""
    members = _members(plan)
    return {
        *_placing(problem, plan, members),
        *_each_visit(problem, plan, members),
        *_capacity(problem, plan, members),
        *_over_time(problem, plan),
        *(_roster(problem, plan, members) if problem.inspectors is not None else ()),
    }


def _members(plan: Plan) -> dict[int, list[int]]:
    members: dict[int, list[int]] = {visit: [] for visit in range(plan.visits)}
    for request, visit in enumerate(plan.request_visit.tolist()):
        if visit >= 0:
            members[visit].append(request)
    return members


def _placing(problem: Problem, plan: Plan, members: dict[int, list[int]]) -> set[str]:
    found = set()
    for request, visit in enumerate(plan.request_visit.tolist()):
        if (visit >= 0) == bool(plan.reasons.get(request, ("", ""))[0]):
            found.add("request_placed_once")
    if any(not rows for rows in members.values()):
        found.add("visit_not_empty")
    days = list(zip(plan.visit_enterprise.tolist(), plan.visit_day.tolist(), strict=True))
    if len(set(days)) < len(days):
        found.add("visit_one_a_day")
    return found


def _each_visit(problem: Problem, plan: Plan, members: dict[int, list[int]]) -> set[str]:
    asks, limits, found = problem.requests, problem.limits, set()
    for visit, rows in members.items():
        enterprise, day = int(plan.visit_enterprise[visit]), int(plan.visit_day[visit])
        start = int(plan.visit_start_quarter[visit])
        if any(asks.enterprise[r] != enterprise for r in rows):
            found.add("visit_one_enterprise")
        if any(not asks.first_day[r] <= day <= asks.last_day[r] for r in rows):
            found.add("visit_in_window")
        if any(e == enterprise and first <= day <= last for e, first, last in problem.closures.tolist()):
            found.add("visit_enterprise_open")
        if any(start not in {1: (0, 1, 2, 3), 2: (0, 2), 4: (0,)}[int(asks.quarters[r])] for r in rows):
            found.add("visit_start_quarter")
        if len({int(asks.department[r]) for r in rows}) > (limits.max_departments_per_visit or math.inf):
            found.add("visit_departments_limit")
        if sum(int(asks.inspectors[r]) for r in rows) > (limits.max_inspectors_per_visit or math.inf):
            found.add("visit_inspectors_limit")
        if len(rows) > 1 and not all(asks.joint[r] for r in rows):
            found.add("request_alone")
        if len({bool(asks.unannounced[r]) for r in rows}) > 1:
            found.add("notice_modes_apart")
        if any(a in rows and b in rows for a, b in problem.conflicts.tolist()):
            found.add("conflict_apart")
    return found


def _people(problem: Problem, department: int, day: int) -> int:
    lowered = [n for d, t, n in problem.capacity.tolist() if (d, t) == (department, day)]
    if problem.inspectors is None:
        return lowered[0] if lowered else int(problem.departments.inspectors[department])
    officers = range(len(problem.inspectors))
    own = [i for i in officers if problem.inspectors.department[i] == department]
    return min([sum(_there(problem, i, day) and _valid(problem, i, day) for i in own), *lowered])


def _there(problem: Problem, officer: int, day: int) -> bool:
    return [officer, day] not in problem.absences.tolist()


def _valid(problem: Problem, officer: int, day: int) -> bool:
    assert problem.inspectors is not None
    until = int(problem.inspectors.valid_until_day[officer])
    return until < 0 or day <= until


def _capacity(problem: Problem, plan: Plan, members: dict[int, list[int]]) -> set[str]:
    load: dict[tuple[int, int], int] = defaultdict(int)
    for visit, rows in members.items():
        for r in rows:
            cell = (int(problem.requests.department[r]), int(plan.visit_day[visit]))
            load[cell] += int(problem.requests.inspectors[r] * problem.requests.quarters[r])
    share = 1 - Fraction(str(problem.limits.reserve))
    over = any(n > math.floor(4 * _people(problem, *cell) * share) for cell, n in load.items())
    return {"department_capacity"} if over else set()


def _over_time(problem: Problem, plan: Plan) -> set[str]:
    asks, found = problem.requests, set()
    day = [int(plan.visit_day[v]) if v >= 0 else None for v in plan.request_visit.tolist()]
    for enterprise, most in enumerate(problem.enterprises.max_visits.tolist()):
        if most >= 0 and plan.visit_enterprise.tolist().count(enterprise) > most:
            found.add("enterprise_max_visits")
    for before, after, gap in problem.sequences.tolist():
        early, late = day[before], day[after]
        if late is not None and (early is None or late < early + gap):
            found.add("sequence_gap")
    if any(asks.locked[r] and day[r] != asks.planned_day[r] for r in range(len(asks))):
        found.add("request_locked")
    return found


def _roster(problem: Problem, plan: Plan, members: dict[int, list[int]]) -> set[str]:
    assert problem.inspectors is not None
    asks, officers, found = problem.requests, problem.inspectors, set()
    rows: list[tuple[int, int, int]] = []
    if plan.roster is not None:
        columns = (plan.roster.request.tolist(), plan.roster.inspector.tolist(), plan.roster.lead.tolist())
        rows = list(zip(*columns, strict=True))
    found |= _crews(problem, plan, rows)
    busy: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for r, officer, _ in rows:
        visit = int(plan.request_visit[r])
        if visit < 0:
            continue
        day, start = int(plan.visit_day[visit]), int(plan.visit_start_quarter[visit])
        busy[officer, day] += [(start + k, visit) for k in range(int(asks.quarters[r]))]
        if officers.department[officer] != asks.department[r]:
            found.add("roster_own_department")
        if not _there(problem, officer, day):
            found.add("roster_present")
        if not _valid(problem, officer, day):
            found.add("roster_certificate")
        if [officer, int(asks.enterprise[r])] in problem.recusals.tolist():
            found.add("roster_recusal")
    if any(placed and sum(lead for r, _, lead in rows if r in placed) != 1 for placed in members.values()):
        found.add("roster_one_lead")
    return found | _busy(problem, plan, busy)


def _crews(problem: Problem, plan: Plan, rows: list[tuple[int, int, int]]) -> set[str]:
    assert problem.inspectors is not None
    asks, found = problem.requests, set()
    for r, visit in enumerate(plan.request_visit.tolist()):
        people = [officer for request, officer, _ in rows if request == r]
        needed = int(asks.inspectors[r]) if visit >= 0 else 0
        if len(people) != needed or len(set(people)) != needed:
            found.add("roster_complete")
        skill = int(asks.skill[r])
        if visit >= 0 and people and skill >= 0 and not any(problem.inspectors.skills[i, skill] for i in people):
            found.add("roster_skill")
    return found


def _busy(problem: Problem, plan: Plan, busy: dict[tuple[int, int], list[tuple[int, int]]]) -> set[str]:
    found = set()
    for cells in busy.values():
        quarters = [quarter for quarter, _ in cells]
        if len(set(quarters)) < len(quarters):
            found.add("roster_no_overlap")
        for (one, here), (other, there) in product(cells, cells):
            near = problem.limits.max_hop_km
            adjoining = other == one + 1 and other // 2 == one // 2
            if near is not None and adjoining and here != there and _km(problem, plan, here, there) > near:
                found.add("roster_hop")
    return found


def _km(problem: Problem, plan: Plan, one: int, other: int) -> float:
    """Angle between unit vectors, times the radius."""
    vectors = []
    for visit in (one, other):
        enterprise = plan.visit_enterprise[visit]
        lon, lat = (math.radians(c[enterprise]) for c in (problem.enterprises.lon, problem.enterprises.lat))
        vectors.append((math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)))
    return EARTH_KM * 2 * math.asin(min(1.0, math.dist(*vectors) / 2))


def cost_by_term(problem: Problem, plan: Plan) -> dict[str, float]:
    """The terms of the score to six decimals."""
    asks, weights = problem.requests, problem.weights
    classes = problem.enterprises.credit_class.tolist()
    placed = [(r, v, int(plan.visit_day[v])) for r, v in enumerate(plan.request_visit.tolist()) if v >= 0]
    delay, moves = 0.0, 0
    trips = set()
    for r, visit, day in placed:
        first, last = int(asks.first_day[r]), int(asks.last_day[r])
        if last > first:
            delay += weights.delay[classes[asks.enterprise[r]]] * (day - first) / (last - first)
        moves += asks.planned_day[r] >= 0 and asks.planned_day[r] != day
        trips.add((int(asks.department[r]), int(problem.enterprises.town[plan.visit_enterprise[visit]]), day))
    repeats = 0
    for enterprise in range(len(problem.enterprises)):
        days = sorted(int(d) for e, d in zip(plan.visit_enterprise, plan.visit_day, strict=True) if e == enterprise)
        repeats += sum(b - a < (problem.limits.repeat_days or 0) for a, b in pairwise(days))
    left_out = set(range(len(asks))) - {r for r, _, _ in placed}
    costs = {
        "unscheduled": weights.unscheduled * sum(int(asks.priority[r]) for r in left_out),
        "visits": sum(weights.visit[classes[e]] for e in plan.visit_enterprise.tolist()),
        "trips": weights.trip * len(trips),
        "delay": delay,
        "moves": weights.move * moves,
        "repeats": weights.repeat * repeats,
    }
    return {term: round(float(cost), 6) for term, cost in costs.items()}
