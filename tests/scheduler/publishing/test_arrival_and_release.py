"""A release is sealed while the news of a crew's arrival still waits: its enterprise hears of the visit once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import RecipientKind
from data.models import InboxMessage
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.fieldwork.checkins import note_arrival
from scheduler.publishing import notices
from scheduler.publishing.outbox import deliver_due
from tests.factories import NOW, stored_id
from tests.scheduler.planning.worlds import World
from tests.scheduler.publishing.databases import ON_BOTH
from tests.scheduler.publishing.edits import unchanged, visit_to

Edit = Callable[[Session], None]
Republish = Callable[[Edit], int]


def _arrive(engine: sa.Engine, clock: FixedClock, world: World) -> str:
    """The crew of the unannounced visit checks in; nobody delivers the news yet."""
    deliver_due(engine, clock, holder="test")
    with unit_of_work(engine) as session:
        visit = visit_to(session, world, 0, hidden=True)
        clock.instant = NOW.replace(month=visit.day.month, day=visit.day.day)
        note_arrival(session, clock, visit, actor=None)
        return visit.uid


def _told(engine: sa.Engine, clock: FixedClock, world: World, uid: str) -> list[str]:
    """The classes of change that the enterprise reads of one visit, once everything is delivered; oldest first."""
    while deliver_due(engine, clock, holder="test"):
        clock.instant += timedelta(minutes=1)
    mine = (
        InboxMessage.recipient_kind == RecipientKind.ENTERPRISE,
        InboxMessage.recipient_id == stored_id(world.enterprises[0]),
    )
    with reading(engine) as session:
        rows = session.exec(select(InboxMessage).where(*mine).order_by(col(InboxMessage.id))).all()
        return [line["change"] for row in rows for line in row.payload["changes"] if line["visit"] == uid]


@ON_BOTH
def test_arrival_that_waits_while_a_release_is_sealed_is_told_once(
    database: sa.Engine, clock: FixedClock, published: World, republish: Republish
) -> None:
    uid = _arrive(database, clock, published)
    republish(unchanged)
    assert _told(database, clock, published, uid) == ["new"]


def test_control_without_what_is_on_its_way_the_visit_is_told_twice(
    sqlite_engine: sa.Engine,
    clock: FixedClock,
    published: World,
    republish: Republish,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notices, "_on_their_way", notices.unsure_messages)
    uid = _arrive(sqlite_engine, clock, published)
    republish(unchanged)
    assert _told(sqlite_engine, clock, published, uid) == ["new", "new"]


def test_change_after_an_arrival_that_waits_is_told_after_it(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Republish
) -> None:
    """What the release changes is still said, against what the waiting news will have said by then."""

    def later(session: Session) -> None:
        visit_to(session, published, 0, hidden=True).start_quarter += 1

    uid = _arrive(sqlite_engine, clock, published)
    republish(later)
    assert _told(sqlite_engine, clock, published, uid) == ["new", "moved"]
