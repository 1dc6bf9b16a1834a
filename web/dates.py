"""Dates as a reader of the page's language expects them. Knows no page and no template."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from scheduler.clock import DISTRICT_ZONE
from scheduler.planning.days import QUARTER_STARTS
from web.i18n import is_english

_WEEKDAYS: Final = ("一", "二", "三", "四", "五", "六", "日")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NOTHING: Final = "–"
"""What stands where there is nothing to show."""


def day(value: date | None) -> str:
    """A date with its weekday: 2026年11月23日 周一; Mon 23 Nov 2026."""
    if value is None:
        return NOTHING
    if is_english():
        return f"{_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日 周{_WEEKDAYS[value.weekday()]}"


def written_day(text: str) -> str:
    """A date as messages hold it (2026-11-23), with its weekday; any other text as it is."""
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


def written_moment(text: str) -> str:
    """An instant or a date as messages hold it, in local time to the minute or with its weekday; other text as it is.

    An instant without a zone stays as it is: nobody knows when that was.
    """
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment(value) if value.tzinfo is not None else written_day(text)


def short_day(value: date | None) -> str:
    """A date within a known year: 11月23日 周一; Mon 23 Nov."""
    if value is None:
        return NOTHING
    if is_english():
        return f"{_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]}"
    return f"{value.month}月{value.day}日 周{_WEEKDAYS[value.weekday()]}"


def weekday(value: date) -> str:
    """The day of the week alone: 周一; Mon."""
    return _DAYS[value.weekday()] if is_english() else f"周{_WEEKDAYS[value.weekday()]}"


def plain_day(value: date | None) -> str:
    """A date without its weekday: 2026-11-23."""
    return value.isoformat() if value is not None else NOTHING


def period(first: date, last: date) -> str:
    """Two dates as a span; the year of the second is left out when it is the same."""
    if first == last:
        return plain_day(first)
    tail = last.strftime("%m-%d") if first.year == last.year else last.isoformat()
    return f"{first.isoformat()} – {tail}"


def month_name(value: date) -> str:
    """2026年11月; Nov 2026."""
    return f"{_MONTHS[value.month - 1]} {value.year}" if is_english() else f"{value.year}年{value.month}月"


def quarter_name(first: date) -> str:
    """The quarter of a year by its first day: 2026年第4季度; Q4 2026."""
    number_ = (first.month + 2) // 3
    return f"Q{number_} {first.year}" if is_english() else f"{first.year}年第{number_}季度"


def start_time(quarter: int) -> str:
    """When a quarter of the working day begins: 09:00."""
    hour, minute = QUARTER_STARTS[quarter]
    return f"{hour:02d}:{minute:02d}"


def moment(value: datetime | None) -> str:
    """An instant in local time, to the minute."""
    if value is None:
        return NOTHING
    local = value.astimezone(DISTRICT_ZONE)
    return f"{day(local.date())} {local:%H:%M}"


def short_moment(value: datetime | None) -> str:
    """An instant in local time for narrow columns: 11-23 09:00."""
    return f"{value.astimezone(DISTRICT_ZONE):%m-%d %H:%M}" if value is not None else NOTHING
