"""A published round with an unannounced visit beside the announced ones, and accounts of the enterprises."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from data.enums import Role
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.permissions import Actor
from tests.factories import NOW, make_actor, stored_id
from tests.scheduler.planning.worlds import World, hide, make_world, publish, solve

FirmOf = Callable[[int], Actor]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def world(sqlite_engine: sa.Engine, clock: FixedClock) -> World:
    """Three sites of two departments, an unannounced visit to the first; published as release 1."""
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=3, organisations=2, officers=8)
        hide(session, made, made.sites[0])
    solve(sqlite_engine, clock, made)
    assert publish(sqlite_engine, clock, made) == [1]
    return made


@pytest.fixture
def firm_of(sqlite_engine: sa.Engine, world: World) -> FirmOf:
    """Make an account for the enterprise with this number."""

    def make(place: int) -> Actor:
        with unit_of_work(sqlite_engine) as session:
            return make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(world.enterprises[place]))

    return make
