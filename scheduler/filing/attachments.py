"""Documents beside plans (线索材料、批准文件): taken in by what their bytes are, given out only to who sees the plan.

A name is shown and never used to find anything: documents are found by a random id and kept in the database.
"""

from __future__ import annotations

import hashlib
import io
import unicodedata
import zipfile
from pathlib import PurePosixPath
from typing import Any, Final, cast

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from data.enums import AttachmentKind
from data.errors import NotFoundError
from data.models import Attachment, Plan
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import ConflictError, Fault, InvalidError, NotPermittedError
from scheduler.filing.plans import get_plan
from scheduler.permissions import Actor, may_decide_plans, may_write_plans

LARGEST: Final = 10 * 1024 * 1024
MOST_A_PLAN: Final = 20
LONGEST_FILENAME: Final = 200
MOST_MEMBERS: Final = 1000
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES: Final = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".docx": _OFFICE + "wordprocessingml.document",
    ".xlsx": _OFFICE + "spreadsheetml.sheet",
}
"""Ending of the name -> what the bytes must then be."""
_SIGNATURES: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)
_ZIP: Final = b"PK\x03\x04"
_MAIN_PARTS: Final = {"word/document.xml": MEDIA_TYPES[".docx"], "xl/workbook.xml": MEDIA_TYPES[".xlsx"]}
_WITHOUT_FILE: Final = select(Attachment).options(defer(cast("Any", Attachment.content)))


def attach(
    session: Session,
    clock: Clock,
    actor: Actor,
    plan: Plan,
    *,
    kind: AttachmentKind,
    filename: str,
    content: bytes,
) -> Attachment:
    """Keep a document beside a plan of one's own organisation; the same bytes twice are the earlier one.

    Raises NotPermittedError; InvalidError on "file": "empty_file", "file_too_large", "file_type" (neither name nor
    bytes are of a kind that is taken), "file_differs" (the bytes are not what the name says), "too_many_files".
    """
    if not may_attach(actor, plan):
        raise NotPermittedError
    name = safe_name(filename)
    media_type = _checked(name, content)
    digest = hashlib.sha256(content).hexdigest()
    present = list_attachments(session, plan)
    earlier = next((one for one in present if one.sha256 == digest), None)
    if earlier is not None:
        return earlier
    if len(present) >= MOST_A_PLAN:
        raise InvalidError(Fault(field="file", code="too_many_files", params=(("most", MOST_A_PLAN),)))
    made = Attachment(
        plan_id=plan.id or 0,
        kind=kind,
        filename=name,
        media_type=media_type,
        sha256=digest,
        size=len(content),
        content=content,
        uploaded_by_id=actor.user_id,
        uploaded_at=clock.now(),
    )
    session.add(made)
    session.flush()
    after = {"plan": plan.uid, "kind": str(kind), "sha256": digest, "size": made.size}
    audit.record(session, clock, actor, "attachment.add", entity="attachment", entity_uid=made.uid, after=after)
    return made


def may_attach(actor: Actor, plan: Plan) -> bool:
    """Clerks and heads of the plan's organisation."""
    return (may_write_plans(actor) or may_decide_plans(actor)) and actor.organisation_id == plan.organisation_id


def list_attachments(session: Session, plan: Plan) -> list[Attachment]:
    """Return the documents of a plan that were not removed, oldest first, without their bytes."""
    statement = _WITHOUT_FILE.where(Attachment.plan_id == plan.id, col(Attachment.removed_at).is_(None))
    return list(session.exec(statement.order_by(col(Attachment.id))))


def get_attachment(session: Session, actor: Actor, uid: str) -> Attachment:
    """Return a document whose plan the actor may see. Raises NotFoundError, for a foreign or removed one too."""
    found = session.exec(select(Attachment).where(Attachment.uid == uid, col(Attachment.removed_at).is_(None))).first()
    if found is None:
        raise NotFoundError("attachment", uid)
    try:
        get_plan(session, actor, session.get_one(Plan, found.plan_id).uid)
    except NotFoundError:
        raise NotFoundError("attachment", uid) from None
    return found


def plan_of(session: Session, attachment: Attachment) -> Plan:
    """Return the plan that a document is beside."""
    return session.get_one(Plan, attachment.plan_id)


def remove(session: Session, clock: Clock, actor: Actor, attachment: Attachment) -> None:
    """Take a document away from a plan that has not been decided on; its bytes stay for the record.

    Raises NotPermittedError, ConflictError "plan_decided".
    """
    plan = session.get_one(Plan, attachment.plan_id)
    if not may_attach(actor, plan):
        raise NotPermittedError
    if plan.filed_at is not None:
        raise ConflictError("plan_decided")
    attachment.removed_at, attachment.removed_by_id = clock.now(), actor.user_id
    session.add(attachment)
    session.flush()
    after = {"plan": plan.uid, "sha256": attachment.sha256}
    audit.record(
        session, clock, actor, "attachment.remove", entity="attachment", entity_uid=attachment.uid, after=after
    )


def safe_name(filename: str) -> str:
    """Return what of a name is shown: its last part, printable, not too long; "document" when nothing is left."""
    last = PurePosixPath(unicodedata.normalize("NFC", filename).replace("\\", "/")).name
    shown = "".join(sign for sign in last if sign.isprintable() and sign not in '"<>:|?*').strip(". ")
    return shown[-LONGEST_FILENAME:] or "document"


def _checked(name: str, content: bytes) -> str:
    if not content:
        raise _refusal("empty_file")
    if len(content) > LARGEST:
        raise _refusal("file_too_large", most=LARGEST // 1024)
    wanted, found = MEDIA_TYPES.get(PurePosixPath(name).suffix.lower()), media_type_of(content)
    if wanted is None or found is None:
        raise _refusal("file_type")
    if wanted != found:
        raise _refusal("file_differs")
    return found


def media_type_of(content: bytes) -> str | None:
    """Return what the bytes are, None for anything that is not taken. Nothing is unpacked: names of members only."""
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    if not content.startswith(_ZIP):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if len(names) > MOST_MEMBERS or any("vbaProject" in name for name in names):
        return None
    return next((media_type for part, media_type in _MAIN_PARTS.items() if part in names), None)


def _refusal(code: str, **params: object) -> InvalidError:
    return InvalidError(Fault(field="file", code=code, params=tuple(params.items())))
