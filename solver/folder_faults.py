"""What can be wrong with a folder of tables: fault codes, faults, and the log that gathers them all.

Owns codes and places (table, line, column). Knows no problem, no plan, and no text for people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_PER_KIND: Final = 50
"""Faults listed for one (table, column, rule); the rest are counted. Enough to see the pattern, too few to drown in."""

MOST_VALUE_LENGTH: Final = 80
"""Characters kept of an offending value."""


class FaultRule(StrEnum):
    """Stable codes of what a folder can get wrong."""

    FOLDER_MISSING = "folder_missing"
    TABLE_MISSING = "table_missing"
    TABLE_TWICE = "table_twice"
    TABLE_UNKNOWN = "table_unknown"
    TABLE_EMPTY = "table_empty"
    TABLE_TOO_LARGE = "table_too_large"
    TABLE_UNREADABLE = "table_unreadable"
    ENCODING_UTF8 = "encoding_utf8"
    COLUMN_MISSING = "column_missing"
    COLUMN_TWICE = "column_twice"
    COLUMN_UNKNOWN = "column_unknown"
    ROW_WIDTH = "row_width"
    VALUE_MISSING = "value_missing"
    VALUE_TOO_LONG = "value_too_long"
    VALUE_NOT_TEXT = "value_not_text"
    VALUE_NOT_NUMBER = "value_not_number"
    VALUE_NOT_FINITE = "value_not_finite"
    VALUE_NOT_WHOLE = "value_not_whole"
    VALUE_RANGE = "value_range"
    VALUE_CHOICE = "value_choice"
    VALUE_NOT_DATE = "value_not_date"
    KEY_TWICE = "key_twice"
    UNKNOWN_ID = "unknown_id"
    DAYS_NUMBERED = "days_numbered"
    DATE_ORDER = "date_order"
    DAY_IN_HORIZON = "day_in_horizon"
    WINDOW_ORDER = "window_order"
    PLANNED_DAY_MISSING = "planned_day_missing"
    PLANNED_DAY_IN_WINDOW = "planned_day_in_window"
    CONFLICT_WITH_ITSELF = "conflict_with_itself"
    SEQUENCE_CYCLE = "sequence_cycle"
    LOCKS_COLLIDE = "locks_collide"
    JSON_BROKEN = "json_broken"
    FORMAT_UNKNOWN = "format_unknown"
    KEY_UNKNOWN = "key_unknown"
    KEY_MISSING = "key_missing"
    REQUEST_TWICE = "request_twice"
    REQUEST_BOTH = "request_both"
    VISIT_MISMATCH = "visit_mismatch"
    PLAN_MISSING = "plan_missing"
    FAULTS_OMITTED = "faults_omitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong at one place.

    `table`: stem of the table, or `problem.json`/`result.json`. `line`: as an editor shows it, the header is line 1
    (Parquet: row number + 2); 0 where the whole table is meant. `column`: name, or the path of a JSON key.
    `rule`: a FaultRule code. `value`: what was found, shortened.
    """

    table: str
    line: int
    column: str
    rule: str
    value: str = ""


class BadFolder(Exception):  # noqa: N818 -- the name says what the folder is; callers read `except BadFolder`
    """The folder cannot be read; `faults` lists everything found, table by table and line by line."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        first = faults[0]
        super().__init__(f"{len(faults)} faults, first {first.rule} {first.table}:{first.line} {first.column}")
        self.faults = faults


class FaultLog:
    """Gathers faults; at most MOST_PER_KIND of one (table, column, rule) are kept, all are counted."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._tables: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, rule: str, *, table: str, line: int = 0, column: str = "", value: object = "") -> None:
        """Note one fault."""
        self.add_many(rule, table=table, column=column, places=[(line, value)], count=1)

    def add_many(self, rule: str, *, table: str, column: str, places: Iterable[tuple[int, object]], count: int) -> None:
        """Note `count` faults of one kind, of which `places` (line, value) need only give the first few."""
        kind = (table, column, str(rule))
        self._tables.setdefault(table, len(self._tables))
        room = MOST_PER_KIND - self._counts[kind]
        self._counts[kind] += count
        for line, value in list(places)[: max(0, room)]:
            self._faults.append(
                Fault(table=table, line=line, column=column, rule=str(rule), value=str(value)[:MOST_VALUE_LENGTH])
            )

    def faults(self) -> tuple[Fault, ...]:
        """All faults by table and line, then one `faults_omitted` (value `rule=n`) per kind that was cut short."""
        listed = sorted(self._faults, key=lambda fault: (self._tables[fault.table], fault.line))
        omitted = (
            Fault(
                table=table, line=0, column=column, rule=FaultRule.FAULTS_OMITTED, value=f"{rule}={n - MOST_PER_KIND}"
            )
            for (table, column, rule), n in self._counts.items()
            if n > MOST_PER_KIND
        )
        return (*listed, *omitted)

    def raise_if_any(self) -> None:
        """Raise BadFolder with every fault so far; silent when there is none."""
        if self._faults:
            raise BadFolder(self.faults())
