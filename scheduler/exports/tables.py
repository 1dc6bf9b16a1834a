"""What is handed to other programs: tables, whole or what has changed since a cursor, all at once or part by part.

A cursor is a text that an export gives and the next one takes: the number of the line of the audit trail up to which
it has seen changes. What changes while an export runs is given again by the next one: receivers keep rows by their key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ExportKind
from data.models import AuditTip
from scheduler.errors import Fault, InvalidError, NotPermittedError
from scheduler.exports.readers import READERS, Record, newest_line
from scheduler.permissions import Actor, may_coordinate, may_export

FIELDS: Final[dict[ExportKind, tuple[str, ...]]] = {kind: reader.fields for kind, reader in READERS.items()}
LONGEST_CURSOR: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """What of a table is wanted: all of it (`since` ""), or what has changed; `hidden`: unannounced visits too."""

    kind: ExportKind
    since: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows with the names of FIELDS, in a fixed order. `cursor`: what to give next time to get only what is newer."""

    kind: ExportKind
    fields: tuple[str, ...]
    rows: tuple[Record, ...]
    since: str
    cursor: str


def require_export(session: Session, actor: Actor, extract: Extract) -> None:
    """Raise NotPermittedError, or InvalidError ("bad_cursor") for a cursor that no export can have given."""
    if not may_export(actor) or (extract.hidden and not may_coordinate(actor)):
        raise NotPermittedError(action="export")
    since = extract.since
    if since and not (since.isascii() and since.isdigit() and len(since) <= LONGEST_CURSOR):
        raise InvalidError(Fault(field="since", code="bad_cursor"))
    # A cursor beyond the trail would silently leave out what is still to come.
    if int(since or 0) > session.exec(select(AuditTip.number)).one():
        raise InvalidError(Fault(field="since", code="bad_cursor"))


def export_table(session: Session, actor: Actor, kind: ExportKind, *, since: str = "", hidden: bool = False) -> Table:
    """Read a table at once, by key. Raises as `require_export`."""
    extract = Extract(kind=kind, since=since, hidden=hidden)
    require_export(session, actor, extract)
    # Read before the rows: a change in between is given twice, never missed.
    cursor = next_cursor(session, extract)
    rows = tuple(record for _key, record in read_part(session, extract))
    return Table(kind=kind, fields=FIELDS[kind], rows=rows, since=since, cursor=cursor)


def next_cursor(session: Session, extract: Extract) -> str:
    """The cursor to go on from after an extract that begins to be read now."""
    newest = max(newest_line(session, extract.kind), int(extract.since or 0))
    return str(newest) if newest else ""


def read_part(
    session: Session, extract: Extract, *, after: str = "", limit: int | None = None
) -> tuple[tuple[str, Record], ...]:
    """Read at most `limit` rows whose key comes after `after`: pairs of key and values, by key."""
    reader = READERS[extract.kind]
    statement = reader.select(int(extract.since or 0), extract.hidden).add_columns(reader.key)
    if after:
        statement = statement.where(reader.key > reader.typed(after))
    found = session.exec(statement.order_by(reader.key).limit(limit)).all()
    return tuple((str(row[-1]), reader.record(tuple(row)[:-1])) for row in found)


def count_rows(session: Session, extract: Extract) -> int:
    """How many rows an extract has now."""
    reader = READERS[extract.kind]
    keys = reader.select(int(extract.since or 0), extract.hidden).with_only_columns(reader.key)
    return session.exec(select(sa.func.count(col(sa.column(reader.key.key)))).select_from(keys.subquery())).one()
