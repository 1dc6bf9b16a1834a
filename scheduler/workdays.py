"""Working days of the district (R72): uploaded days first, then the published calendar, then statutory holidays.

The published calendar (`chinesecalendar`) ends with the year for which the State Council has given notice. Later
years are known only by their statutory holidays, without make-up working days: such days are provisional (暂定).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import chinese_calendar
import holidays
from sqlmodel import Session, select

from data.enums import DayKind
from data.models import CalendarOverride

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Answers which dates are working days. `overrides`: date -> kind, from the uploaded table."""

    overrides: Mapping[date, DayKind] = field(default_factory=dict)

    def is_workday(self, day: date) -> bool:
        kind = self.overrides.get(day)
        if kind is not None:
            return kind is DayKind.WORKING
        if _published(day.year):
            return bool(chinese_calendar.is_workday(day))
        return day.weekday() < SATURDAY and day not in _statutory(day.year)

    def is_provisional(self, day: date) -> bool:
        """Whether the answer may still change: nothing uploaded and no calendar published for that year."""
        return day not in self.overrides and not _published(day.year)

    def workdays(self, first: date, last: date) -> tuple[date, ...]:
        """Working days from `first` to `last`, both included, in order."""
        return tuple(day for day in _dates(first, last) if self.is_workday(day))

    def add_workdays(self, start: date, count: int) -> date:
        """The date `count` working days after `start` (before it where `count` is negative)."""
        step = timedelta(days=1 if count >= 0 else -1)
        day, left = start, abs(count)
        while left:
            day += step
            left -= self.is_workday(day)
        return day


def load_calendar(session: Session) -> WorkCalendar:
    """Read the uploaded days."""
    return WorkCalendar({row.day: row.kind for row in session.exec(select(CalendarOverride))})


def _dates(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


@cache
def _published(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 12, 31))
    except NotImplementedError:
        return False
    return True


@cache
def _statutory(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CN", years=year))
