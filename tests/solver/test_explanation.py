"""Explanations: every difference is the checker's, every obstacle is a rule the checker would find broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solver.checker import check, score_by_term
from solver.explanation import (
    PlanIndex,
    alternatives,
    colliding_locks,
    explain_apart,
    explain_left_out,
    explain_visit,
)
from solver.plan import Plan, Violation
from solver.problem import NONE, Limits, Problem
from tests.solver.builders import Ask, Office, Officer, Site, Stop, make_plan, make_problem


def _rules(findings: tuple[Violation, ...]) -> list[str]:
    return [finding.rule for finding in findings]


def test_explain_visit_prices_what_only_this_visit_needs() -> None:
    problem = make_problem(
        requests=(Ask("R1"), Ask("R2", department="D2"), Ask("R3", enterprise="E2")),
        sites=(Site("E1", credit_class="C"), Site("E2")),
    )
    plan = make_plan(problem, Stop(day=9, requests=("R1", "R2")), Stop(day=9, requests=("R3",)))

    explanation = explain_visit(problem, plan, 0)

    # D1 goes to the town for R3 anyway; the trip of D2 is this visit's own; two requests at the end of their window
    assert explanation.terms == {
        "unscheduled": 0.0,
        "visits": 2.0,
        "trips": 0.05,
        "delay": 0.1,
        "moves": 0.0,
        "repeats": 0.0,
    }
    assert explanation.requests == (0, 1)


def test_explain_visit_ranks_next_best_days() -> None:
    problem = make_problem(
        requests=(Ask("R1", window=(0, 3)), Ask("R2", enterprise="E2", window=(0, 3))),
        closures=(("E1", 2, 2),),
    )
    plan = make_plan(problem, Stop(day=0, requests=("R1",)), Stop(day=1, requests=("R2",)))

    explanation = explain_visit(problem, plan, 0)

    # on day 1 the department is in the town already
    assert [(option.day, option.total) for option in explanation.next_best] == [(1, -0.05), (3, 0.0)]
    assert [(option.day, _rules(option.obstacles)) for option in explanation.forbidden] == [
        (2, ["visit_enterprise_open"])
    ]


def test_explain_visit_tells_which_request_holds_it() -> None:
    problem = make_problem(requests=(Ask("R1", window=(0, 2)), Ask("R2", department="D2", window=(2, 4))))
    plan = make_plan(problem, Stop(day=2, requests=("R1", "R2")))

    explanation = explain_visit(problem, plan, 0)

    assert explanation.next_best == ()
    assert [(o.day, o.obstacles[0].subject) for o in explanation.forbidden] == [
        (0, "R2"),
        (1, "R2"),
        (3, "R1"),
        (4, "R1"),
    ]


@pytest.mark.parametrize(
    ("asks", "facts", "rules"),
    [
        pytest.param((Ask("R1", joint=False), Ask("R2")), {}, ["request_alone"], id="one must be alone"),
        pytest.param((Ask("R1", unannounced=True), Ask("R2")), {}, ["notice_modes_apart"], id="notice modes"),
        pytest.param((Ask("R1"), Ask("R2")), {"conflicts": [("R2", "R1")]}, ["conflict_apart"], id="conflict"),
        pytest.param((Ask("R1"), Ask("R2")), {"sequences": [("R1", "R2", 3)]}, ["sequence_gap"], id="sequence"),
        pytest.param((Ask("R1", window=(0, 4)), Ask("R2", window=(5, 9))), {}, ["visit_in_window"], id="windows"),
        pytest.param((Ask("R1"), Ask("R2")), {}, [], id="nothing"),
    ],
)
def test_explain_apart_names_the_rule(asks: tuple[Ask, Ask], facts: dict[str, Any], rules: list[str]) -> None:
    problem = make_problem(requests=asks, **facts)
    plan = make_plan(problem, Stop(day=0, requests=("R1",)), Stop(day=5, requests=("R2",)))

    explanation = explain_apart(problem, plan, 0, 1)

    assert _rules(explanation.pair_rules) == rules
    assert (explanation.day_a, explanation.day_b, explanation.together) == (0, 5, False)


def test_explain_apart_by_capacity_counts_the_days() -> None:
    asks = (Ask("R1", quarters=4, window=(0, 2)), Ask("R2", quarters=4, window=(0, 2)))
    problem = make_problem(requests=asks, offices=(Office("D1", inspectors=2),))
    plan = make_plan(problem, Stop(day=0, requests=("R1",)), Stop(day=1, requests=("R2",)))

    explanation = explain_apart(problem, plan, 0, 1)

    assert explanation.pair_rules == ()
    assert (explanation.common_days, explanation.blocked_days) == (3, {"department_capacity": 3})


def test_explain_apart_of_two_enterprises() -> None:
    problem = make_problem(requests=(Ask("R1"), Ask("R2", enterprise="E2")))
    plan = make_plan(problem, Stop(day=0, requests=("R1",)), Stop(day=0, requests=("R2",)))

    explanation = explain_apart(problem, plan, 0, 1)

    assert not explanation.same_enterprise
    assert not explanation.together
    assert explanation.best is None


def test_explain_apart_of_two_in_one_visit() -> None:
    problem = make_problem(requests=(Ask("R1"), Ask("R2", department="D2")))
    plan = make_plan(problem, Stop(day=0, requests=("R1", "R2")))

    assert explain_apart(problem, plan, 0, 1).together


def test_alternatives_puts_joining_first_and_forbidden_last() -> None:
    problem = make_problem(
        requests=(Ask("R1", window=(0, 3)), Ask("R2", department="D2", window=(0, 3))),
        closures=(("E1", 1, 1),),
    )
    plan = make_plan(problem, Stop(day=0, requests=("R1",)), Stop(day=2, requests=("R2",)))

    options = alternatives(problem, plan, 0)

    assert [(o.day, o.joins, o.total, _rules(o.obstacles)) for o in options] == [
        (2, 1, -4.0, []),
        (3, NONE, 0.0, []),
        (1, NONE, 0.0, ["visit_enterprise_open"]),
    ]


def test_alternatives_knows_who_is_there() -> None:
    problem = make_problem(
        requests=(Ask("R1", window=(0, 2), skill="boiler"),),
        officers=(Officer("I1", skills=("boiler",)), Officer("I2"), Officer("I3")),
        absences=(("I1", 1), ("I2", 2), ("I3", 2)),
    )
    plan = make_plan(problem, Stop(day=0, requests=("R1",)))

    found = {option.day: _rules(option.obstacles) for option in alternatives(problem, plan, 0)}

    assert found == {1: ["roster_skill"], 2: ["roster_present"]}


def test_explain_left_out_counts_the_rules() -> None:
    problem = make_problem(
        requests=(Ask("R1", window=(0, 3), quarters=4), Ask("R2", enterprise="E2", quarters=4)),
        offices=(Office("D1", inspectors=2),),
        closures=(("E1", 0, 1),),
        capacity=(("D1", 3, 0),),
    )
    plan = make_plan(problem, Stop(day=2, requests=("R2",)), left_out={"R1": "capacity"})

    explanation = explain_left_out(problem, plan, 0)

    assert (explanation.code, explanation.days) == ("capacity", 4)
    assert explanation.blocked_days == {"department_capacity": 2, "visit_enterprise_open": 2}
    assert explanation.options[0].difference["unscheduled"] == -5000.0


def test_explain_left_out_of_a_planned_request() -> None:
    problem = make_problem()

    with pytest.raises(ValueError, match="R1"):
        explain_left_out(problem, make_plan(problem, Stop(day=0, requests=("R1",))), 0)


def test_colliding_locks_are_a_smallest_set() -> None:
    asks = tuple(Ask(f"R{n}", enterprise=f"E{n}", quarters=4, planned=3, locked=True) for n in range(3))
    problem = make_problem(requests=asks, offices=(Office("D1", inspectors=4),))

    assert {rule for _, rule in colliding_locks(problem)} == {"department_capacity"}
    assert len(colliding_locks(problem)) == 3


# --- properties ------------------------------------------------------------------------------------------------

DAYS = 6


@st.composite
def _situations(draw: st.DrawFn) -> tuple[Problem, Plan]:
    """A random problem with all rules but rosters, and a valid plan of a part of its requests."""
    count = draw(st.integers(2, 6))
    asks = []
    for number in range(count):
        first = draw(st.integers(0, DAYS - 1))
        asks.append(
            Ask(
                f"R{number}",
                department=draw(st.sampled_from(["D1", "D2"])),
                enterprise=draw(st.sampled_from(["E1", "E1", "E2"])),
                window=(first, draw(st.integers(first, DAYS - 1))),
                quarters=draw(st.sampled_from([1, 2, 4])),
                inspectors=draw(st.integers(2, 3)),
                joint=draw(st.integers(0, 5)) > 0,
                unannounced=draw(st.integers(0, 5)) == 0,
                planned=draw(st.sampled_from([None, first])),
                locked=draw(st.integers(0, 5)) == 0,
            )
        )
    asks = [ask if ask.planned is not None else replace(ask, locked=False) for ask in asks]
    pairs = [(f"R{a}", f"R{b}") for a in range(count) for b in range(a + 1, count)]
    problem = make_problem(
        requests=asks,
        sites=(Site("E1", credit_class="D", max_visits=draw(st.sampled_from([None, 1, 2]))), Site("E2", "C", "T2")),
        offices=(Office("D1", inspectors=3), Office("D2", inspectors=draw(st.integers(2, 6)))),
        days=DAYS,
        limits=Limits(
            max_departments_per_visit=draw(st.sampled_from([None, 1])),
            max_inspectors_per_visit=draw(st.sampled_from([None, 4])),
            repeat_days=3,
        ),
        closures=draw(st.sampled_from([(), (("E1", 1, 2),)])),
        conflicts=draw(st.lists(st.sampled_from(pairs), max_size=2, unique=True)),
        sequences=[(*pair, draw(st.integers(0, 2))) for pair in draw(st.lists(st.sampled_from(pairs), max_size=1))],
    )
    # locked requests are on their day from the start: leaving them out is a fault of its own
    day = [ask.planned if ask.locked and ask.planned is not None else NONE for ask in asks]
    assume(check(problem, _plan_of(problem, day)).valid)
    for request in range(count):
        wish = day[request] if asks[request].locked else draw(st.integers(NONE, DAYS - 1))
        trial = [*day[:request], wish, *day[request + 1 :]]
        if check(problem, _plan_of(problem, trial)).valid:
            day = trial
    return problem, _plan_of(problem, day)


def _plan_of(problem: Problem, day: list[int]) -> Plan:
    places = sorted({(int(problem.requests.enterprise[r]), t) for r, t in enumerate(day) if t != NONE})
    number = {place: visit for visit, place in enumerate(places)}
    visit = [NONE if t == NONE else number[int(problem.requests.enterprise[r]), t] for r, t in enumerate(day)]
    return Plan(
        request_visit=np.array(visit, dtype=np.int64),
        visit_enterprise=np.array([e for e, _ in places], dtype=np.int64),
        visit_day=np.array([t for _, t in places], dtype=np.int64),
        visit_start_quarter=np.zeros(len(places), dtype=np.int64),
        reasons={r: ("cost", "") for r, t in enumerate(day) if t == NONE},
    )


@settings(max_examples=150, deadline=None)
@given(situation=_situations())
def test_options_agree_with_the_checker(situation: tuple[Problem, Plan]) -> None:
    problem, plan = situation
    index = PlanIndex(problem, plan)
    score, parts = score_by_term(problem, plan)
    for request in range(len(problem.requests)):
        for option in alternatives(problem, plan, request, limit=DAYS, index=index):
            moved = index.day.tolist()
            moved[request] = option.day
            verdict = check(problem, _plan_of(problem, moved))
            assert option.total == pytest.approx(verdict.score - score, abs=1e-5)
            assert option.difference == pytest.approx({t: verdict.parts[t] - parts[t] for t in parts}, abs=1e-5)
            assert option.allowed == verdict.valid
            assert {finding.rule for finding in option.obstacles} == {v.rule for v in verdict.violations}


@settings(max_examples=60, deadline=None)
@given(situation=_situations())
def test_visit_days_agree_with_the_checker(situation: tuple[Problem, Plan]) -> None:
    problem, plan = situation
    index = PlanIndex(problem, plan)
    for visit in range(plan.visits):
        explanation = explain_visit(problem, plan, visit, limit=DAYS, index=index)
        for option in (*explanation.next_best, *explanation.forbidden):
            moved = index.day.copy()
            moved[list(explanation.requests)] = option.day
            assert option.allowed == check(problem, _plan_of(problem, moved.tolist())).valid
