from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import NoticeKind, Role, VisitStatus
from data.models import AuditEvent, CrewSlot, InspectionRecord, OutboxMessage, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError, NotFoundError, TransitionError
from scheduler.fieldwork.checkins import check_in
from scheduler.permissions import Actor
from scheduler.publishing.enterprise_view import enterprise_visits
from scheduler.publishing.inbox import list_messages
from scheduler.publishing.outbox import deliver_due
from tests.factories import NOW, make_actor, stored_id
from tests.scheduler.planning.worlds import World, hide, make_world, publish, solve
from tests.scheduler.publishing.edits import visit_to


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def world(sqlite_engine: sa.Engine, clock: FixedClock) -> World:
    """Published and delivered; the clock stands in the evening before the first visit."""
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=2, organisations=2)
        hide(session, made, made.sites[0])
    solve(sqlite_engine, clock, made)
    publish(sqlite_engine, clock, made)
    deliver_due(sqlite_engine, clock, holder="test")
    return made


def _crew(session: Session, visit: Visit) -> Actor:
    officer_id = session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)).first()
    return make_actor(session, Role.OFFICER, officer_id=officer_id)


def _on_the_day(clock: FixedClock, visit: Visit) -> None:
    clock.instant = NOW.replace(month=visit.day.month, day=visit.day.day)


def test_check_in_counts_each_department_once(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        _on_the_day(clock, visit)
        check_in(session, clock, _crew(session, visit), visit)
        assert (visit.status, visit.checked_in_at) == (VisitStatus.CHECKED_IN, clock.now())
        records = session.exec(select(InspectionRecord)).all()
        assert {(row.visit_uid, row.organisation_id, row.day) for row in records} == {
            (visit.uid, body.id, visit.day) for body in world.organisations[:2]
        }
        assert session.exec(select(AuditEvent).where(AuditEvent.action == "visit.check_in")).one()
        assert session.exec(select(OutboxMessage).where(OutboxMessage.kind == NoticeKind.CHECK_IN)).all() == []


def test_check_in_of_an_unannounced_visit_tells_its_enterprise_once(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        firm = make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(world.enterprises[0]))
        visit = visit_to(session, world, 0, hidden=True)
        _on_the_day(clock, visit)
        check_in(session, clock, _crew(session, visit), visit)
    assert deliver_due(sqlite_engine, clock, holder="test") == 1
    with reading(sqlite_engine) as session:
        newest = list_messages(session, firm).rows[0]
        assert newest.kind is NoticeKind.CHECK_IN
        assert [line["visit"] for line in newest.payload["changes"]] == [visit.uid]
        assert {one.visit_uid: one.arrived for one in enterprise_visits(session, firm)}[visit.uid]


def test_nobody_outside_the_crew_checks_in(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        _on_the_day(clock, visit)
        going = set(session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)))
        idle = next(officer for officer in world.officers if officer.id not in going)
        strangers = [
            make_actor(session, Role.OFFICER, officer_id=idle.id),
            make_actor(session, Role.OFFICER),
            world.coordinator,
        ]
        for stranger in strangers:
            with pytest.raises(NotFoundError):
                check_in(session, clock, stranger, visit)
        assert visit.status is VisitStatus.PUBLISHED


def test_check_in_before_the_day_is_too_early(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0, hidden=True)
        with pytest.raises(InvalidError) as refused:
            check_in(session, clock, _crew(session, visit), visit)
    assert [fault.code for fault in refused.value.faults] == ["too_early"]


def test_second_check_in_is_refused(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        _on_the_day(clock, visit)
        actor = _crew(session, visit)
        check_in(session, clock, actor, visit)
        with pytest.raises(TransitionError):
            check_in(session, clock, actor, visit)


def test_draft_visit_cannot_be_checked_in(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        visit.status = VisitStatus.DRAFT
        with pytest.raises(TransitionError):
            check_in(session, clock, _crew(session, visit), visit)
