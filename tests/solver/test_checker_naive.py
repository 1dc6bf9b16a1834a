"""The checker against a second, plain reading of the format, on random problems and random plans."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.checker import check
from tests.solver.naive_checker import broken_rules, cost_by_term
from tests.solver.rule_cases import RuleCase, plan_cases, roster_cases
from tests.solver.strategies import plans, problems

CASES = [pytest.param(case, id=case.id) for case in [*plan_cases(), *roster_cases()] if case.rule != "plan_columns"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_checker_agrees_with_a_plain_reading_of_the_format(data: st.DataObject) -> None:
    problem = data.draw(problems(most_requests=5))
    plan = data.draw(plans(problem))

    verdict = check(problem, plan)

    assert {violation.rule for violation in verdict.violations} == broken_rules(problem, plan)
    assert verdict.parts == pytest.approx(cost_by_term(problem, plan), abs=1.1e-6)


@pytest.mark.parametrize("case", CASES)
def test_plain_reading_finds_the_planted_fault(case: RuleCase) -> None:
    assert broken_rules(case.problem, case.broken) == {case.rule}
    assert broken_rules(case.kept_problem, case.kept) == set()
