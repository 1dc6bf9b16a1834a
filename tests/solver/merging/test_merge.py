"""The merge without the exact model: within capacity and all rules, and close to what is proven best."""

from __future__ import annotations

import pytest

from solver.checker import check
from solver.locks import colliding_locks
from solver.merging.answer import days_of, plan_of
from solver.merging.budget import Budget
from solver.merging.merge import Merge, make_merge, run_improvement, run_start, warm
from solver.merging.score import overload, parts_of
from solver.merging.tables import Flat, flatten
from solver.options import SolveOptions, never_cancelled
from solver.problem import Problem
from solver.search import solve
from tests.solver.small_problems import small_problem


def _unseen(_score: float, _phase: str) -> None:
    """Watch nothing."""


def _merged(problem: Problem, work: float = 3.0) -> tuple[Flat, Merge]:
    flat = flatten(problem)
    budget = Budget(work=work, seconds=None, cancelled=never_cancelled)
    merge = make_merge(flat.tables, seed=1, budget=budget, watch=_unseen)
    run_start(merge)
    run_improvement(merge)
    return flat, merge


def _solvable(seed: int) -> bool:
    """Whether some plan is sure to exist: locks that do not collide, and none behind a request that may stay out."""
    problem = small_problem(seed)
    return not colliding_locks(problem) and not (problem.requests.locked.any() and len(problem.sequences))


@pytest.mark.parametrize("seed", [seed for seed in range(500, 570) if _solvable(seed)])
def test_merge_of_a_random_problem_is_valid_and_never_below_the_optimum(seed):
    problem = small_problem(seed)
    flat, merge = _merged(problem)
    verdict = check(problem, plan_of(problem, flat, merge.state))
    assert verdict.violations == ()
    assert verdict.score == pytest.approx(merge.score, abs=2e-6)
    assert overload(flat.tables, merge.state) == 0
    assert solve(problem, SolveOptions(work=50)).score <= verdict.score + 2e-6


def test_warm_start_gives_the_same_merge_back():
    problem = small_problem(21)
    flat, merge = _merged(problem)
    plan = plan_of(problem, flat, merge.state)
    other = make_merge(flat.tables, seed=2, budget=merge.budget, watch=merge.watch)
    warm(other, days_of(flat, plan))
    assert parts_of(flat.tables, other.state).tolist() == parts_of(flat.tables, merge.state).tolist()
