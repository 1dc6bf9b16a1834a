"""Writing many rows at once: explicit ids, one statement for thousands of rows, sequences put right afterwards."""

from random import Random
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

CHUNK_ROWS = 10_000


class RowWriter:
    """Collects rows of one table and inserts them in chunks; rows get consecutive ids from the first free one.

    Explicit ids let children refer to parents that are still in memory, and make a seeded district repeatable.
    Use as a context manager: what is left is written at the end, unless the block raised.
    """

    def __init__(self, session: Session, model: type[SQLModel]) -> None:
        self._session = session
        self._table: sa.Table = model.__table__  # type: ignore[attr-defined]
        self._numbered = "id" in self._table.c
        self._next_id = _first_free_id(session, self._table) if self._numbered else 0
        self._rows: list[dict[str, Any]] = []
        self.written = 0

    def add(self, **values: Any) -> int:
        """Keep one row for writing; return its id (0 where the table has none)."""
        row_id = 0
        if self._numbered:
            row_id = values["id"] = self._next_id
            self._next_id += 1
        self._rows.append(values)
        self.written += 1
        if len(self._rows) >= CHUNK_ROWS:
            self._write()
        return row_id

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        if kind is not None:
            return
        self._write()
        if self._numbered and self.written and self._session.get_bind().dialect.name == "postgresql":
            _move_sequence(self._session, self._table, self._next_id - 1)

    def _write(self) -> None:
        if self._rows:
            self._session.execute(sa.insert(self._table), self._rows)
            self._rows = []


def seeded_uid(rng: Random) -> str:
    """Return a public id from the seeded source: 128 bits in hex, like those of the running service."""
    return f"{rng.getrandbits(128):032x}"


def _first_free_id(session: Session, table: sa.Table) -> int:
    return (session.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0) + 1


def _move_sequence(session: Session, table: sa.Table, last_id: int) -> None:
    sequence = sa.func.pg_get_serial_sequence(f'"{table.name}"', "id")
    session.execute(sa.select(sa.func.setval(sequence, last_id)))
