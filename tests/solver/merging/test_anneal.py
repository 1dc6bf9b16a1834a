"""Annealing, slicing and cancelling of the merge: rules kept, figures true, answers repeatable."""

from __future__ import annotations

import numpy as np
import pytest

from solver.checker import check
from solver.merging.anneal import anneal, bend_of, make_moves, make_trail
from solver.merging.answer import plan_of
from solver.merging.budget import Budget
from solver.merging.cells import make_cells
from solver.merging.merge import Merge, make_merge, run_improvement, run_start
from solver.merging.score import overload
from solver.merging.start import hard_prices
from solver.merging.state import State, copy_state, recount
from solver.merging.subsets import IMPOSSIBLE
from solver.merging.sweep import sweep
from solver.merging.tables import Flat, flatten
from solver.options import never_cancelled
from solver.problem import NONE
from tests.benchmarks.problems import Recipe, make_district
from tests.solver.small_problems import small_problem

FREE = [s for s in range(700, 800) if (flatten(small_problem(s)).tables.left_out < IMPOSSIBLE).all()][:40]
"""Problems without requests that must be placed: leaving one out is no change of the score but forbidden."""

HOT = 0.5
"""A temperature in units of the score at which nearly every allowed change of trips is accepted."""


def _merge(flat: Flat, *, work: float, seed: int = 1) -> Merge:
    budget = Budget(work=work, seconds=None, cancelled=never_cancelled)
    return make_merge(flat.tables, seed=seed, budget=budget, watch=lambda _score, _phase: None)


def _started(flat: Flat) -> Merge:
    merge = _merge(flat, work=2.0)
    run_start(merge)
    return merge


def _anneal(flat: Flat, state: State, tries: int) -> float:
    tables = flat.tables
    moves = make_moves(tables)
    if not len(moves.movable):
        return 0.0
    cells = make_cells(tables, state)
    return anneal(tables, state, cells, moves, bend_of(tables.trip, 0.0), HOT, tries, 7, make_trail())


@pytest.mark.parametrize("seed", FREE)
def test_annealing_a_random_problem_keeps_every_rule_and_tells_the_true_change(seed):
    problem = small_problem(seed)
    flat = flatten(problem)
    merge = _started(flat)
    before = merge.score
    change = _anneal(flat, merge.state, 5_000)
    assert check(problem, plan_of(problem, flat, merge.state)).violations == ()
    assert overload(flat.tables, merge.state) == 0
    assert merge.score - before == pytest.approx(change, abs=1e-6)


def test_annealing_leaves_loads_trips_and_lists_as_counted_from_the_days():
    flat = flatten(make_district(Recipe(enterprises=300, departments=6, days=60, all_rules=True)))
    merge = _started(flat)
    _anneal(flat, merge.state, 50_000)
    counted = copy_state(merge.state)
    recount(flat.tables, counted)
    assert np.array_equal(counted.used, merge.state.used)
    assert np.array_equal(counted.trips, merge.state.trips)


def test_lists_by_department_day_hold_every_placed_request_once():
    flat = flatten(make_district(Recipe(enterprises=200, departments=5, days=40)))
    state = _started(flat).state
    cells = make_cells(flat.tables, state)
    listed = np.concatenate(
        [cells.rows[a : a + n] for a, n in zip(cells.start.tolist(), cells.held.tolist(), strict=True)]
    )
    assert np.array_equal(np.sort(listed), np.flatnonzero(state.day != NONE))
    assert np.array_equal(cells.rows[cells.place[listed]], listed)


@pytest.mark.parametrize("size", [1, 37, 1_000], ids=lambda size: f"slices-of-{size}")
def test_sweep_in_slices_gives_the_days_of_one_sweep(size):
    flat = flatten(make_district(Recipe(enterprises=300, departments=6, days=60, all_rules=True)))
    whole, sliced = _merge(flat, work=1.0), _merge(flat, work=1.0)
    order = np.random.default_rng(3).permutation(whole.engine.enterprises)
    for merge, pieces in ((whole, [order]), (sliced, [order[a : a + size] for a in range(0, len(order), size)])):
        engine = merge.engine
        for piece in pieces:
            sweep(engine.tables, merge.state, hard_prices(engine), piece, engine.workspace, engine.crowd)
    assert np.array_equal(whole.state.day, sliced.state.day)


def test_merge_of_three_thousand_enterprises_is_the_same_for_the_same_seed_and_work():
    flat = flatten(make_district(Recipe(enterprises=3_000)))
    days = []
    for _ in range(2):
        merge = _merge(flat, work=9.0)
        run_start(merge)
        run_improvement(merge)
        days.append(merge.state.day.tobytes())
    assert days[0] == days[1]


def test_merge_of_another_seed_differs():
    flat = flatten(make_district(Recipe(enterprises=300, days=60)))
    days = []
    for seed in (1, 2):
        merge = _merge(flat, work=3.0, seed=seed)
        run_start(merge)
        run_improvement(merge)
        days.append(merge.state.day.tobytes())
    assert days[0] != days[1]


@pytest.mark.parametrize("looks", [0, 3, 30, 120], ids=lambda looks: f"after-{looks}-looks")
def test_merge_that_is_cancelled_keeps_within_capacity_and_all_rules(looks):
    problem = make_district(Recipe(enterprises=300, departments=6, days=60, all_rules=True))
    flat = flatten(problem)
    asked = [0]

    def cancelled() -> bool:
        asked[0] += 1
        return asked[0] > looks

    budget = Budget(work=1e6, seconds=None, cancelled=cancelled)
    merge = make_merge(flat.tables, seed=1, budget=budget, watch=lambda _score, _phase: None)
    run_start(merge)
    run_improvement(merge)
    assert check(problem, plan_of(problem, flat, merge.state)).violations == ()
    assert merge.budget.spent < 1e5
