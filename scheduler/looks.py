"""Who looked at an unannounced visit before its crew arrived: a row of the audit trail. Knows no HTTP.

What reads such visits for somebody remembers their uids on the session. Reading writes nothing: the entrypoint asks
afterwards what was looked at and calls `note_looks` in a transaction of its own. An actor leaves one row an hour for a
visit, and one for a list however long it is, which names the visits that were not noted yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import NoticeMode, VisitStatus
from data.models import AuditEvent, Site, Visit
from scheduler import audit
from scheduler.clock import Clock
from scheduler.permissions import Actor

ACTION: Final = "visit.look"
LIST: Final = "visit_list"
ONCE_EVERY: Final = timedelta(hours=1)
_SECRET: Final = (VisitStatus.DRAFT, VisitStatus.PUBLISHED)
_KEY: Final = "onedoor looked at"


def remember_looks(session: Session, uids: Iterable[str]) -> None:
    """Remember that unannounced visits are being shown to whoever this session reads for."""
    session.info.setdefault(_KEY, set()).update(uids)


def remember_sites(session: Session, round_id: int | None, sites: Collection[str]) -> None:
    """The same for what knows a round's unannounced visits by the uids of their sites alone."""
    own = (Visit.round_id == round_id, Visit.notice_mode == NoticeMode.UNANNOUNCED, col(Site.uid).in_(sites))
    statement = select(Visit.uid).join(Site, col(Visit.site_id) == col(Site.id)).where(*own)
    remember_looks(session, session.exec(statement) if sites else ())


def looked_at(session: Session) -> frozenset[str]:
    """What was remembered on a session."""
    return frozenset(session.info.get(_KEY, ()))


def unnoted(session: Session, clock: Clock, actor: Actor, uids: Collection[str]) -> list[str]:
    """Those of the visits that are still secret, and that the actor did not look at within the hour; sorted."""
    fresh = sorted(set(uids) - _noted(session, clock, actor)) if uids else []
    secret = (col(Visit.notice_mode) == NoticeMode.UNANNOUNCED, col(Visit.status).in_(_SECRET))
    return sorted(session.exec(select(Visit.uid).where(col(Visit.uid).in_(fresh), *secret))) if fresh else []


def note_looks(session: Session, clock: Clock, actor: Actor, uids: Collection[str], *, page: str) -> bool:
    """Add the row, unless there is nothing new to note; return whether it was added. `page`: where it was looked at.

    Takes the lock of the trail before it looks: of a hundred requests at once one writes.
    """
    audit.queue_up(session)
    found = unnoted(session, clock, actor, uids)
    if not found:
        return False
    if len(found) == 1:
        audit.record(session, clock, actor, ACTION, entity="visit", entity_uid=found[0], after={"page": page})
    else:
        audit.record(session, clock, actor, ACTION, entity=LIST, entity_uid=page[:40], after={"visits": found})
    return True


def looks_at(uid: str) -> sa.ColumnElement[bool]:
    """Whether a row of the trail says that somebody looked at this visit, alone or in a list."""
    listed = sa.and_(col(AuditEvent.entity) == LIST, sa.cast(col(AuditEvent.after), sa.Text).contains(uid))
    return sa.and_(col(AuditEvent.action) == ACTION, sa.or_(col(AuditEvent.entity_uid) == uid, listed))


def _noted(session: Session, clock: Clock, actor: Actor) -> set[str]:
    rows = select(AuditEvent).where(
        AuditEvent.action == ACTION,
        AuditEvent.actor_id == actor.user_id,
        col(AuditEvent.at) > clock.now() - ONCE_EVERY,
    )
    found: set[str] = set()
    for row in session.exec(rows):
        found |= {row.entity_uid} if row.entity == "visit" else set((row.after or {}).get("visits", ()))
    return found
