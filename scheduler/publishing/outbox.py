"""The outbox: notices written in the transaction that causes them, and the relay that delivers them.

A relay claims a message by compare-and-swap, with a lease and an epoch. The delivery into the inbox, what the
recipient has been told, and the message's own end are one transaction, fenced by the epoch: a relay that lost its
claim writes nothing. The inbox therefore holds every message exactly once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select, update

from data.enums import Channel, NoticeKind, OutboxState, RecipientKind
from data.models import InboxMessage, OutboxMessage, Release, Told
from data.session import reading, unit_of_work
from scheduler.clock import Clock
from scheduler.publishing.differences import Change
from scheduler.publishing.notices import Notice, told_body

LEASE: Final = timedelta(seconds=60)
"""How long a relay may take over a message before another one tries: far longer than a delivery."""
BACKOFF: Final = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5))
"""Waits after the first failures; the last one is repeated."""
MOST_ATTEMPTS: Final = 48
"""Four hours of trying, then the message is dead and somebody has to look."""
UNDELIVERED: Final = (OutboxState.QUEUED, OutboxState.CLAIMED)


def write_release_notices(
    session: Session, clock: Clock, release: Release, round_name: str, notices: Sequence[Notice]
) -> int:
    """Write one outbox row a notice, payload frozen; returns how many."""
    for notice in notices:
        kind, recipient_id = notice.recipient
        enterprise = kind is RecipientKind.ENTERPRISE
        # An enterprise learns no release number: gaps between its numbers would tell of releases it does not see.
        payload = {
            "round": round_name,
            "release": None if enterprise else release.number,
            "changes": [line.plain() for line in notice.lines],
        }
        session.add(
            OutboxMessage(
                dedupe_key=f"release:{release.number}:{kind}:{recipient_id}",
                kind=NoticeKind.RELEASE,
                channel=Channel.INBOX,
                recipient_kind=kind,
                recipient_id=recipient_id,
                release_id=release.id,
                payload=payload,
                created_at=clock.now(),
                not_before=clock.now(),
            )
        )
    session.flush()
    return len(notices)


def supersede_unsent(session: Session, round_id: int) -> int:
    """Call back what older releases of a round have not delivered yet; the next notice says it all (N2, N3).

    A message that a relay holds is taken from it: its delivery fails on the state and leaves nothing behind.
    """
    older = select(col(Release.id)).where(Release.round_id == round_id)
    swapped = session.exec(
        update(OutboxMessage)
        .where(
            col(OutboxMessage.release_id).in_(older),
            col(OutboxMessage.kind) == NoticeKind.RELEASE,
            col(OutboxMessage.state).in_(UNDELIVERED),
        )
        .values(state=OutboxState.SUPERSEDED, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    return swapped.rowcount


def deliver_due(engine: sa.Engine, clock: Clock, *, holder: str, limit: int = 200) -> int:
    """Deliver what is due, oldest first, at most `limit` messages; returns how many arrived."""
    with reading(engine) as session:
        due = session.exec(
            select(col(OutboxMessage.id), col(OutboxMessage.epoch))
            .where(_due(clock))
            .order_by(col(OutboxMessage.created_at), col(OutboxMessage.id))
            .limit(limit)
        ).all()
    with unit_of_work(engine) as session:
        mine = [
            (message_id or 0, epoch + 1)
            for message_id, epoch in due
            if claim(session, clock, message_id, epoch=epoch, holder=holder)
        ]
    delivered = 0
    for message_id, epoch in mine:
        delivered += _try_delivery(engine, clock, message_id, epoch=epoch)
    return delivered


def _due(clock: Clock) -> ColumnElement[bool]:
    now = clock.now()
    waiting = and_(col(OutboxMessage.state) == OutboxState.QUEUED, col(OutboxMessage.not_before) <= now)
    silent = and_(col(OutboxMessage.state) == OutboxState.CLAIMED, col(OutboxMessage.lease_until) < now)
    return or_(waiting, silent)


def claim(session: Session, clock: Clock, message_id: int | None, *, epoch: int, holder: str) -> bool:
    """Take a due message whose epoch is still `epoch`; the claim raises it by one."""
    swapped = session.exec(
        update(OutboxMessage)
        .where(col(OutboxMessage.id) == message_id, col(OutboxMessage.epoch) == epoch, _due(clock))
        .values(
            state=OutboxState.CLAIMED,
            epoch=epoch + 1,
            lease_holder=holder,
            lease_until=clock.now() + LEASE,
            attempts=col(OutboxMessage.attempts) + 1,
        )
        .execution_options(synchronize_session=False)
    )
    return swapped.rowcount == 1


def _try_delivery(engine: sa.Engine, clock: Clock, message_id: int, *, epoch: int) -> bool:
    try:
        with unit_of_work(engine) as session:
            return deliver(session, clock, message_id, epoch=epoch)
    except OperationalError as error:
        with unit_of_work(engine) as session:
            _put_back(session, clock, message_id, epoch=epoch, error=type(error).__name__)
        return False


def deliver(session: Session, clock: Clock, message_id: int, *, epoch: int) -> bool:
    """Deliver a message that was claimed with `epoch`; False when the claim is lost or its time has passed."""
    message = session.get_one(OutboxMessage, message_id)
    late = message.not_after is not None and clock.now() > message.not_after
    state = OutboxState.EXPIRED if late else OutboxState.SENT
    swapped = session.exec(
        update(OutboxMessage)
        .where(*_claimed(message_id, epoch))
        .values(state=state, sent_at=None if late else clock.now(), lease_until=None)
        .execution_options(synchronize_session=False)
    )
    if swapped.rowcount != 1 or late:
        return False
    number = message.payload.get("release")
    session.add(
        InboxMessage(
            dedupe_key=message.dedupe_key,
            kind=message.kind,
            recipient_kind=message.recipient_kind,
            recipient_id=message.recipient_id,
            release_number=number,
            payload=message.payload,
            delivered_at=clock.now(),
        )
    )
    _remember(session, clock, message)
    session.flush()
    return True


def _claimed(message_id: int, epoch: int) -> tuple[ColumnElement[bool], ...]:
    return (
        col(OutboxMessage.id) == message_id,
        col(OutboxMessage.epoch) == epoch,
        col(OutboxMessage.state) == OutboxState.CLAIMED,
    )


def _put_back(session: Session, clock: Clock, message_id: int, *, epoch: int, error: str) -> None:
    message = session.get_one(OutboxMessage, message_id)
    dead = message.attempts >= MOST_ATTEMPTS
    wait = BACKOFF[min(message.attempts, len(BACKOFF)) - 1]
    session.exec(
        update(OutboxMessage)
        .where(*_claimed(message_id, epoch))
        .values(
            state=OutboxState.DEAD if dead else OutboxState.QUEUED,
            not_before=clock.now() + wait,
            lease_until=None,
            last_error=error,
        )
        .execution_options(synchronize_session=False)
    )


def _remember(session: Session, clock: Clock, message: OutboxMessage) -> None:
    """Note what the recipient now knows of each visit in the message: the ground of its next notice."""
    lines: list[dict[str, Any]] = message.payload["changes"]
    known = {
        row.visit_uid: row
        for row in session.exec(
            select(Told).where(
                Told.recipient_kind == message.recipient_kind,
                Told.recipient_id == message.recipient_id,
                col(Told.visit_uid).in_([line["visit"] for line in lines]),
            )
        )
    }
    number = _release_number(session, message)
    for line in lines:
        row = known.get(line["visit"]) or Told(
            recipient_kind=message.recipient_kind,
            recipient_id=message.recipient_id,
            visit_uid=line["visit"],
            release_number=number,
            told_hash="",
            body="",
            told_at=clock.now(),
        )
        row.release_number = number
        row.told_hash = line["told_hash"]
        row.body = told_body(line["shown"])
        row.cancelled = line["change"] == Change.CANCELLED
        row.told_at = clock.now()
        session.add(row)


def _release_number(session: Session, message: OutboxMessage) -> int:
    return 0 if message.release_id is None else session.get_one(Release, message.release_id).number
