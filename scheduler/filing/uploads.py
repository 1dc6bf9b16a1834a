"""Sheets from upload to plan: received and read, reviewed, mended on the page, imported in one transaction or given up.

The file is kept as it came. What a person types is laid over what was read and never replaces it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final, cast

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from data.enums import PlanKind, PlanSource, UploadStatus
from data.errors import NotFoundError
from data.models import Plan, Round, SheetUpload
from data.sheets import CellFault, SheetReading
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import Fault, InvalidError, NotPermittedError, path_of
from scheduler.filing.access import (
    find_open_round,
    lock_organisation,
    own_organisation,
    require_clerk_of,
    require_visible,
)
from scheduler.filing.drafts import PlanDraft
from scheduler.filing.fields import FieldReview
from scheduler.filing.mending import leave_out_row, mend_alike, mend_row
from scheduler.filing.plans import create_plan
from scheduler.filing.review import LEAVE_OUT, ReviewRow
from scheduler.filing.tasks import TaskOrigin, add_tasks
from scheduler.filing.upload_review import FileFault, UploadReview, faulty_workbook, read_file, review_upload
from scheduler.permissions import Actor, may_see_all, may_see_plans
from scheduler.transitions import UPLOAD, step

__all__ = [
    "FieldReview",
    "FileFault",
    "ImportOutcome",
    "ReviewRow",
    "UploadReview",
    "discard_upload",
    "faulty_workbook",
    "get_upload",
    "import_upload",
    "leave_out_row",
    "list_uploads",
    "mend_alike",
    "mend_row",
    "receive_upload",
    "review_upload",
]

# The file itself is asked for only when it is needed: a list of uploads would carry megabytes.
_WITHOUT_FILE: Final = select(SheetUpload).options(defer(cast("Any", SheetUpload.content)))
LONGEST_FILENAME: Final = 200
YEARS: Final = range(2015, 2101)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOutcome:
    """What an import did. `plan` is None when everything was there already and no plan came of this upload."""

    plan: Plan | None
    added: int
    already_there: int
    left_out: int


def receive_upload(
    session: Session,
    clock: Clock,
    actor: Actor,
    *,
    filename: str,
    content: bytes,
    year: int | None,
    round_uid: str | None,
) -> SheetUpload:
    """Read a sheet and keep it. The same file of the same organisation for the same round is the earlier upload.

    Raises InvalidError: the reader's refusal on field "file", "out_of_range" for `year`, and what `find_open_round`
    says of `round_uid`; NotPermittedError for anybody but a clerk.
    """
    organisation_id = own_organisation(actor)
    if year is not None and year not in YEARS:
        raise InvalidError(Fault(field="year", code="out_of_range", params=(("min", YEARS[0]), ("max", YEARS[-1]))))
    round_ = find_open_round(session, clock, round_uid)
    name, digest = _safe_name(filename), hashlib.sha256(content).hexdigest()
    wanted = year or (round_.period_first.year if round_ else None)
    reading = read_file(content, name, wanted)
    lock_organisation(session, organisation_id)
    round_id = round_.id if round_ else None
    earlier = _find_earlier(session, organisation_id, digest, round_id, wanted)
    if earlier is not None:
        return earlier
    upload = SheetUpload(
        organisation_id=organisation_id,
        round_id=round_id,
        filename=name,
        sha256=digest,
        content=content,
        year=wanted,
        reading=_as_json(reading),
        uploaded_by_id=actor.user_id,
        uploaded_at=clock.now(),
    )
    session.add(upload)
    session.flush()
    after = {"filename": name, "sha256": digest, "tasks": len(reading.tasks)}
    audit.record(session, clock, actor, "upload.receive", entity="upload", entity_uid=upload.uid, after=after)
    return upload


def get_upload(session: Session, actor: Actor, uid: str) -> SheetUpload:
    """Return an upload that the actor may see. Raises NotFoundError, for a foreign one too."""
    upload = session.exec(_WITHOUT_FILE.where(SheetUpload.uid == uid)).first()
    if upload is None:
        raise NotFoundError("upload", uid)
    require_visible(actor, upload.organisation_id, "upload", uid)
    return upload


def list_uploads(session: Session, actor: Actor) -> list[SheetUpload]:
    """Return the uploads that the actor may see, newest first. Raises NotPermittedError."""
    if not may_see_plans(actor):
        raise NotPermittedError
    statement = _WITHOUT_FILE.order_by(col(SheetUpload.uploaded_at).desc(), col(SheetUpload.id).desc())
    if not may_see_all(actor):
        statement = statement.where(SheetUpload.organisation_id == actor.organisation_id)
    return list(session.exec(statement))


def import_upload(
    session: Session,
    clock: Clock,
    actor: Actor,
    upload: SheetUpload,
    *,
    kind: PlanKind = PlanKind.RANDOM,
    title: str = "",
) -> ImportOutcome:
    """Make a plan of the rows that are not left out: all of them, or none.

    Tasks that the organisation has in a plan already add nothing; importing an upload twice does nothing. Imports of
    one organisation wait for each other. Raises InvalidError with one fault (`row key`.`field`) a faulty field,
    TransitionError for a discarded upload.
    """
    require_clerk_of(actor, upload.organisation_id, "upload", upload.uid)
    lock_organisation(session, upload.organisation_id)
    session.refresh(upload)
    if upload.status is UploadStatus.IMPORTED:
        return _earlier_outcome(session, upload)
    status = step(UPLOAD, upload.status, "import", entity="upload")
    review = review_upload(session, upload, kind=kind)
    if not review.ready:
        raise InvalidError(*_standing_faults(review))
    entries = [
        (row.draft, TaskOrigin(row=row.row, source=row.source))
        for row in review.rows
        if row.draft is not None and not row.left_out and not row.already_there
    ]
    plan = None
    if entries:
        plan = create_plan(
            session, clock, actor, _plan_draft(session, upload, review, kind, title),
            source=PlanSource.SHEET, upload_id=upload.id,
        )  # fmt: skip
        add_tasks(session, clock, actor, plan, entries)
    upload.status = status
    session.add(upload)
    session.flush()
    outcome = ImportOutcome(plan=plan, added=len(entries), already_there=review.already_there, left_out=review.left_out)
    after = {"plan": plan.uid if plan else None, "added": outcome.added, "already_there": outcome.already_there}
    audit.record(session, clock, actor, "upload.import", entity="upload", entity_uid=upload.uid, after=after)
    return outcome


def discard_upload(session: Session, clock: Clock, actor: Actor, upload: SheetUpload) -> None:
    """Give an upload up; the same file may come again. Raises TransitionError when it was imported."""
    require_clerk_of(actor, upload.organisation_id, "upload", upload.uid)
    before, upload.status = upload.status, step(UPLOAD, upload.status, "discard", entity="upload")
    session.add(upload)
    session.flush()
    audit.record(
        session, clock, actor, "upload.discard", entity="upload", entity_uid=upload.uid,
        before={"status": before}, after={"status": upload.status},
    )  # fmt: skip


def _as_json(reading: SheetReading) -> dict[str, Any]:
    return {
        "tasks": [task.as_json() | {"key": task.key} for task in reading.tasks],
        "faults": [_fault_as_json(fault) for fault in reading.faults],
        "year": reading.year,
    }


def _fault_as_json(fault: CellFault) -> dict[str, Any]:
    return fault.as_json() | {"row": fault.row, "cell": fault.cell, "sheet": fault.sheet}


def _safe_name(filename: str) -> str:
    name = PurePath(unicodedata.normalize("NFC", filename).replace("\\", "/")).name
    shown = "".join(sign for sign in name if sign.isprintable() and not "\ud800" <= sign <= "\udfff").strip()
    return shown[-LONGEST_FILENAME:] or "sheet"


def _find_earlier(
    session: Session, organisation_id: int, digest: str, round_id: int | None, year: int | None
) -> SheetUpload | None:
    statement = (
        select(SheetUpload)
        .where(SheetUpload.organisation_id == organisation_id, SheetUpload.sha256 == digest)
        .where(SheetUpload.round_id == round_id, SheetUpload.year == year)
        .where(SheetUpload.status != UploadStatus.DISCARDED)
        .order_by(col(SheetUpload.id))
    )
    return session.exec(statement).first()


def _standing_faults(review: UploadReview) -> list[Fault]:
    faults = [
        Fault(field=path_of(row.key, name), code=one.fault_code, params=one.params)
        for row in review.rows
        for name, one in row.fields.items()
        if one.fault_code and not row.left_out
    ]
    return faults or [Fault(field="file", code="no_tasks")]


def _earlier_outcome(session: Session, upload: SheetUpload) -> ImportOutcome:
    plan = session.exec(select(Plan).where(Plan.upload_id == upload.id).order_by(col(Plan.id))).first()
    left_out = sum(values.get(LEAVE_OUT) == "1" for values in upload.mends.values())
    there = len(upload.reading["tasks"]) - left_out
    return ImportOutcome(plan=plan, added=0, already_there=there, left_out=left_out)


def _plan_draft(session: Session, upload: SheetUpload, review: UploadReview, kind: PlanKind, title: str) -> PlanDraft:
    round_ = session.get_one(Round, upload.round_id) if upload.round_id else None
    return PlanDraft(
        title=title.strip() or PurePath(upload.filename).stem[:LONGEST_FILENAME],
        kind=kind,
        period_first=review.period_first,
        period_last=review.period_last,
        round_uid=round_.uid if round_ else None,
    )
