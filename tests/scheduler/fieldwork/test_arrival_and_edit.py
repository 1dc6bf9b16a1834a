"""A crew arrives while somebody edits the visit: one waits for the other, and never both."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from data.enums import VisitStatus
from data.models import Visit
from data.session import reading, unit_of_work
from scheduler.audit import queue_up
from scheduler.clock import FixedClock
from scheduler.fieldwork import checkins
from tests.factories import NOW
from tests.scheduler.planning.worlds import World, make_world, publish, solve
from tests.scheduler.publishing.edits import visit_to

PATIENCE = 60


def _published(engine: sa.Engine) -> tuple[World, str, FixedClock]:
    clock = FixedClock(NOW)
    with unit_of_work(engine) as session:
        world = make_world(session, sites=1, organisations=1)
    solve(engine, clock, world)
    publish(engine, clock, world)
    with reading(engine) as session:
        visit = visit_to(session, world, 0)
        clock.instant = NOW.replace(month=visit.day.month, day=visit.day.day)
        return world, visit.uid, clock


def _both(engine: sa.Engine, uid: str, clock: FixedClock) -> list[str]:
    """Edit and arrive at once: the editor has the trail and wants the visit only when the crew is waiting."""
    locked, ends = threading.Event(), list[str]()

    def edit() -> None:
        with unit_of_work(engine) as session:
            queue_up(session)
            locked.set()
            session.connection().exec_driver_sql("SELECT pg_sleep(0.5)")
            session.execute(sa.update(Visit).where(Visit.uid == uid).values(day_pinned=True))  # type: ignore[arg-type]

    def arrive() -> None:
        locked.wait(PATIENCE)
        with unit_of_work(engine) as session:
            visit = session.exec(select(Visit).where(Visit.uid == uid)).one()
            checkins.note_arrival(session, clock, visit, actor=None)

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(edit), pool.submit(arrive)]:
            with suppress(OperationalError):
                one.result(PATIENCE)
                ends.append("done")
    return ends


@pytest.mark.postgres
def test_arrival_and_edit_of_one_visit_are_both_done(postgres_engine: sa.Engine) -> None:
    _world, uid, clock = _published(postgres_engine)
    assert _both(postgres_engine, uid, clock) == ["done", "done"]
    with reading(postgres_engine) as session:
        visit = session.exec(select(Visit).where(Visit.uid == uid)).one()
        assert (visit.day_pinned, visit.status) == (True, VisitStatus.CHECKED_IN)


@pytest.mark.postgres
def test_control_who_locks_the_visit_before_the_trail_ends_in_a_deadlock(
    postgres_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _world, uid, clock = _published(postgres_engine)
    monkeypatch.setattr(checkins, "queue_up", lambda _session: None)
    assert _both(postgres_engine, uid, clock) == ["done"]
