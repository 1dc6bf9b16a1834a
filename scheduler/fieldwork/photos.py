"""Photos of what was found on an item: kept without the place that a camera writes into them, and never public.

A phone without a network keeps them and sends them later, each under a key of its own.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from data.enums import FieldDeed
from data.models import ResultPhoto, Visit
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError
from scheduler.fieldwork.entries import enter
from scheduler.fieldwork.pictures import BrokenPictureError, media_type_of, without_traces
from scheduler.fieldwork.visits import get_field_visit, require_begun
from scheduler.permissions import Actor, is_officer, may_publish_results, may_supervise
from scheduler.transitions import VISIT, step

LARGEST: Final = 10 * 1024 * 1024
MOST_AN_ITEM: Final = 9
_WITHOUT_FILE: Final = select(ResultPhoto).options(defer(cast("Any", ResultPhoto.content)))


def add_photo(
    session: Session,
    clock: Clock,
    actor: Actor,
    uid: str,
    content: bytes,
    *,
    item: str,
    key: str,
    device_at: datetime | None = None,
) -> bool:
    """Keep a photo beside an item of one's own department; False when this was sent before, or is there already.

    Raises NotFoundError, TransitionError (cancelled, closed), ConflictError "crew_not_arrived"; InvalidError:
    "unknown_choice" (item), on "photo": "empty_file", "file_too_large", "photo_type", "photo_broken",
    "too_many_photos".
    """
    found = get_field_visit(session, actor, uid)
    digest = hashlib.sha256(content).hexdigest()
    said = {"item": item, "photo": digest}
    entry = enter(session, clock, actor, found.visit, FieldDeed.PHOTO, key=key, content=said, device_at=device_at)
    if entry is None:
        return False
    require_begun(found)
    step(VISIT, found.visit.status, "record", entity="visit")
    if found.own is None or not found.arrived:
        raise ConflictError("crew_not_arrived")
    if item not in {one.key for one in found.items_of(found.own.code)}:
        raise InvalidError(Fault(field="item", code="unknown_choice"))
    kept, media_type = _cleaned(content)
    there = [one for one in list_photos(session, found.visit) if one.item_key == item]
    if any(one.sha256 == digest for one in there):
        return False
    if len(there) >= MOST_AN_ITEM:
        raise _refusal("too_many_photos", most=MOST_AN_ITEM)
    made = ResultPhoto(
        visit_id=found.visit.id or 0,
        organisation_id=found.own.organisation_id,
        item_key=item,
        media_type=media_type,
        sha256=digest,
        size=len(kept),
        content=kept,
        # The clock of a phone may be ahead of ours.
        taken_at=min(device_at or clock.now(), clock.now()),
        uploaded_by_id=actor.user_id,
        uploaded_at=clock.now(),
        late=entry.late,
    )
    session.add(made)
    session.flush()
    after = {"photo": made.uid, "sha256": digest, "size": made.size}
    record(session, clock, actor, "visit.photo", entity="visit", entity_uid=uid, after=after)
    return True


def list_photos(session: Session, visit: Visit) -> list[ResultPhoto]:
    """The photos of a visit, oldest first, without their bytes."""
    statement = _WITHOUT_FILE.where(ResultPhoto.visit_id == visit.id, col(ResultPhoto.removed_at).is_(None))
    return list(session.exec(statement.order_by(col(ResultPhoto.id))))


def get_photo(session: Session, actor: Actor, uid: str) -> ResultPhoto:
    """A photo for the crews of its visit, its body's clerk and head, and the supervisor. Raises NotFoundError."""
    found = session.exec(
        select(ResultPhoto).where(ResultPhoto.uid == uid, col(ResultPhoto.removed_at).is_(None))
    ).first()
    if found is None or not _may_see(session, actor, found):
        raise NotFoundError("photo", uid)
    return found


def _may_see(session: Session, actor: Actor, photo: ResultPhoto) -> bool:
    if is_officer(actor):
        try:
            get_field_visit(session, actor, session.get_one(Visit, photo.visit_id).uid)
        except NotFoundError:
            return False
        return True
    return may_supervise(actor) or (may_publish_results(actor) and actor.organisation_id == photo.organisation_id)


def _cleaned(content: bytes) -> tuple[bytes, str]:
    """The picture without what a camera writes beside it, and its media type."""
    if not content:
        raise _refusal("empty_file")
    if len(content) > LARGEST:
        raise _refusal("file_too_large", most=LARGEST // 1024)
    media_type = media_type_of(content)
    if media_type is None:
        raise _refusal("photo_type")
    try:
        return without_traces(content), media_type
    except BrokenPictureError as error:
        raise _refusal("photo_broken") from error


def _refusal(code: str, **params: object) -> InvalidError:
    return InvalidError(Fault(field="photo", code=code, params=tuple(params.items())))
