from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from solver.checker import check
from solver.options import SolveOptions
from solver.plan import Plan, SolveStatus
from solver.problem import Limits, Problem, Weights
from solver.resolving.pieces import changes_between, pieces_of
from solver.resolving.present import Anchor
from solver.resolving.resolve import resolve
from solver.search import solve
from tests.solver.builders import Ask, Officer, Site, make_problem
from tests.solver.small_problems import small_problem, small_staffed_problem

WORK = SolveOptions(seed=3, work=1)


def _changes(before: Plan, after: Plan) -> int:
    return changes_between(pieces_of(before), pieces_of(after))


def _scattered(firms: int = 4) -> Problem:
    """Each firm is wanted by two bodies on any of ten days; officers are plenty."""
    asks = [Ask(f"r{n}{body}", department=body, enterprise=f"E{n}") for n in range(firms) for body in ("D0", "D1")]
    officers = [Officer(f"{body}-{n}", body) for body in ("D0", "D1") for n in range(4)]
    return make_problem(
        requests=asks,
        sites=[Site(f"E{n}", credit_class="A") for n in range(firms)],
        officers=officers,
        weights=Weights(unscheduled=1000, visit=(8, 4, 2, 1), trip=0.05),
        limits=Limits(max_hop_km=15.0),
    )


@cache
def _scattered_before() -> tuple[Problem, Plan]:
    problem = _scattered()
    return problem, _apart(problem)


def _apart(problem: Problem) -> Plan:
    """A valid plan of the scattered problem in which nobody comes together: solved with everybody alone."""
    alone = replace(problem, requests=replace(problem.requests, joint=np.zeros(len(problem.requests), dtype=np.bool_)))
    plan = solve(alone, WORK).plan
    assert plan is not None
    assert check(problem, plan).valid
    return plan


@pytest.mark.parametrize("budget", [0, 1, 3, 50])
def test_no_more_visits_change_than_the_budget_allows(budget: int) -> None:
    problem, before = _scattered_before()
    found = resolve(problem, WORK, Anchor(plan=before, budget=budget), solve)
    assert found.plan is not None
    assert _changes(before, found.plan) <= budget
    assert check(problem, found.plan).valid
    assert found.score == check(problem, found.plan).score


def test_budget_is_used_for_what_is_worth_most() -> None:
    problem, before = _scattered_before()
    scores = [resolve(problem, WORK, Anchor(plan=before, budget=budget), solve).score or 0.0 for budget in (0, 2, 4, 8)]
    assert scores[0] == check(problem, before).score
    assert scores == sorted(scores, reverse=True)
    # Two changes join two visits to one firm of class A: eight less, give or take a trip.
    assert scores[0] - scores[1] >= 7.5
    assert scores[0] - scores[3] >= 4 * 7.5


def test_control_a_plain_solve_with_the_same_anchor_exceeds_the_budget() -> None:
    problem, before = _scattered_before()
    free = solve(problem, replace(WORK, warm_start=before))
    assert free.plan is not None
    assert _changes(before, free.plan) > 3


@pytest.mark.parametrize("seed", range(12))
def test_budget_holds_on_small_problems_with_all_rules(seed: int) -> None:
    problem = small_staffed_problem(seed) if seed % 2 else small_problem(seed)
    first = solve(problem, replace(WORK, seed=seed))
    if first.plan is None:
        assert first.status in {SolveStatus.INFEASIBLE, SolveStatus.UNKNOWN}
        return
    dearer = replace(problem, weights=replace(problem.weights, trip=5.0, visit=(1.0, 9.0, 1.0, 9.0)))
    for budget in range(3):
        found = resolve(dearer, replace(WORK, seed=seed), Anchor(plan=first.plan, budget=budget), solve)
        assert found.plan is not None
        assert check(dearer, found.plan).valid
        assert _changes(first.plan, found.plan) <= budget
        assert (found.score or 0) <= check(dearer, first.plan).score + 1e-6


def test_visit_that_may_not_stay_is_mended_within_the_budget() -> None:
    problem, before = _scattered_before()
    day = int(before.visit_day[0])
    closed = replace(problem, closures=np.array([[int(before.visit_enterprise[0]), day, day]]))
    found = resolve(closed, WORK, Anchor(plan=before, budget=1), solve)
    assert found.plan is not None
    assert check(closed, found.plan).valid
    assert not found.plan.reasons
    assert _changes(before, found.plan) == 1


def test_budget_too_small_for_what_may_not_stay_is_infeasible_and_names_it() -> None:
    problem, before = _scattered_before()
    rows = [[int(e), int(d), int(d)] for e, d in zip(before.visit_enterprise[:3], before.visit_day[:3], strict=True)]
    closed = replace(problem, closures=np.array(rows))
    found = resolve(closed, WORK, Anchor(plan=before, budget=0), solve)
    assert (found.status, found.plan) == (SolveStatus.INFEASIBLE, None)
    assert {rule for _, rule in found.collisions} == {"visit_enterprise_open"}
    gone = {str(problem.requests.ids[r]) for r in np.flatnonzero(before.request_visit < 3)}
    assert {request for request, _ in found.collisions} <= gone


def test_frozen_visit_stays_as_it_is() -> None:
    problem, before = _scattered_before()
    frozen = frozenset({0})
    found = resolve(problem, WORK, Anchor(plan=before, budget=50, frozen=frozen), solve)
    assert found.plan is not None
    held = next(p for pieces in pieces_of(before).values() for p in pieces if 0 in p.requests)
    assert held in pieces_of(found.plan)[held.enterprise]


def test_frozen_visit_that_may_not_stay_is_infeasible() -> None:
    problem, before = _scattered_before()
    visit = int(before.request_visit[0])
    row = [int(before.visit_enterprise[visit]), int(before.visit_day[visit]), int(before.visit_day[visit])]
    closed = replace(problem, closures=np.array([row]))
    found = resolve(closed, WORK, Anchor(plan=before, budget=9, frozen=frozenset({0})), solve)
    assert found.status is SolveStatus.INFEASIBLE
    assert str(problem.requests.ids[0]) in {request for request, _ in found.collisions}


def test_crews_of_visits_that_stay_are_not_touched() -> None:
    problem, before = _scattered_before()
    found = resolve(problem, WORK, Anchor(plan=before, budget=2), solve)
    assert found.plan is not None
    old, new = pieces_of(before), pieces_of(found.plan)
    same = [p for pieces in new.values() for p in pieces if p in set(old.get(p.enterprise, ()))]
    assert len(same) >= before.visits - 2


def test_lock_that_the_present_plan_breaks_is_mended_first() -> None:
    problem = _scattered(firms=2)
    before = _apart(problem)
    other = (int(before.request_day()[0]) + 3) % 10
    requests = problem.requests
    planned, locked = requests.planned_day.copy(), requests.locked.copy()
    planned[0], locked[0] = other, True
    pinned = replace(problem, requests=replace(requests, planned_day=planned, locked=locked))
    found = resolve(pinned, WORK, Anchor(plan=before, budget=2), solve)
    assert found.plan is not None
    assert int(found.plan.request_day()[0]) == other
    assert _changes(before, found.plan) <= 2


def test_cancelled_resolve_gives_what_it_has() -> None:
    problem, before = _scattered_before()
    found = resolve(problem, replace(WORK, cancelled=lambda: True), Anchor(plan=before, budget=3), solve)
    assert found.plan is not None
    assert _changes(before, found.plan) <= 3
