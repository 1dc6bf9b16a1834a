"""What holds for every solve of every problem: nothing is broken, lost, miscounted, or left to chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver import Plan, Problem, Reason, SolveOptions, SolveResult, SolveStatus, solve
from solver.checker import check
from solver.problem import NONE
from tests.solver.naive_checker import broken_rules, cost_by_term
from tests.solver.strategies import problems

WORK = 1
SEEDS = st.integers(0, 2**31 - 1)
REASONS = frozenset(str(reason) for reason in Reason)
often = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
rarely = settings(often, max_examples=6)


def planned(problem: Problem, options: SolveOptions) -> tuple[SolveResult, Plan | None]:
    """A result and its plan; a solve may only end without one where locks leave no choice."""
    result = solve(problem, options)
    if result.plan is None:
        assert result.status in (SolveStatus.INFEASIBLE, SolveStatus.UNKNOWN)
        assert problem.requests.locked.any()
    return result, result.plan


@often
@given(problem=problems(), seed=SEEDS)
def test_plan_breaks_no_rule_by_either_reading_of_the_format(problem: Problem, seed: int) -> None:
    _, plan = planned(problem, SolveOptions(seed=seed, work=WORK))

    if plan is not None:
        assert check(problem, plan).violations == ()
        assert broken_rules(problem, plan) == set()
        assert (plan.roster is None) == (problem.inspectors is None)


@often
@given(problem=problems(), seed=SEEDS)
def test_figures_agree_with_the_plan_to_the_last_digit(problem: Problem, seed: int) -> None:
    result, plan = planned(problem, SolveOptions(seed=seed, work=WORK))

    if plan is not None:
        verdict = check(problem, plan)
        assert (result.score, result.parts) == (verdict.score, verdict.parts)
        assert result.parts == pytest.approx(cost_by_term(problem, plan), rel=0, abs=1.1e-6)
        assert result.score == pytest.approx(sum(result.parts.values()), rel=0, abs=3.1e-6)


@often
@given(problem=problems(), seed=SEEDS)
def test_bound_is_not_above_the_score_and_the_status_says_whether_they_meet(problem: Problem, seed: int) -> None:
    result, plan = planned(problem, SolveOptions(seed=seed, work=WORK))

    if plan is not None:
        assert result.score is not None
        assert 0 <= result.bound <= result.score
        assert (result.status == SolveStatus.OPTIMAL) == (result.score - result.bound <= 1e-6)


@often
@given(problem=problems(), seed=SEEDS)
def test_each_request_is_visited_or_left_out_with_a_known_reason_and_figures(problem: Problem, seed: int) -> None:
    _, plan = planned(problem, SolveOptions(seed=seed, work=WORK))

    if plan is not None:
        assert set(plan.reasons) == set(np.flatnonzero(plan.request_visit == NONE).tolist())
        assert {code for code, _ in plan.reasons.values()} <= REASONS
        assert all("=" in figures for _, figures in plan.reasons.values())


def columns(plan: Plan | None) -> list[bytes]:
    """Everything in a plan, byte for byte."""
    if plan is None:
        return []
    arrays = [plan.request_visit, plan.visit_enterprise, plan.visit_day, plan.visit_start_quarter]
    if plan.roster is not None:
        arrays += [plan.roster.request, plan.roster.inspector, plan.roster.lead]
    return [array.astype(np.int64).tobytes() for array in arrays] + [repr(sorted(plan.reasons.items())).encode()]


def same_answer(one: SolveResult, other: SolveResult) -> bool:
    figures = [(result.status, result.score, result.bound, result.parts, result.collisions) for result in (one, other)]
    return figures[0] == figures[1] and columns(one.plan) == columns(other.plan)


@often
@given(problem=problems(), seed=SEEDS, work=st.sampled_from((0, 1, 2)))
def test_same_seed_and_work_give_the_same_answer_byte_for_byte(problem: Problem, seed: int, work: int) -> None:
    options = SolveOptions(seed=seed, work=work)

    assert same_answer(solve(problem, options), solve(problem, options))


@rarely
@given(problem=problems(officers=True), seed=SEEDS)
def test_number_of_workers_changes_nothing(problem: Problem, seed: int) -> None:
    options = SolveOptions(seed=seed, work=WORK)

    assert same_answer(solve(problem, options), solve(problem, replace(options, workers=2)))


@often
@given(problem=problems(), seeds=st.tuples(SEEDS, SEEDS), work=st.sampled_from((0, 1)))
def test_warm_start_is_never_made_worse(problem: Problem, seeds: tuple[int, int], work: int) -> None:
    earlier, plan = planned(problem, SolveOptions(seed=seeds[0], work=WORK))

    if plan is not None:
        later = solve(problem, SolveOptions(seed=seeds[1], work=work, warm_start=plan))
        assert later.score is not None
        assert earlier.score is not None
        assert later.score <= earlier.score + 1e-6
        assert check(problem, later.plan or plan).violations == ()


@often
@given(problem=problems(), seed=SEEDS, data=st.data())
def test_warm_start_from_a_plan_of_another_problem_is_put_right(
    problem: Problem, seed: int, data: st.DataObject
) -> None:
    days = data.draw(
        st.lists(st.integers(-1, problem.days - 1), min_size=len(problem.requests), max_size=len(problem.requests))
    )
    strange = plan_on_days(problem, days)

    _, plan = planned(problem, SolveOptions(seed=seed, work=WORK, warm_start=strange))

    if plan is not None:
        assert check(problem, plan).violations == ()


def plan_on_days(problem: Problem, days: list[int]) -> Plan:
    """Each request on its day, whatever the rules say; NONE leaves it out."""
    places = list(zip(problem.requests.enterprise.tolist(), days, strict=True))
    visits = sorted({place for place in places if place[1] != NONE})
    return Plan(
        request_visit=np.array([visits.index(p) if p[1] != NONE else NONE for p in places], dtype=np.int64),
        visit_enterprise=np.array([e for e, _ in visits], dtype=np.int64),
        visit_day=np.array([t for _, t in visits], dtype=np.int64),
        visit_start_quarter=np.zeros(len(visits), dtype=np.int64),
        reasons={r: (Reason.COST.value, "") for r, day in enumerate(days) if day == NONE},
    )


def cancel_after(questions: int) -> Callable[[], bool]:
    """A caller who lets the solve ask so many times before it is cancelled."""
    asked = count()
    return lambda: next(asked) >= questions


@often
@given(problem=problems(), seed=SEEDS, questions=st.sampled_from((0, 0, 1, 2, 5, 20)))
def test_cancelled_solve_returns_a_valid_plan_all_the_same(problem: Problem, seed: int, questions: int) -> None:
    result, plan = planned(problem, SolveOptions(seed=seed, work=WORK, cancelled=cancel_after(questions)))

    if result.status == SolveStatus.UNKNOWN:
        # Only locks can keep a cancelled solve from any plan at all: without them everything may be left out.
        assert problem.requests.locked.any()
    elif result.status != SolveStatus.INFEASIBLE:
        assert plan is not None
        assert check(problem, plan).violations == ()
        assert result.score is not None
        assert result.bound <= result.score


@often
@given(problem=problems(officers=True), seed=SEEDS)
def test_solve_without_roster_keeps_all_other_rules(problem: Problem, seed: int) -> None:
    _, plan = planned(problem, SolveOptions(seed=seed, work=WORK, roster=False))

    if plan is not None:
        assert plan.roster is None
        assert check(problem, plan, roster=False).violations == ()
