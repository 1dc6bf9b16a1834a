"""Builders of small staffed problems for rostering tests, and an independent reading of hard rule 9.

Owns defaults: one day, one department, visits on one spot. Knows nothing of how rosters are found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import combinations, product

import numpy as np

from solver.plan import Plan, Roster
from solver.problem import (
    NONE,
    Departments,
    Enterprises,
    Inspectors,
    Limits,
    Problem,
    Requests,
)

KM_PER_DEGREE = 111.195
"""Length of a degree of latitude, for places given in kilometres north of the first one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request: which visit it is in, and what it asks for."""

    visit: int
    department: int = 0
    quarters: int = 1
    people: int = 2
    skill: int = NONE
    priority: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Visits (their day and their km north), requests and officers of a small problem."""

    asks: tuple[Ask, ...]
    officers: tuple[int, ...]
    """Department of each officer."""
    day: tuple[int, ...]
    """Day of each visit; visit k goes to enterprise `enterprise[k]`."""
    km: tuple[float, ...] = ()
    enterprise: tuple[int, ...] = ()
    skilled: frozenset[tuple[int, int]] = field(default_factory=frozenset)
    """(officer, skill)."""
    absences: tuple[tuple[int, int], ...] = ()
    recusals: tuple[tuple[int, int], ...] = ()
    valid_until: dict[int, int] = field(default_factory=dict)
    max_hop_km: float | None = 15.0


def build(town: Town) -> tuple[Problem, Plan]:
    """Return the problem and its merged plan, without starts and roster."""
    visits = len(town.day)
    site = np.array(town.enterprise or range(visits), dtype=np.int64)
    km = np.array(town.km or [0.0] * (int(site.max()) + 1))
    departments = 1 + max([a.department for a in town.asks] + list(town.officers))
    days = 1 + max(town.day)
    return _problem(town, site, km, departments, days), _plan(town, site)


