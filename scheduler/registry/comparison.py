"""What taking a list over would do: rows that are new, changed, the same or at fault, and how it is written.

A comparison is made against the database as it is and touches nothing; only `write` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from scheduler.registry.cells import CellFault

Write = Callable[[Session], None]
VALUES_PER_QUESTION: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """What is wrong with one cell. `column`: name of the column, "" for the whole row."""

    row: int
    column: str
    code: str
    text: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """What a row changes: {field: (old, new)} as texts; old is "" throughout for a new thing."""

    row: int
    label: str
    new: bool
    fields: Mapping[str, tuple[str, str]]


@dataclass(slots=True, kw_only=True)
class Comparison:
    """The outcome of comparing a list with the database. `write` does it; it is called at most once."""

    added: int = 0
    same: int = 0
    changes: list[RowChange] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return sum(not change.new for change in self.changes)

    @property
    def faulty_rows(self) -> frozenset[int]:
        return frozenset(fault.row for fault in self.faults)

    def note(self, row: int, label: str, old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> bool:
        """Count a row as new, changed or the same; return whether anything is to be written."""
        fields = {
            name: ("" if old is None else _shown(old[name]), _shown(value))
            for name, value in new.items()
            if old is None or old[name] != value
        }
        if not fields:
            self.same += 1
            return False
        self.added += old is None
        self.changes.append(RowChange(row=row, label=label, new=old is None, fields=fields))
        return True

    def write(self, session: Session) -> None:
        for step in self.writes:
            step(session)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListContext:
    """What a comparison needs beside the list. `month`: first day of the month of credit classes.

    `own`: the only organisation whose officers may be touched, None for all; `today`: the district's date.
    """

    month: date
    own: int | None
    today: date


class CellReader:
    """Reads the cells of one row and notes what is wrong with them, all of it and not only the first."""

    def __init__(self, comparison: Comparison, row: int, texts: Mapping[str, str]) -> None:
        self._comparison = comparison
        self.row = row
        self.texts = texts
        self.faultless = True

    def given(self, column: str) -> bool:
        """Whether the cell holds anything: an empty cell leaves what is stored as it is."""
        return bool(self.texts.get(column))

    def read(self, column: str, parse: Callable[[str], Any], default: Any = None, *, must: bool = False) -> Any:
        """Return the value of a cell; `default` where it is empty and need not be filled, or cannot be read."""
        text = self.texts.get(column, "")
        if not text and not must:
            return default
        try:
            return parse(text)
        except CellFault as fault:
            self.refuse(column, fault.code, **fault.params)
            return default

    def refuse(self, column: str, code: str, **params: object) -> None:
        """Note a fault of the row."""
        self.faultless = False
        text = self.texts.get(column, "")
        self._comparison.faults.append(RowFault(row=self.row, column=column, code=code, text=text, params=params))


def insert_rows(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows in one statement; ids are given by the database."""
    if rows:
        session.execute(sa.insert(table), [dict(row) for row in rows])


def update_rows(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Update rows by "id", all with the same fields; a version rises by one, so that an open form notices."""
    if not rows:
        return
    columns = table.__table__.c  # type: ignore[attr-defined]
    fields = [name for name in rows[0] if name != "id"]
    values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in fields}
    if "version" in columns:
        values["version"] = columns.version + 1
    statement = sa.update(table.__table__).where(columns.id == sa.bindparam("old_id")).values(values)  # type: ignore[attr-defined]
    parameters = [{"old_id": row["id"], **{f"new_{name}": row[name] for name in fields}} for row in rows]
    session.connection().execute(statement, parameters)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple | frozenset):
        return "、".join(sorted(str(one) for one in value))
    return str(value)
