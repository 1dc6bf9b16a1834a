"""The relay: every message arrives once, whoever dies or comes twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import func, select

from data.enums import OutboxState
from data.models import InboxMessage, OutboxMessage
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.publishing import outbox
from scheduler.publishing.outbox import LEASE, MOST_ATTEMPTS, claim, deliver, deliver_due
from tests.factories import NOW
from tests.scheduler.planning.worlds import World, make_world, publish, solve
from tests.scheduler.publishing.databases import ON_BOTH


def _counts(engine: sa.Engine) -> tuple[int, int, int]:
    """Messages queued in all, messages in the inbox, and different keys among these."""
    with reading(engine) as session:
        keys = session.exec(select(InboxMessage.dedupe_key)).all()
        rows = session.exec(select(func.count()).select_from(OutboxMessage)).one()
    return rows, len(keys), len(set(keys))


def _first(engine: sa.Engine) -> OutboxMessage:
    with unit_of_work(engine) as session:
        return session.exec(select(OutboxMessage).order_by(OutboxMessage.id)).first()


def test_two_relays_at_once_deliver_every_message_once(engine: sa.Engine) -> None:
    clock = FixedClock(NOW)
    with unit_of_work(engine) as session:
        world = make_world(session, sites=6, organisations=3)
    solve(engine, clock, world)
    publish(engine, clock, world)
    barrier, delivered = threading.Barrier(3), []

    def relay(name: str) -> None:
        barrier.wait()
        delivered.append(deliver_due(engine, clock, holder=name))

    threads = [threading.Thread(target=relay, args=(f"r{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows, arrived, keys = _counts(engine)
    assert sum(delivered) == rows == arrived == keys
    with reading(engine) as session:
        assert set(session.exec(select(OutboxMessage.state))) == {OutboxState.SENT}


@ON_BOTH
def test_message_of_a_dead_relay_is_taken_over_after_its_lease(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    message = _first(database)
    with unit_of_work(database) as session:
        assert claim(session, clock, [(message.id or 0, 0)], holder="dead")
    total = _counts(database)[0]
    assert deliver_due(database, clock, holder="alive") == total - 1
    clock.instant += LEASE + timedelta(seconds=1)
    assert deliver_due(database, clock, holder="alive") == 1
    assert _counts(database) == (total, total, total)
    assert (_first(database).epoch, _first(database).attempts) == (2, 2)


@ON_BOTH
def test_message_claimed_by_a_clock_a_day_ahead_is_taken_over_when_the_clock_is_right_again(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    """FT14."""
    message = _first(database)
    ahead = FixedClock(clock.instant + timedelta(days=1))
    with unit_of_work(database) as session:
        assert claim(session, ahead, [(message.id or 0, 0)], holder="dead")
    total = _counts(database)[0]
    assert deliver_due(database, clock, holder="alive") == total
    with unit_of_work(database) as session:
        assert not deliver(session, ahead, [(message.id or 0, 1)])
    assert _counts(database) == (total, total, total)


@ON_BOTH
def test_zombie_with_an_old_epoch_writes_nothing(database: sa.Engine, clock: FixedClock, published: World) -> None:
    """A relay is frozen after its claim, another takes over; when the first wakes up its delivery is refused."""
    message = _first(database)
    with unit_of_work(database) as session:
        claim(session, clock, [(message.id or 0, 0)], holder="zombie")
    clock.instant += LEASE + timedelta(seconds=1)
    with unit_of_work(database) as session:
        assert claim(session, clock, [(message.id or 0, 1)], holder="second")
    with unit_of_work(database) as session:
        assert not deliver(session, clock, [(message.id or 0, 1)])
    assert _counts(database)[1] == 0
    with unit_of_work(database) as session:
        assert deliver(session, clock, [(message.id or 0, 2)])
    assert _counts(database)[1] == 1


@ON_BOTH
def test_without_the_fence_only_the_key_of_the_inbox_says_no(
    database: sa.Engine, clock: FixedClock, published: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with the fence off, a message that was delivered is delivered a second time."""
    message = _first(database)
    with unit_of_work(database) as session:
        claim(session, clock, [(message.id or 0, 0)], holder="first")
        assert deliver(session, clock, [(message.id or 0, 1)])
    monkeypatch.setattr(outbox, "_claimed", lambda *claims: (OutboxMessage.id.in_([one for one, _ in claims]),))
    with pytest.raises(IntegrityError), unit_of_work(database) as session:
        deliver(session, clock, [(message.id or 0, 1)])


