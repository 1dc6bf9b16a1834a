"""Reminders: once, in time, never late (N7, FT13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import NoticeKind, OutboxState, RecipientKind
from data.models import InboxMessage, OutboxMessage
from data.session import reading, unit_of_work
from scheduler.clock import DISTRICT_ZONE, FixedClock
from scheduler.publishing.addresses import INBOX_ONLY
from scheduler.publishing.outbox import deliver_due
from scheduler.publishing.reminders import write_reminders
from tests.factories import stored_id
from tests.scheduler.planning.worlds import World, march
from tests.scheduler.publishing.databases import ON_BOTH
from tests.scheduler.publishing.edits import move, visit_to


def _write(engine: sa.Engine, clock: FixedClock) -> int:
    with unit_of_work(engine) as session:
        return write_reminders(session, clock, INBOX_ONLY)


def _states(engine: sa.Engine, world: World, place: int) -> list[OutboxState]:
    with reading(engine) as session:
        return list(
            session.exec(
                select(OutboxMessage.state)
                .where(
                    OutboxMessage.kind == NoticeKind.REMINDER,
                    OutboxMessage.recipient_kind == RecipientKind.ENTERPRISE,
                    OutboxMessage.recipient_id == stored_id(world.enterprises[place]),
                )
                .order_by(OutboxMessage.id)
            )
        )


@pytest.fixture
def eve(database: sa.Engine, clock: FixedClock, published: World) -> datetime:
    """Nine o'clock of the day before the visit to the first site; everything released is delivered."""
    deliver_due(database, clock, holder="t")
    with reading(database) as session:
        day = visit_to(session, published, 0).day
    return datetime.combine(day - timedelta(days=1), time(9, 0), DISTRICT_ZONE).astimezone(UTC)


@ON_BOTH
def test_reminder_is_written_once_from_the_hour_on(
    database: sa.Engine, clock: FixedClock, published: World, eve: datetime
) -> None:
    clock.instant = eve - timedelta(minutes=1)
    _write(database, clock)
    assert _states(database, published, 0) == []
    clock.instant = eve
    assert _write(database, clock) > 0
    assert _write(database, clock) == 0
    deliver_due(database, clock, holder="t")
    assert _states(database, published, 0) == [OutboxState.SENT]


@ON_BOTH
def test_unannounced_visit_reminds_its_officers_and_no_enterprise(
    database: sa.Engine, clock: FixedClock, published: World, eve: datetime
) -> None:
    with reading(database) as session:
        hidden = visit_to(session, published, 0, hidden=True)
        uid, day = hidden.uid, hidden.day
    clock.instant = datetime.combine(day - timedelta(days=1), time(10, 0), DISTRICT_ZONE).astimezone(UTC)
    _write(database, clock)
    with reading(database) as session:
        kinds = set(session.exec(select(OutboxMessage.recipient_kind).where(OutboxMessage.visit_uid == uid)).all())
    assert kinds == {RecipientKind.OFFICER}


@ON_BOTH
def test_reminder_that_comes_too_late_expires_and_is_never_sent(
    database: sa.Engine, clock: FixedClock, published: World, eve: datetime
) -> None:
    clock.instant = eve
    _write(database, clock)
    clock.instant = eve + timedelta(days=3)
    deliver_due(database, clock, holder="t")
    assert _states(database, published, 0) == [OutboxState.EXPIRED]
    with reading(database) as session:
        assert session.exec(select(InboxMessage).where(InboxMessage.kind == NoticeKind.REMINDER)).all() == []


@ON_BOTH
def test_after_a_pause_over_the_visit_nothing_is_written(
    database: sa.Engine, clock: FixedClock, published: World, eve: datetime
) -> None:
    clock.instant = eve + timedelta(days=30)
    assert _write(database, clock) == 0


@ON_BOTH
def test_moved_visit_takes_its_unsent_reminder_with_it_and_gets_another(
    database: sa.Engine, clock: FixedClock, published: World, eve: datetime, republish: Callable[..., int]
) -> None:
    clock.instant = eve
    _write(database, clock)
    republish(lambda session: move(session, visit_to(session, published, 0), march(30)))
    assert _states(database, published, 0) == [OutboxState.SUPERSEDED]
    clock.instant = datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
    _write(database, clock)
    while deliver_due(database, clock, holder="t"):
        """The news of the move goes first."""
    assert _states(database, published, 0) == [OutboxState.SUPERSEDED, OutboxState.SENT]


@ON_BOTH
def test_reminder_changes_nothing_of_what_was_told(
    database: sa.Engine, clock: FixedClock, published: World, eve: datetime, republish: Callable[..., int]
) -> None:
    clock.instant = eve
    _write(database, clock)
    deliver_due(database, clock, holder="t")
    republish(lambda _: None)
    assert deliver_due(database, clock, holder="t") == 0
