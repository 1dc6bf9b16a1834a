"""Visits of a department are spread over the period, and no single request is shut out by it."""

from __future__ import annotations

import numpy as np

from scheduler.planning.evenness import EVENNESS, LEAST_PEOPLE, even_capacity
from solver.problem import NONE, Ints, Requests

DAYS = 20


def requests_of_one_department(count: int, *, inspectors: int = 2, first: int = 0, last: int = DAYS - 1) -> Requests:
    def whole(value: int) -> Ints:
        return np.full(count, value, dtype=np.int64)

    return Requests(
        ids=np.array([f"R{number}" for number in range(count)], dtype=object),
        department=whole(0),
        enterprise=np.arange(count),
        first_day=whole(first),
        last_day=whole(last),
        quarters=whole(2),
        inspectors=whole(inspectors),
        priority=whole(5),
        joint=np.ones(count, dtype=np.bool_),
        unannounced=np.zeros(count, dtype=np.bool_),
        skill=whole(NONE),
        planned_day=whole(NONE),
        locked=np.zeros(count, dtype=np.bool_),
    )


def people_by_day(requests: Requests, present: int, *, reserve: float = 0.0) -> list[int]:
    rows = even_capacity(requests, np.full((1, DAYS), present, dtype=np.int64), reserve=reserve)
    assert rows[:, 1].tolist() == list(range(DAYS))
    return [int(people) for people in rows[:, 2]]


def test_day_takes_a_little_more_than_its_even_share() -> None:
    # 100 requests of 4 people-quarters over 20 days are 20 a day, five people; with the factor seven and a half.
    assert people_by_day(requests_of_one_department(100), 50) == [int(np.ceil(EVENNESS * 5))] * DAYS


def test_department_with_little_to_do_keeps_two_crews_a_day() -> None:
    assert people_by_day(requests_of_one_department(1), 50) == [LEAST_PEOPLE] * DAYS


def test_largest_request_fits_every_day() -> None:
    assert people_by_day(requests_of_one_department(1, inspectors=7), 50) == [7] * DAYS


def test_largest_request_fits_beside_the_reserve() -> None:
    assert people_by_day(requests_of_one_department(1, inspectors=6), 50, reserve=0.25) == [8] * DAYS


def test_nobody_is_counted_who_is_not_there() -> None:
    assert people_by_day(requests_of_one_department(100), 3) == [3] * DAYS


def test_load_counts_only_inside_the_windows() -> None:
    people = people_by_day(requests_of_one_department(40, first=0, last=3), 50)
    assert people[:4] == [15, 15, 15, 15]
    assert people[4:] == [LEAST_PEOPLE] * (DAYS - 4)
