"""From a drawn round to an entry in a calendar, through every room of planning and publishing."""

from __future__ import annotations

import sqlalchemy as sa
from icalendar import Calendar
from sqlmodel import select

from data.enums import FeedScope, Role, RoundStatus, VisitStatus
from data.models import CrewSlot, Round
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.planning.board import list_visits
from scheduler.planning.figures import round_figures
from scheduler.planning.runs import request_run, work_once
from scheduler.publishing.calendars import calendar_bytes
from scheduler.publishing.enterprise_view import enterprise_visits
from scheduler.publishing.inbox import list_messages, unread_count
from scheduler.publishing.outbox import deliver_due
from tests.factories import NOW, make_actor
from tests.scheduler.planning.solvers import greedy
from tests.scheduler.planning.worlds import SETTINGS, make_world, march, publish, visits_of


def test_thin_path_from_drawn_round_to_calendar(engine: sa.Engine) -> None:
    clock = FixedClock(NOW)
    with unit_of_work(engine) as session:
        world = make_world(session, sites=3, organisations=2)
        owner = world.enterprises[0]
        firm = make_actor(session, Role.ENTERPRISE, enterprise_id=owner.id)

    with unit_of_work(engine) as session:
        request_run(session, clock, world.coordinator, session.get_one(Round, world.round.id))
    assert work_once(engine, clock, holder="test", settings=SETTINGS, solver=greedy)
    numbers = publish(engine, clock, world)
    delivered = deliver_due(engine, clock, holder="test")

    assert numbers == [1]
    with reading(engine) as session:
        going = set(session.exec(select(CrewSlot.officer_id)))
        assert delivered == len(world.enterprises) + len(world.organisations) + len(going)
        assert session.get_one(Round, world.round.id).status is RoundStatus.PUBLISHED
        assert {visit.status for visit in visits_of(session, world)} == {VisitStatus.PUBLISHED}
        assert len(list_visits(session, world.coordinator, first=march(1), last=march(31))) == 3
        assert round_figures(session, world.round).visits_saved == 3
        assert unread_count(session, firm) == 1
        message = list_messages(session, firm).rows[0]
        assert [line["change"] for line in message.payload["changes"]] == ["new"]
        seen = enterprise_visits(session, firm)
        assert [visit.public["enterprise"] for visit in seen] == [owner.name]
        feed = calendar_bytes(session, clock, FeedScope.ENTERPRISE, owner.id, host="onedoor.test")
    events = Calendar.from_ical(feed).walk("VEVENT")
    assert [str(event["uid"]) for event in events] == [f"{seen[0].visit_uid}@onedoor.test"]
