"""Our answers against the optimum of an independent model, on random small problems over all rules.

With and without officers our answer must be proven optimal, and where locks leave no plan, proven infeasible.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest

from solver import InvalidPlanError, Plan, Problem, Progress, SolveOptions, SolveResult, SolveStatus, solve
from solver.bounds import bound_with_floors, proven_bound
from solver.checker import check
from solver.merging.exact import solve_alone
from solver.merging.start import make_engine
from solver.merging.state import empty_state
from solver.merging.tables import flatten
from solver.options import never_cancelled
from tests.solver.exact_model import exact_plan
from tests.solver.naive_checker import broken_rules, cost_by_term
from tests.solver.small_problems import small_problem, small_staffed_problem

BATCHES, BATCH = 12, 30
STAFFED_BATCHES = 6
WORK = 1
SAME = 1.5e-6
"""Scores are sums of six terms, each rounded to six decimals."""


@dataclass(frozen=True, slots=True)
class Case:
    """One problem, its best plan (None where nothing is feasible), our answer and what was told on the way.

    `answer` is the error where our own checker has refused our plan.
    """

    seed: int
    problem: Problem
    best: Plan | None
    answer: SolveResult | InvalidPlanError
    told: tuple[Progress, ...]

    @property
    def result(self) -> SolveResult:
        assert isinstance(self.answer, SolveResult)
        return self.answer

    @property
    def optimum(self) -> float:
        assert self.best is not None
        return sum(cost_by_term(self.problem, self.best).values())


@pytest.fixture(scope="module")
def highs() -> Iterator[ProcessPoolExecutor]:
    """A process without OR-Tools, whose own HiGHS has the same name."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def _solve_all(
    highs: ProcessPoolExecutor, make: Callable[[int], Problem], seeds: range, *, roster: bool
) -> tuple[Case, ...]:
    problems = {seed: make(seed) for seed in seeds}
    best = {seed: highs.submit(exact_plan, problem, roster=roster) for seed, problem in problems.items()}
    cases = []
    for seed, problem in problems.items():
        told: list[Progress] = []
        answer = _answer(problem, SolveOptions(seed=seed, work=WORK, progress=told.append))
        cases.append(Case(seed, problem, best[seed].result(), answer, tuple(told)))
    return tuple(cases)


def _answer(problem: Problem, options: SolveOptions) -> SolveResult | InvalidPlanError:
    try:
        return solve(problem, options)
    except InvalidPlanError as error:
        return error


def _batch_ids(batch: int) -> str:
    return f"seeds-{batch * BATCH}-to-{batch * BATCH + BATCH - 1}"


@pytest.fixture(scope="module", params=range(BATCHES), ids=_batch_ids)
def cases(request: pytest.FixtureRequest, highs: ProcessPoolExecutor) -> tuple[Case, ...]:
    seeds = range(request.param * BATCH, (request.param + 1) * BATCH)
    return _solve_all(highs, small_problem, seeds, roster=False)


@pytest.fixture(scope="module", params=range(STAFFED_BATCHES), ids=_batch_ids)
def staffed_cases(request: pytest.FixtureRequest, highs: ProcessPoolExecutor) -> tuple[Case, ...]:
    seeds = range(request.param * BATCH, (request.param + 1) * BATCH)
    return _solve_all(highs, small_staffed_problem, seeds, roster=True)


def _feasible(cases: tuple[Case, ...]) -> list[Case]:
    return [case for case in cases if case.best is not None and isinstance(case.answer, SolveResult)]


def _without_plan(cases: tuple[Case, ...]) -> list[Case]:
    return [case for case in cases if case.best is None and isinstance(case.answer, SolveResult)]


def _refused(cases: tuple[Case, ...]) -> dict[int, set[str]]:
    answers = {case.seed: case.answer for case in cases}
    return {s: {v.rule for v in a.verdict.violations} for s, a in answers.items() if isinstance(a, InvalidPlanError)}


def _wrong_model(case: Case) -> bool:
    if case.best is None:
        return False
    verdict = check(case.problem, case.best)
    return bool(broken_rules(case.problem, case.best)) or not verdict.valid or abs(verdict.score - case.optimum) > SAME


def test_best_plan_of_the_independent_model_is_valid_and_priced_alike(cases: tuple[Case, ...]) -> None:
    assert [case.seed for case in cases if _wrong_model(case)] == []


def test_no_plan_breaks_a_rule(cases: tuple[Case, ...]) -> None:
    assert _refused(cases) == {}


def test_no_staffed_plan_breaks_a_rule(staffed_cases: tuple[Case, ...]) -> None:
    assert _refused(staffed_cases) == {}


