"""Filters of the templates: dates, times, figures and words as a reader of the page's language expects them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from flask import Flask
from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _

from scheduler.clock import DISTRICT_ZONE
from scheduler.planning.days import QUARTER_STARTS
from web import phrases
from web.i18n import is_english

_WEEKDAYS: Final = ("一", "二", "三", "四", "五", "六", "日")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NOTHING: Final = "–"
NO_CHANGE: Final = 0.005
"""A change of the score that two decimals do not show."""


def install(app: Flask) -> None:
    """Make the filters known to the templates."""
    for name, function in FILTERS.items():
        app.jinja_env.filters[name] = function
    app.jinja_env.globals["field_attributes"] = field_attributes


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


def moment(value: datetime | None) -> str:
    """An instant in local time, to the minute."""
    if value is None:
        return NOTHING
    local = value.astimezone(DISTRICT_ZONE)
    return f"{day(local.date())} {local:%H:%M}"


def short_moment(value: datetime | None) -> str:
    """An instant in local time for narrow columns: 11-23 09:00."""
    return f"{value.astimezone(DISTRICT_ZONE):%m-%d %H:%M}" if value is not None else NOTHING


def clock_time(minutes: int) -> str:
    """Minutes after midnight as 08:30."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def start_time(quarter: int) -> str:
    """When a quarter of the working day begins: 09:00."""
    hour, minute = QUARTER_STARTS[quarter]
    return f"{hour:02d}:{minute:02d}"


def signed(value: float) -> str:
    """A change of the score with its sign and at most two decimals: +0.05; 0 where it is too small to show."""
    return "0" if abs(value) < NO_CHANGE else f"{value:+,.2f}".rstrip("0").rstrip(".")


def number(value: float | None) -> str:
    """A figure with thousands separated, at most two decimals."""
    return NOTHING if value is None else str(format_decimal(round(value, 2)))


def percent(value: float | None) -> str:
    """A share of one as a percentage with at most two decimals."""
    return NOTHING if value is None else str(format_percent(value, "#,##0.##%"))


def word(value: StrEnum | None) -> str:
    """The word for a status, kind or role."""
    return NOTHING if value is None else phrases.word(value)


def shown(value: Any) -> str:
    """Any value of a row as a reader expects it: words of an enum, yes and no, a dash for nothing."""
    if value is None or (isinstance(value, str | dict) and not value):
        return NOTHING
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if isinstance(value, StrEnum):
        return phrases.word(value)
    if isinstance(value, dict):
        return joined(f"{name} {percent(share)}" for name, share in value.items())
    return str(value)


def joined(values: Iterable[str]) -> str:
    """Names one after the other, with the separator of the language."""
    return (", " if is_english() else "、").join(values)


def short_hash(value: str) -> str:
    """The beginning of a hash, enough to compare by eye."""
    return value[:12]


def own_name(row: Any) -> str:
    """The name of a row that has an English one as well."""
    return row.name_en if is_english() and row.name_en else row.name


def field_attributes(field: Any, hint: str, given: dict[str, Any]) -> dict[str, Any]:
    """Attributes of a form's field: what describes it to a screen reader, and that it was refused."""
    ids = [f"{field.id}-hint"] if hint else []
    ids += [f"{field.id}-error-{number}" for number in range(1, len(field.errors) + 1)]
    described = {"aria_describedby": " ".join(ids)} if ids else {}
    refused = {"aria_invalid": "true"} if field.errors else {}
    return {**described, **refused, **given}


FILTERS: Final = {
    "day": day,
    "written_day": written_day,
    "short_day": short_day,
    "plain_day": plain_day,
    "month_name": month_name,
    "quarter_name": quarter_name,
    "moment": moment,
    "short_moment": short_moment,
    "clock_time": clock_time,
    "start_time": start_time,
    "signed": signed,
    "number": number,
    "percent": percent,
    "word": word,
    "joined": joined,
    "shown": shown,
    "short_hash": short_hash,
    "own_name": own_name,
}
