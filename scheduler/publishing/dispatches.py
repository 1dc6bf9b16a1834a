"""The outbox as people see it: what went to whom and how, what failed and why, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select, update

from data.enums import Channel, OutboxState, RecipientKind
from data.models import Organisation, OutboxMessage, Release, ReleaseVisit
from data.queries.pages import Page
from scheduler.audit import record
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError, NotPermittedError
from scheduler.looks import remember_looks
from scheduler.permissions import Actor, may_deliver, may_hand_over, may_see_all
from scheduler.publishing.addresses import mask, recipient_keys, recipient_names
from scheduler.publishing.inbox import hidden_in
from scheduler.publishing.telling import remember
from scheduler.publishing.visibility import names_organisation, rows_in_force

PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Filters of the list; None leaves one out."""

    state: OutboxState | None = None
    channel: Channel | None = None
    recipient: RecipientKind | None = None
    release: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """A message with the name of its recipient and what an address of a page calls it; `address` is masked."""

    message: OutboxMessage
    name: str
    key: str
    address: str
    release: int | None


def list_dispatches(session: Session, actor: Actor, wanted: Wanted, page: int = 1) -> Page[Dispatch]:
    """Messages, newest first; only the district sees them."""
    if not may_see_all(actor):
        return Page(rows=(), page=1, per_page=PER_PAGE, total=0)
    conditions = _conditions(session, wanted)
    total = session.exec(select(func.count()).select_from(OutboxMessage).where(*conditions)).one()
    number = min(max(page, 1), total // PER_PAGE + 1)
    statement = select(OutboxMessage).where(*conditions).order_by(col(OutboxMessage.id).desc())
    rows = session.exec(statement.limit(PER_PAGE).offset((number - 1) * PER_PAGE)).all()
    return Page(rows=tuple(_dispatches(session, list(rows))), page=number, per_page=PER_PAGE, total=total)


def count_dispatches(
    session: Session, actor: Actor, release: int | None = None
) -> dict[tuple[Channel, OutboxState], int]:
    """Number of messages by channel and state, of one release or of all."""
    if not may_see_all(actor):
        return {}
    conditions = _conditions(session, Wanted(release=release))
    keys = (col(OutboxMessage.channel), col(OutboxMessage.state))
    rows = session.exec(select(*keys, func.count()).where(*conditions).group_by(*keys))
    return {(channel, state): number for channel, state, number in rows}


def get_dispatch(session: Session, actor: Actor, uid: str) -> Dispatch:
    """Raises NotFoundError for an unknown message and for whoever may not see it."""
    row = session.exec(select(OutboxMessage).where(OutboxMessage.uid == uid)).first()
    if row is None or not may_see_all(actor):
        raise NotFoundError("outbox", uid)
    remember_looks(session, hidden_in(row.payload))
    return _dispatches(session, [row])[0]


def _conditions(session: Session, wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(col(OutboxMessage.state) == wanted.state)
    if wanted.channel is not None:
        found.append(col(OutboxMessage.channel) == wanted.channel)
    if wanted.recipient is not None:
        found.append(col(OutboxMessage.recipient_kind) == wanted.recipient)
    if wanted.release is not None:
        release = session.exec(select(col(Release.id)).where(Release.number == wanted.release)).first()
        found.append(col(OutboxMessage.release_id) == (release or 0))
    return found


def _dispatches(session: Session, rows: list[OutboxMessage]) -> list[Dispatch]:
    names = recipient_names(session, {(row.recipient_kind, row.recipient_id) for row in rows})
    keys = recipient_keys(session, names)
    numbers: dict[Any, int] = dict(session.exec(select(col(Release.id), col(Release.number))).all())
    return [
        Dispatch(
            message=row,
            name=names.get((row.recipient_kind, row.recipient_id), ""),
            key=keys.get((row.recipient_kind, row.recipient_id), ""),
            address=mask(row.address) if row.channel is not Channel.PRINT else row.address,
            release=numbers.get(row.release_id),
        )
        for row in rows
    ]


def retry(session: Session, clock: Clock, actor: Actor, message: OutboxMessage, *, reason: str) -> None:
    """Let a failed message be tried again from the start.

    Raises NotPermittedError, InvalidError (no reason), ConflictError ("not_dead", "newer_message").
    """
    _refuse(session, actor, message, reason)
    swapped = session.exec(
        update(OutboxMessage)
        .where(col(OutboxMessage.id) == message.id, col(OutboxMessage.state) == OutboxState.DEAD)
        .values(state=OutboxState.QUEUED, attempts=0, not_before=clock.now(), lease_until=None)
        .execution_options(synchronize_session=False)
    )
    if swapped.rowcount != 1:
        raise ConflictError("not_dead")
    before = {"state": str(OutboxState.DEAD), "error": message.last_error}
    record(session, clock, actor, "outbox.retry", entity="outbox", entity_uid=message.uid, before=before, reason=reason)
    session.refresh(message)


def resend(session: Session, clock: Clock, actor: Actor, message: OutboxMessage, *, reason: str) -> OutboxMessage:
    """Send a message once more, word for word, as a message of its own. Raises what `retry` raises."""
    _refuse(session, actor, message, reason)
    if message.state is not OutboxState.SENT:
        raise ConflictError("not_dead")
    root = message.dedupe_key.split("#", 1)[0]
    again = session.exec(
        select(func.count()).select_from(OutboxMessage).where(col(OutboxMessage.dedupe_key).startswith(f"{root}#"))
    ).one()
    copied = message.model_dump(
        include={"kind", "channel", "recipient_kind", "recipient_id", "release_id", "payload", "address", "not_after"}
    )
    copy = OutboxMessage(
        **copied, visit_uid=message.visit_uid, dedupe_key=f"{root}#{again + 1}", created_at=clock.now(),
        not_before=clock.now(),
    )  # fmt: skip
    session.add(copy)
    session.flush()
    after = {"of": message.uid, "channel": str(copy.channel)}
    record(session, clock, actor, "outbox.resend", entity="outbox", entity_uid=copy.uid, after=after, reason=reason)
    return copy


def _refuse(session: Session, actor: Actor, message: OutboxMessage, reason: str) -> None:
    if not may_deliver(actor):
        raise NotPermittedError(action="outbox")
    if not reason.strip():
        raise InvalidError(Fault(field="reason", code="required"))
    newer = select(col(OutboxMessage.id)).where(
        OutboxMessage.kind == message.kind,
        OutboxMessage.channel == message.channel,
        OutboxMessage.recipient_kind == message.recipient_kind,
        OutboxMessage.recipient_id == message.recipient_id,
        OutboxMessage.visit_uid == message.visit_uid,
        col(OutboxMessage.id) > (message.id or 0),
        OutboxMessage.state != OutboxState.SUPERSEDED,
    )
    # What was said later holds: an old message after it would take it back.
    if session.exec(newer.limit(1)).first() is not None:
        raise ConflictError("newer_message")


def paper_notices(session: Session, actor: Actor, visit_uid: str) -> list[OutboxMessage]:
    """The paper notices about a visit in force that wait to be handed over or were, newest first.

    For who keeps messages, and for clerks of a department that takes part; nobody else gets any.
    """
    row = _own_row(session, actor, visit_uid)
    if row is None:
        return []
    statement = select(OutboxMessage).where(
        OutboxMessage.channel == Channel.PRINT,
        OutboxMessage.recipient_kind == RecipientKind.ENTERPRISE,
        OutboxMessage.recipient_id == row.enterprise_id,
        col(OutboxMessage.state).in_((OutboxState.QUEUED, OutboxState.SENT)),
    )
    found = session.exec(statement.order_by(col(OutboxMessage.id).desc()))
    return [one for one in found if visit_uid in _visits_of(one)]


def get_paper_notice(session: Session, actor: Actor, visit_uid: str) -> OutboxMessage:
    """The paper notice about a visit that waits to be handed over. Raises NotFoundError for everything else."""
    waiting = [one for one in paper_notices(session, actor, visit_uid) if one.state is OutboxState.QUEUED]
    if not waiting:
        raise NotFoundError("visit", visit_uid)
    return waiting[0]


def _own_row(session: Session, actor: Actor, visit_uid: str) -> ReleaseVisit | None:
    if not may_hand_over(actor):
        return None
    statement = rows_in_force().where(col(ReleaseVisit.visit_uid) == visit_uid)
    if not may_deliver(actor):
        own = session.get(Organisation, actor.organisation_id)
        statement = statement.where(names_organisation(own.code if own else ""))
    row: ReleaseVisit | None = session.exec(statement).first()
    return row


def _visits_of(message: OutboxMessage) -> list[str]:
    return [line["visit"] for line in message.payload.get("changes", [])]


def _may_note(session: Session, actor: Actor, message: OutboxMessage) -> bool:
    if may_deliver(actor):
        return True
    return any(_own_row(session, actor, uid) is not None for uid in _visits_of(message))


def hand_over(session: Session, clock: Clock, actor: Actor, message: OutboxMessage, *, taken_by: str, on: date) -> None:
    """Note that a paper notice was handed over: to whom and when. The recipient has been told from then on.

    A joint visit has one notice with a section for each department (d5), and the enterprise reads all of it when it
    gets it: so it is handed over once, by whichever of them goes there, and counts as told for all of them.

    Clerks do so for a notice that names a visit of their organisation. Raises NotPermittedError, InvalidError,
    ConflictError "not_on_paper" for any other message.
    """
    if not _may_note(session, actor, message):
        raise NotPermittedError(action="outbox")
    if not taken_by.strip():
        raise InvalidError(Fault(field="taken_by", code="handed_to_needed"))
    if on > today(clock):
        raise InvalidError(Fault(field="on", code="handed_in_future"))
    written = message.created_at.astimezone(DISTRICT_ZONE).date()
    if on < written:
        raise InvalidError(Fault(field="on", code="handed_too_early", params=(("day", written.isoformat()),)))
    proof = {"taken_by": taken_by.strip(), "on": on.isoformat(), "noted_by": actor.display_name}
    swapped = session.exec(
        update(OutboxMessage)
        .where(
            col(OutboxMessage.id) == message.id,
            col(OutboxMessage.channel) == Channel.PRINT,
            col(OutboxMessage.state) == OutboxState.QUEUED,
        )
        .values(state=OutboxState.SENT, sent_at=clock.now(), proof=proof)
        .execution_options(synchronize_session=False)
    )
    if swapped.rowcount != 1:
        raise ConflictError("not_on_paper")
    session.refresh(message)
    remember(session, clock, message)
    session.flush()
    record(session, clock, actor, "outbox.hand_over", entity="outbox", entity_uid=message.uid, after=proof)
