"""The relay: delivers what waits in the outbox, one channel at a time.

A relay claims messages by compare-and-swap, with a lease and an epoch. The delivery into the inbox, what the
recipients have been told, and the messages' own end are one transaction for a batch, fenced by the epochs: for what a
relay has lost its claim of, it writes nothing. The inbox therefore holds every message exactly once. A batch that fails
is delivered one by one, so that a message that cannot be delivered holds up nobody else's. A channel to the outside is
called between two transactions, with the message's key: it gets every message at least once. A recipient's messages
keep their order on each channel.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select, update

from data.enums import Channel, OutboxState
from data.models import InboxMessage, OutboxMessage
from data.queries.bulk import insert_rows
from data.session import reading, unit_of_work
from scheduler.clock import Clock
from scheduler.leasing import lease_is_over
from scheduler.publishing.addresses import INBOX_ONLY, Ways
from scheduler.publishing.channels.letter import Letter, Receipt, RefusedError, Sender, UnreachableError
from scheduler.publishing.notices import UNSURE
from scheduler.publishing.openings import find_opening_of, opening_text
from scheduler.publishing.telling import remember, remember_all

Claimed: TypeAlias = tuple[int, int]
"""A message's row id and its epoch."""
LEASE: Final = timedelta(seconds=60)
"""How long a relay may take over a message before another one tries: far longer than a delivery."""
BACKOFF: Final = (timedelta(0), timedelta(minutes=1), timedelta(minutes=5))
"""Waits after the first failures; the last one is repeated."""
MOST_ATTEMPTS: Final = 48
"""Four hours of trying, then the message is dead and somebody has to look."""
UNDELIVERED: Final = (OutboxState.QUEUED, OutboxState.CLAIMED)
DELIVERED_AT_ONCE: Final = 100
"""Messages of one transaction into the inbox: other writers wait for a moment only."""
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
        mine = claim(session, clock, [(message_id or 0, epoch) for message_id, epoch in due], holder=holder)
    if sender is None:
        return _deliver_all(engine, clock, mine)
    return _send_all(engine, clock, mine, sender, ways)


def _deliver_all(engine: sa.Engine, clock: Clock, mine: Sequence[Claimed]) -> int:
    arrived = 0
    for start in range(0, len(mine), DELIVERED_AT_ONCE):
        batch = mine[start : start + DELIVERED_AT_ONCE]
        done = 0
        try:
            with unit_of_work(engine) as session:
                done = deliver(session, clock, batch)
        except Exception:  # noqa: BLE001, S110 -- nothing of the batch is written, and each has its own error below
            pass
        if done < len(batch):
            done += sum(_try_delivery(engine, clock, one) for one in batch)
        arrived += done
    return arrived


def _send_all(engine: sa.Engine, clock: Clock, mine: Sequence[Claimed], sender: Sender, ways: Ways) -> int:
    weather = Weather()

    def send(claimed: Claimed) -> bool:
        return send_out(engine, clock, claimed[0], epoch=claimed[1], sender=sender, weather=weather, ways=ways)

    with ThreadPoolExecutor(max_workers=SENT_AT_ONCE) as pool:
        return sum(pool.map(send, mine))


def _due(clock: Clock) -> ColumnElement[bool]:
    now = clock.now()
    waiting = and_(col(OutboxMessage.state) == OutboxState.QUEUED, col(OutboxMessage.not_before) <= now)
    silent = and_(
        col(OutboxMessage.state) == OutboxState.CLAIMED, lease_is_over(col(OutboxMessage.lease_until), clock, LEASE)
    )
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


def claim(session: Session, clock: Clock, seen: Sequence[Claimed], *, holder: str) -> list[Claimed]:
    """Take those of the messages that are due still and whose epoch nobody has raised since it was seen.

    Gives them with their new epochs, in the order of `seen`. What another relay is just taking is left to it.
    """
    if not seen:
        return []
    still = select(col(OutboxMessage.id)).where(_among(seen), _due(clock)).order_by(col(OutboxMessage.id))
    # Nobody waits for anybody with rows in hand: a set of rows that are locked in another order would be a deadlock.
    free = set(session.exec(still.with_for_update(skip_locked=True, of=OutboxMessage)).all())
    session.exec(
        update(OutboxMessage)
        .where(col(OutboxMessage.id).in_(free))
        .values(
            state=OutboxState.CLAIMED,
            epoch=col(OutboxMessage.epoch) + 1,
            lease_holder=holder,
            lease_until=clock.now() + LEASE,
            attempts=col(OutboxMessage.attempts) + 1,
        )
        .execution_options(synchronize_session=False)
    )
    return [(message_id, epoch + 1) for message_id, epoch in seen if message_id in free]


