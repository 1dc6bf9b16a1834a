"""Special cases of the planning problem that older problems answer: piercing, colouring, matching, nothing, no way.

Each optimum comes from a textbook algorithm of a few lines here, or from the literature: chromatic numbers of queen
graphs (5 for 5x5, 7 for 6x6 and 7x7) and of Mycielski's graphs (k for the k-th).
"""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

import pytest

from solver import Plan, Reason, SolveOptions, SolveResult, SolveStatus, solve
from solver.checker import check
from solver.problem import Limits, Problem, Weights
from tests.solver.builders import Ask, Office, Site, make_problem

VISITS_ONLY = Weights(unscheduled=1000, visit=(8, 4, 2, 1))
CLASS_WEIGHT = dict(zip("ABCD", VISITS_ONLY.visit, strict=True))
Edges = list[tuple[int, int]]


def solved(problem: Problem, *, work: int = 1) -> SolveResult:
    """A solve whose plan breaks no rule."""
    result = solve(problem, SolveOptions(work=work))
    if result.plan is not None:
        assert check(problem, result.plan).violations == ()
    return result


def fewest_points(windows: list[tuple[int, int]]) -> int:
    """Fewest days that meet all windows: always the right end of the first one missed."""
    points, last = 0, -1
    for first, end in sorted(windows, key=lambda window: window[1]):
        if first > last:
            points, last = points + 1, end
    return points


