"""The rows behind each figure: as many as the figure says, to be read, filtered and downloaded. Knows no language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from sqlmodel import Session

from data.enums import CreditClass, NoticeMode
from data.sheets.export import Imprint, rows_as_csv, rows_as_xlsx
from scheduler.errors import NotFoundError
from scheduler.looks import remember_looks
from scheduler.measuring.counterfactual import (
    Stop,
    Way,
    real_messages,
    real_visits,
    real_ways,
    supposed_messages,
    supposed_visits,
    supposed_ways,
)
from scheduler.measuring.facts import Fact, Question, load_facts

Cell: TypeAlias = str | int | float | date | CreditClass | tuple[str, ...] | None
Say = Callable[[Cell], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows behind a figure. `columns`: stable codes, one a cell; `visits`: uid of the visit of a row, or ""."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    visits: tuple[str, ...] = ()


_STOP: Final = ("day", "window", "site", "enterprise", "credit_class", "town", "bodies", "requests", "hours")


def _stops(stops: Sequence[Stop], *, real: bool) -> Table:
    rows = tuple(
        (
            stop.day,
            f"{stop.first_date} – {stop.last_date}",
            stop.place.site,
            stop.place.enterprise,
            stop.place.credit_class,
            stop.place.town,
            stop.bodies,
            stop.requests,
            stop.hours,
        )
        for stop in stops
    )
    return Table(columns=_STOP, rows=rows, visits=tuple(stop.key for stop in stops) if real else ())


def _visits_with(facts: Sequence[Fact]) -> Table:
    return _stops(real_visits(facts), real=True)


def _visits_without(facts: Sequence[Fact]) -> Table:
    return _stops([stop for stop, _ in supposed_visits(facts)], real=False)


def _joint(facts: Sequence[Fact]) -> Table:
    return _visits_with([one for one in facts if one.bodies > 1])


def _messages(found: Sequence[tuple[str, str]]) -> Table:
    return Table(columns=("enterprise", "sender"), rows=tuple(found))


def _ways(found: Sequence[Way]) -> Table:
    rows = tuple((way.body.name, way.day, way.town, way.sites, round(way.km, 1)) for way in found)
    return Table(columns=("body", "day", "town", "sites", "km"), rows=rows)


def _repeats(stops: Sequence[Stop]) -> Table:
    times = Counter((stop.round_id, stop.place.enterprise_id) for stop in stops)
    names = {stop.place.enterprise_id: (stop.place.enterprise, stop.place.credit_class) for stop in stops}
    rows = [(*names[key], number) for (_, key), number in times.items() if number > 1]
    return Table(columns=("enterprise", "credit_class", "times"), rows=tuple(sorted(rows)))


def _people_days(facts: Sequence[Fact]) -> Table:
    days = {(one.day, one.body.name, officer, name) for one in facts for officer, name in one.officers}
    return Table(
        columns=("day", "body", "officer"), rows=tuple((day, body, name) for day, body, _, name in sorted(days))
    )


def _requests(facts: Sequence[Fact]) -> Table:
    rows = tuple(
        (one.day, one.body.name, one.place.site, one.place.enterprise, one.place.credit_class, one.place.town,
         one.place.scenario or None, one.quarters)
        for one in facts
    )  # fmt: skip
    columns = ("day", "body", "site", "enterprise", "credit_class", "town", "scenario", "quarters")
    return Table(columns=columns, rows=rows, visits=tuple(one.visit_uid for one in facts))


MEASURES: Final[dict[str, Callable[[Sequence[Fact]], Table]]] = {
    "requests": _requests,
    "visits_without": _visits_without,
    "visits_with": _visits_with,
    "notices_without": lambda facts: _messages([(one.enterprise, one.body) for one in supposed_messages(facts)]),
    "notices_with": lambda facts: _messages([(one.enterprise, one.body) for one in real_messages(facts)]),
    "hours_without": _visits_without,
    "hours_with": _visits_with,
    "joint_visits": _joint,
    "repeats_without": lambda facts: _repeats([stop for stop, _ in supposed_visits(facts)]),
    "repeats_with": lambda facts: _repeats(real_visits(facts)),
    "trips_without": lambda facts: _ways(supposed_ways(facts)),
    "trips_with": lambda facts: _ways(real_ways(facts)),
    "km_without": lambda facts: _ways(supposed_ways(facts)),
    "km_with": lambda facts: _ways(real_ways(facts)),
    "people_days": _people_days,
}
"""Name of a figure of `overview.Totals` -> its rows."""


def rows_behind(session: Session, question: Question, measure: str) -> Table:
    """The rows that a figure counts or adds up. Raises NotFoundError for an unknown figure."""
    if measure not in MEASURES:
        raise NotFoundError("figure", measure)
    facts = load_facts(session, question)
    remember_looks(session, [fact.visit_uid for fact in facts if fact.notice_mode is NoticeMode.UNANNOUNCED])
    return MEASURES[measure](facts)


def table_csv(table: Table, headers: Sequence[str], *, say: Say) -> bytes:
    """UTF-8 CSV for Excel in which no name can run as a formula."""
    return rows_as_csv(headers, _plain(table, say))


def table_xlsx(table: Table, headers: Sequence[str], *, say: Say, imprint: Imprint) -> bytes:
    """A workbook in which every text is a text, with what it is and of when on a sheet behind the rows."""
    return rows_as_xlsx(headers, _plain(table, say), title=imprint.title, imprint=imprint)


def _plain(table: Table, say: Say) -> list[list[str | int | float]]:
    return [[cell if isinstance(cell, int | float) else say(cell) for cell in row] for row in table.rows]
