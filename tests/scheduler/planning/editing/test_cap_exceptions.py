"""What was let through over a cap with a reason stands beside the conflicts, and stops nothing."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.models import Plan, RuleOverride
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.planning.board import draft_problems
from scheduler.planning.editing.conflicts import Conflict, list_conflicts
from tests.factories import NOW, stored_id
from tests.scheduler.planning.editing.drafts import solved_world, visit_at
from tests.scheduler.planning.worlds import World, fresh

TASK = "f" * 32


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    return solved_world(sqlite_engine, sites=2, organisations=2)


def give(session: Session, world: World, *, rule: str, target: str) -> Plan:
    plan = session.exec(select(Plan).where(Plan.round_id == world.round.id).order_by(Plan.id)).first()
    assert plan is not None
    session.add(
        RuleOverride(
            plan_id=stored_id(plan),
            rule=rule,
            finding="cap_passed",
            target=target,
            reason="上级交办 必须再查",
            given_by_id=world.coordinator.user_id,
            given_at=NOW,
        )
    )
    session.flush()
    return plan


def exceptions(session: Session, world: World) -> list[Conflict]:
    found = list_conflicts(session, FixedClock(NOW), fresh(session, world.round))
    return [one for one in found if one.exception]


def test_exception_names_the_site_its_visit_and_the_reason(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        give(session, world, rule="R30", target=f"{TASK}/{world.sites[0].uid}")
        (one,) = exceptions(session, world)
        visit = visit_at(session, world, 0)
        broken = draft_problems(session, fresh(session, world.round))

    assert (one.hard, one.name, one.visits) == (False, world.sites[0].name, (visit.uid,))
    assert (one.figures["rule"], one.figures["reason"]) == ("R30", "上级交办 必须再查")
    assert broken == ()


def test_exception_of_a_whole_task_bears_the_name_of_its_body(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        give(session, world, rule="R32", target=TASK)
        (one,) = exceptions(session, world)

    assert one.name == one.figures["body"] != ""
    assert one.visits == ()


def test_reason_against_another_rule_is_no_exception_of_caps(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        give(session, world, rule="R36", target=TASK)
    with reading(sqlite_engine) as session:
        assert exceptions(session, world) == []
