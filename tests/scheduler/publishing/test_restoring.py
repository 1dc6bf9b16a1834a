"""Rollback: a new release whose visits are those of an older one; history stays as it was (P2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import RecipientKind, RecordStatus
from data.models import CrewSlot, InboxMessage, Officer, Release, ReleaseVisit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError, NotFoundError, NotPermittedError, RuleError
from scheduler.publishing.outbox import deliver_due
from scheduler.publishing.releases import broken_releases
from scheduler.publishing.restoring import Restored, restore_release
from tests.factories import stored_id
from tests.scheduler.planning.worlds import World, fresh, make_world, march, publish
from tests.scheduler.publishing.databases import ON_BOTH
from tests.scheduler.publishing.edits import drop, move, replace_officer, visit_to


def _release(session: Session, number: int) -> Release:
    return session.exec(select(Release).where(Release.number == number)).one()


def _rows(session: Session, number: int) -> dict[str, tuple[str, str, bool]]:
    rows = session.exec(select(ReleaseVisit).where(ReleaseVisit.release_id == _release(session, number).id))
    return {row.visit_uid: (row.public_hash, row.roster_hash, row.cancelled) for row in rows}


def _restore(engine: sa.Engine, clock: FixedClock, world: World, number: int) -> Restored:
    with unit_of_work(engine) as session:
        return restore_release(
            session, clock, world.coordinator, fresh(session, world.round), _release(session, number), reason="弄错了"
        )


def _messages(engine: sa.Engine, world: World, place: int) -> list[str]:
    with reading(engine) as session:
        rows = session.exec(
            select(InboxMessage)
            .where(
                InboxMessage.recipient_kind == RecipientKind.ENTERPRISE,
                InboxMessage.recipient_id == stored_id(world.enterprises[place]),
            )
            .order_by(InboxMessage.id)
        )
        return [line["change"] for row in rows for line in row.payload["changes"]]


EDITS: dict[str, Callable[[Session, World], object]] = {
    "moved": lambda session, world: move(session, visit_to(session, world, 0), march(30)),
    "dropped": lambda session, world: drop(session, visit_to(session, world, 0)),
    "officer replaced": lambda session, world: replace_officer(session, world, visit_to(session, world, 0)),
}


@ON_BOTH
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_release_restored_from_an_older_one_holds_the_same_visits(
    database: sa.Engine,
    clock: FixedClock,
    published: World,
    republish: Callable[..., int],
    edit: Callable[[Session, World], object],
) -> None:
    republish(lambda session: edit(session, published))
    assert _restore(database, clock, published, 1) == Restored(visits=4, missing=0)
    clock.instant += timedelta(hours=1)
    assert publish(database, clock, published, clock.now()) == [3]
    with reading(database) as session:
        assert _rows(session, 3) == _rows(session, 1)
        assert _rows(session, 2) != _rows(session, 1)
        assert broken_releases(session) == []


@ON_BOTH
def test_only_the_net_difference_is_told(
    database: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    """Release, rollback before the notices of the second left, release: nobody hears of it (N3)."""
    deliver_due(database, clock, holder="t")
    republish(lambda session: move(session, visit_to(session, published, 0), march(30)))
    _restore(database, clock, published, 1)
    clock.instant += timedelta(hours=1)
    publish(database, clock, published, clock.now())
    assert deliver_due(database, clock, holder="t") == 0
    assert _messages(database, published, 0) == ["new"]


@ON_BOTH
def test_cancelled_visit_comes_back_under_its_old_id_with_a_higher_sequence(
    database: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    deliver_due(database, clock, holder="t")
    with reading(database) as session:
        uid = visit_to(session, published, 0).uid
    republish(lambda session: drop(session, visit_to(session, published, 0)))
    deliver_due(database, clock, holder="t")
    _restore(database, clock, published, 1)
    clock.instant += timedelta(hours=1)
    publish(database, clock, published, clock.now())
    deliver_due(database, clock, holder="t")
    assert _messages(database, published, 0) == ["new", "cancelled", "new"]
    with reading(database) as session:
        rows = session.exec(
            select(ReleaseVisit.sequence).where(ReleaseVisit.visit_uid == uid).order_by(ReleaseVisit.id)
        )
        assert list(rows) == [0, 1, 2]


@ON_BOTH
def test_what_a_hard_rule_forbids_today_is_refused_with_reasons_and_nothing_changes(
    database: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    republish(lambda session: move(session, visit_to(session, published, 0), march(30)))
    with unit_of_work(database) as session:
        slot = session.exec(select(CrewSlot).order_by(CrewSlot.id)).first()
        assert slot is not None
        session.get_one(Officer, slot.officer_id).status = RecordStatus.CLOSED
    with pytest.raises(RuleError) as caught:
        _restore(database, clock, published, 1)
    assert caught.value.violations
    with reading(database) as session:
        assert visit_to(session, published, 0).day == march(30)


@ON_BOTH
def test_restoring_asks_for_a_coordinator_a_reason_and_a_release_of_the_round(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(database) as session:
        round_, release = fresh(session, published.round), _release(session, 1)
        other = make_world(session, sites=1).round
        with pytest.raises(NotPermittedError):
            restore_release(session, clock, published.approver, round_, release, reason="x")
        with pytest.raises(InvalidError):
            restore_release(session, clock, published.coordinator, round_, release, reason=" ")
        with pytest.raises(NotFoundError):
            restore_release(session, clock, published.coordinator, other, release, reason="x")
