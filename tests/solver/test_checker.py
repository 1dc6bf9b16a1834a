"""The checker as a whole: every rule catches its fault; plans and answer folders of any shape are judged."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from solver.checker import check, check_folder
from solver.folders import write_answer
from solver.plan import Plan, Roster, SolveResult, SolveStatus
from solver.problem import Problem
from solver.rules import HARD_RULES, ROSTER_RULES
from tests.solver.builders import Ask, Officer, Stop, ints, make_plan, make_problem
from tests.solver.rule_cases import plan_cases, roster_cases

TWO = make_problem(requests=(Ask("R1"), Ask("R2", enterprise="E2"), Ask("R3", department="D2")))
GOOD = make_plan(TWO, Stop(3, ("R1", "R3")), Stop(4, ("R2",)))


def result_of(problem: Problem, plan: Plan | None, **changed: Any) -> SolveResult:
    verdict = None if plan is None else check(problem, plan)
    fields: dict[str, Any] = {
        "status": SolveStatus.FEASIBLE,
        "plan": plan,
        "score": None if verdict is None else verdict.score,
        "parts": {} if verdict is None else verdict.parts,
        "bound": 0.0,
        "seconds": 0.1,
        "seed": 1,
    }
    return SolveResult(**(fields | changed))


def test_every_hard_rule_has_a_planted_fault() -> None:
    planted = {case.rule for case in [*plan_cases(), *roster_cases()]}

    assert planted == set(HARD_RULES)


@pytest.mark.parametrize("rule", HARD_RULES)
def test_planted_fault_goes_unseen_without_its_rule(rule: str) -> None:
    case = next(case for case in [*plan_cases(), *roster_cases()] if case.rule == rule)

    others = [found for other, find in HARD_RULES.items() if other != rule for found in _seen(find, case)]

    assert others == []


def _seen(find: Any, case: Any) -> list[Any]:
    if case.rule == "plan_columns":
        return []  # the other rules may only be asked about plans whose indices are in range
    return list(find(case.problem, case.broken))


def test_good_plan_has_no_violations() -> None:
    verdict = check(TWO, GOOD)

    assert (verdict.valid, verdict.score) == (True, 8.15)


def test_plan_without_a_roster_where_officers_are_given_is_incomplete() -> None:
    problem = make_problem(officers=(Officer("I1"), Officer("I2")))
    plan = make_plan(problem, Stop(3, ("R1",)))

    assert {violation.rule for violation in check(problem, plan).violations} == {"roster_complete", "roster_one_lead"}
    assert check(problem, plan, roster=False).valid


def test_roster_rules_are_those_of_rule_nine() -> None:
    assert sorted(ROSTER_RULES) == sorted({case.rule for case in roster_cases()})


@pytest.mark.parametrize(
    ("plan", "subject"),
    [
        pytest.param(Plan(request_visit=ints([0]), **_visits), "request_visit", id="too-short")
        for _visits in [{"visit_enterprise": ints([0]), "visit_day": ints([3]), "visit_start_quarter": ints([0])}]
    ]
    + [
        pytest.param(
            Plan(
                request_visit=ints([0, 9, -5]),
                visit_enterprise=ints([0]),
                visit_day=ints([3]),
                visit_start_quarter=ints([0]),
            ),
            "request_visit",
            id="visits-that-do-not-exist",
        ),
        pytest.param(
            Plan(
                request_visit=ints([0, 0, 0]),
                visit_enterprise=ints([0]),
                visit_day=ints([99]),
                visit_start_quarter=ints([0]),
            ),
            "visit_day",
            id="day-outside",
        ),
        pytest.param(
            Plan(
                request_visit=ints([0, 0, 0]),
                visit_enterprise=ints([0, 1]),
                visit_day=ints([3]),
                visit_start_quarter=ints([0]),
            ),
            "visit_enterprise",
            id="columns-of-different-length",
        ),
        pytest.param(
            Plan(
                request_visit=np.array([0.0, np.nan, 0.0]),
                visit_enterprise=ints([0]),
                visit_day=ints([3]),
                visit_start_quarter=ints([0]),
            ),
            "request_visit",
            id="not-whole-numbers",
        ),
        pytest.param(
            Plan(
                request_visit=ints([0, 0, 0]),
                visit_enterprise=ints([0]),
                visit_day=ints([3]),
                visit_start_quarter=ints([0]),
                reasons={77: ("capacity", "")},
            ),
            "reasons",
            id="reason-for-nobody",
        ),
        pytest.param(
            Plan(
                request_visit=ints([0, 0, 0]),
                visit_enterprise=ints([0]),
                visit_day=ints([3]),
                visit_start_quarter=ints([0]),
                roster=Roster(request=ints([0]), inspector=ints([5]), lead=ints([1])),
            ),
            "roster.inspector",
            id="officer-of-nowhere",
        ),
    ],
)
def test_unreadable_plan_is_reported(plan: Plan, subject: str) -> None:
    found = [violation for violation in check(TWO, plan).violations if violation.rule == "plan_columns"]

    assert found[0].subject == subject


def test_rest_of_an_unreadable_plan_is_still_judged() -> None:
    plan = Plan(
        request_visit=ints([0, 1, 1]),
        visit_enterprise=ints([9, 1]),
        visit_day=ints([3, 4]),
        visit_start_quarter=ints([0, 0]),
    )

    found = {(violation.rule, violation.subject) for violation in check(TWO, plan).violations}

    assert found == {
        ("plan_columns", "visit_enterprise"),
        ("request_placed_once", "R1"),
        ("visit_one_enterprise", "R3"),
    }


def test_violations_of_one_rule_are_capped() -> None:
    problem = make_problem(requests=tuple(Ask(f"R{i}") for i in range(30)))

    assert len(check(problem, make_plan(problem), most_per_rule=20).violations) == 20


def test_check_folder_agrees_with_check(tmp_path: Path) -> None:
    write_answer(TWO, result_of(TWO, GOOD), tmp_path / "answer")

    assert check_folder(TWO, tmp_path / "answer") == check(TWO, GOOD)


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("table", "old", "new", "found"),
    [
        pytest.param(
            "unscheduled",
            "detail\n",
            "detail\nR2,capacity,\n",
            [("request_both", "unscheduled:2"), ("request_placed_once", "R2")],
            id="both-visited-and-left-out",
        ),
        pytest.param(
            "visit_requests",
            "V0000001,R3\n",
            "",
            [("request_placed_once", "R3"), ("result_figures", "result.json:score")],
            id="lost",
        ),
        pytest.param(
            "visit_requests", "V0000001,R3", "V0000001,R9", [("unknown_id", "visit_requests:3")], id="unknown-request"
        ),
        pytest.param(
            "visit_requests", "V0000002,R2", "V0000009,R2", [("unknown_id", "visit_requests:4")], id="unknown-visit"
        ),
        pytest.param(
            "visit_requests",
            "V0000002,R2",
            "V0000002,R2\nV0000001,R2",
            [("request_twice", "visit_requests:5")],
            id="request-twice",
        ),
        pytest.param("visits", "V0000002", "V0000001", [("key_twice", "visits:3")], id="visit-id-twice"),
        pytest.param("visits", "V0000002,E2", "V0000002,E9", [("unknown_id", "visits:3")], id="unknown-enterprise"),
        pytest.param("visits", "E2,4", "E2,x", [("value_not_number", "visits:3")], id="text-in-a-day"),
        pytest.param("visits", "start_quarter", "start", [("column_missing", "visits:1")], id="column-missing"),
        pytest.param("visits", "E2,4", "E2,44", [("plan_columns", "visit_day")], id="day-outside"),
    ],
)
def test_check_folder_finds_what_is_wrong_with_tables(
    tmp_path: Path, table: str, old: str, new: str, found: list[tuple[str, str]]
) -> None:
    write_answer(TWO, result_of(TWO, GOOD), tmp_path)
    rewrite(tmp_path / f"{table}.csv", old, new)

    violations = [(violation.rule, violation.subject) for violation in check_folder(TWO, tmp_path).violations]

    assert violations[: len(found)] == found


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param({"score": 8.150002}, {"score"}, id="score"),
        pytest.param({"score": None}, {"score"}, id="no-score"),
        pytest.param(
            {"parts": {"visits": 8.0, "trips": 0.15}},
            {f"parts.{t}" for t in ("unscheduled", "delay", "moves", "repeats")},
            id="parts-missing",
        ),
        pytest.param({"bound": 9.0, "gap": -0.104294}, {"bound"}, id="bound-above-score"),
        pytest.param({"gap": 0.5}, {"gap"}, id="gap"),
        pytest.param({"status": "splendid"}, {"status"}, id="unknown-status"),
        pytest.param({"status": "optimal"}, {"status"}, id="optimal-without-proof"),
        pytest.param({"bound": None, "gap": None}, set(), id="nothing-proven"),
        pytest.param({"bound": None}, {"gap"}, id="gap-without-bound"),
        pytest.param({"score": float("nan")}, {"score"}, id="not-a-number"),
    ],
)
def test_check_folder_compares_the_figures(tmp_path: Path, change: dict[str, Any], found: set[str]) -> None:
    write_answer(TWO, result_of(TWO, GOOD), tmp_path)
    path = tmp_path / "result.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    violations = check_folder(TWO, tmp_path).violations

    assert {violation.rule for violation in violations} <= {"result_figures"}
    assert {violation.subject for violation in violations} == {f"result.json:{name}" for name in found}


def test_roster_row_in_another_visit_than_its_request_is_found(tmp_path: Path) -> None:
    problem = make_problem(requests=(Ask("R1"), Ask("R2")), officers=(Officer("I1"), Officer("I2")))
    crew = [("R1", "I1", 1), ("R1", "I2", 0), ("R2", "I1", 1), ("R2", "I2", 0)]
    plan = make_plan(problem, Stop(3, ("R1",)), Stop(4, ("R2",)), roster=crew)
    write_answer(problem, result_of(problem, plan), tmp_path)
    rewrite(tmp_path / "roster.csv", "V0000002,R2,I2", "V0000001,R2,I2")

    found = [(violation.rule, violation.subject) for violation in check_folder(problem, tmp_path).violations]

    assert found == [("visit_mismatch", "roster:5")]


@pytest.mark.parametrize("status", [SolveStatus.INFEASIBLE, SolveStatus.UNKNOWN])
def test_answer_without_a_plan_is_valid_and_infinitely_bad(tmp_path: Path, status: SolveStatus) -> None:
    write_answer(TWO, result_of(TWO, None, status=status), tmp_path)

    verdict = check_folder(TWO, tmp_path)

    assert (verdict.valid, verdict.score, verdict.parts) == (True, math.inf, {})


def test_missing_answer_folder_is_a_violation(tmp_path: Path) -> None:
    verdict = check_folder(TWO, tmp_path / "nowhere")

    assert [violation.rule for violation in verdict.violations] == ["folder_missing"]
