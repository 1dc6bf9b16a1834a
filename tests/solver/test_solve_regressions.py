"""Smallest problems on which a solve once went wrong; each names what was expected and what came instead."""

from __future__ import annotations

from typing import Any

import pytest

from solver import Reason, SolveOptions, SolveStatus, solve
from solver.checker import check
from solver.problem import Limits, Weights
from tests.solver.builders import Ask, Officer, Site, make_problem

LEFT_OUT_ONLY = Weights(unscheduled=1000)
LOCKED_SUCCESSORS: list[Any] = [
    pytest.param(
        {
            "requests": [Ask("R0", "D1", "E1", (4, 4)), Ask("R1", "D1", "E2", (6, 6), planned=6, locked=True)],
            "sites": [Site("E1", max_visits=0)],
            "sequences": [("R0", "R1", 0)],
        },
        id="predecessor-never-visited",
    ),
    pytest.param(
        {
            "requests": [Ask("R0", "D1", window=(0, 0)), Ask("R1", "D2", window=(5, 5), planned=5, locked=True)],
            "capacity": [("D1", 0, 0)],
            "sequences": [("R0", "R1", 3)],
        },
        id="predecessor-without-capacity",
    ),
    pytest.param(
        {
            "requests": [
                Ask("R0", "D1", window=(2, 2), unannounced=True),
                Ask("R1", "D2", window=(2, 2), planned=2, locked=True),
            ],
            "sequences": [("R0", "R1", 0)],
        },
        id="predecessor-must-share-the-visit-and-must-not",
    ),
    pytest.param(
        {
            "requests": [
                Ask("R0", "D1", "E1", (0, 0), quarters=4),
                Ask("R1", "D1", "E2", (0, 0), quarters=4),
                Ask("R2", "D2", "E1", (5, 5), planned=5, locked=True),
                Ask("R3", "D2", "E2", (5, 5), planned=5, locked=True),
            ],
            "capacity": [("D1", 0, 2)],
            "sequences": [("R0", "R2", 1), ("R1", "R3", 1)],
        },
        id="predecessors-compete-for-capacity",
    ),
]


@pytest.mark.parametrize("tables", LOCKED_SUCCESSORS)
def test_lock_behind_a_request_that_cannot_be_visited_gives_no_plan(tables: dict[str, Any]) -> None:
    """No plan obeys the lock: none is returned, and no exception either."""
    result = solve(make_problem(**tables), SolveOptions(work=1))

    assert result.status in {SolveStatus.INFEASIBLE, SolveStatus.UNKNOWN}
    assert result.plan is None


@pytest.mark.parametrize("tables", LOCKED_SUCCESSORS)
def test_lock_behind_a_request_that_cannot_be_visited_is_infeasible(tables: dict[str, Any]) -> None:
    """The plan with the lock kept and its predecessor left out was made, and refused by the checker."""
    result = solve(make_problem(**tables), SolveOptions(work=1))

    assert (result.status, result.plan) == (SolveStatus.INFEASIBLE, None)


def test_lock_pulls_in_its_predecessor_before_dearer_requests() -> None:
    """There is room for one request on day 0: that of low priority, because a locked one follows it."""
    problem = make_problem(
        requests=[
            Ask("R0", "D1", "E1", (0, 0), quarters=4, priority=1),
            Ask("R1", "D1", "E2", (0, 0), quarters=4, priority=9),
            Ask("R2", "D2", "E1", (5, 5), planned=5, locked=True),
        ],
        capacity=[("D1", 0, 2)],
        sequences=[("R0", "R2", 1)],
        weights=LEFT_OUT_ONLY,
    )

    result = solve(problem, SolveOptions(work=1))

    assert result.plan is not None
    assert check(problem, result.plan).violations == ()
    assert (result.status, result.score) == (SolveStatus.OPTIMAL, 9000)


def test_one_department_twice_in_a_visit_needs_people_for_both_at_once() -> None:
    """Capacity has room for both requests, but they begin together: both crews were made of the same two people."""
    problem = make_problem(
        requests=[Ask("R1", window=(0, 0), priority=1), Ask("R2", window=(0, 0), priority=2)],
        officers=[Officer("I1"), Officer("I2")],
        days=1,
        weights=LEFT_OUT_ONLY,
    )

    result = solve(problem, SolveOptions(work=1))

    assert result.plan is not None
    assert check(problem, result.plan).violations == ()
    assert result.score == 1000
    assert result.plan.reasons[0][0] in {Reason.CREW, Reason.CAPACITY}


def test_day_with_too_few_people_leaves_out_the_request_of_lower_priority() -> None:
    """Three of four people are away all day for the important request, so two are missing for the other one."""
    problem = make_problem(
        requests=[
            Ask("R1", enterprise="E1", window=(0, 0), priority=1),
            Ask("R2", enterprise="E2", window=(0, 0), priority=5, quarters=4, inspectors=3),
        ],
        officers=[Officer(f"I{i}") for i in range(4)],
        days=1,
        weights=LEFT_OUT_ONLY,
    )

    assert solve(problem, SolveOptions(work=1)).score == 1000


def test_request_without_crew_on_a_crowded_day_goes_to_a_free_one() -> None:
    """Two officers, day 1 taken by a request that only has this day: the other one has day 2 and was left out."""
    problem = make_problem(
        requests=[
            Ask("R1", "D1", "E2", (1, 1), priority=9),
            Ask("R2", "D2", "E2", (0, 0), priority=1),
            Ask("R3", "D1", "E2", (0, 0), priority=8),
            Ask("R4", "D1", "E1", (1, 2), priority=1, quarters=4),
        ],
        officers=[Officer("I1"), Officer("I2"), Officer("I3", "D2")],
        days=3,
        weights=Weights(unscheduled=0.4, repeat=6),
        limits=Limits(repeat_days=6),
    )

    assert solve(problem, SolveOptions(work=1)).score == pytest.approx(3.6)


@pytest.mark.parametrize("questions", [0, 1, 2, 5])
def test_solve_with_officers_cancelled_early_has_a_plan(questions: int) -> None:
    """The answer was UNKNOWN, though the empty plan obeys every rule."""
    asked = iter(range(1000))
    problem = make_problem(officers=[Officer("I1"), Officer("I2")])

    result = solve(problem, SolveOptions(work=1, cancelled=lambda: next(asked) >= questions))

    assert result.plan is not None
    assert check(problem, result.plan).violations == ()