def _column(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def _ids(letter: str, count: int) -> np.ndarray:
    return np.array([f"{letter}{n}" for n in range(count)], dtype=object)


def _problem(town: Town, site: np.ndarray, km: np.ndarray, departments: int, days: int) -> Problem:
    asks, officers = town.asks, town.officers
    skills = np.zeros((len(officers), 2), dtype=np.bool_)
    for officer, skill in town.skilled:
        skills[officer, skill] = True
    return Problem(
        name="town",
        dates=tuple(f"2026-01-{5 + day:02d}" for day in range(days)),
        departments=Departments(
            ids=_ids("D", departments),
            inspectors=np.bincount(_column(list(officers)), minlength=departments),
            lon=np.full(departments, 120.0),
            lat=np.full(departments, 33.0),
        ),
        enterprises=Enterprises(
            ids=_ids("E", len(km)),
            credit_class=np.zeros(len(km), dtype=np.int64),
            town=np.zeros(len(km), dtype=np.int64),
            town_ids=_ids("T", 1),
            lon=np.full(len(km), 120.0),
            lat=33.0 + km / KM_PER_DEGREE,
            max_visits=np.full(len(km), NONE, dtype=np.int64),
        ),
        requests=Requests(
            ids=_ids("R", len(asks)),
            department=_column([a.department for a in asks]),
            enterprise=_column([int(site[a.visit]) for a in asks]),
            first_day=np.zeros(len(asks), dtype=np.int64),
            last_day=np.full(len(asks), days - 1, dtype=np.int64),
            quarters=_column([a.quarters for a in asks]),
            inspectors=_column([a.people for a in asks]),
            priority=_column([a.priority for a in asks]),
            joint=np.ones(len(asks), dtype=np.bool_),
            unannounced=np.zeros(len(asks), dtype=np.bool_),
            skill=_column([a.skill for a in asks]),
            planned_day=np.full(len(asks), NONE, dtype=np.int64),
            locked=np.zeros(len(asks), dtype=np.bool_),
        ),
        limits=Limits(max_hop_km=town.max_hop_km),
        skill_ids=("boiler", "kitchen"),
        inspectors=Inspectors(
            ids=_ids("I", len(officers)),
            department=_column(list(officers)),
            skills=skills,
            valid_until_day=_column([town.valid_until.get(o, NONE) for o in range(len(officers))]),
        ),
        absences=np.array(town.absences, dtype=np.int64).reshape(-1, 2),
        recusals=np.array(town.recusals, dtype=np.int64).reshape(-1, 2),
    )


def _plan(town: Town, site: np.ndarray) -> Plan:
    return Plan(
        request_visit=_column([a.visit for a in town.asks]),
        visit_enterprise=site,
        visit_day=_column(list(town.day)),
        visit_start_quarter=np.zeros(len(town.day), dtype=np.int64),
    )


def broken_rules(problem: Problem, plan: Plan, roster: Roster, starts: np.ndarray, left: set[int]) -> list[str]:
    """Read hard rules 4 and 9 straight from the format; return what is broken, in words of a test."""
    faults = [f"start of visit {v}" for v in range(plan.visits) if not _start_allowed(problem, plan, starts, v)]
    crew: dict[int, list[int]] = {r: [] for r in range(len(problem.requests)) if r not in left}
    for request, officer in zip(roster.request.tolist(), roster.inspector.tolist(), strict=True):
        crew[request].append(officer)
    for request, officers in crew.items():
        faults += _crew_faults(problem, plan, request, officers)
    faults += _clashes(problem, plan, starts, crew)
    staffed = {int(plan.request_visit[r]) for r in crew}
    leads = plan.request_visit[roster.request[roster.lead == 1]].tolist()
    if sorted(leads) != sorted(staffed):
        faults.append("leads")
    return faults


def _start_allowed(problem: Problem, plan: Plan, starts: np.ndarray, visit: int) -> bool:
    longest = int(problem.requests.quarters[plan.request_visit == visit].max())
    return int(starts[visit]) in {1: {0, 1, 2, 3}, 2: {0, 2}, 4: {0}}[longest]


def _crew_faults(problem: Problem, plan: Plan, request: int, officers: list[int]) -> list[str]:
    requests, people = problem.requests, problem.inspectors
    assert people is not None
    day = int(plan.visit_day[plan.request_visit[request]])
    faults = []
    if len(set(officers)) != len(officers) or len(officers) != requests.inspectors[request]:
        faults.append(f"size of crew {request}")
    for officer in officers:
        until = people.valid_until_day[officer]
        gone = (officer, day) in set(map(tuple, problem.absences.tolist())) or (until != NONE and day > until)
        recused = (officer, int(requests.enterprise[request])) in set(map(tuple, problem.recusals.tolist()))
        if gone or recused or people.department[officer] != requests.department[request]:
            faults.append(f"officer {officer} at {request}")
    skill = requests.skill[request]
    if skill != NONE and not people.skills[officers, skill].any():
        faults.append(f"skill of crew {request}")
    return faults


def _clashes(problem: Problem, plan: Plan, starts: np.ndarray, crew: dict[int, list[int]]) -> list[str]:
    """Two requests of one officer on one day that overlap, or adjoin in a half-day too far from each other."""
    jobs: dict[tuple[int, int], list[int]] = {}
    for request, officers in crew.items():
        for officer in officers:
            jobs.setdefault((officer, int(plan.visit_day[plan.request_visit[request]])), []).append(request)
    faults = []
    for (officer, _), requests in jobs.items():
        for a, b in combinations(requests, 2):
            if _clash(problem, plan, starts, a, b):
                faults.append(f"officer {officer}: {a} and {b}")
    return faults


def _clash(problem: Problem, plan: Plan, starts: np.ndarray, a: int, b: int) -> bool:
    first, second = (
        range(int(start), int(start + problem.requests.quarters[r]))
        for r, start in ((r, starts[plan.request_visit[r]]) for r in (a, b))
    )
    if set(first) & set(second):
        return True
    limit = problem.limits.max_hop_km
    meet = any(abs(p - q) == 1 and p // 2 == q // 2 for p, q in product(first, second))
    return limit is not None and meet and _km(problem, a, b) > limit


def _km(problem: Problem, a: int, b: int) -> float:
    """Great circle by the cosine formula, unlike the code under test."""
    sites = problem.enterprises
    p, q = problem.requests.enterprise[a], problem.requests.enterprise[b]
    y, z, x = math.radians(sites.lat[p]), math.radians(sites.lat[q]), math.radians(sites.lon[p] - sites.lon[q])
    cosine = math.sin(y) * math.sin(z) + math.cos(y) * math.cos(z) * math.cos(x)
    return 6371.0088 * math.acos(max(-1.0, min(1.0, cosine)))


def least_left_out(problem: Problem, plan: Plan) -> int:
    """Return the least priority any roster of a one-day plan leaves out, by trying everything."""
    starts = [
        [s for s in range(4) if _start_allowed(problem, plan, _column([s] * plan.visits), v)]
        for v in range(plan.visits)
    ]
    return min(_left_on(problem, plan, _column(list(choice))) for choice in product(*starts))


def _left_on(problem: Problem, plan: Plan, starts: np.ndarray) -> int:
    requests, people = problem.requests, problem.inspectors
    assert people is not None
    best = int(requests.priority.sum())

    def place(request: int, crew: dict[int, list[int]], lost: int) -> None:
        nonlocal best
        if lost >= best:
            return
        if request == len(requests):
            best = lost
            return
        able = [o for o in range(len(people)) if not _crew_faults_of_one(problem, plan, request, o)]
        for officers in combinations(able, int(requests.inspectors[request])):
            chosen = {**crew, request: list(officers)}
            if _crew_faults(problem, plan, request, list(officers)) or _clashes(problem, plan, starts, chosen):
                continue
            place(request + 1, chosen, lost)
        place(request + 1, crew, lost + int(requests.priority[request]))

    place(0, {}, 0)
    return best


def _crew_faults_of_one(problem: Problem, plan: Plan, request: int, officer: int) -> bool:
    return any(fault.startswith("officer") for fault in _crew_faults(problem, plan, request, [officer]))
