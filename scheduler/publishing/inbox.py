"""The in-app inbox: each account reads what was sent to its enterprise, its officer or its organisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session, col, func, select

from data.enums import RecipientKind, Role
from data.models import InboxMessage
from data.queries.pages import Page
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.errors import NotFoundError
from scheduler.looks import remember_looks
from scheduler.permissions import Actor

PER_PAGE: Final = 20


def list_messages(session: Session, actor: Actor, page: int = 1) -> Page[InboxMessage]:
    """The actor's messages, newest first."""
    mine = _mine(actor)
    number = max(page, 1)
    total = session.exec(select(func.count()).select_from(InboxMessage).where(*mine)).one()
    order = (col(InboxMessage.delivered_at).desc(), col(InboxMessage.uid))
    statement = select(InboxMessage).where(*mine).order_by(*order).limit(PER_PAGE).offset((number - 1) * PER_PAGE)
    rows = session.exec(statement).all() if (number - 1) * PER_PAGE < total else ()
    return Page(rows=tuple(rows), page=number, per_page=PER_PAGE, total=total)


def get_message(session: Session, actor: Actor, uid: str) -> InboxMessage:
    """Raises NotFoundError for an unknown message and for other people's."""
    found = session.exec(select(InboxMessage).where(InboxMessage.uid == uid, *_mine(actor))).first()
    if found is None:
        raise NotFoundError("message", uid)
    remember_looks(session, hidden_in(found.payload))
    return found


def hidden_in(payload: Mapping[str, Any]) -> list[str]:
    """The unannounced visits that a message to officials tells of."""
    return [line["visit"] for line in payload.get("changes", ()) if line["shown"].get("hidden")]


def mark_read(session: Session, clock: Clock, actor: Actor, message: InboxMessage) -> None:
    """Note when a message was first read, and by whom. Reading it again changes nothing."""
    get_message(session, actor, message.uid)
    if message.read_at is not None:
        return
    message.read_at = clock.now()
    session.add(message)
    session.flush()
    record(session, clock, actor, "message.read", entity="message", entity_uid=message.uid)


def unread_count(session: Session, actor: Actor) -> int:
    """How many of the actor's messages nobody has read yet."""
    unread = col(InboxMessage.read_at).is_(None)
    return session.exec(select(func.count()).select_from(InboxMessage).where(*_mine(actor), unread)).one()


def _mine(actor: Actor) -> tuple[Any, Any]:
    """Whose messages an account reads; 0 is nobody's id, so an account without a recipient reads none."""
    if actor.role is Role.ENTERPRISE:
        kind, recipient_id = RecipientKind.ENTERPRISE, actor.enterprise_id
    elif actor.role is Role.OFFICER:
        kind, recipient_id = RecipientKind.OFFICER, actor.officer_id
    else:
        kind, recipient_id = RecipientKind.ORGANISATION, actor.organisation_id
    return col(InboxMessage.recipient_kind) == kind, col(InboxMessage.recipient_id) == (recipient_id or 0)
