"""The tables of the problem and answer folders: names, columns, kinds, ranges.

Owns the published format as data. Knows no file and no meaning beyond one cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from solver.problem import CREDIT_CLASSES, NONE

FORMAT: Final = 1
MOST_BYTES: Final = 512 * 1024**2
"""Largest table read. Six times what 1.2 million requests take; beyond it a folder belongs split by district."""
MOST_JSON_BYTES: Final = 1024**2
MOST_ID_LENGTH: Final = 200
MOST_TEXT_LENGTH: Final = 4000
MOST_DAYS: Final = 3000
"""Twelve years of working days; department x day tables are held in memory."""
MOST_PEOPLE: Final = 100_000
MOST_WEIGHT: Final = 1e9


class Kind(Enum):
    """What the cells of a column hold."""

    ID = auto()
    TEXT = auto()
    WHOLE = auto()
    REAL = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `default` stands for an empty cell or an absent optional column; None = must be filled in."""

    name: str
    kind: Kind
    required: bool = True
    low: float = 0
    high: float = 0
    choices: tuple[str | int, ...] = ()
    default: str | int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec:
    """One table. `key`: columns that together name a row and occur once. `most_rows` bounds memory."""

    name: str
    columns: tuple[Column, ...]
    required: bool = True
    may_be_empty: bool = False
    key: tuple[str, ...] = ()
    most_rows: int = 20_000_000

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


def _id(name: str) -> Column:
    return Column(name=name, kind=Kind.ID)


def _day(name: str) -> Column:
    # Days beyond the horizon are told by day_in_horizon, which knows how long it is.
    return Column(name=name, kind=Kind.WHOLE, low=-(2**31), high=2**31)


def _whole(name: str, low: int, high: int) -> Column:
    return Column(name=name, kind=Kind.WHOLE, low=low, high=high)


def _optional_whole(name: str, low: int, high: int, default: int) -> Column:
    return Column(name=name, kind=Kind.WHOLE, low=low, high=high, default=default, required=False)


def _flag(name: str, default: int) -> Column:
    return Column(name=name, kind=Kind.WHOLE, choices=(0, 1), default=default, required=False)


_LON: Final = Column(name="lon", kind=Kind.REAL, low=-180, high=180)
_LAT: Final = Column(name="lat", kind=Kind.REAL, low=-90, high=90)

PROBLEM_TABLES: Final = (
    TableSpec(
        name="days",
        columns=(_whole("day", 0, MOST_DAYS - 1), Column(name="date", kind=Kind.TEXT)),
        key=("day",),
        most_rows=MOST_DAYS,
    ),
    TableSpec(
        name="departments",
        columns=(_id("department"), _whole("inspectors", 0, MOST_PEOPLE), _LON, _LAT),
        key=("department",),
        most_rows=5_000,
    ),
    TableSpec(
        name="enterprises",
        columns=(
            _id("enterprise"),
            Column(name="credit_class", kind=Kind.TEXT, choices=CREDIT_CLASSES),
            _id("town"),
            _LON,
            _LAT,
            _optional_whole("max_visits", 0, 2**31, NONE),
        ),
        key=("enterprise",),
        most_rows=10_000_000,
    ),
    TableSpec(
        name="requests",
        columns=(
            _id("request"),
            _id("department"),
            _id("enterprise"),
            _day("first_day"),
            _day("last_day"),
            Column(name="quarters", kind=Kind.WHOLE, choices=(1, 2, 4)),
            _whole("inspectors", 2, MOST_PEOPLE),
            _whole("priority", 1, 9),
            _flag("joint", 1),
            Column(
                name="notice",
                kind=Kind.TEXT,
                choices=("announced", "unannounced"),
                default="announced",
                required=False,
            ),
            Column(name="skill", kind=Kind.TEXT, default="", required=False),
            _optional_whole("planned_day", 0, 2**31, NONE),
            _flag("locked", 0),
        ),
        key=("request",),
        most_rows=10_000_000,
    ),
    TableSpec(
        name="capacity",
        columns=(_id("department"), _day("day"), _whole("inspectors", 0, MOST_PEOPLE)),
        required=False,
        may_be_empty=True,
        key=("department", "day"),
    ),
    TableSpec(
        name="closures",
        columns=(_id("enterprise"), _day("first_day"), _day("last_day")),
        required=False,
        may_be_empty=True,
    ),
    TableSpec(name="conflicts", columns=(_id("request_a"), _id("request_b")), required=False, may_be_empty=True),
    TableSpec(
        name="sequences",
        columns=(_id("before"), _id("after"), _whole("min_days", 0, MOST_DAYS)),
        required=False,
        may_be_empty=True,
    ),
    TableSpec(
        name="inspectors",
        columns=(
            _id("inspector"),
            _id("department"),
            Column(name="skills", kind=Kind.TEXT, default=""),
            _optional_whole("valid_until_day", 0, 2**31, NONE),
        ),
        required=False,
        key=("inspector",),
        most_rows=MOST_PEOPLE,
    ),
    TableSpec(name="absences", columns=(_id("inspector"), _day("day")), required=False, may_be_empty=True),
    TableSpec(name="recusals", columns=(_id("inspector"), _id("enterprise")), required=False, may_be_empty=True),
)

ANSWER_TABLES: Final = (
    TableSpec(
        name="visits",
        columns=(
            _id("visit"),
            _id("enterprise"),
            _day("day"),
            _whole("start_quarter", -(2**31), 2**31),
        ),
        may_be_empty=True,
        key=("visit",),
    ),
    TableSpec(name="visit_requests", columns=(_id("visit"), _id("request")), may_be_empty=True),
    TableSpec(
        name="unscheduled",
        columns=(
            _id("request"),
            Column(name="reason", kind=Kind.TEXT),
            Column(name="detail", kind=Kind.TEXT, default=""),
        ),
        may_be_empty=True,
        key=("request",),
    ),
    TableSpec(
        name="roster",
        columns=(_id("visit"), _id("request"), _id("inspector"), _whole("lead", -(2**31), 2**31)),
        required=False,
        may_be_empty=True,
    ),
)
