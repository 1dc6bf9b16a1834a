"""R66: the crew checks in for a released visit, on its day."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.models import InspectionRecord, Visit
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError, TransitionError
from scheduler.fieldwork.checkins import note_arrival
from tests.scheduler.planning.worlds import make_world, march, publish, solve


def test_visit_counts_from_check_in_and_not_before_its_day(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=1, organisations=1)
    solve(sqlite_engine, clock, world)
    publish(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        visit = session.exec(select(Visit)).one()
        with pytest.raises(InvalidError):
            note_arrival(session, clock, visit, actor=None)
        assert session.exec(select(InspectionRecord)).all() == []

        clock.instant = clock.instant.replace(month=3, day=march(31).day)
        note_arrival(session, clock, visit, actor=None)
        assert visit.checked_in_at == clock.now()
        assert len(session.exec(select(InspectionRecord)).all()) == 1
        with pytest.raises(TransitionError):
            note_arrival(session, clock, visit, actor=None)
