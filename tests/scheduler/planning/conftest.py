"""What most tests of planning begin with: a solved round. A test that wants another world makes its own."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from data.session import unit_of_work
from scheduler.clock import FixedClock
from tests.scheduler.planning.worlds import World, make_world, solve


@pytest.fixture
def world(sqlite_engine: sa.Engine, clock: FixedClock) -> World:
    """Two bodies at three sites; the first proposal is the draft."""
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=3, organisations=2)
    solve(sqlite_engine, clock, made)
    return made
