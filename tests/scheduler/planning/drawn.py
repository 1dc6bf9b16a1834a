"""A round that the real code has frozen and drawn, and how its officers are ranked."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, select

from data.enums import PlanStatus, Role, Targeting
from data.models import InspectionRequest, Officer, PlanTarget
from scheduler.clock import FixedClock
from scheduler.filing.crew_method import rank_officers
from scheduler.filing.draws import draw_round
from scheduler.filing.draws.records import find_drawn
from scheduler.filing.rounds import freeze_round
from tests.factories import (
    make_actor,
    make_enterprise,
    make_officer,
    make_organisation,
    make_plan,
    make_round,
    make_site,
    make_task,
    stored_id,
)
from tests.scheduler.planning.worlds import World


def drawn_world(session: Session, clock: FixedClock, *, officers: int = 6, **task: Any) -> World:
    """A body that names two sites and draws none, its round frozen and drawn by the real code."""
    coordinator, approver = make_actor(session), make_actor(session, Role.APPROVER)
    body = make_organisation(session)
    people = [make_officer(session, body) for _ in range(officers)]
    places = [make_site(session, make_enterprise(session)) for _ in range(2)]
    round_ = make_round(session, opened_by_id=coordinator.user_id)
    plan = make_plan(session, body, status=PlanStatus.FILED, round_id=round_.id)
    named = make_task(session, plan, targeting=Targeting.NAMED, **task)
    session.add_all([PlanTarget(task_id=stored_id(named), site_id=stored_id(place)) for place in places])
    make_task(session, plan, ratio=0.5, name="抽查")
    session.flush()
    freeze_round(session, clock, coordinator, round_)
    draw_round(session, clock, coordinator, round_)
    return World(
        coordinator=coordinator, approver=approver, organisations=[body], officers=people,
        enterprises=[], sites=places, round=round_, requests=list(session.exec(select(InspectionRequest))),
    )  # fmt: skip


def ranking(session: Session, world: World, request: InspectionRequest) -> list[Officer]:
    protocol = find_drawn(session, stored_id(world.round))
    assert protocol is not None
    by_uid = {one.uid: one for one in world.officers}
    return [by_uid[uid] for uid in rank_officers(protocol.seed, request.uid, by_uid)]
