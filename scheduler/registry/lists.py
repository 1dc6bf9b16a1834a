"""Lists of the registry from upload to take-over: read and compared without effect, then written whole or not at all.

The file is kept as it came. Taking over compares again with the registry as it is then, in one transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import PurePath
from typing import Any, Final, cast

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from data.enums import ListKind
from data.errors import NotFoundError
from data.models import ListUpload
from data.sheets.errors import SheetRefused
from data.sheets.lists import ListReading, ListRow, problem_list, read_list, template_list
from scheduler import audit
from scheduler.clock import Clock, today
from scheduler.errors import Fault, InvalidError, NotPermittedError
from scheduler.permissions import Actor, may_keep_officers, may_keep_registry
from scheduler.registry import catalogue_lists, credit_list, enterprise_list, licence_list, people_lists
from scheduler.registry.columns import COLUMNS, TITLES, header_of
from scheduler.registry.comparison import Comparison, ListContext, RowChange, RowFault
from scheduler.transitions import LIST, step

SHOWN_FAULTS: Final = 500
SHOWN_CHANGES: Final = 200
LONGEST_FILENAME: Final = 200
OFFICERS_LISTS: Final = frozenset({ListKind.OFFICERS, ListKind.ABSENCES, ListKind.RECUSALS})
_WITHOUT_FILE: Final = select(ListUpload).options(defer(cast("Any", ListUpload.content)))
COMPARE: Final[dict[ListKind, Callable[[Session, ListReading, ListContext], Comparison]]] = {
    ListKind.ENTERPRISES: enterprise_list.compare,
    ListKind.CREDIT_CLASSES: credit_list.compare,
    ListKind.ITEMS: catalogue_lists.compare_items,
    ListKind.OFFICERS: people_lists.compare_officers,
    ListKind.ABSENCES: people_lists.compare_absences,
    ListKind.RECUSALS: people_lists.compare_recusals,
    ListKind.CLOSURES: catalogue_lists.compare_closures,
    ListKind.LICENCES: licence_list.compare,
}
Say = Callable[[str, Mapping[str, Any]], str]


def may_take(actor: Actor, kind: ListKind) -> bool:
    """Whether the actor may bring in lists of this kind: departments only those of their own officers."""
    return may_keep_registry(actor) or (kind in OFFICERS_LISTS and may_keep_officers(actor))


def kinds_for(actor: Actor) -> tuple[ListKind, ...]:
    """The kinds of lists that the actor may bring in."""
    return tuple(kind for kind in ListKind if may_take(actor, kind))


def template_of(kind: ListKind) -> bytes:
    """Return the empty list of a kind as .xlsx, with an example line that is not read."""
    return template_list(TITLES[kind], COLUMNS[kind])


def receive_list(
    session: Session,
    clock: Clock,
    actor: Actor,
    *,
    kind: ListKind,
    filename: str,
    content: bytes,
    month: date | None = None,
) -> ListUpload:
    """Read a list and say what taking it over would do; nothing is changed yet.

    `month`: first day of the month of a list of credit classes; the present one if None. Raises NotPermittedError;
    InvalidError on "file" with the code of the refusal.
    """
    _require(actor, kind)
    name = PurePath(filename.replace("\\", "/")).name[-LONGEST_FILENAME:] or "list"
    reading = _read(content, name, kind)
    upload = ListUpload(
        kind=kind,
        month=(month or today(clock)).replace(day=1),
        filename=name,
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        organisation_id=actor.organisation_id,
        uploaded_by_id=actor.user_id,
        uploaded_at=clock.now(),
    )
    upload.outcome = _outcome(reading, _compare(session, clock, actor, upload, reading))
    session.add(upload)
    session.flush()
    after = {"kind": kind, "filename": name, "sha256": upload.sha256, "rows": len(reading.rows)}
    audit.record(session, clock, actor, "list.receive", entity="list", entity_uid=upload.uid, after=after)
    return upload


def get_list(session: Session, actor: Actor, uid: str) -> ListUpload:
    """Return a list that the actor may see. Raises NotFoundError, for a foreign one too."""
    upload = session.exec(_WITHOUT_FILE.where(ListUpload.uid == uid)).first()
    if upload is None or not _visible(actor, upload):
        raise NotFoundError("list", uid)
    return upload


def list_lists(session: Session, actor: Actor, *, most: int = 50) -> list[ListUpload]:
    """Return the newest lists that the actor may see."""
    statement = _WITHOUT_FILE.order_by(col(ListUpload.uploaded_at).desc(), col(ListUpload.id).desc())
    if not may_keep_registry(actor):
        statement = statement.where(ListUpload.organisation_id == actor.organisation_id)
    return list(session.exec(statement.limit(most)))


def apply_list(
    session: Session, clock: Clock, actor: Actor, upload: ListUpload, *, without_faulty: bool = False
) -> Comparison:
    """Take a list over, compared anew, in one transaction. Taking over the same list again changes nothing.

    `without_faulty`: leave the lines at fault out. Raises InvalidError("faulty_rows") when there are some and they
    are not to be left out; TransitionError when it was taken over or given up.
    """
    _require(actor, upload.kind)
    status = step(LIST, upload.status, "apply", entity="list")
    reading = _read(upload.content, upload.filename, upload.kind)
    comparison = _compare(session, clock, actor, upload, reading)
    if comparison.faults and not without_faulty:
        raise InvalidError(Fault(field="file", code="faulty_rows", params=(("rows", len(comparison.faulty_rows)),)))
    comparison.write(session)
    upload.status, upload.applied_at, upload.outcome = status, clock.now(), _outcome(reading, comparison)
    session.add(upload)
    session.flush()
    # Rows were written past the session: what it still holds of them is old.
    session.expire_all()
    after = {"added": comparison.added, "changed": comparison.changed, "left_out": len(comparison.faulty_rows)}
    audit.record(
        session, clock, actor, "list.apply", entity="list", entity_uid=upload.uid,
        after=after | {"kind": upload.kind, "sha256": upload.sha256},
    )  # fmt: skip
    return comparison


def discard_list(session: Session, clock: Clock, actor: Actor, upload: ListUpload) -> None:
    """Give a list up. Raises TransitionError when it was taken over."""
    _require(actor, upload.kind)
    upload.status = step(LIST, upload.status, "discard", entity="list")
    session.add(upload)
    session.flush()
    audit.record(session, clock, actor, "list.discard", entity="list", entity_uid=upload.uid)


def faulty_list(session: Session, clock: Clock, actor: Actor, upload: ListUpload, *, say: Say) -> bytes:
    """Return the lines at fault as .xlsx, what is wrong in a column of its own, to be mended and sent again."""
    reading = _read(upload.content, upload.filename, upload.kind)
    by_row: dict[int, list[str]] = {}
    for fault in _compare(session, clock, actor, upload, reading).faults:
        place = header_of(upload.kind, fault.column)
        by_row.setdefault(fault.row, []).append(f"{place}「{fault.text}」：{say(fault.code, fault.params)}")
    rows: list[tuple[ListRow, list[str]]] = [(row, by_row[row.row]) for row in reading.rows if row.row in by_row]
    return problem_list(f"{TITLES[upload.kind]}待改正行", COLUMNS[upload.kind], rows)


def _require(actor: Actor, kind: ListKind) -> None:
    if not may_take(actor, kind):
        raise NotPermittedError


def _visible(actor: Actor, upload: ListUpload) -> bool:
    own = may_keep_officers(actor) and upload.organisation_id == actor.organisation_id
    return may_keep_registry(actor) or own


def _read(content: bytes, filename: str, kind: ListKind) -> ListReading:
    try:
        return read_list(content, filename=filename, columns=COLUMNS[kind])
    except SheetRefused as refused:
        raise InvalidError(Fault(field="file", code=refused.code, params=tuple(refused.params.items()))) from refused


def _compare(session: Session, clock: Clock, actor: Actor, upload: ListUpload, reading: ListReading) -> Comparison:
    now = today(clock)
    context = ListContext(
        month=upload.month or now.replace(day=1),
        own=None if may_keep_registry(actor) else actor.organisation_id,
        today=now,
    )
    return COMPARE[upload.kind](session, reading, context)


def _outcome(reading: ListReading, comparison: Comparison) -> dict[str, Any]:
    return {
        "rows": len(reading.rows),
        "added": comparison.added,
        "changed": comparison.changed,
        "same": comparison.same,
        "faulty": len(comparison.faulty_rows),
        "unknown": list(reading.unknown),
        "faults": [_fault_as_json(fault) for fault in comparison.faults[:SHOWN_FAULTS]],
        "changes": [_change_as_json(change) for change in _telling(comparison)],
    }


def _telling(comparison: Comparison) -> list[RowChange]:
    """What is changed is of more interest than what is new."""
    return sorted(comparison.changes, key=lambda change: change.new)[:SHOWN_CHANGES]


def _fault_as_json(fault: RowFault) -> dict[str, Any]:
    params = {name: value if isinstance(value, int | float) else str(value) for name, value in fault.params.items()}
    return {"row": fault.row, "column": fault.column, "code": fault.code, "text": fault.text, "params": params}


def _change_as_json(change: RowChange) -> dict[str, Any]:
    fields = {name: list(pair) for name, pair in change.fields.items()}
    return {"row": change.row, "label": change.label, "new": change.new, "fields": fields}
