"""The relay: delivers what waits in the outbox, one channel at a time.

A relay claims a message by compare-and-swap, with a lease and an epoch. The delivery into the inbox, what the
recipient has been told, and the message's own end are one transaction, fenced by the epoch: a relay that lost its
claim writes nothing. The inbox therefore holds every message exactly once. A channel to the outside is called between
two transactions, with the message's key: it gets every message at least once. A recipient's messages keep their order
on each channel.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select, update

from data.enums import Channel, NoticeKind, OutboxState
from data.models import InboxMessage, OutboxMessage, Release, Told
from data.session import reading, unit_of_work
from scheduler.clock import Clock
from scheduler.publishing.addresses import INBOX_ONLY, Ways
from scheduler.publishing.channels.letter import Letter, Receipt, RefusedError, Sender, UnreachableError
from scheduler.publishing.differences import Change
from scheduler.publishing.notices import UNSURE, told_body
from scheduler.publishing.openings import find_opening_of, opening_text

LEASE: Final = timedelta(seconds=60)
"""How long a relay may take over a message before another one tries: far longer than a delivery."""
BACKOFF: Final = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5))
"""Waits after the first failures; the last one is repeated."""
MOST_ATTEMPTS: Final = 48
"""Four hours of trying, then the message is dead and somebody has to look."""
UNDELIVERED: Final = (OutboxState.QUEUED, OutboxState.CLAIMED)
SENT_AT_ONCE: Final = 4
"""Calls of a channel at the same time: a slow gateway is used well and not overrun."""
OUTAGE: Final = 3
"""After so many failures in a row the rest of a batch waits: a gateway that hangs holds nobody up for long."""
EARLIER: Final = "unsure_before"
"""In a message's proof while a call is made: an earlier one had no known end either."""
OUTAGE_PAUSE: Final = timedelta(minutes=1)


@dataclass(slots=True)
class Weather:
    """How a batch is faring on its channel, for all threads that send it."""

    failures: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, *, failed: bool) -> None:
        with self.lock:
            self.failures = self.failures + 1 if failed else 0

    @property
    def stormy(self) -> bool:
        return self.failures >= OUTAGE


def deliver_due(
    engine: sa.Engine,
    clock: Clock,
    *,
    holder: str,
    limit: int = 200,
    channel: Channel = Channel.INBOX,
    sender: Sender | None = None,
    ways: Ways = INBOX_ONLY,
) -> int:
    """Deliver what is due on a channel, oldest first, at most `limit` messages; returns how many arrived.

    The inbox needs no `sender`; every other channel does, and `ways` for the access codes in its letters.
    """
    with reading(engine) as session:
        due = session.exec(
            select(col(OutboxMessage.id), col(OutboxMessage.epoch))
            .where(OutboxMessage.channel == channel, _due(clock))
            .order_by(col(OutboxMessage.created_at), col(OutboxMessage.id))
            .limit(limit)
        ).all()
    with unit_of_work(engine) as session:
        mine = [
            (message_id or 0, epoch + 1)
            for message_id, epoch in due
            if claim(session, clock, message_id, epoch=epoch, holder=holder)
        ]
    if sender is None:
        return sum(_try_delivery(engine, clock, message_id, epoch=epoch) for message_id, epoch in mine)
    return _send_all(engine, clock, mine, sender, ways)


def _send_all(engine: sa.Engine, clock: Clock, mine: Sequence[tuple[int, int]], sender: Sender, ways: Ways) -> int:
    weather = Weather()

    def send(claimed: tuple[int, int]) -> bool:
        return send_out(engine, clock, claimed[0], epoch=claimed[1], sender=sender, weather=weather, ways=ways)

    with ThreadPoolExecutor(max_workers=SENT_AT_ONCE) as pool:
        return sum(pool.map(send, mine))


def _due(clock: Clock) -> ColumnElement[bool]:
    now = clock.now()
    waiting = and_(col(OutboxMessage.state) == OutboxState.QUEUED, col(OutboxMessage.not_before) <= now)
    silent = and_(col(OutboxMessage.state) == OutboxState.CLAIMED, col(OutboxMessage.lease_until) < now)
    return and_(or_(waiting, silent), ~_older_waits())


def _older_waits() -> ColumnElement[bool]:
    """Whether an older message to the same recipient on the same channel is still on its way."""
    older = aliased(OutboxMessage)
    return sa.exists().where(
        col(older.recipient_kind) == col(OutboxMessage.recipient_kind),
        col(older.recipient_id) == col(OutboxMessage.recipient_id),
        col(older.channel) == col(OutboxMessage.channel),
        col(older.state).in_(UNDELIVERED),
        col(older.id) < col(OutboxMessage.id),
    )


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