@pytest.mark.parametrize(
    ("enterprises", "most", "days", "work"),
    [
        pytest.param(1, 8, 20, 1, id="one-enterprise"),
        pytest.param(3, 5, 12, 1, id="a-few-enterprises"),
        pytest.param(2, 40, 60, 1, id="market-halls"),
        pytest.param(400, 6, 60, 1, id="hundreds-of-enterprises"),
        pytest.param(12, 70, 120, 1, id="a-dozen-market-halls"),
        pytest.param(30, 70, 120, 1, id="dozens-of-market-halls"),
        pytest.param(2, 300, 245, 1, id="airports"),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_visits_without_capacity_and_trips_are_the_piercing_number(
    enterprises: int, most: int, days: int, work: int, seed: int
) -> None:
    dice = random.Random(seed)
    sites = [Site(f"E{e}", dice.choice("ABCD"), f"T{e % 7}") for e in range(enterprises)]
    windows: list[list[tuple[int, int]]] = []
    for _ in sites:
        firsts = [dice.randrange(days) for _ in range(dice.randint(1, most))]
        windows.append([(first, min(days - 1, first + dice.randrange(days // 3))) for first in firsts])
    asks = [Ask(f"R{e}-{i}", f"D{i}", f"E{e}", window) for e, own in enumerate(windows) for i, window in enumerate(own)]
    offices = [Office(f"D{i}", inspectors=2 * enterprises) for i in range(most)]

    result = solved(
        make_problem(requests=asks, sites=sites, offices=offices, days=days, weights=VISITS_ONLY), work=work
    )

    assert result.score == sum(
        CLASS_WEIGHT[site.credit_class] * fewest_points(own) for site, own in zip(sites, windows, strict=True)
    )
    assert result.status == SolveStatus.OPTIMAL


def queens(size: int) -> Edges:
    """Squares of a board that a queen joins."""
    squares = [(row, column) for row in range(size) for column in range(size)]
    return [
        (a, b)
        for (a, (i, j)), (b, (k, m)) in combinations(enumerate(squares), 2)
        if i == k or j == m or abs(i - k) == abs(j - m)
    ]


def mycielski(colours: int) -> Edges:
    """The graph without triangles that needs so many colours, grown from one edge (Mycielski 1955)."""
    edges, size = [(0, 1)], 2
    for _ in range(colours - 2):
        twins = [(a, size + b) for a, b in edges] + [(b, size + a) for a, b in edges]
        edges = edges + twins + [(size + v, 2 * size) for v in range(size)]
        size = 2 * size + 1
    return edges


def colouring(edges: Edges, days: int, *, max_visits: int | None = None) -> Problem:
    """One enterprise whose visits are colours: one request a vertex, one conflict an edge, one point a visit."""
    vertices = 1 + max(max(edge) for edge in edges)
    return make_problem(
        requests=[Ask(f"R{v}", f"D{v % 5}", window=(0, days - 1)) for v in range(vertices)],
        sites=[Site(max_visits=max_visits)],
        offices=[Office(f"D{d}", inspectors=100) for d in range(5)],
        days=days,
        weights=Weights(unscheduled=1000, visit=(1, 1, 1, 1)),
        conflicts=[(f"R{a}", f"R{b}") for a, b in edges],
    )


GRAPHS = [
    pytest.param(queens(4), 5, 1, id="queens-4x4"),
    pytest.param(queens(5), 5, 1, id="queens-5x5"),
    pytest.param(queens(6), 7, 10, id="queens-6x6"),
    pytest.param(queens(7), 7, 10, id="queens-7x7"),
    pytest.param(mycielski(3), 3, 1, id="pentagon"),
    pytest.param(mycielski(4), 4, 1, id="myciel3"),
    pytest.param(mycielski(5), 5, 10, id="myciel4"),
    pytest.param(mycielski(6), 6, 150, id="myciel5", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("edges", "colours", "work"), GRAPHS)
def test_visits_of_one_enterprise_with_conflicts_are_the_chromatic_number_and_proven(
    edges: Edges, colours: int, work: int
) -> None:
    result = solved(colouring(edges, colours + 2), work=work)

    assert result.score == colours
    assert (result.status, result.bound) == (SolveStatus.OPTIMAL, pytest.approx(colours, abs=1e-6))


@pytest.mark.parametrize(("edges", "colours", "_work"), GRAPHS)
def test_conflicts_with_one_visit_too_few_leave_somebody_out(edges: Edges, colours: int, _work: int) -> None:
    result = solved(colouring(edges, colours + 2, max_visits=colours - 1))

    assert result.plan is not None
    assert result.parts["unscheduled"] >= 5000
    assert result.bound <= result.parts["unscheduled"] + result.parts["visits"]
    assert {code for code, _ in result.plan.reasons.values()} <= {Reason.CONFLICT, Reason.MAX_VISITS}


def heaviest_matching(wanted: list[tuple[int, list[int]]], places: list[int]) -> int:
    """Largest total priority of requests (priority, days) that `places` per day can take.

    Requests by falling priority, each kept if an augmenting path makes room: matched sets are a matroid's (Edmonds).
    """
    taken: list[list[int]] = [[] for _ in places]

    def placed(request: int, tried: set[int]) -> bool:
        for day in wanted[request][1]:
            if day in tried:
                continue
            tried.add(day)
            for seat in range(places[day]):
                if seat == len(taken[day]):
                    taken[day].append(request)
                    return True
                if placed(taken[day][seat], tried):
                    taken[day][seat] = request
                    return True
        return False

    order = sorted(range(len(wanted)), key=lambda request: -wanted[request][0])
    return sum(wanted[request][0] for request in order if placed(request, set()))


@pytest.mark.parametrize(
    ("requests", "days", "most_people", "priorities"),
    [
        pytest.param(6, 4, 1, (5,), id="a-few"),
        pytest.param(40, 12, 2, (5,), id="dozens"),
        pytest.param(40, 12, 2, range(1, 10), id="dozens-with-priorities"),
        pytest.param(250, 30, 4, (5,), id="hundreds"),
        pytest.param(250, 30, 4, range(1, 10), id="hundreds-with-priorities"),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_unit_requests_of_one_department_are_a_heaviest_bipartite_matching(
    requests: int, days: int, most_people: int, priorities: range, seed: int
) -> None:
    dice = random.Random(seed)
    people = [dice.randrange(most_people + 1) for _ in range(days)]
    asks, closures, wanted = [], [], []
    for i in range(requests):
        first = dice.randrange(days)
        window = range(first, min(days, first + dice.randint(1, 6)))
        shut = [day for day in window if dice.random() < 0.3]
        closures += [(f"E{i}", day, day) for day in shut]
        priority = dice.choice(priorities)
        asks.append(Ask(f"R{i}", enterprise=f"E{i}", window=(first, window[-1]), priority=priority))
        wanted.append((priority, [day for day in window if day not in shut]))
    problem = make_problem(
        requests=asks,
        days=days,
        capacity=[("D1", day, count) for day, count in enumerate(people)],
        closures=closures,
        weights=Weights(unscheduled=1),
    )

    result = solved(problem, work=2)

    # Two officers for one quarter each: a person has room for two such requests a day.
    matched = heaviest_matching(wanted, [2 * count for count in people])
    assert result.score == sum(priority for priority, _ in wanted) - matched
    assert result.status == SolveStatus.OPTIMAL


def reasons_of(plan: Plan | None) -> set[str]:
    assert plan is not None
    return {code for code, _ in plan.reasons.values()}


@pytest.mark.parametrize(
    ("inspectors", "reserve", "lowered"),
    [
        pytest.param(0, 0.0, None, id="nobody-works-there"),
        pytest.param(8, 1.0, None, id="all-in-reserve"),
        pytest.param(8, 0.0, 0, id="closed-every-day"),
    ],
)
def test_department_without_capacity_leaves_everything_out_for_that_reason(
    inspectors: int, reserve: float, lowered: int | None
) -> None:
    asks = [Ask(f"R{i}", enterprise=f"E{i % 3}", priority=i + 1, quarters=(1, 2, 4)[i % 3]) for i in range(6)]
    capacity = [] if lowered is None else [("D1", day, lowered) for day in range(10)]
    problem = make_problem(
        requests=asks,
        offices=[Office("D1", inspectors=inspectors)],
        capacity=capacity,
        limits=Limits(reserve=reserve),
    )

    result = solved(problem)

    assert result.score == 1000 * sum(ask.priority for ask in asks)
    assert result.status == SolveStatus.OPTIMAL
    assert reasons_of(result.plan) == {Reason.CAPACITY}


def test_problem_without_requests_is_solved_by_an_empty_plan() -> None:
    result = solved(make_problem(requests=()))

    assert result.plan is not None
    assert (result.status, result.score, result.bound, result.plan.visits) == (SolveStatus.OPTIMAL, 0.0, 0.0, 0)


LOCKED: dict[str, Any] = {"window": (0, 9), "planned": 3, "locked": True}
COLLISIONS: list[Any] = [
    pytest.param(
        {"requests": [Ask(**LOCKED)], "closures": [("E1", 2, 4)]}, {("R1", "visit_enterprise_open")}, id="shut"
    ),
    pytest.param(
        {"requests": [Ask(**LOCKED)], "capacity": [("D1", 3, 0)]}, {("R1", "department_capacity")}, id="nobody"
    ),
    pytest.param(
        {"requests": [Ask(**LOCKED)], "sites": [Site(max_visits=0)]}, {("R1", "enterprise_max_visits")}, id="no-visits"
    ),
    pytest.param(
        {"requests": [Ask(**LOCKED), Ask("R2", "D2", **LOCKED)], "conflicts": [("R2", "R1")]},
        {("R1", "conflict_apart"), ("R2", "conflict_apart")},
        id="conflict",
    ),
    pytest.param(
        {"requests": [Ask(**LOCKED), Ask("R2", "D2", unannounced=True, **LOCKED)]},
        {("R1", "notice_modes_apart"), ("R2", "notice_modes_apart")},
        id="notice",
    ),
    pytest.param(
        {"requests": [Ask(**LOCKED), Ask("R2", "D2", joint=False, **LOCKED), Ask("R3", "D3")]},
        {("R1", "request_alone"), ("R2", "request_alone")},
        id="alone",
    ),
    pytest.param(
        {
            "requests": [Ask(f"R{i}", enterprise=f"E{i}", quarters=4, inspectors=i + 1, **LOCKED) for i in (1, 2, 3)],
            "offices": [Office("D1", inspectors=6)],
        },
        {("R2", "department_capacity"), ("R3", "department_capacity")},
        id="overload",
    ),
    pytest.param(
        {"requests": [Ask(**LOCKED), Ask("R2", "D2", **LOCKED)], "sequences": [("R1", "R2", 1)]},
        {("R1", "sequence_gap"), ("R2", "sequence_gap")},
        id="sequence",
    ),
    pytest.param(
        {"requests": [Ask(**LOCKED), Ask("R2", "D2", **LOCKED)], "limits": Limits(max_departments_per_visit=1)},
        {("R1", "visit_departments_limit"), ("R2", "visit_departments_limit")},
        id="departments",
    ),
    pytest.param(
        {"requests": [Ask(**LOCKED), Ask("R2", "D2", **LOCKED)], "limits": Limits(max_inspectors_per_visit=3)},
        {("R1", "visit_inspectors_limit"), ("R2", "visit_inspectors_limit")},
        id="people",
    ),
    pytest.param(
        {"requests": [Ask(**LOCKED), Ask("R2", planned=5, locked=True)], "sites": [Site(max_visits=1)]},
        {("R1", "enterprise_max_visits"), ("R2", "enterprise_max_visits")},
        id="two-visits-of-one",
    ),
]


@pytest.mark.parametrize(("tables", "colliding"), COLLISIONS)
def test_locks_that_collide_are_infeasible_and_named(tables: dict[str, Any], colliding: set[tuple[str, str]]) -> None:
    result = solved(make_problem(**tables))

    assert (result.status, result.plan, result.score) == (SolveStatus.INFEASIBLE, None, None)
    assert set(result.collisions) == colliding
