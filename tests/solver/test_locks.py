"""Locks that collide: for each rule a set that just holds and one that just does not, and that sets are minimal."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.checker import check
from solver.locks import colliding_locks, list_collisions
from solver.plan import Plan
from solver.problem import NONE, Limits, Problem
from tests.solver.builders import Ask, Office, Officer, Site, ints, make_problem


def lock(name: str, day: int, **changed: Any) -> Ask:
    return Ask(name, planned=day, locked=True, **changed)


def both(first: dict[str, Any], second: dict[str, Any], day: int = 3, other: int = 3, **facts: Any) -> Problem:
    return make_problem(requests=(lock("R1", day, **first), lock("R2", other, **second)), **facts)


NEVER: tuple[tuple[str, str], ...] = ()


@pytest.mark.parametrize(
    ("problem", "collision"),
    [
        pytest.param(make_problem(), NEVER, id="no-locks"),
        pytest.param(both({}, {"department": "D2"}), NEVER, id="shared-visit"),
        pytest.param(make_problem(requests=(lock("R1", 5, window=(3, 5)),)), NEVER, id="last-day-of-window"),
        pytest.param(make_problem(requests=(lock("R1", 6, window=(3, 5)),)), (("R1", "visit_in_window"),), id="window"),
        pytest.param(
            make_problem(requests=(lock("R1", 3),), closures=[("E1", 4, 5), ("E2", 3, 3)], sites=(Site("E2"),)),
            NEVER,
            id="day-before-closure",
        ),
        pytest.param(
            make_problem(requests=(lock("R1", 4),), closures=[("E1", 4, 5)]),
            (("R1", "visit_enterprise_open"),),
            id="closed",
        ),
        pytest.param(
            both({"joint": False}, {}), (("R1", "request_alone"), ("R2", "request_alone")), id="alone-on-a-shared-day"
        ),
        pytest.param(both({"joint": False}, {}, other=4), NEVER, id="alone-on-another-day"),
        pytest.param(both({"joint": False}, {"enterprise": "E2"}), NEVER, id="alone-at-another-enterprise"),
        pytest.param(
            both({}, {}, conflicts=[("R2", "R1")]), (("R1", "conflict_apart"), ("R2", "conflict_apart")), id="conflict"
        ),
        pytest.param(
            both({"unannounced": True}, {}),
            (("R1", "notice_modes_apart"), ("R2", "notice_modes_apart")),
            id="notice-modes",
        ),
        pytest.param(
            both({"quarters": 4}, {"quarters": 4, "enterprise": "E2"}, offices=(Office("D1", 4),)),
            NEVER,
            id="capacity-full",
        ),
        pytest.param(
            both({"quarters": 4}, {"quarters": 4, "enterprise": "E2"}, offices=(Office("D1", 3),)),
            (("R1", "department_capacity"), ("R2", "department_capacity")),
            id="capacity",
        ),
        pytest.param(
            both({"quarters": 4}, {"enterprise": "E2"}, offices=(Office("D1", 2),), limits=Limits(reserve=0.1)),
            (("R1", "department_capacity"),),
            id="capacity-of-one-alone",
        ),
        pytest.param(
            both({}, {}, other=4, sites=(Site(max_visits=1),)),
            (("R1", "enterprise_max_visits"), ("R2", "enterprise_max_visits")),
            id="more-days-than-visits",
        ),
        pytest.param(both({}, {}, sites=(Site(max_visits=1),)), NEVER, id="one-day-one-visit"),
        pytest.param(both({}, {}, day=3, other=6, sequences=[("R1", "R2", 3)]), NEVER, id="sequence-kept"),
        pytest.param(
            both({}, {}, day=4, other=6, sequences=[("R1", "R2", 3)]),
            (("R1", "sequence_gap"), ("R2", "sequence_gap")),
            id="sequence",
        ),
        pytest.param(
            make_problem(requests=(Ask("R1", window=(5, 9)), lock("R2", 6)), sequences=[("R1", "R2", 2)]),
            (("R2", "sequence_gap"),),
            id="sequence-after-a-window",
        ),
        pytest.param(
            make_problem(
                requests=(lock("R1", 2), Ask("R2"), lock("R3", 5)), sequences=[("R1", "R2", 2), ("R2", "R3", 2)]
            ),
            (("R1", "sequence_gap"), ("R3", "sequence_gap")),
            id="sequence-through-an-unlocked-one",
        ),
        pytest.param(
            make_problem(
                requests=(lock("R1", 2), Ask("R2"), lock("R3", 5)),
                sequences=[("R1", "R2", 2), ("R2", "R3", 1)],
                closures=[("E1", 4, 4)],
            ),
            (("R1", "sequence_gap"), ("R3", "sequence_gap")),
            id="sequence-pushed-by-a-closure",
        ),
        pytest.param(
            both({}, {"department": "D2"}, limits=Limits(max_departments_per_visit=1)),
            (("R1", "visit_departments_limit"), ("R2", "visit_departments_limit")),
            id="departments",
        ),
        pytest.param(both({}, {}, limits=Limits(max_departments_per_visit=1)), NEVER, id="one-department-twice"),
        pytest.param(
            both({}, {}, limits=Limits(max_inspectors_per_visit=3)),
            (("R1", "visit_inspectors_limit"), ("R2", "visit_inspectors_limit")),
            id="people",
        ),
        pytest.param(both({}, {}, limits=Limits(max_inspectors_per_visit=4)), NEVER, id="people-just-fit"),
        pytest.param(
            make_problem(requests=(lock("R1", 3),), officers=(Officer("I1"), Officer("I2")), absences=[("I2", 3)]),
            (("R1", "roster_complete"),),
            id="one-officer-absent",
        ),
        pytest.param(
            make_problem(requests=(lock("R1", 3, skill="lift"),), officers=(Officer("I1"), Officer("I2"))),
            (("R1", "roster_skill"),),
            id="nobody-with-the-skill",
        ),
        pytest.param(
            make_problem(
                requests=(lock("R1", 3),),
                officers=(Officer("I1"), Officer("I2"), Officer("I3")),
                recusals=[("I1", "E1")],
            ),
            NEVER,
            id="one-of-three-recused",
        ),
    ],
)
def test_colliding_locks(problem: Problem, collision: tuple[tuple[str, str], ...]) -> None:
    assert colliding_locks(problem) == collision


def test_smallest_of_several_collisions_is_given() -> None:
    problem = make_problem(
        requests=(lock("R1", 3), lock("R2", 3), lock("R3", 9, window=(0, 5))), conflicts=[("R1", "R2")]
    )

    assert colliding_locks(problem) == (("R3", "visit_in_window"),)
    assert len(list_collisions(problem)) == 2


def test_fewest_requests_over_capacity_are_named() -> None:
    loads = {"R1": 2, "R2": 6, "R3": 3, "R4": 5}
    problem = make_problem(
        requests=[lock(name, 3, enterprise=f"E{name}", inspectors=load) for name, load in loads.items()],
        offices=(Office("D1", 2),),
        limits=Limits(),
    )

    assert colliding_locks(problem) == (("R2", "department_capacity"), ("R4", "department_capacity"))


@st.composite
def locked_problems(draw: st.DrawFn) -> Problem:
    """Locked requests only, crowded onto few days, so that many collide."""
    asks = [
        lock(
            f"R{i}",
            draw(st.integers(0, 3)),
            window=(draw(st.integers(0, 1)), draw(st.integers(2, 3))),
            enterprise=draw(st.sampled_from(("E1", "E2"))),
            department=draw(st.sampled_from(("D1", "D2"))),
            inspectors=draw(st.integers(2, 4)),
            joint=draw(st.integers(0, 5)) > 0,
            unannounced=draw(st.integers(0, 5)) == 0,
        )
        for i in range(draw(st.integers(1, 6)))
    ]
    pairs = [(f"R{i}", f"R{j}") for i in range(len(asks)) for j in range(i + 1, len(asks))]
    chosen = st.lists(st.sampled_from(pairs), max_size=2, unique=True) if pairs else st.just([])
    return make_problem(
        requests=asks,
        sites=(Site("E1", max_visits=draw(st.sampled_from((None, 2)))), Site("E2")),
        offices=(Office("D1", draw(st.integers(1, 5))), Office("D2", draw(st.integers(1, 5)))),
        days=4,
        closures=[("E1", 1, 1)] if draw(st.booleans()) else [],
        conflicts=draw(chosen),
        sequences=[(a, b, draw(st.integers(0, 2))) for a, b in draw(chosen)],
        limits=Limits(
            max_departments_per_visit=draw(st.sampled_from((None, 1))),
            max_inspectors_per_visit=draw(st.sampled_from((None, 6))),
        ),
    )


def plan_of_locks(problem: Problem) -> Plan:
    """The only plan that keeps every lock."""
    key = problem.requests.enterprise * problem.days + problem.requests.planned_day
    visits, visit_of = np.unique(key, return_inverse=True)
    return Plan(
        request_visit=visit_of.astype(np.int64),
        visit_enterprise=visits // problem.days,
        visit_day=visits % problem.days,
        visit_start_quarter=ints(0 for _ in visits),
    )


def unlocked_but(problem: Problem, kept: list[int]) -> Problem:
    requests = problem.requests
    locked = np.zeros(len(requests), dtype=np.bool_)
    locked[kept] = True
    planned = np.where(locked, requests.planned_day, NONE)
    return dataclasses.replace(problem, requests=dataclasses.replace(requests, locked=locked, planned_day=planned))


@settings(max_examples=150, deadline=None)
@given(problem=locked_problems())
def test_locks_collide_exactly_when_their_only_plan_is_bad(problem: Problem) -> None:
    assert bool(colliding_locks(problem)) == (not check(problem, plan_of_locks(problem)).valid)


@settings(max_examples=100, deadline=None)
@given(problem=locked_problems())
def test_smallest_collision_is_minimal(problem: Problem) -> None:
    members = [problem.requests.ids.tolist().index(name) for name, _ in colliding_locks(problem)]
    if members:
        assert colliding_locks(unlocked_but(problem, members)) == colliding_locks(problem)
    for left_out in members:
        assert colliding_locks(unlocked_but(problem, [request for request in members if request != left_out])) == ()


@settings(max_examples=100, deadline=None)
@given(problem=locked_problems())
def test_every_collision_is_minimal_for_its_rule(problem: Problem) -> None:
    for collision in list_collisions(problem):
        members = [request for request, _ in collision]
        assert collision in list_collisions(unlocked_but(problem, members))
        for left_out in members:
            rest = list_collisions(unlocked_but(problem, [request for request in members if request != left_out]))
            assert collision[0][1] not in {rule for other in rest for _, rule in other}