def _among(claims: Sequence[Claimed]) -> ColumnElement[bool]:
    # By the ids alone too: SQLite uses no index for pairs.
    ids = col(OutboxMessage.id).in_([message_id for message_id, _ in claims])
    return and_(ids, sa.tuple_(col(OutboxMessage.id), col(OutboxMessage.epoch)).in_(claims))


def _try_delivery(engine: sa.Engine, clock: Clock, claimed: Claimed) -> bool:
    try:
        with unit_of_work(engine) as session:
            return deliver(session, clock, [claimed]) == 1
    except Exception as error:  # noqa: BLE001 -- whatever it is, it stands in the message, and the next one has its turn
        with unit_of_work(engine) as session:
            _put_back(session, clock, claimed[0], epoch=claimed[1], error=type(error).__name__)
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
    late = _is_late(clock, message)
    values: dict[str, Any] = {"state": OutboxState.EXPIRED, "lease_until": None}
    if not late:
        earlier = bool(message.proof.get(UNSURE))
        values = {"lease_until": clock.now() + LEASE, "proof": {UNSURE: True, EARLIER: earlier}}
    swapped = session.exec(
        update(OutboxMessage)
        .where(*_claimed((message_id, epoch)))
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
        .where(*_claimed((message_id, epoch)))
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
        .where(*_claimed((message_id, epoch)))
        .values(
            state=OutboxState.QUEUED,
            not_before=clock.now() + OUTAGE_PAUSE,
            lease_until=None,
            attempts=col(OutboxMessage.attempts) - 1,
        )
        .execution_options(synchronize_session=False)
    )


def deliver(session: Session, clock: Clock, claims: Sequence[Claimed]) -> int:
    """Deliver claimed messages into the inbox; returns how many arrived.

    Those whose claim is lost, or whose time has passed, do not; nor those of many that somebody holds just now: a relay
    that came too late with its claim, or a release that calls them back. One alone is waited for: nobody can wait for
    it in turn.
    """
    held = select(OutboxMessage).where(*_claimed(*claims)).order_by(col(OutboxMessage.id))
    held = held.with_for_update(skip_locked=len(claims) > 1).execution_options(populate_existing=True)
    messages = session.exec(held).all()
    late = [one for one in messages if _is_late(clock, one)]
    timely = [one for one in messages if not _is_late(clock, one)]
    _end(session, late, OutboxState.EXPIRED, sent_at=None)
    _end(session, timely, OutboxState.SENT, sent_at=clock.now())
    insert_rows(session, InboxMessage, [_inbox_row(clock, one) for one in timely])
    remember_all(session, clock, timely)
    return len(timely)


def _is_late(clock: Clock, message: OutboxMessage) -> bool:
    return message.not_after is not None and clock.now() > message.not_after


def _end(session: Session, messages: Sequence[OutboxMessage], state: OutboxState, *, sent_at: datetime | None) -> None:
    if messages:
        session.exec(
            update(OutboxMessage)
            .where(col(OutboxMessage.id).in_([one.id for one in messages]))
            .values(state=state, sent_at=sent_at, lease_until=None)
            .execution_options(synchronize_session=False)
        )


def _inbox_row(clock: Clock, message: OutboxMessage) -> dict[str, Any]:
    return {
        "dedupe_key": message.dedupe_key,
        "kind": message.kind,
        "recipient_kind": message.recipient_kind,
        "recipient_id": message.recipient_id,
        "release_number": message.payload.get("release"),
        "payload": message.payload,
        "delivered_at": clock.now(),
    }


def _claimed(*claims: Claimed) -> tuple[ColumnElement[bool], ...]:
    """The fence: a claim holds while the message's epoch is that of the claim."""
    return _among(claims), col(OutboxMessage.state) == OutboxState.CLAIMED


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
        .where(*_claimed((message_id, epoch)))
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
