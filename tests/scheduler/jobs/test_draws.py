"""Deadlines of draws pass without anybody pressing a button."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import select

from data.enums import DrawStatus
from data.models import DrawProtocol
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.config import Settings
from scheduler.jobs.context import JobContext
from scheduler.jobs.draws import settle_draws
from tests.scheduler.filing.conftest import make_district
from tests.scheduler.filing.test_draw_protocol import DAY, commit_all, open_scene


def test_party_that_keeps_back_past_its_time_aborts_the_draw(engine: sa.Engine, clock: FixedClock) -> None:
    context = JobContext(engine=engine, clock=clock, settings=Settings(), holder="test")
    with unit_of_work(engine) as session:
        commit_all(session, clock, open_scene(session, clock, make_district(session)))
    assert settle_draws(context) == 0

    clock.instant += 3 * DAY

    assert settle_draws(context) == 1
    assert settle_draws(context) == 0
    with reading(engine) as session:
        assert session.exec(select(DrawProtocol.status)).one() is DrawStatus.ABORTED
