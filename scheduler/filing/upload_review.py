"""How an upload stands: every row read against names and period, and whether it can be imported. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import PlanKind, PlanStatus
from data.models import Organisation, Plan, PlanTask, Round, SheetUpload
from data.sheets import SheetReading, SheetRefused, read_sheet
from data.sheets.faulty import FaultyRow
from data.sheets.faulty import faulty_workbook as write_faulty_rows
from data.sheets.standard import COLUMNS
from scheduler.clock import DISTRICT_ZONE
from scheduler.errors import Fault, InvalidError
from scheduler.filing.fields import FieldReview, ReadingContext
from scheduler.filing.names import VALUES_PER_QUESTION, load_names, load_sites
from scheduler.filing.review import ReviewRow, review_rows, texts_of_targets
from scheduler.filing.tasks import fingerprint

_COLUMN = {"name": "task"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFault:
    """What is wrong with the file beside its tasks. `cell`: like C4, "" where there is no single one."""

    code: str
    text: str
    column: str
    sheet: str
    row: int
    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadReview:
    """What an upload would become. `ready`: nothing stands in the way of the import; the dates are the plan's."""

    rows: tuple[ReviewRow, ...]
    file_faults: tuple[FileFault, ...]
    period_first: date
    period_last: date
    total: int
    faulty: int
    left_out: int
    already_there: int
    ready: bool


def review_upload(session: Session, upload: SheetUpload, *, kind: PlanKind = PlanKind.RANDOM) -> UploadReview:
    """Read every row of an upload against the district's names and the period of its plan; writes nothing."""
    tasks, mends = upload.reading["tasks"], upload.mends
    context = _context(session, upload, kind, texts_of_targets(tasks, mends))
    rows = _with_presence(session, upload, review_rows(context, tasks, mends))
    kept = [row for row in rows if not row.left_out]
    return UploadReview(
        rows=tuple(rows),
        file_faults=tuple(FileFault(**fault) for fault in upload.reading["faults"]),
        period_first=context.first,
        period_last=context.last,
        total=len(rows),
        faulty=sum(not row.ready for row in kept),
        left_out=len(rows) - len(kept),
        already_there=sum(row.already_there for row in kept),
        ready=bool(kept) and all(row.ready for row in kept),
    )


def faulty_workbook(session: Session, upload: SheetUpload, *, say: Callable[[FieldReview], str] | None = None) -> bytes:
    """Write the rows that are at fault or left out as a workbook, to be mended there and uploaded again.

    `say` puts the fault of a field into words; without it the codes stand for themselves.
    """
    words = say or (lambda one: one.fault_code or "")
    rows = [_faulty_row(row, words) for row in review_upload(session, upload).rows if row.left_out or not row.ready]
    return write_faulty_rows(rows, year=upload.year or upload.reading["year"])


def _faulty_row(row: ReviewRow, words: Callable[[FieldReview], str]) -> FaultyRow:
    texts = {_COLUMN.get(name, name): one.text for name, one in row.fields.items()}
    cap = row.source["cap"]
    texts |= {"frequency": (row.source["frequency"] or {}).get("text", ""), "cap": cap["text"] if cap else ""}
    faulty = {name: one for name, one in row.fields.items() if one.fault_code}
    headers = {column.name: column.header for column in COLUMNS}
    return FaultyRow(
        identity=row.key,
        texts={name: text for name, text in texts.items() if name in headers},
        faulty=frozenset(_COLUMN.get(name, name) for name in faulty),
        problems=tuple(
            f"{headers.get(_COLUMN.get(name, name), '')}「{one.text}」：{words(one)}" for name, one in faulty.items()
        ),
    )


def read_file(content: bytes, filename: str, year: int | None) -> SheetReading:
    """Read a sheet. Raises InvalidError with the reader's refusal on field "file"."""
    try:
        return read_sheet(content, filename=filename, year=year)
    except SheetRefused as refused:
        params = tuple(sorted(refused.params.items()))
        raise InvalidError(Fault(field="file", code=refused.code, params=params)) from refused


def _context(session: Session, upload: SheetUpload, kind: PlanKind, targets: Sequence[str]) -> ReadingContext:
    organisation = session.get_one(Organisation, upload.organisation_id)
    round_ = session.get_one(Round, upload.round_id) if upload.round_id else None
    year = upload.year or upload.reading["year"] or upload.uploaded_at.astimezone(DISTRICT_ZONE).year
    return ReadingContext(
        organisation_id=upload.organisation_id,
        organisation_kind=organisation.kind,
        town_id=organisation.town_id,
        kind=kind,
        first=round_.period_first if round_ else date(year, 1, 1),
        last=round_.period_last if round_ else date(year, 12, 31),
        index=load_names(session),
        sites=load_sites(session, targets),
    )


def _with_presence(session: Session, upload: SheetUpload, rows: Sequence[ReviewRow]) -> list[ReviewRow]:
    marks = {row.key: fingerprint(row.draft) for row in rows if row.draft is not None}
    there = _known_fingerprints(session, upload.organisation_id, sorted(set(marks.values())))
    return [replace(row, already_there=marks.get(row.key) in there) for row in rows]


def _known_fingerprints(session: Session, organisation_id: int, marks: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(marks), VALUES_PER_QUESTION):
        statement = (
            sa.select(col(PlanTask.fingerprint))
            .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
            .where(
                col(Plan.organisation_id) == organisation_id,
                col(Plan.status).not_in((PlanStatus.WITHDRAWN, PlanStatus.REPLACED)),
            )
            .where(col(PlanTask.fingerprint).in_(marks[start : start + VALUES_PER_QUESTION]))
        )
        known.update(session.execute(statement).scalars())
    return known
