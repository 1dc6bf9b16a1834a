"""A small district with a round whose draws are done: what the tests of planning and publishing start from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from data.enums import NoticeMode, PlanStatus, Role, RoundStatus, Targeting
from data.models import Enterprise, InspectionRequest, Officer, Organisation, PlanTaskItem, Round, Site, SolveRun, Visit
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.config import Settings
from scheduler.permissions import Actor
from scheduler.planning import worker
from scheduler.planning.board import draft_hash
from scheduler.planning.child import Solve
from scheduler.planning.run_queue import claim_run, held_run
from scheduler.planning.runs import request_run
from scheduler.planning.snapshot import take_snapshot
from scheduler.publishing.approvals import approve_round
from scheduler.publishing.releases import seal_due
from solver.options import SolveOptions
from tests.factories import (
    make_actor,
    make_enterprise,
    make_officer,
    make_organisation,
    make_plan,
    make_request,
    make_round,
    make_site,
    make_task,
    make_town,
    stored_id,
)
from tests.scheduler.planning.solvers import greedy

Row = TypeVar("Row", bound=SQLModel)
PUBLISH_AT = datetime(2026, 2, 26, 1, 0, tzinfo=UTC)
SETTINGS = Settings(solve_seconds=20.0, solve_workers=1)


@dataclass(slots=True, kw_only=True)
class World:
    """Rows by kind; the actors have accounts."""

    coordinator: Actor
    approver: Actor
    organisations: list[Organisation]
    officers: list[Officer]
    enterprises: list[Enterprise]
    sites: list[Site]
    round: Round
    requests: list[InspectionRequest]


def make_world(session: Session, *, sites: int = 3, organisations: int = 2, officers: int = 6, **request: Any) -> World:
    """Every organisation asks to see every site once in March 2026; `request` holds values for all requests."""
    coordinator, approver = make_actor(session, Role.COORDINATOR), make_actor(session, Role.APPROVER)
    town = make_town(session)
    bodies = [make_organisation(session) for _ in range(organisations)]
    people = [make_officer(session, body) for body in bodies for _ in range(officers)]
    owners = [make_enterprise(session) for _ in range(sites)]
    places = [make_site(session, owner, town=town) for owner in owners]
    round_ = make_round(session, status=RoundStatus.DRAWN, opened_by_id=coordinator.user_id)
    world = World(
        coordinator=coordinator,
        approver=approver,
        organisations=bodies,
        officers=people,
        enterprises=owners,
        sites=places,
        round=round_,
        requests=[],
    )
    for body in bodies:
        add_requests(session, world, body, places, **request)
    return world


def add_requests(
    session: Session, world: World, body: Organisation, places: list[Site], **values: Any
) -> list[InspectionRequest]:
    """One plan with one task of two items, and a request of it for each place."""
    plan = make_plan(session, body, status=PlanStatus.IN_ROUND, round_id=world.round.id)
    task = make_task(session, plan, targeting=Targeting.NAMED)
    for position, text in enumerate(("消防设施", "从业人员健康证明")):
        session.add(PlanTaskItem(task_id=stored_id(task), position=position, text=f"{body.short_name}{text}"))
    made = [make_request(session, world.round, task, place, **values) for place in places]
    world.requests.extend(made)
    return made


def hide(session: Session, world: World, place: Site) -> list[InspectionRequest]:
    """A new organisation asks for an unannounced visit to a place."""
    body = make_organisation(session)
    world.organisations.append(body)
    world.officers.extend(make_officer(session, body) for _ in range(3))
    return add_requests(session, world, body, [place], notice_mode=NoticeMode.UNANNOUNCED)


def solve(engine: sa.Engine, clock: FixedClock, world: World, *, solver: Solve = greedy) -> SolveRun:
    """Ask for a run and work it off in this process, quickly; the first proposal becomes the draft."""
    with unit_of_work(engine) as session:
        request_run(session, clock, world.coordinator, session.get_one(Round, world.round.id))
    with unit_of_work(engine) as session:
        uid = claim_run(session, clock, "test")
    with unit_of_work(engine) as session:
        run = held_run(session, uid or "", "test")
        assert run is not None
        snapshot = take_snapshot(session, session.get_one(Round, world.round.id))
        run.draft_version = snapshot.draft_version
        worker._store(session, clock, run, snapshot, solver(snapshot.problem, SolveOptions()))
    return run


def approve(engine: sa.Engine, clock: FixedClock, world: World, publish_at: datetime = PUBLISH_AT) -> None:
    """Approve the draft as it stands."""
    with unit_of_work(engine) as session:
        round_ = session.get_one(Round, world.round.id)
        present = draft_hash(session, round_)
        approve_round(
            session,
            clock,
            world.approver,
            round_,
            draft_hash=present,
            publish_at=publish_at,
            reason="试验",
            confirmed=True,
        )


def publish(engine: sa.Engine, clock: FixedClock, world: World, publish_at: datetime = PUBLISH_AT) -> list[int]:
    """Approve and seal."""
    approve(engine, clock, world, publish_at)
    clock.instant = max(clock.instant, publish_at)
    return seal_due(engine, clock)


def visits_of(session: Session, world: World) -> list[Visit]:
    return list(session.exec(select(Visit).where(Visit.round_id == world.round.id).order_by(Visit.uid)))


def march(day: int) -> date:
    return date(2026, 3, day)


def fresh(session: Session, row: Row) -> Row:
    """The row as it is in this session's transaction; rows of a world stay as they were made."""
    return session.get_one(type(row), stored_id(row))
