"""A proof that grows: prices of scarce days raise the bound, never above the truth, and the same way each time."""

from __future__ import annotations

import numpy as np
import pytest

from solver.bounds import Prover
from solver.bounds.shares import share_trips, total_cost
from solver.merging.tables import Tables, flatten
from solver.merging.workspace import workspace
from solver.options import SolveOptions
from solver.plan import SolveStatus
from solver.problem import NONE, Problem, Weights
from solver.search import solve
from tests.solver.builders import Ask, Office, make_problem
from tests.solver.small_problems import small_problem

WORK = 1.0


def _short_of_capacity() -> Problem:
    """Six requests of four quarters, room for two a day on two days: two are left out at 5000 each."""
    asks = [Ask(f"R{i}", enterprise=f"E{i}", window=(0, 1), quarters=4) for i in range(6)]
    return make_problem(requests=asks, offices=[Office("D1", inspectors=4)], days=2, weights=Weights(unscheduled=1000))


def test_bound_without_prices_knows_no_shortage():
    assert Prover(flatten(_short_of_capacity()).tables).bound == 0.0


def test_bound_with_prices_counts_what_capacity_forces_out():
    bound = Prover(flatten(_short_of_capacity()).tables).improve(WORK)
    assert 9900 < bound <= 10000


def test_bound_with_prices_leaves_out_the_least_urgent():
    asks = [Ask(f"R{i}", enterprise=f"E{i}", window=(0, 0), quarters=4, priority=i + 1) for i in range(4)]
    problem = make_problem(
        requests=asks, offices=[Office("D1", inspectors=4)], days=1, weights=Weights(unscheduled=1000)
    )
    assert 2900 < Prover(flatten(problem).tables).improve(WORK) <= 3000


def _rounds(tables: Tables) -> list[float]:
    prover = Prover(tables)
    return [prover.bound, *(prover.improve(WORK / 1000) for _ in range(4))]


def test_bound_never_sinks_and_is_the_same_each_time():
    tables = flatten(_short_of_capacity()).tables
    bounds = _rounds(tables)
    assert bounds == sorted(bounds)
    assert bounds == _rounds(tables)


def test_stop_ends_the_climb_at_once():
    prover = Prover(flatten(_short_of_capacity()).tables)
    assert prover.improve(WORK, stop=lambda: True) == prover.bound == 0.0


def test_bound_of_a_problem_without_requests_is_zero():
    problem = make_problem(requests=[], sites=[], offices=[Office("D1")])
    assert Prover(flatten(problem).tables).improve(WORK) == 0.0


@pytest.mark.parametrize("batch", range(4))
def test_no_prices_whatever_prove_more_than_the_optimum(batch):
    for seed in range(batch * 10, batch * 10 + 10):
        problem = small_problem(1000 + seed)
        result = solve(problem, SolveOptions(work=1))
        if result.status is not SolveStatus.OPTIMAL:
            continue
        tables = flatten(problem).tables
        dice = np.random.default_rng(seed)
        scarcity = dice.random(tables.capacity.shape) * dice.choice((0.05, 1.0, 300.0)) * dice.integers(0, 2)
        shares = share_trips(tables, scarcity, 1.0, workspace(tables.capacity.shape[1]))
        day = np.full(len(tables.load), NONE)
        paid = total_cost(tables, shares, scarcity, day, workspace(tables.capacity.shape[1]))
        assert paid - (scarcity * tables.capacity).sum() <= result.score + 1e-6, seed
