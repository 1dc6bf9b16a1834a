"""People present and capacity: the figures that hard rule 5 stands on."""

from __future__ import annotations

import pytest

from solver.problem import Limits
from tests.solver.builders import Office, Officer, make_problem


def test_capacity_row_replaces_the_normal_number_without_officers() -> None:
    problem = make_problem(offices=(Office("D1", 5),), days=3, capacity=[("D1", 1, 9), ("D1", 2, 0)])

    assert problem.people_present().tolist() == [[5, 9, 0]]


def test_officers_present_are_those_neither_absent_nor_expired_and_capacity_only_lowers() -> None:
    officers = (Officer("I1"), Officer("I2", valid_until=1), Officer("I3"))
    problem = make_problem(
        offices=(Office("D1", 50),),
        days=4,
        officers=officers,
        absences=[("I1", 0)],
        capacity=[("D1", 1, 9), ("D1", 3, 1)],
    )

    assert problem.people_present().tolist() == [[2, 3, 2, 1]]


@pytest.mark.parametrize(
    ("people", "reserve", "capacity"),
    [
        pytest.param(5, 0.0, 20, id="no-reserve"),
        pytest.param(5, 0.05, 19, id="whole"),
        pytest.param(6, 0.05, 22, id="rounded-down"),
        pytest.param(5, 0.8, 4, id="binary-fraction-just-under-a-whole"),
        pytest.param(45, 0.3, 126, id="binary-product-just-under-a-whole"),
        pytest.param(5, 1.0, 0, id="all-kept-free"),
    ],
)
def test_capacity_is_rounded_down_from_exact_decimals(people: int, reserve: float, capacity: int) -> None:
    problem = make_problem(offices=(Office("D1", people),), days=1, limits=Limits(reserve=reserve))

    assert problem.capacity_quarters().tolist() == [[capacity]]


def test_enterprise_is_open_outside_its_closures() -> None:
    problem = make_problem(days=5, closures=[("E1", 1, 2), ("E1", 2, 3)])

    assert problem.open_days(0).tolist() == [True, False, False, False, True]