def send_out(
    engine: sa.Engine,
    clock: Clock,
    message_id: int,
    *,
    epoch: int,
    sender: Sender,
    weather: Weather,
    ways: Ways = INBOX_ONLY,
) -> bool:
    """Hand a claimed message to its channel, with no transaction open meanwhile; True when the channel took it."""
    if weather.stormy:
        with unit_of_work(engine) as session:
            _let_go(session, clock, message_id, epoch=epoch)
        return False
    with unit_of_work(engine) as session:
        letter = _take_out(session, clock, message_id, epoch=epoch, ways=ways)
    if letter is None:
        return False
    try:
        receipt = sender.send(letter)
    except RefusedError as error:
        weather.note(failed=False)
        with unit_of_work(engine) as session:
            _put_back(session, clock, message_id, epoch=epoch, error=str(error.params["answer"]), forever=True)
        return False
    except UnreachableError as error:
        weather.note(failed=True)
        with unit_of_work(engine) as session:
            answer = str(error.params["answer"])
            _put_back(session, clock, message_id, epoch=epoch, error=answer, unsure=not error.sure)
        return False
    weather.note(failed=False)
    with unit_of_work(engine) as session:
        return _note_arrival(session, clock, message_id, epoch=epoch, receipt=receipt)


def _take_out(session: Session, clock: Clock, message_id: int, *, epoch: int, ways: Ways) -> Letter | None:
    """Renew the lease and note that a call begins; None when the claim is lost or the message's time has passed."""
    message = session.get_one(OutboxMessage, message_id)
    late = message.not_after is not None and clock.now() > message.not_after
    values: dict[str, Any] = {"state": OutboxState.EXPIRED, "lease_until": None}
    if not late:
        earlier = bool(message.proof.get(UNSURE))
        values = {"lease_until": clock.now() + LEASE, "proof": {UNSURE: True, EARLIER: earlier}}
    swapped = session.exec(
        update(OutboxMessage)
        .where(*_claimed(message_id, epoch))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if swapped.rowcount != 1 or late:
        return None
    words = message.payload["letter"]
    return Letter(
        key=message.dedupe_key,
        address=message.address,
        subject=words["subject"],
        text=words["text"] + opening_text(find_opening_of(session, clock, message, ways)),
        created_at=message.created_at,
    )


def _note_arrival(session: Session, clock: Clock, message_id: int, *, epoch: int, receipt: Receipt) -> bool:
    swapped = session.exec(
        update(OutboxMessage)
        .where(*_claimed(message_id, epoch))
        .values(state=OutboxState.SENT, sent_at=clock.now(), lease_until=None, proof={"reference": receipt.reference})
        .execution_options(synchronize_session=False)
    )
    if swapped.rowcount != 1:
        return False
    remember(session, clock, session.get_one(OutboxMessage, message_id))
    session.flush()
    return True


def _let_go(session: Session, clock: Clock, message_id: int, *, epoch: int) -> None:
    """Give a claim back untried."""
    session.exec(
        update(OutboxMessage)
        .where(*_claimed(message_id, epoch))
        .values(
            state=OutboxState.QUEUED,
            not_before=clock.now() + OUTAGE_PAUSE,
            lease_until=None,
            attempts=col(OutboxMessage.attempts) - 1,
        )
        .execution_options(synchronize_session=False)
    )


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
    remember(session, clock, message)
    session.flush()
    return True


def _claimed(message_id: int, epoch: int) -> tuple[ColumnElement[bool], ...]:
    return (
        col(OutboxMessage.id) == message_id,
        col(OutboxMessage.epoch) == epoch,
        col(OutboxMessage.state) == OutboxState.CLAIMED,
    )


def _put_back(
    session: Session,
    clock: Clock,
    message_id: int,
    *,
    epoch: int,
    error: str,
    unsure: bool = False,
    forever: bool = False,
) -> None:
    """Note a failure: try again later, or never again. What died without a known end counts as told."""
    message = session.get_one(OutboxMessage, message_id)
    dead = forever or message.attempts >= MOST_ATTEMPTS
    # What an earlier call may have brought about, no later failure takes back.
    unsure = unsure or bool(message.proof.get(EARLIER))
    wait = BACKOFF[min(message.attempts, len(BACKOFF)) - 1]
    swapped = session.exec(
        update(OutboxMessage)
        .where(*_claimed(message_id, epoch))
        .values(
            state=OutboxState.DEAD if dead else OutboxState.QUEUED,
            not_before=clock.now() + wait,
            lease_until=None,
            last_error=error,
            proof={UNSURE: True} if unsure else {},
        )
        .execution_options(synchronize_session=False)
    )
    if swapped.rowcount == 1 and dead and unsure:
        remember(session, clock, message)


def remember(session: Session, clock: Clock, message: OutboxMessage) -> None:
    """Note what the recipient now knows of each visit in the message: the ground of its next notice."""
    if message.kind is NoticeKind.REMINDER:
        return
    lines: list[dict[str, Any]] = message.payload["changes"]
    known = {
        row.visit_uid: row
        for row in session.exec(
            select(Told).where(
                Told.recipient_kind == message.recipient_kind,
                Told.recipient_id == message.recipient_id,
                Told.channel == message.channel,
                col(Told.visit_uid).in_([line["visit"] for line in lines]),
            )
        )
    }
    number = _release_number(session, message)
    for line in lines:
        row = known.get(line["visit"]) or Told(
            recipient_kind=message.recipient_kind,
            recipient_id=message.recipient_id,
            channel=message.channel,
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
