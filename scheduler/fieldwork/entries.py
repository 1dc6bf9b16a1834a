"""What a device sends counts once: entries by the key that the device made. Knows no deed.

A phone in a dead spot sends again what it is not sure of. The row is written in the transaction of the deed, under the
lock that every change takes in the end, so that of two alike that come at once the second finds the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session, select

from data.enums import FieldDeed
from data.models import FieldEntry, Visit
from scheduler.audit import canonical_json, queue_up, sha256
from scheduler.clock import Clock
from scheduler.errors import ConflictError, Fault, InvalidError
from scheduler.permissions import Actor

LATE_AFTER: Final = timedelta(minutes=10)
"""What took longer from the device to here had no network on its way: it is shown as sent later."""
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


def enter(
    session: Session,
    clock: Clock,
    actor: Actor,
    visit: Visit,
    deed: FieldDeed,
    *,
    key: str,
    content: Mapping[str, Any],
    device_at: datetime | None,
) -> FieldEntry | None:
    """Note that this was sent; None when it was before, and nothing more is to be done.

    Raises InvalidError "bad_key", ConflictError "entry_reused" when the key came with something else.
    """
    if not _KEY.fullmatch(key):
        raise InvalidError(Fault(field="key", code="bad_key"))
    queue_up(session)
    session.refresh(visit)
    content_hash = sha256(canonical_json([deed, visit.uid, dict(content)]))
    kept = session.exec(select(FieldEntry).where(FieldEntry.user_id == actor.user_id, FieldEntry.key == key)).first()
    if kept is not None:
        if kept.content_hash != content_hash:
            raise ConflictError("entry_reused")
        return None
    entry = FieldEntry(
        user_id=actor.user_id,
        key=key,
        deed=deed,
        visit_id=visit.id or 0,
        content_hash=content_hash,
        device_at=device_at,
        received_at=clock.now(),
        late=device_at is not None and clock.now() - device_at > LATE_AFTER,
    )
    session.add(entry)
    session.flush()
    return entry
