"""Working days: uploaded days first, then the published calendar, then statutory holidays (provisional)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import Session

from data.enums import DayKind
from data.models import CalendarOverride
from scheduler.workdays import WorkCalendar, load_calendar

PUBLISHED = WorkCalendar()


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 3, 2), True),
        (date(2026, 3, 7), False),
        (date(2026, 2, 17), False),
        (date(2026, 2, 14), True),
        (date(2026, 2, 28), True),
        (date(2026, 10, 1), False),
        (date(2027, 10, 1), False),
        (date(2027, 3, 1), True),
        (date(2027, 3, 6), False),
    ],
    ids=[
        "monday", "saturday", "spring_festival", "made_up_before_it", "made_up_after_it", "national_day",
        "national_day_2027", "monday_2027", "saturday_2027",
    ],
)  # fmt: skip
def test_published_calendar_knows(day: date, works: bool) -> None:
    assert PUBLISHED.is_workday(day) is works


@pytest.mark.parametrize(("day", "provisional"), [(date(2026, 12, 31), False), (date(2027, 1, 4), True)])
def test_year_without_a_published_calendar_is_provisional(day: date, provisional: bool) -> None:
    assert PUBLISHED.is_provisional(day) is provisional


def test_uploaded_days_go_before_everything() -> None:
    calendar = WorkCalendar(
        {date(2026, 3, 2): DayKind.HOLIDAY, date(2026, 3, 7): DayKind.WORKING, date(2027, 10, 1): DayKind.WORKING}
    )

    assert not calendar.is_workday(date(2026, 3, 2))
    assert calendar.is_workday(date(2026, 3, 7))
    assert calendar.is_workday(date(2027, 10, 1))
    assert not calendar.is_provisional(date(2027, 10, 1))


def test_uploaded_days_are_loaded(session: Session) -> None:
    session.add(CalendarOverride(day=date(2026, 3, 2), kind=DayKind.HOLIDAY))
    session.flush()

    assert load_calendar(session).overrides == {date(2026, 3, 2): DayKind.HOLIDAY}


def test_workdays_include_both_ends() -> None:
    assert PUBLISHED.workdays(date(2026, 2, 27), date(2026, 3, 3)) == (
        date(2026, 2, 27),
        date(2026, 2, 28),
        date(2026, 3, 2),
        date(2026, 3, 3),
    )
    assert PUBLISHED.workdays(date(2026, 3, 3), date(2026, 3, 2)) == ()


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 2, 27), 2, date(2026, 3, 2)),
        (date(2026, 3, 2), -1, date(2026, 2, 28)),
        (date(2026, 3, 7), 1, date(2026, 3, 9)),
        (date(2026, 3, 7), 0, date(2026, 3, 7)),
        (date(2026, 12, 31), 2, date(2027, 1, 5)),
    ],
    ids=["over_a_made_up_saturday", "back", "from_a_weekend", "none", "into_a_provisional_year"],
)
def test_workdays_are_added(start: date, count: int, end: date) -> None:
    assert PUBLISHED.add_workdays(start, count) == end
