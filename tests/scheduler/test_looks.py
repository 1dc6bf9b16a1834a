from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import NoticeMode, Role, VisitStatus
from data.models import AuditEvent, Visit
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.looks import ACTION, LIST, ONCE_EVERY, looks_at, note_looks
from scheduler.permissions import Actor
from tests.factories import NOW, make_actor
from tests.scheduler.planning.worlds import World, hide, make_world, solve


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def world(engine: sa.Engine, clock: FixedClock) -> World:
    with unit_of_work(engine) as session:
        made = make_world(session, sites=2, organisations=1)
        for site in made.sites:
            hide(session, made, site)
    solve(engine, clock, made)
    return made


def secret(session: Session) -> list[Visit]:
    statement = select(Visit).where(Visit.notice_mode == NoticeMode.UNANNOUNCED)
    return list(session.exec(statement.order_by(Visit.uid)))


def rows(session: Session) -> list[AuditEvent]:
    return list(session.exec(select(AuditEvent).where(AuditEvent.action == ACTION).order_by(col(AuditEvent.number))))


def test_look_is_noted_once_an_hour_for_an_actor_and_a_visit(
    engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(engine) as session:
        uid, other = secret(session)[0].uid, make_actor(session, Role.APPROVER)
        looked = [note_looks(session, clock, one, {uid}, page="visits.show") for one in (world.coordinator, other) * 2]
        clock.instant += ONCE_EVERY
        looked.append(note_looks(session, clock, world.coordinator, {uid}, page="visits.show"))
        assert looked == [True, True, False, False, True]
        assert {row.entity_uid for row in rows(session)} == {uid}


def test_list_leaves_one_row_that_names_what_was_new(engine: sa.Engine, clock: FixedClock, world: World) -> None:
    """And the story of each visit finds it there."""
    with unit_of_work(engine) as session:
        first, second = (visit.uid for visit in secret(session))
        note_looks(session, clock, world.coordinator, {first, second}, page="calendar.month")
        (row,) = rows(session)
        assert (row.entity, row.after) == (LIST, {"visits": [first, second]})
        assert not note_looks(session, clock, world.coordinator, {first}, page="visits.show")
        for uid in (first, second):
            assert session.exec(select(AuditEvent.number).where(looks_at(uid))).all() == [row.number]
        assert session.exec(select(AuditEvent.number).where(looks_at("f" * 32))).all() == []


@pytest.mark.parametrize("why", ["announced", "arrived", "unknown"])
def test_what_is_no_secret_leaves_no_row(engine: sa.Engine, clock: FixedClock, world: World, why: str) -> None:
    with unit_of_work(engine) as session:
        visit = secret(session)[0]
        if why == "announced":
            visit.notice_mode = NoticeMode.ANNOUNCED
        if why == "arrived":
            visit.status = VisitStatus.CHECKED_IN
        session.flush()
        uid = "0" * 32 if why == "unknown" else visit.uid
        clock.instant += timedelta(minutes=1)
        assert not note_looks(session, clock, _reader(session), {uid}, page="visits.show")
        assert rows(session) == []


def _reader(session: Session) -> Actor:
    return make_actor(session, Role.SUPERVISOR)