@ON_BOTH
def test_claim_with_a_stale_epoch_fails(database: sa.Engine, clock: FixedClock, published: World) -> None:
    message = _first(database)
    with unit_of_work(database) as session:
        assert claim(session, clock, [(message.id or 0, 0)], holder="a")
        assert not claim(session, clock, [(message.id or 0, 0)], holder="b")
        assert not claim(session, clock, [(message.id or 0, 1)], holder="b")


@ON_BOTH
def test_message_waits_for_its_time_and_expires_after_it(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(database) as session:
        for row in session.exec(select(OutboxMessage)).all():
            row.not_before = clock.now() + timedelta(hours=1)
            row.not_after = clock.now() + timedelta(hours=2)
    assert deliver_due(database, clock, holder="r") == 0
    clock.instant += timedelta(hours=3)
    assert deliver_due(database, clock, holder="r") == 0
    with reading(database) as session:
        assert set(session.exec(select(OutboxMessage.state))) == {OutboxState.EXPIRED}
    assert _counts(database)[1] == 0


@ON_BOTH
def test_failed_delivery_waits_longer_each_time_and_dies_in_the_end(
    database: sa.Engine, clock: FixedClock, published: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work(database) as session:
        rows = session.exec(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        for row in rows[1:]:
            row.state = OutboxState.SUPERSEDED

    def fails(*_args: object, **_kwargs: object) -> bool:
        raise OperationalError("insert", {}, OSError("disk full"))

    waits = []
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "deliver", fails)
        for _ in range(MOST_ATTEMPTS):
            assert deliver_due(database, clock, holder="r") == 0
            row = _first(database)
            waits.append((row.not_before - clock.now()).total_seconds())
            clock.instant = max(clock.now(), row.not_before)
    assert waits[:4] == [0, 60, 300, 300]
    assert (_first(database).state, _first(database).last_error) == (OutboxState.DEAD, "OperationalError")
    assert deliver_due(database, clock, holder="r") == 0


@ON_BOTH
def test_message_that_cannot_be_delivered_holds_up_no_other_of_its_batch(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(database) as session:
        rows = session.exec(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        rows[1].payload = {"poison": True}
        seen, total = [(row.id or 0, row.epoch) for row in rows], len(rows)
    # The control: in one transaction nobody gets anything.
    with pytest.raises(KeyError), unit_of_work(database) as session:
        deliver(session, clock, claim(session, clock, seen, holder="r"))
    assert _counts(database) == (total, 0, 0)
    assert deliver_due(database, clock, holder="r") == total - 1
    with reading(database) as session:
        left = session.exec(select(OutboxMessage).where(OutboxMessage.state != OutboxState.SENT)).one()
        assert (left.id, left.state, left.attempts, left.last_error) == (seen[1][0], OutboxState.QUEUED, 1, "KeyError")


@ON_BOTH
def test_message_called_back_within_a_batch_is_not_delivered_and_the_others_are(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(database) as session:
        rows = session.exec(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        claims = claim(session, clock, [(row.id or 0, row.epoch) for row in rows], holder="r")
    with unit_of_work(database) as session:
        session.get_one(OutboxMessage, claims[0][0]).state = OutboxState.SUPERSEDED
        session.get_one(OutboxMessage, claims[1][0]).not_after = clock.now() - timedelta(seconds=1)
    with unit_of_work(database) as session:
        assert deliver(session, clock, claims) == len(claims) - 2
    with reading(database) as session:
        states = session.exec(select(OutboxMessage.state).order_by(OutboxMessage.id)).all()
    assert states == [OutboxState.SUPERSEDED, OutboxState.EXPIRED] + [OutboxState.SENT] * (len(claims) - 2)


@ON_BOTH
def test_limit_takes_the_oldest_first(database: sa.Engine, clock: FixedClock, published: World) -> None:
    assert deliver_due(database, clock, holder="r", limit=3) == 3
    with reading(database) as session:
        states = session.exec(select(OutboxMessage.state).order_by(OutboxMessage.id)).all()
    assert states[:4] == [OutboxState.SENT] * 3 + [OutboxState.QUEUED]
