"""What a solve promises: valid plans, honest figures, the same answer again, and an end when it is asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from solver.checker import check
from solver.options import SolveOptions
from solver.plan import Plan, SolveResult, SolveStatus
from solver.problem import Limits, Problem, Weights
from solver.search import solve
from tests.solver.builders import Ask, Office, Officer, Site, make_problem
from tests.solver.small_problems import small_problem
from tests.solver.strategies import problems

QUICK = SolveOptions(work=5)


def _complete(problem: Problem, plan: Plan) -> bool:
    """Every request is in a visit or has a reason, never both."""
    left_out = set(np.flatnonzero(plan.request_visit < 0).tolist())
    return left_out == set(plan.reasons) and len(plan.request_visit) == len(problem.requests)


def _planned(problem: Problem, options: SolveOptions = QUICK) -> tuple[SolveResult, Plan]:
    result = solve(problem, options)
    assert result.plan is not None
    return result, result.plan


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problem=problems())
def test_solve_on_any_problem_gives_a_valid_plan_with_true_figures(problem):
    result = solve(problem, QUICK)
    if result.plan is None:
        assert result.status in (SolveStatus.INFEASIBLE, SolveStatus.UNKNOWN)
        return
    verdict = check(problem, result.plan)
    assert verdict.violations == ()
    assert (result.score, result.parts) == (verdict.score, verdict.parts)
    assert 0 <= result.bound <= result.score
    assert _complete(problem, result.plan)


def _same(one: Plan, other: Plan) -> bool:
    return all(
        np.array_equal(getattr(one, column), getattr(other, column))
        for column in ("request_visit", "visit_enterprise", "visit_day", "visit_start_quarter")
    )


@pytest.mark.parametrize("seed", [3, 7])
def test_plan_with_the_same_seed_and_work_is_the_same_on_any_number_of_workers(seed):
    problem = small_problem(seed)
    _, one = _planned(problem, SolveOptions(work=5, seed=seed))
    _, other = _planned(problem, SolveOptions(work=5, seed=seed, workers=2))
    assert _same(one, other)


def test_solve_with_locks_that_collide_is_infeasible_and_names_them():
    asks = [Ask("R1", "D1", planned=3, locked=True, joint=False), Ask("R2", "D2", planned=3, locked=True)]
    result = solve(make_problem(requests=asks), QUICK)
    assert (result.status, result.plan, result.score) == (SolveStatus.INFEASIBLE, None, None)
    assert {request for request, _ in result.collisions} == {"R1", "R2"}


def test_solve_that_is_cancelled_at_once_still_gives_a_valid_plan():
    problem = small_problem(5)
    _, plan = _planned(problem, SolveOptions(cancelled=lambda: True))
    assert check(problem, plan).violations == ()
    assert _complete(problem, plan)


def test_progress_tells_scores_that_never_rise_and_ends_with_the_result():
    told = []
    result, _ = _planned(small_problem(11), SolveOptions(work=5, progress=told.append))
    scores = [step.score for step in told]
    assert scores == sorted(scores, reverse=True)
    assert (told[-1].phase, told[-1].score) == ("done", result.score)


def test_new_request_rides_along_on_a_published_visit():
    published = Ask("R1", "D1", planned=4, locked=True)
    result, plan = _planned(make_problem(requests=[published, Ask("R2", "D2", window=(0, 9))]))
    assert plan.request_day().tolist() == [4, 4]
    assert result.parts["visits"] == 4


def test_published_visit_moves_when_that_saves_more_than_it_costs():
    asks = [Ask("R1", "D1", window=(0, 9), planned=2), Ask("R2", "D2", window=(5, 5))]
    cheap_class = [Site("E1", "D")]
    problem = make_problem(requests=asks, sites=cheap_class)
    _, plan = _planned(problem)
    assert plan.request_day().tolist() == [5, 5], "a visit of class D costs 1, a move 0.5"


def test_warm_start_is_never_lost():
    problem = small_problem(21)
    best, plan = _planned(problem, SolveOptions(work=100))
    again, _ = _planned(problem, SolveOptions(work=1, warm_start=plan))
    assert again.score <= best.score + 1e-6


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        pytest.param(make_problem(closures=[("E1", 0, 9)]), "closed", id="closed"),
        pytest.param(make_problem(requests=[Ask(window=(9, 12))], days=8), "no_day_in_window", id="beyond"),
        pytest.param(make_problem(offices=[Office("D1", inspectors=0)]), "capacity", id="no people"),
        pytest.param(
            make_problem(requests=[Ask(inspectors=5)], limits=Limits(max_inspectors_per_visit=4)), "too_many", id="many"
        ),
        pytest.param(make_problem(sites=[Site("E1", max_visits=0)]), "max_visits", id="no visits"),
        pytest.param(
            make_problem(requests=[Ask("R1", window=(2, 2)), Ask("R2", window=(0, 2))], sequences=[("R1", "R2", 3)]),
            "sequence",
            id="sequence",
        ),
        pytest.param(
            make_problem(
                requests=[
                    Ask("R1", enterprise="E1", window=(0, 0), quarters=4, priority=9),
                    Ask("R2", enterprise="E2", window=(0, 0), quarters=4),
                ],
                offices=[Office("D1", inspectors=2)],
            ),
            "capacity",
            id="capacity",
        ),
        pytest.param(
            make_problem(officers=[Officer("I1"), Officer("I2")], recusals=[("I1", "E1")]), "crew", id="recused"
        ),
    ],
)
def test_request_left_out_has_the_reason_that_explains_it(problem, code):
    _, plan = _planned(problem)
    assert [reason for reason, _ in plan.reasons.values()] == [code]


def test_day_without_crew_is_cut_and_the_request_goes_elsewhere():
    officers = [Officer("I1"), Officer("I2"), Officer("I3")]
    asks = [Ask("R1", planned=1), Ask("R2", enterprise="E2", window=(0, 0))]
    problem = make_problem(
        requests=asks, officers=officers, days=3, recusals=[("I3", "E1")], absences=[("I1", 1), ("I2", 2)]
    )
    _, plan = _planned(problem)
    assert check(problem, plan).violations == ()
    assert plan.request_day().tolist() == [0, 0]


def test_large_enterprise_is_merged_under_all_its_rules():
    rng = np.random.default_rng(0)
    first = rng.integers(0, 35, 60)
    asks = [
        Ask(f"R{i}", f"D{i % 7}", window=(int(a), int(a) + 9), joint=i % 9 > 0, unannounced=i % 5 == 0)
        for i, a in enumerate(first)
    ]
    problem = make_problem(
        requests=asks,
        days=45,
        conflicts=[(f"R{i}", f"R{i + 1}") for i in range(0, 58, 3)],
        sequences=[("R10", "R20", 2)] if first[20] >= first[10] else [("R20", "R10", 2)],
        limits=Limits(max_departments_per_visit=4, max_inspectors_per_visit=8, repeat_days=3),
    )
    result, plan = _planned(problem, SolveOptions(work=20))
    assert check(problem, plan).violations == ()
    assert plan.reasons == {}
    assert result.bound <= result.score


def test_published_visit_stays_when_moving_saves_less_than_it_costs():
    asks = [Ask("R1", "D1", window=(0, 9), planned=2), Ask("R2", "D2", window=(5, 5))]
    dear_move = Weights(unscheduled=1000, visit=(8, 4, 2, 1), move=1.5)
    _, plan = _planned(make_problem(requests=asks, sites=[Site("E1", "D")], weights=dear_move))
    assert plan.request_day().tolist() == [2, 5], "a visit of class D costs 1, a move 1.5"


def test_new_requests_ride_along_on_a_published_calendar_without_moving_it():
    published = [Ask(f"P{i}", "D1", f"E{i}", (0, 9), planned=i % 10) for i in range(30)]
    new = [Ask(f"N{i}", "D2", f"E{i}", (0, 9)) for i in range(30)]
    problem = make_problem(requests=[*published, *new], limits=Limits(repeat_days=3))
    result, plan = _planned(problem)
    days = plan.request_day().tolist()
    assert days[:30] == [i % 10 for i in range(30)]
    assert days[30:] == days[:30]
    assert (result.parts["moves"], result.parts["visits"]) == (0, 30 * 4)
