"""Writing many rows in one statement. Knows no table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel


def insert_rows(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, all with the same columns; those left out get their defaults. Nothing happens without rows.

    Past the objects and past their bookkeeping, which takes longer than the database needs for the rows; what waits in
    the session goes first, since the rows may refer to it.
    """
    if rows:
        session.flush()
        session.connection().execute(sa.insert(sa.inspect(model).local_table), rows)
