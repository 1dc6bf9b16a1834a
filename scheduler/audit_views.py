"""The audit trail as supervisors read it: events with the names of those who acted. Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from data.models import AuditEvent, User
from data.queries.pages import Page, contains, fetch_page
from scheduler.errors import NotPermittedError
from scheduler.permissions import Actor, may_audit


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One event. `actor_name` is "" for the service itself."""

    number: int
    at: datetime
    actor_name: str
    action: str
    entity: str
    entity_uid: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str
    chain_hash: str


def list_events(
    session: Session,
    actor: Actor,
    *,
    action: str = "",
    entity_uid: str = "",
    text: str = "",
    page: int = 1,
    per_page: int = 50,
) -> Page[AuditRow]:
    """Return events, newest first; `text` is looked for in the names of actors. Raises NotPermittedError."""
    if not may_audit(actor):
        raise NotPermittedError
    statement = (
        select(AuditEvent, User.display_name)
        .join(User, col(User.id) == col(AuditEvent.actor_id), isouter=True)
        .order_by(col(AuditEvent.number).desc())
    )
    if action:
        statement = statement.where(AuditEvent.action == action)
    if entity_uid:
        statement = statement.where(AuditEvent.entity_uid == entity_uid)
    if text.strip():
        statement = statement.where(contains(text, (col(User.display_name), col(User.username))))
    found = fetch_page(session, statement, page=page, per_page=per_page)
    return Page(rows=tuple(map(_row, found.rows)), page=found.page, per_page=found.per_page, total=found.total)


def list_actions(session: Session, actor: Actor) -> list[str]:
    """Return every action that was ever recorded, by name. Raises NotPermittedError."""
    if not may_audit(actor):
        raise NotPermittedError
    return list(session.exec(select(AuditEvent.action).distinct().order_by(col(AuditEvent.action))))


def _row(row: tuple[AuditEvent, str | None]) -> AuditRow:
    event, name = row
    return AuditRow(
        number=event.number,
        at=event.at,
        actor_name=name or "",
        action=event.action,
        entity=event.entity,
        entity_uid=event.entity_uid,
        before=event.before,
        after=event.after,
        reason=event.reason,
        chain_hash=event.chain_hash,
    )
