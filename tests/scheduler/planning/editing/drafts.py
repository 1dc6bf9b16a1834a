"""A solved round to edit, and short ways to do so."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import RequestStatus
from data.models import InspectionRequest, Visit
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.permissions import Actor
from scheduler.planning.drafts import load_draft
from scheduler.planning.editing.area import read_area
from scheduler.planning.editing.commands import Command
from scheduler.planning.editing.log import EditOutcome, apply_edit
from scheduler.planning.editing.states import VisitState
from tests.factories import NOW, stored_id
from tests.scheduler.planning.worlds import World, fresh, make_world, solve

CLOCK = FixedClock(NOW)
WHY = "协调后确定"


def solved_world(engine: sa.Engine, **sizes: Any) -> World:
    """A round whose first proposal is the draft."""
    with unit_of_work(engine) as session:
        world = make_world(session, **sizes)
    solve(engine, FixedClock(NOW), world)
    return world


def edit(
    session: Session,
    world: World,
    command: Command,
    *,
    actor: Actor | None = None,
    expected: int | None = None,
    reason: str = WHY,
) -> EditOutcome:
    """Do a command as the coordinator, with a reason."""
    round_ = fresh(session, world.round)
    return apply_edit(session, CLOCK, actor or world.coordinator, round_, command, expected=expected, reason=reason)


def visit_at(session: Session, world: World, place: int) -> Visit:
    """The first visit of a site."""
    statement = select(Visit).where(Visit.site_id == stored_id(world.sites[place]), Visit.status != "cancelled")
    return session.exec(statement.order_by(col(Visit.day))).all()[0]


def members_of(session: Session, world: World, visit: Visit) -> list[str]:
    """The requests of a visit, by uid."""
    return next(
        [request.uid for request in one.requests]
        for one in load_draft(session, fresh(session, world.round))
        if one.visit.uid == visit.uid
    )


def states_now(session: Session, world: World) -> dict[str, VisitState]:
    return read_area(session, fresh(session, world.round), days=None)


def board(session: Session, world: World) -> tuple[dict[str, VisitState], dict[str, tuple[RequestStatus, str]]]:
    """Everything that an edit can change: visits with pins and crews, and where requests stand."""
    rows = session.exec(select(InspectionRequest).where(InspectionRequest.round_id == world.round.id)).all()
    return states_now(session, world), {row.uid: (row.status, row.reason_code) for row in rows}
