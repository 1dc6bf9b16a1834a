"""Mending an upload on its page: typed texts laid over fields, rows left out. What was read stays as it is."""

from __future__ import annotations

from sqlmodel import Session

from data.errors import NotFoundError, StaleError
from data.models import SheetUpload
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import Fault, InvalidError
from scheduler.filing.access import require_clerk_of
from scheduler.filing.drafts import LONGEST_TEXT
from scheduler.filing.review import FIELDS, LEAVE_OUT, ReviewRow
from scheduler.filing.upload_review import review_upload
from scheduler.permissions import Actor
from scheduler.transitions import UPLOAD, step


def mend_row(
    session: Session,
    clock: Clock,
    actor: Actor,
    upload: SheetUpload,
    *,
    row_key: str,
    values: dict[str, str],
    version: int,
) -> None:
    """Lay typed texts over fields of a row; what does not differ from what is shown there is no mend.

    Raises InvalidError: "unknown_field", "too_long"; NotFoundError for an unknown row, StaleError, TransitionError.
    """
    row = _editable_row(session, actor, upload, row_key, version)
    faults = [_typed_fault(name, text) for name, text in values.items()]
    if any(faults):
        raise InvalidError(*(fault for fault in faults if fault))
    shown = {name: one.text.strip() for name, one in row.fields.items()}
    texts = {name: _tidy(text) for name, text in values.items()}
    typed = {name: text for name, text in texts.items() if text != shown.get(name, "")}
    if typed:
        _lay_over(session, clock, actor, upload, {row_key: typed})


def mend_alike(
    session: Session,
    clock: Clock,
    actor: Actor,
    upload: SheetUpload,
    *,
    field: str,
    text: str,
    value: str,
    version: int,
) -> int:
    """Lay one typed text over a field of every kept row where the same text is at fault; return how many rows.

    Raises as `mend_row` does.
    """
    _require_editable(actor, upload, version)
    fault = _typed_fault(field, value)
    if fault:
        raise InvalidError(fault)
    rows = [
        row.key
        for row in review_upload(session, upload).rows
        if field in row.fields and row.fields[field].text == text and row.fields[field].fault_code and not row.left_out
    ]
    if rows:
        _lay_over(session, clock, actor, upload, {key: {field: _tidy(value)} for key in rows})
    return len(rows)


def leave_out_row(
    session: Session,
    clock: Clock,
    actor: Actor,
    upload: SheetUpload,
    *,
    row_key: str,
    leave_out: bool,
    version: int | None = None,
) -> None:
    """Leave a row out of the import, or take it in again. It stays in the upload, and can be downloaded and mended."""
    _require_editable(actor, upload, version)
    _require_row(upload, row_key)
    _lay_over(session, clock, actor, upload, {row_key: {LEAVE_OUT: "1" if leave_out else ""}})


def _require_editable(actor: Actor, upload: SheetUpload, version: int | None) -> None:
    require_clerk_of(actor, upload.organisation_id, "upload", upload.uid)
    step(UPLOAD, upload.status, "import", entity="upload")
    if version is not None and upload.version != version:
        raise StaleError(entity="upload", version=version)


def _require_row(upload: SheetUpload, key: str) -> None:
    if all(task["key"] != key for task in upload.reading["tasks"]):
        raise NotFoundError("upload_row", key)


def _editable_row(session: Session, actor: Actor, upload: SheetUpload, key: str, version: int) -> ReviewRow:
    _require_editable(actor, upload, version)
    _require_row(upload, key)
    return next(row for row in review_upload(session, upload).rows if row.key == key)


def _tidy(text: str) -> str:
    # Browsers send line breaks as two signs.
    return text.replace("\r\n", "\n").strip()


def _typed_fault(name: str, text: str) -> Fault | None:
    if name not in FIELDS:
        return Fault(field=name, code="unknown_field")
    if len(text) > LONGEST_TEXT:
        return Fault(field=name, code="too_long", params=(("most", LONGEST_TEXT),))
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        return Fault(field=name, code="bad_characters")
    return None


def _lay_over(
    session: Session, clock: Clock, actor: Actor, upload: SheetUpload, typed: dict[str, dict[str, str]]
) -> None:
    before = {key: upload.mends.get(key, {}) for key in typed}
    # A new document: the column does not see changes inside the old one.
    upload.mends = {**upload.mends, **{key: {**before[key], **values} for key, values in typed.items()}}
    session.add(upload)
    session.flush()
    audit.record(
        session, clock, actor, "upload.mend", entity="upload", entity_uid=upload.uid, before=before, after=typed
    )
