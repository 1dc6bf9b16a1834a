from __future__ import annotations

from datetime import date

import pytest

from scheduler.planning.days import QUARTER_STARTS, Days, quarters_of
from solver.problem import NONE

DAYS = Days(dates=(date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 9)))


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        pytest.param(date(2026, 3, 2), date(2026, 3, 9), (0, 2), id="whole horizon"),
        pytest.param(date(2026, 3, 3), date(2026, 3, 8), (1, 1), id="ends on a holiday"),
        pytest.param(date(2026, 3, 4), date(2026, 3, 8), None, id="holidays only"),
        pytest.param(date(2026, 2, 1), date(2026, 3, 1), None, id="before"),
    ],
)
def test_span_of_dates(first: date, last: date, span: tuple[int, int] | None) -> None:
    assert DAYS.span(first, last) == span


def test_number_of_a_holiday_is_none() -> None:
    assert (DAYS.number(date(2026, 3, 3)), DAYS.number(date(2026, 3, 4))) == (1, NONE)


def test_last_until_before_the_horizon_is_none() -> None:
    assert (DAYS.last_until(date(2026, 3, 1)), DAYS.last_until(date(2026, 3, 8))) == (NONE, 1)


def test_quarters_never_cross_noon_in_minutes() -> None:
    starts = [hour * 60 + minute for hour, minute in QUARTER_STARTS]
    assert starts[1] - starts[0] == starts[3] - starts[2] == 90
    assert list(quarters_of(2, 2)) == [2, 3]
