"""One published visit of two departments at one site, and a clock: what the tests of the officers' day start from."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from data.session import unit_of_work
from scheduler.clock import FixedClock
from tests.factories import NOW
from tests.scheduler.planning.worlds import World, make_world, publish, solve


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def world(sqlite_engine: sa.Engine, clock: FixedClock) -> World:
    """One site, two departments together, published."""
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=1, organisations=2)
    solve(sqlite_engine, clock, made)
    publish(sqlite_engine, clock, made)
    return made
