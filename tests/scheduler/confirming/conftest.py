"""A draft to confirm: two departments with visits to three sites, and one of them with an unannounced one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from data.enums import Role
from data.models import Confirmation, Organisation
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.confirming.asking import Asked, ask_departments
from scheduler.confirming.records import list_live
from scheduler.permissions import Actor
from scheduler.planning.drafts import touch_draft
from tests.factories import NOW, make_actor, stored_id
from tests.scheduler.planning.worlds import World, fresh, hide, make_world, solve


@dataclass(slots=True, kw_only=True)
class Scene:
    """A proposed round, and a clerk of each department by its number."""

    engine: sa.Engine
    clock: FixedClock
    world: World
    clerks: list[Actor]

    def ask(self) -> Asked:
        with unit_of_work(self.engine) as session:
            return ask_departments(session, self.clock, self.world.coordinator, fresh(session, self.world.round))

    def question(self, session: Session, place: int) -> Confirmation:
        """The question that the department with this number has to answer now."""
        (found,) = [
            one
            for one in list_live(session, self.world.round.id)
            if one.organisation_id == stored_id(self.world.organisations[place])
        ]
        return found

    def edit(self, change: Callable[[Session], None]) -> None:
        """Change the draft as the coordinator would."""
        with unit_of_work(self.engine) as session:
            round_ = fresh(session, self.world.round)
            change(session)
            touch_draft(session, self.clock, self.world.coordinator, round_, reason="test")


def make_scene(engine: sa.Engine, *, kinds: dict[int, object] | None = None) -> Scene:
    clock = FixedClock(NOW)
    with unit_of_work(engine) as session:
        world = make_world(session, sites=3, organisations=2, officers=8)
        hide(session, world, world.sites[0])
        for place, kind in (kinds or {}).items():
            session.get_one(Organisation, stored_id(world.organisations[place])).kind = kind  # type: ignore[assignment]
        clerks = [make_actor(session, Role.CLERK, organisation_id=stored_id(body)) for body in world.organisations]
    solve(engine, clock, world)
    return Scene(engine=engine, clock=clock, world=world, clerks=clerks)


@pytest.fixture
def scene(sqlite_engine: sa.Engine) -> Scene:
    return make_scene(sqlite_engine)
