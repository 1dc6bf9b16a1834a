"""Filters of the templates: figures and words as a reader of the page's language expects them; dates are next door."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from flask import Flask
from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _

from web import phrases
from web.dates import (
    NOTHING,
    day,
    moment,
    month_name,
    plain_day,
    quarter_name,
    short_day,
    short_moment,
    start_time,
    written_day,
)
from web.i18n import is_english

NO_CHANGE: Final = 0.005
"""A change of the score that two decimals do not show."""


def install(app: Flask) -> None:
    """Make the filters known to the templates."""
    for name, function in FILTERS.items():
        app.jinja_env.filters[name] = function
    app.jinja_env.globals["field_attributes"] = field_attributes


def clock_time(minutes: int) -> str:
    """Minutes after midnight as 08:30."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


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
