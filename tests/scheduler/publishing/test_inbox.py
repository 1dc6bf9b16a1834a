from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import func, select

from data.enums import Role
from data.models import AuditEvent
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import NotFoundError
from scheduler.publishing.inbox import get_message, list_messages, mark_read, unread_count
from scheduler.publishing.outbox import deliver_due
from tests.factories import make_actor, stored_id
from tests.scheduler.planning.worlds import World


@pytest.fixture
def delivered(sqlite_engine: sa.Engine, clock: FixedClock, published: World) -> World:
    deliver_due(sqlite_engine, clock, holder="test")
    return published


def test_each_account_reads_its_own_messages(sqlite_engine: sa.Engine, delivered: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        firms = [make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(one)) for one in delivered.enterprises]
        head = make_actor(session, Role.HEAD, organisation_id=stored_id(delivered.organisations[0]))
        nobody = make_actor(session, Role.CLERK)
        assert [unread_count(session, actor) for actor in [*firms, head, nobody]] == [1, 1, 1, 1, 0]
        other = list_messages(session, firms[1]).rows[0]
        with pytest.raises(NotFoundError):
            get_message(session, firms[0], other.uid)
        assert get_message(session, firms[1], other.uid) is other


def test_enterprise_message_names_no_release_number(sqlite_engine: sa.Engine, delivered: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        firm = make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(delivered.enterprises[0]))
        clerk = make_actor(session, Role.CLERK, organisation_id=stored_id(delivered.organisations[0]))
        mine, theirs = (list_messages(session, actor).rows[0] for actor in (firm, clerk))
        assert (mine.release_number, mine.payload["release"]) == (None, None)
        assert (theirs.release_number, theirs.payload["release"]) == (1, 1)


def test_reading_twice_is_recorded_once(sqlite_engine: sa.Engine, clock: FixedClock, delivered: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        firm = make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(delivered.enterprises[0]))
        message = list_messages(session, firm).rows[0]
        for _ in range(2):
            mark_read(session, clock, firm, message)
        assert unread_count(session, firm) == 0
        assert message.read_at == clock.now()
        events = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "message.read")
        assert session.exec(events).one() == 1


def test_page_beyond_the_end_is_empty(sqlite_engine: sa.Engine, delivered: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        firm = make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(delivered.enterprises[0]))
        page = list_messages(session, firm, page=9)
        assert (page.rows, page.total, page.pages) == ((), 1, 1)
