"""Proven bounds never exceed the optimum, and meet it where theory says so."""

from __future__ import annotations

import numpy as np
import pytest

from solver.bounds import proven_bound
from solver.merging.tables import flatten
from solver.options import SolveOptions
from solver.problem import Weights
from solver.search import solve
from tests.solver.builders import Ask, Office, Site, make_problem


def test_bound_counts_visits_and_trips_of_a_single_request():
    problem = make_problem()
    assert proven_bound(flatten(problem).tables) == pytest.approx(4.05, abs=1e-6)


def test_bound_does_not_pay_for_what_is_cheaper_left_out():
    problem = make_problem(requests=[Ask(priority=1)], weights=Weights(unscheduled=1, visit=(8, 8, 8, 8), trip=1))
    assert proven_bound(flatten(problem).tables) == pytest.approx(1.0, abs=1e-6)


def test_bound_on_trips_without_slack_is_the_piercing_of_each_department_and_town():
    windows = [(0, 3), (2, 5), (4, 8), (7, 9)]
    asks = [Ask(f"R{i}", enterprise=f"E{i}", window=window) for i, window in enumerate(windows)]
    problem = make_problem(requests=asks, weights=Weights(unscheduled=1000, trip=1))
    assert proven_bound(flatten(problem).tables) == pytest.approx(2.0, abs=1e-6)


def test_bound_on_trips_grows_with_load_beyond_a_days_capacity():
    asks = [Ask(f"R{i}", enterprise=f"E{i}", quarters=4) for i in range(6)]
    problem = make_problem(
        requests=asks, offices=[Office("D1", inspectors=4)], weights=Weights(unscheduled=1000, trip=1)
    )
    assert proven_bound(flatten(problem).tables) == pytest.approx(3.0, abs=1e-6)


def test_bound_of_a_large_enterprise_counts_requests_that_never_meet():
    asks = [Ask(f"R{i}", f"D{i}", window=(0, 9), joint=False) for i in range(12)]
    problem = make_problem(requests=asks, days=20, weights=Weights(unscheduled=1000, visit=(1, 1, 1, 1)))
    assert proven_bound(flatten(problem).tables) == pytest.approx(12.0, abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_bound_never_exceeds_the_score_of_a_plan(seed):
    rng = np.random.default_rng(seed)
    asks = [
        Ask(f"R{i}", f"D{rng.integers(4)}", f"E{rng.integers(9)}", (int(a), int(a + rng.integers(0, 12))))
        for i, a in enumerate(rng.integers(0, 18, 60))
    ]
    problem = make_problem(requests=asks, days=30)
    result = solve(problem, SolveOptions(work=5))
    assert 0 < proven_bound(flatten(problem).tables) <= result.score + 1e-9


def test_bound_counts_what_sequences_of_one_enterprise_force_out():
    asks = [Ask("R1", "D1", window=(5, 9), priority=3), Ask("R2", "D2", window=(0, 7), priority=2)]
    problem = make_problem(requests=asks, sequences=[("R1", "R2", 4)], weights=Weights(unscheduled=10))
    assert proven_bound(flatten(problem).tables) == pytest.approx(20.0, abs=1e-6)


def test_bound_counts_the_second_visit_that_a_sequence_forces():
    asks = [Ask("R1", "D1"), Ask("R2", "D2"), Ask("R3", "D3")]
    weights = Weights(unscheduled=1000, visit=(1, 1, 1, 1))
    problem = make_problem(requests=asks, sequences=[("R1", "R2", 3), ("R2", "R3", 3)], weights=weights)
    assert proven_bound(flatten(problem).tables) == pytest.approx(3.0, abs=1e-6)


def test_bound_counts_a_sequence_whose_windows_overlap_widely():
    asks = [
        Ask("R1", "D1", window=(0, 199), priority=2),
        Ask("R2", "D2", window=(0, 99), priority=6),
        Ask("R3", "D3", window=(80, 99), unannounced=True, priority=9),
        Ask("R4", "D4", window=(120, 199), priority=7),
    ]
    problem = make_problem(
        requests=asks,
        sites=[Site(max_visits=3)],
        sequences=[("R1", "R2", 10)],
        days=200,
        weights=Weights(unscheduled=1000, visit=(8, 8, 8, 8)),
    )
    assert proven_bound(flatten(problem).tables) == pytest.approx(6016.0, abs=1e-6)
