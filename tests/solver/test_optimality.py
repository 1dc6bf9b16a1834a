"""Small problems solved to optimality agree with an independent model, and special cases with their known optima."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations

import numpy as np
import pytest

from solver.bounds import proven_bound
from solver.checker import check
from solver.locks import colliding_locks
from solver.merging.tables import flatten
from solver.options import SolveOptions
from solver.plan import SolveStatus
from solver.problem import Problem, Weights
from solver.search import solve
from tests.solver.builders import Ask, Office, make_problem
from tests.solver.mip_model import optimum_of
from tests.solver.random_problems import random_problem

ENOUGH = SolveOptions(work=200)
BATCH = 20


@pytest.fixture(scope="module")
def highs() -> Iterator[ProcessPoolExecutor]:
    """A process of its own: HiGHS as a package and the HiGHS inside OR-Tools cannot be loaded into one."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("batch", range(16))
def test_optimum_on_random_problems_over_all_rules_is_that_of_an_independent_model(batch, highs):
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        problem = random_problem(seed)
        if colliding_locks(problem):
            assert solve(problem, ENOUGH).status is SolveStatus.INFEASIBLE
            continue
        optimum = highs.submit(optimum_of, problem).result()
        result = solve(problem, ENOUGH)
        assert result.status is SolveStatus.OPTIMAL, seed
        assert result.score == pytest.approx(optimum, abs=2e-6), seed
        assert result.bound == result.score
        assert proven_bound(flatten(problem).tables) <= optimum + 1e-6, seed
        assert check(problem, result.plan).violations == ()


def _piercing(windows: list[tuple[int, int]]) -> int:
    points, last = 0, -1
    for first, end in sorted(windows, key=lambda window: window[1]):
        if first > last:
            points, last = points + 1, end
    return points


@pytest.mark.parametrize("count", [5, 9, 40])
def test_visits_of_one_enterprise_without_capacity_are_the_piercing_number(count):
    rng = np.random.default_rng(count)
    windows = [(int(a), int(min(29, a + rng.integers(0, 9)))) for a in rng.integers(0, 29, count)]
    asks = [Ask(f"R{i}", f"D{i}", window=window) for i, window in enumerate(windows)]
    result = solve(make_problem(requests=asks, days=30, weights=Weights(unscheduled=1000, visit=(1, 1, 1, 1))), ENOUGH)
    assert result.score == _piercing(windows)
    assert result.status is SolveStatus.OPTIMAL


def _queens(size: int) -> list[tuple[int, int]]:
    cells = [(row, column) for row in range(size) for column in range(size)]
    return [
        (a, b)
        for a, b in combinations(range(len(cells)), 2)
        if cells[a][0] == cells[b][0]
        or cells[a][1] == cells[b][1]
        or abs(cells[a][0] - cells[b][0]) == abs(cells[a][1] - cells[b][1])
    ]


def _mycielski(steps: int) -> list[tuple[int, int]]:
    edges, vertices = [(0, 1)], 2
    for _ in range(steps):
        edges += [(a, vertices + b) for a, b in edges] + [(b, vertices + a) for a, b in edges]
        edges += [(vertices + v, 2 * vertices) for v in range(vertices)]
        vertices = 2 * vertices + 1
    return edges


def _colouring(edges: list[tuple[int, int]], days: int) -> Problem:
    vertices = 1 + max(max(edge) for edge in edges)
    asks = [Ask(f"R{i}", f"D{i}", window=(0, days - 1)) for i in range(vertices)]
    return make_problem(
        requests=asks,
        days=days,
        weights=Weights(unscheduled=1000, visit=(1, 1, 1, 1)),
        conflicts=[(f"R{a}", f"R{b}") for a, b in edges],
    )


@pytest.mark.parametrize(
    ("edges", "colours"),
    [
        pytest.param(_queens(4), 5, id="queens-4"),
        pytest.param(_queens(5), 5, id="queens-5"),
        pytest.param(_mycielski(1), 3, id="mycielski-3"),
        pytest.param(_mycielski(2), 4, id="mycielski-4"),
        pytest.param(_mycielski(3), 5, id="mycielski-5"),
    ],
)
def test_conflicts_of_one_enterprise_need_as_many_visits_as_the_graph_has_colours(edges, colours):
    result = solve(_colouring(edges, colours + 1), SolveOptions(work=400))
    assert result.score == colours
    assert result.bound <= colours


@pytest.mark.parametrize("seed", range(4))
def test_unit_requests_of_one_department_are_scheduled_as_a_largest_matching(seed):
    rng = np.random.default_rng(seed)
    windows = [(int(a), int(min(7, a + rng.integers(0, 3)))) for a in rng.integers(0, 8, 12)]
    asks = [Ask(f"R{i}", enterprise=f"E{i}", window=window, priority=1) for i, window in enumerate(windows)]
    offices = [Office("D1", inspectors=2)]
    asks = [Ask(a.id, a.department, a.enterprise, a.window, quarters=4, priority=1) for a in asks]
    problem = make_problem(requests=asks, offices=offices, days=8, weights=Weights(unscheduled=1))
    result = solve(problem, ENOUGH)
    assert result.score == len(windows) - _matching(windows, 8)
    assert result.status is SolveStatus.OPTIMAL


def _matching(windows: list[tuple[int, int]], days: int) -> int:
    """Largest matching of requests to days by augmenting paths."""
    taken: dict[int, int] = {}

    def augment(request: int, seen: set[int]) -> bool:
        for day in range(windows[request][0], min(windows[request][1], days - 1) + 1):
            if day not in seen:
                seen.add(day)
                if day not in taken or augment(taken[day], seen):
                    taken[day] = request
                    return True
        return False

    return sum(augment(request, set()) for request in range(len(windows)))
