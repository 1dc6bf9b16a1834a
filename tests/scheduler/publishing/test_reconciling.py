"""FT30: an older copy comes back after notices were sent: none is sent twice, none is lost, strange ones are named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from data.enums import Channel, OutboxState
from data.models import OutboxMessage, Told
from data.session import make_engine, reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.publishing.channels.gateway import Gateway
from scheduler.publishing.outbox import deliver_due
from scheduler.publishing.reconciling import RESTORED, Reconciled, put_aside, reconcile
from tests.benchmarks.kills import NOW, fill_outbox
from tests.gateway import SECRET, FakeGateway, running_gateway
from tests.scheduler.planning.worlds import World, publish
from tests.scheduler.publishing.databases import ON_BOTH

LETTERS, SENT = 4, 2


def send(engine: sa.Engine, fake: FakeGateway, limit: int = 200) -> int:
    sender = Gateway(url=fake.url, secret=SECRET)
    clock = FixedClock(NOW)
    return deliver_due(engine, clock, holder="r", limit=limit, channel=Channel.GATEWAY, sender=sender)


def go_back(engine: sa.Engine) -> None:
    """What restoring a copy of before does: the rows wait again, and nobody was told."""
    with unit_of_work(engine) as session:
        for row in session.exec(select(OutboxMessage)):
            row.state, row.attempts, row.epoch, row.proof, row.sent_at = OutboxState.QUEUED, 0, 0, {}, None
        for told in session.exec(select(Told)):
            session.delete(told)


def states(engine: sa.Engine) -> list[OutboxState]:
    with reading(engine) as session:
        return list(session.exec(select(col(OutboxMessage.state)).order_by(col(OutboxMessage.id))))


@pytest.fixture
def restored(database: sa.Engine) -> list[str]:
    """Two of four letters were sent after the copy was made that is back now; returns the keys in the gateway's log."""
    with unit_of_work(database) as session:
        fill_outbox(session, LETTERS)
    with running_gateway() as fake:
        assert send(database, fake, SENT) == SENT
    go_back(database)
    return fake.keys


@ON_BOTH
def test_log_says_what_arrived_and_the_rest_goes_out_once(
    database: sa.Engine, clock: FixedClock, restored: list[str]
) -> None:
    with unit_of_work(database) as session:
        assert put_aside(session, clock) == LETTERS
    with running_gateway() as fake:
        assert send(database, fake) == 0
        assert states(database) == [OutboxState.DEAD] * LETTERS
        log = dict.fromkeys([*restored, "release:9:enterprise:1:gateway"], "ref")
        with unit_of_work(database) as session:
            found = reconcile(session, clock, log)
        assert found == Reconciled(arrived=SENT, queued=LETTERS - SENT, unknown=("release:9:enterprise:1:gateway",))
        assert send(database, fake) == LETTERS - SENT
        assert set(fake.keys).isdisjoint(restored)
    assert states(database) == [OutboxState.SENT] * LETTERS
    with reading(database) as session:
        assert len(session.exec(select(Told)).all()) == LETTERS


def test_without_putting_aside_every_letter_goes_out_again(database: sa.Engine, restored: list[str]) -> None:
    """The control: a copy that is simply started sends what was sent."""
    with running_gateway() as fake:
        assert send(database, fake) == LETTERS
        assert set(restored) < set(fake.keys)


def test_inbox_paper_and_failed_messages_are_left_alone(database: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(database) as session:
        fill_outbox(session, 3)
        first, second, third = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))).all()
        first.channel, second.channel = Channel.INBOX, Channel.PRINT
        third.state, third.last_error = OutboxState.DEAD, "550"
    with unit_of_work(database) as session:
        assert put_aside(session, clock) == 0
        assert reconcile(session, clock, {}) == Reconciled(arrived=0, queued=0, unknown=())
    with reading(database) as session:
        assert RESTORED not in session.exec(select(OutboxMessage.last_error)).all()


def test_release_sealed_anew_after_a_restore_has_keys_of_its_own(
    database: sa.Engine, clock: FixedClock, proposed: World, tmp_path: Path
) -> None:
    """Its number is that of the release which the copy does not know; a gateway drops what has a key that it knows."""
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy, closing(database.raw_connection()) as source:
        source.driver_connection.backup(copy)  # type: ignore[union-attr]
    restored = make_engine(f"sqlite:///{tmp_path / 'copy.db'}")
    keys, before = [], clock.now()
    for engine in (database, restored):
        clock.instant = before
        assert publish(engine, clock, proposed) == [1]
        with reading(engine) as session:
            keys.append(set(session.exec(select(OutboxMessage.dedupe_key))))
    restored.dispose()
    assert all(keys)
    assert keys[0].isdisjoint(keys[1])
