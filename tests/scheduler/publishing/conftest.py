"""Worlds for the tests of publishing: proposed and published, and a way to publish a changed draft again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from data.enums import RoundStatus
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.planning.drafts import touch_draft
from tests.factories import NOW
from tests.scheduler.planning.worlds import World, fresh, hide, make_world, publish, solve

Edit = Callable[[Session], None]
Republish = Callable[[Edit], int]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> sa.Engine:
    """A fresh database: SQLite, or what a test that is marked ON_BOTH asks for."""
    found: sa.Engine = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_engine")
    return found


@pytest.fixture
def proposed(database: sa.Engine, clock: FixedClock) -> World:
    """Three sites of two departments, an unannounced visit to the first; the draft waits for approval."""
    with unit_of_work(database) as session:
        world = make_world(session, sites=3, organisations=2, officers=8)
        hide(session, world, world.sites[0])
    solve(database, clock, world)
    return world


@pytest.fixture
def published(database: sa.Engine, clock: FixedClock, proposed: World) -> World:
    """The same, sealed as release 1; nothing delivered yet."""
    assert publish(database, clock, proposed) == [1]
    return proposed


@pytest.fixture
def republish(database: sa.Engine, clock: FixedClock, published: World) -> Republish:
    """Change the draft of the published round and publish again, an hour later; returns the number."""

    def again(edit: Edit) -> int:
        clock.instant += timedelta(hours=1)
        with unit_of_work(database) as session:
            round_ = fresh(session, published.round)
            # A later issue opens published rounds for changes; what a release has to do with them is decided here.
            round_.status = RoundStatus.PROPOSED
            edit(session)
            touch_draft(session, clock, published.coordinator, round_)
        (number,) = publish(database, clock, published, clock.now())
        return number

    return again
