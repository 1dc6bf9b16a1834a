"""Hard rules 1 to 8: a plan that just keeps each rule, and one that just breaks it and no other."""

from __future__ import annotations

import pytest

from solver.checker import check
from tests.solver.rule_cases import RuleCase, plan_cases

CASES = [pytest.param(case, id=case.id) for case in plan_cases()]


@pytest.mark.parametrize("case", CASES)
def test_rule_just_kept(case: RuleCase) -> None:
    assert check(case.kept_problem, case.kept).violations == ()


@pytest.mark.parametrize("case", CASES)
def test_rule_just_broken(case: RuleCase) -> None:
    found = check(case.problem, case.broken).violations

    assert {violation.rule for violation in found} == {case.rule}
    assert (found[0].subject, found[0].detail) == (case.subject, case.detail)
