"""Who is told what, after any sequence of publishing and delivering."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import OutboxState, RecipientKind
from data.models import InboxMessage, OutboxMessage, Release, ReleaseVisit, Told
from data.session import reading
from scheduler.clock import FixedClock
from scheduler.publishing.outbox import deliver_due
from tests.factories import stored_id
from tests.scheduler.planning.worlds import World, march
from tests.scheduler.publishing.databases import ON_BOTH
from tests.scheduler.publishing.edits import drop, move, replace_officer, reword_item, unchanged, visit_to


def _deliver(engine: sa.Engine, clock: FixedClock) -> int:
    return deliver_due(engine, clock, holder="test")


def _inbox(engine: sa.Engine, world: World, place: int) -> list[list[str]]:
    """The classes of change in each message to the enterprise of a site, oldest first."""
    with reading(engine) as session:
        rows = session.exec(
            select(InboxMessage)
            .where(
                InboxMessage.recipient_kind == RecipientKind.ENTERPRISE,
                InboxMessage.recipient_id == stored_id(world.enterprises[place]),
            )
            .order_by(InboxMessage.id)
        ).all()
        return [[line["change"] for line in row.payload["changes"]] for row in rows]


@ON_BOTH
def test_each_recipient_gets_one_notice_with_all_its_visits(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    _deliver(database, clock)
    assert [_inbox(database, published, place) for place in range(3)] == [[["new"]]] * 3
    with reading(database) as session:
        body = published.organisations[0].id
        mine = select(InboxMessage).where(
            InboxMessage.recipient_kind == RecipientKind.ORGANISATION, InboxMessage.recipient_id == body
        )
        assert [len(row.payload["changes"]) for row in session.exec(mine)] == [3]


def test_hidden_visit_is_told_to_its_team_and_to_no_enterprise(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World
) -> None:
    _deliver(sqlite_engine, clock)
    with reading(sqlite_engine) as session:
        hidden = session.exec(select(ReleaseVisit.visit_uid).where(ReleaseVisit.hidden)).one()
        kinds = {row.recipient_kind for row in session.exec(select(Told).where(Told.visit_uid == hidden))}
    assert kinds == {RecipientKind.ORGANISATION, RecipientKind.OFFICER}


def test_unchanged_release_tells_nobody(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    _deliver(sqlite_engine, clock)
    republish(unchanged)
    assert _deliver(sqlite_engine, clock) == 0


@ON_BOTH
def test_only_those_concerned_are_told_of_a_move(
    database: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    _deliver(database, clock)
    with reading(database) as session:
        before = visit_to(session, published, 0).day.isoformat()
    republish(lambda session: move(session, visit_to(session, published, 0), march(30)))
    _deliver(database, clock)
    assert [_inbox(database, published, place) for place in range(3)] == [
        [["new"], ["moved"]],
        [["new"]],
        [["new"]],
    ]
    with reading(database) as session:
        line = session.exec(select(InboxMessage).order_by(InboxMessage.id.desc())).first().payload["changes"][0]
    assert (line["before"]["date"], line["shown"]["date"]) == (before, "2026-03-30")


@ON_BOTH
def test_cancellation_is_always_told_to_whoever_was_told(
    database: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    _deliver(database, clock)
    republish(lambda session: drop(session, visit_to(session, published, 1)))
    delivered = _deliver(database, clock)
    assert _inbox(database, published, 1) == [["new"], ["cancelled"]]
    assert delivered == 1 + 2 + 4
    republish(unchanged)
    assert _deliver(database, clock) == 0


def test_never_told_and_cancelled_is_told_nobody(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    """Release 1 was not delivered yet: its notices are called back and the cancelled visit is never mentioned."""
    republish(lambda session: drop(session, visit_to(session, published, 1)))
    _deliver(sqlite_engine, clock)
    assert [_inbox(sqlite_engine, published, place) for place in range(3)] == [[["new"]], [], [["new"]]]
    with reading(sqlite_engine) as session:
        states = set(session.exec(select(OutboxMessage.state).join(Release).where(Release.number == 1)))
    assert states == {OutboxState.SUPERSEDED}


@ON_BOTH
def test_moved_and_moved_back_before_sending_is_no_news(
    database: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    _deliver(database, clock)
    with reading(database) as session:
        day = visit_to(session, published, 0).day
    republish(lambda session: move(session, visit_to(session, published, 0), march(30)))
    republish(lambda session: move(session, visit_to(session, published, 0), day))
    assert _deliver(database, clock) == 0
    assert _inbox(database, published, 0) == [["new"]]


def test_replaced_officer_is_cancelled_and_the_new_one_told(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    _deliver(sqlite_engine, clock)
    swapped = []
    republish(lambda session: swapped.extend(replace_officer(session, published, visit_to(session, published, 0))))
    _deliver(sqlite_engine, clock)
    leaving, coming = swapped
    assert _last_changes(sqlite_engine, leaving.id) == ["cancelled"]
    assert _last_changes(sqlite_engine, coming.id) == ["new"]
    assert _inbox(sqlite_engine, published, 0) == [["new"], ["changed"]]


def test_frequency_alone_is_no_news(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    _deliver(sqlite_engine, clock)
    place = {"site": published.sites[0].id, "body": published.organisations[0].id}
    record = sa.text(
        "INSERT INTO inspectionrecord (visit_uid, site_id, organisation_id, day, problem_found, synthetic)"
        " VALUES ('past', :site, :body, '2026-01-15', 0, 0)"
    )
    republish(lambda session: session.execute(record, place))
    assert _deliver(sqlite_engine, clock) == 0


@pytest.mark.parametrize("deliveries", [(), (1,), (1, 2), (2,), (1, 3)], ids=str)
def test_when_the_queue_is_empty_everybody_knows_what_holds(
    sqlite_engine: sa.Engine,
    clock: FixedClock,
    published: World,
    republish: Callable[..., int],
    deliveries: tuple[int, ...],
) -> None:
    """P3: whatever was delivered in between, the last told state is the current release, and keys are unique."""
    edits = [
        lambda session: move(session, visit_to(session, published, 0), march(30)),
        lambda session: drop(session, visit_to(session, published, 1)),
        lambda session: reword_item(session, published),
    ]
    for number, edit in enumerate(edits, start=1):
        if number in deliveries:
            _deliver(sqlite_engine, clock)
        republish(edit)
    _deliver(sqlite_engine, clock)
    with reading(sqlite_engine) as session:
        newest = session.exec(select(Release).order_by(Release.number.desc())).first()
        rows = session.exec(select(ReleaseVisit).where(ReleaseVisit.release_id == newest.id)).all()
        expected = {row.visit_uid: row.public_hash for row in rows if not row.hidden and not row.cancelled}
        mine = select(Told.visit_uid, Told.told_hash).where(
            Told.recipient_kind == RecipientKind.ENTERPRISE, sa.not_(Told.cancelled)
        )
        told = dict(session.exec(mine).all())
        keys = session.exec(select(InboxMessage.dedupe_key)).all()
    assert told == expected
    assert len(keys) == len(set(keys))


def _last_changes(engine: sa.Engine, officer_id: int | None) -> list[str]:
    with Session(engine) as session:
        row = session.exec(
            select(InboxMessage)
            .where(InboxMessage.recipient_kind == RecipientKind.OFFICER, InboxMessage.recipient_id == officer_id)
            .order_by(InboxMessage.id.desc())
        ).first()
        assert row is not None
        return [line["change"] for line in row.payload["changes"]]
