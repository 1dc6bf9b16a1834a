"""Uploading days of the working calendar: a small CSV of dates that go before every published calendar."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session, col, select

from data.enums import DayKind
from data.models import CalendarOverride
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import Fault, InvalidError, NotPermittedError
from scheduler.permissions import Actor, may_administer

LARGEST_FILE: Final = 256 * 1024
MOST_ROWS: Final = 2000
LONGEST_NOTE: Final = 80
COLUMNS: Final = {
    "date": ("date", "日期"),
    "kind": ("kind", "类型"),
    "note": ("note", "说明"),
    "document": ("document", "文号"),
}
KINDS: Final = {
    "working": DayKind.WORKING,
    "holiday": DayKind.HOLIDAY,
    "工作日": DayKind.WORKING,
    "上班": DayKind.WORKING,
    "补班": DayKind.WORKING,
    "休息日": DayKind.HOLIDAY,
    "放假": DayKind.HOLIDAY,
    "休息": DayKind.HOLIDAY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One uploaded day."""

    day: date
    kind: DayKind
    note: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedDays:
    """How many days were new, and how many said something else than before."""

    added: int
    changed: int


def upload_days(session: Session, clock: Clock, actor: Actor, *, content: bytes) -> UploadedDays:
    """Take the days of a CSV (UTF-8 or GB18030; columns date, kind, note, document, or 日期, 类型, 说明, 文号).

    Days that are not in the file stay as they are. Raises NotPermittedError; InvalidError on field "file":
    "file_too_large", "file_unreadable", "column_missing" (column), "too_many_rows", "row_not_a_date" and
    "row_unknown_kind" (row, text), "no_rows".
    """
    if not may_administer(actor):
        raise NotPermittedError
    rows = read_days(content)
    known = {row.day: row for row in session.exec(select(CalendarOverride)).all()}
    added = changed = 0
    for row in rows:
        stored = known.get(row.day)
        if stored is None:
            added += 1
            stored = CalendarOverride(day=row.day, kind=row.kind)
        elif stored.kind is not row.kind:
            changed += 1
        stored.kind, stored.note, stored.document_number = row.kind, row.note, row.document
        session.add(stored)
    session.flush()
    after = {"days": {row.day.isoformat(): row.kind for row in rows}}
    audit.record(session, clock, actor, "workdays.upload", entity="workdays", entity_uid="calendar", after=after)
    return UploadedDays(added=added, changed=changed)


def read_days(content: bytes) -> list[DayRow]:
    """Read the file; see `upload_days` for what is refused."""
    lines = list(csv.reader(io.StringIO(_text(content))))
    if not lines:
        raise _refused("no_rows")
    places = _places(lines[0])
    if len(lines) - 1 > MOST_ROWS:
        raise _refused("too_many_rows", most=MOST_ROWS)
    rows = [_row(number, line, places) for number, line in enumerate(lines[1:], start=2) if any(map(str.strip, line))]
    if not rows:
        raise _refused("no_rows")
    return rows


def list_overrides(session: Session, year: int) -> list[CalendarOverride]:
    """Return the uploaded days of a year, by date."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    statement = select(CalendarOverride).where(CalendarOverride.day >= first, CalendarOverride.day <= last)
    return list(session.exec(statement.order_by(col(CalendarOverride.day))))


def _text(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise _refused("file_too_large", most=LARGEST_FILE // 1024)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise _refused("file_unreadable")


def _places(header: Iterable[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    places = {column: names.index(name) for column, spellings in COLUMNS.items() for name in spellings if name in names}
    for column in ("date", "kind"):
        if column not in places:
            raise _refused("column_missing", column=COLUMNS[column][1])
    return places


def _row(number: int, line: list[str], places: dict[str, int]) -> DayRow:
    cells = {column: line[place].strip() if place < len(line) else "" for column, place in places.items()}
    kind = KINDS.get(cells["kind"].lower())
    if kind is None:
        raise _refused("row_unknown_kind", row=number, text=cells["kind"])
    try:
        day = date.fromisoformat(cells["date"].replace("/", "-"))
    except ValueError:
        raise _refused("row_not_a_date", row=number, text=cells["date"]) from None
    return DayRow(
        day=day, kind=kind, note=cells.get("note", "")[:LONGEST_NOTE], document=cells.get("document", "")[:LONGEST_NOTE]
    )


def _refused(code: str, **params: object) -> InvalidError:
    return InvalidError(Fault(field="file", code=code, params=tuple(params.items())))