def test_problem_without_any_plan_is_answered_infeasible(cases: tuple[Case, ...]) -> None:
    statuses = {case.seed: case.result.status for case in _without_plan(cases)}
    assert statuses == dict.fromkeys(statuses, SolveStatus.INFEASIBLE)


def _locked_only(problem: Problem, members: set[str]) -> Problem:
    locked = np.isin(problem.requests.ids.astype(str), sorted(members))
    return replace(problem, requests=replace(problem.requests, locked=locked))


def test_collisions_are_a_smallest_set_of_locks_that_cannot_hold(
    cases: tuple[Case, ...], highs: ProcessPoolExecutor
) -> None:
    _assert_smallest(cases, highs, roster=False)


def test_staffed_collisions_are_a_smallest_set_of_locks_that_cannot_hold(
    staffed_cases: tuple[Case, ...], highs: ProcessPoolExecutor
) -> None:
    _assert_smallest(staffed_cases, highs, roster=True)


def _assert_smallest(cases: tuple[Case, ...], highs: ProcessPoolExecutor, *, roster: bool) -> None:
    for case in _without_plan(cases):
        members = {request for request, _ in case.result.collisions}
        fewer = [_locked_only(case.problem, members - {member}) for member in sorted(members)]
        together, *without_one = highs.map(
            partial(exact_plan, roster=roster), [_locked_only(case.problem, members), *fewer]
        )
        assert members, case.seed
        assert together is None, case.seed
        assert None not in without_one, case.seed


def test_small_problem_is_proven_optimal(cases: tuple[Case, ...]) -> None:
    statuses = {case.seed: case.result.status for case in _feasible(cases)}
    assert statuses == dict.fromkeys(statuses, SolveStatus.OPTIMAL)


def test_score_is_that_of_the_independent_model(cases: tuple[Case, ...]) -> None:
    scores = {case.seed: case.result.score for case in _feasible(cases)}
    assert scores == {case.seed: pytest.approx(case.optimum, rel=0, abs=SAME) for case in _feasible(cases)}


def test_score_on_the_way_is_never_below_the_optimum(cases: tuple[Case, ...]) -> None:
    best_told = {
        case.seed: min((step.score for step in case.told if step.score is not None), default=case.optimum)
        for case in _feasible(cases)
    }
    assert [case.seed for case in _feasible(cases) if best_told[case.seed] < case.optimum - SAME] == []


def _bounds(case: Case) -> list[float]:
    """Every bound that was claimed: in the result, on the way, and by the bound that knows no plan."""
    told = [step.bound for step in case.told if step.bound is not None]
    return [case.result.bound, *told, proven_bound(flatten(case.problem).tables), _bound_of_floors(case.problem)]


def _bound_of_floors(problem: Problem) -> float:
    """The bound from what each second enterprise costs with nobody else there."""
    engine = make_engine(flatten(problem).tables, seed=1)
    state = empty_state(engine.tables)
    floors = {}
    for e in range(0, engine.enterprises, 2):
        alone = solve_alone(engine, state, e, limit=1.0, seconds=None, cancelled=never_cancelled, seed=1)
        if alone.bound is not None:
            floors[e] = alone.bound
    return bound_with_floors(engine.tables, floors)


def test_no_bound_is_above_the_optimum(cases: tuple[Case, ...]) -> None:
    assert [case.seed for case in _feasible(cases) if max(_bounds(case)) > case.optimum + SAME] == []


def test_best_staffed_plan_of_the_independent_model_is_valid_and_priced_alike(staffed_cases: tuple[Case, ...]) -> None:
    assert [case.seed for case in staffed_cases if _wrong_model(case)] == []


def test_staffed_problem_without_any_plan_is_answered_infeasible(staffed_cases: tuple[Case, ...]) -> None:
    statuses = {case.seed: case.result.status for case in _without_plan(staffed_cases)}
    assert statuses == dict.fromkeys(statuses, SolveStatus.INFEASIBLE)


def test_small_staffed_problem_is_proven_optimal(staffed_cases: tuple[Case, ...]) -> None:
    statuses = {case.seed: case.result.status for case in _feasible(staffed_cases)}
    assert statuses == dict.fromkeys(statuses, SolveStatus.OPTIMAL)


def test_staffed_score_is_that_of_the_independent_model(staffed_cases: tuple[Case, ...]) -> None:
    scores = {case.seed: case.result.score for case in _feasible(staffed_cases)}
    assert scores == {case.seed: pytest.approx(case.optimum, rel=0, abs=SAME) for case in _feasible(staffed_cases)}


def test_no_staffed_bound_is_above_the_optimum(staffed_cases: tuple[Case, ...]) -> None:
    assert [case.seed for case in _feasible(staffed_cases) if max(_bounds(case)) > case.optimum + SAME] == []
