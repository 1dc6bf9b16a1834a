"""Owns the values that reading a sheet gives: tasks, their parts and faults. Knows nothing of files or columns."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class PeriodKind(StrEnum):
    DATES = "dates"
    MONTHS = "months"
    QUARTER = "quarter"
    YEAR = "year"
    DEADLINE = "deadline"
    RECURRING = "recurring"
    EVENT = "event"
    OPEN = "open"


class Per(StrEnum):
    YEAR = "year"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    ONCE = "once"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFault:
    """What could not be understood. `code` is stable, `text` is the cell or the piece of it, `column` its header.

    `row` (from 1) and `cell` (`C4`) say where it stands; 0 and "" where there is no single cell.
    """

    column: str
    code: str
    text: str
    row: int = 0
    cell: str = ""
    sheet: str = ""

    def as_json(self) -> dict[str, str]:
        return {"column": self.column, "code": self.code, "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """When: `first` and `last` are dates, both included, None where open; `kind` is None where not understood."""

    first: date | None = None
    last: date | None = None
    kind: PeriodKind | None = None
    text: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "kind": self.kind.value if self.kind else None,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Share of the targets to be drawn: fractions of 1, an open bound is None."""

    min: float | None = None
    max: float | None = None
    text: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"min": self.min, "max": self.max, "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """Number of targets to be drawn, an open bound is None."""

    min: int | None = None
    max: int | None = None
    text: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"min": self.min, "max": self.max, "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency:
    """How many times each target is checked in one `per`."""

    min: int | None = None
    max: int | None = None
    per: Per | None = None
    text: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"min": self.min, "max": self.max, "per": self.per.value if self.per else None, "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most checks that one target may have in one `per`."""

    max: int | None = None
    per: Per | None = None
    text: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"max": self.max, "per": self.per.value if self.per else None, "text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMeasure:
    """What is asked for one credit class (A to D)."""

    ratio: Ratio | None = None
    quantity: Quantity | None = None
    frequency: Frequency | None = None
    cap: Cap | None = None

    def as_json(self) -> dict[str, Any]:
        parts = {"ratio": self.ratio, "quantity": self.quantity, "frequency": self.frequency, "cap": self.cap}
        return {name: part.as_json() for name, part in parts.items() if part is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCell:
    """One cell that a task was read from, as it stands in the file."""

    row: int
    column: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetTask:
    """One task of a plan, with every cell it was read from and every fault found in them.

    `row`: its first row as a spreadsheet program numbers it; `identity`: the task's key in the file it first came
    from, given only by a workbook of faulty rows.
    """

    file: str
    sheet: str
    row: int
    number: str | None = None
    task: str | None = None
    items: tuple[str, ...] = ()
    target: str | None = None
    initiators: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    period: Period | None = None
    ratio: Ratio | None = None
    quantity: Quantity | None = None
    frequency: Frequency | None = None
    cap: Cap | None = None
    by_class: dict[str, ClassMeasure] = field(default_factory=dict)
    methods: tuple[str, ...] = ()
    faults: tuple[CellFault, ...] = ()
    cells: tuple[SourceCell, ...] = ()
    rows: tuple[int, ...] = ()
    identity: str | None = None

    @property
    def key(self) -> str:
        """Name the task within its file: `sheet!row`, or the identity that a mended workbook carries."""
        return self.identity or f"{self.sheet}!{self.row}"

    @property
    def title(self) -> str:
        """Name the task for people: its name, else its first item, else its target, else its number."""
        return self.task or (self.items[0] if self.items else "") or self.target or self.number or ""

    def as_json(self) -> dict[str, Any]:
        """Give the published object of one task; absent things are None, lists are lists, dates are ISO."""
        parts = {
            "period": self.period,
            "ratio": self.ratio,
            "quantity": self.quantity,
            "frequency": self.frequency,
            "cap": self.cap,
        }
        return {
            "file": self.file,
            "sheet": self.sheet or None,
            "row": self.row,
            "number": self.number,
            "task": self.task,
            "items": list(self.items),
            "target": self.target,
            "initiators": list(self.initiators),
            "partners": list(self.partners),
            **{name: part.as_json() if part is not None else None for name, part in parts.items()},
            "by_class": {name: measure.as_json() for name, measure in self.by_class.items()},
            "methods": list(self.methods),
            "faults": [fault.as_json() for fault in self.faults],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetNote:
    """A line that is no task: a title above, a section line, a note below."""

    sheet: str
    row: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetReading:
    """Everything that was read from one file. `year`: the year that dates without one were read in."""

    tasks: tuple[SheetTask, ...]
    faults: tuple[CellFault, ...] = ()
    notes: tuple[SheetNote, ...] = ()
    year: int | None = None
