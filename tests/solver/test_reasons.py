"""Why a request is left out: every code, with the figures behind it."""

from __future__ import annotations

import pytest

from solver import Problem, Reason, SolveOptions, solve
from solver.problem import Limits, Weights
from tests.solver.builders import Ask, Office, Officer, Site, make_problem

TIGHT = [Office("D1", inspectors=2)]


def full_day(name: str, enterprise: str, **changed: object) -> Ask:
    """A request that takes two people for the whole of day 0."""
    return Ask(name, "D1", enterprise, (0, 0), quarters=4, **changed)  # type: ignore[arg-type]


CASES = [
    pytest.param(
        make_problem(requests=[Ask(window=(9, 12))], days=8),
        (Reason.NO_DAY_IN_WINDOW, "first_day=9 last_day=7 days=8"),
        id="window-beyond-the-horizon",
    ),
    pytest.param(
        make_problem(closures=[("E1", 0, 9)]), (Reason.CLOSED, "first_day=0 last_day=9 open_days=0"), id="closed"
    ),
    pytest.param(
        make_problem(offices=[Office("D1", inspectors=0)]), (Reason.CAPACITY, "load=2 free=0 day=0"), id="no-people"
    ),
    pytest.param(
        make_problem(limits=Limits(reserve=1.0)), (Reason.CAPACITY, "load=2 free=0 day=0"), id="all-kept-in-reserve"
    ),
    pytest.param(
        make_problem(requests=[full_day("R1", "E1", priority=9), full_day("R2", "E2")], offices=TIGHT),
        (Reason.CAPACITY, "load=8 free=0 day=0"),
        id="day-full",
    ),
    pytest.param(
        make_problem(requests=[Ask(quarters=4, inspectors=3)], offices=TIGHT),
        (Reason.TOO_LONG, "load=12 capacity=8"),
        id="larger-than-a-day",
    ),
    pytest.param(
        make_problem(requests=[Ask(inspectors=5)], limits=Limits(max_inspectors_per_visit=4)),
        (Reason.TOO_MANY, "inspectors=5 limit=4"),
        id="too-many-people",
    ),
    pytest.param(
        make_problem(
            requests=[Ask("R1", window=(0, 0), priority=9), Ask("R2", "D2", window=(0, 0))],
            limits=Limits(max_departments_per_visit=1),
        ),
        (Reason.TOO_MANY, "day=0 departments=2 limit=1"),
        id="too-many-departments",
    ),
    pytest.param(
        make_problem(
            requests=[Ask("R1", window=(0, 0), priority=9), Ask("R2", "D2", window=(1, 1))],
            sites=[Site("E1", max_visits=1)],
        ),
        (Reason.MAX_VISITS, "visits=1 max_visits=1 in_window=0"),
        id="most-visits-reached",
    ),
    pytest.param(
        make_problem(requests=[Ask("R1", window=(2, 2)), Ask("R2", window=(0, 2))], sequences=[("R1", "R2", 3)]),
        (Reason.SEQUENCE, "before_day=2 min_days=3 last_day=2"),
        id="predecessor-too-late",
    ),
    pytest.param(
        make_problem(
            requests=[Ask("R1", window=(0, 0), priority=9), Ask("R2", "D2", window=(0, 0))], conflicts=[("R1", "R2")]
        ),
        (Reason.CONFLICT, "day=0 conflicting=1 together=1"),
        id="conflict",
    ),
    pytest.param(
        make_problem(requests=[full_day("R1", "E1", planned=0, locked=True), full_day("R2", "E2")], offices=TIGHT),
        (Reason.LOCK, "load=8 free=0 day=0 locked_load=8"),
        id="locked-request-takes-the-day",
    ),
    pytest.param(
        make_problem(
            requests=[Ask("R1", window=(0, 0), planned=0, locked=True), Ask("R2", "D2", window=(1, 1))],
            sites=[Site("E1", max_visits=1)],
        ),
        (Reason.LOCK, "visits=1 max_visits=1 in_window=0 locked_visits=1"),
        id="locked-request-takes-the-visit",
    ),
    pytest.param(
        make_problem(officers=[Officer("I1"), Officer("I2")], recusals=[("I1", "E1")]),
        (Reason.CREW, "day=0 need=2 have=1"),
        id="recused",
    ),
]


@pytest.mark.parametrize(("problem", "expected"), CASES)
def test_request_left_out_has_its_code_and_figures(problem: Problem, expected: tuple[Reason, str]) -> None:
    plan = solve(problem, SolveOptions(work=1)).plan
    assert plan is not None
    assert [(code, figures) for code, figures in plan.reasons.values()] == [expected]


def test_request_dearer_to_visit_than_to_leave_out_has_reason_cost() -> None:
    problem = make_problem(weights=Weights(unscheduled=0.1, visit=(8, 4, 2, 1)))
    plan = solve(problem, SolveOptions(work=1)).plan
    assert plan is not None
    assert plan.reasons == {0: (Reason.COST, "left_out=0.5 visit=4")}


def test_every_code_has_its_case() -> None:
    codes = {case.values[1][0] for case in CASES}  # type: ignore[index]
    assert codes | {Reason.COST} == set(Reason)
