"""Where a round stands: who is awaited, what departments said, and what stays in force while the draft is worked on."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from data.enums import PlanStatus, RoundStatus
from data.models import User
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.confirming.answering import AnotherDay, consent, propose_days
from scheduler.planning.drafts import touch_draft
from scheduler.planning.standing import Stage, StageState, round_standing
from tests.factories import make_organisation, make_plan, make_round, make_task
from tests.scheduler.confirming.conftest import Scene, make_scene
from tests.scheduler.planning.worlds import World, fresh, march, publish


@pytest.fixture
def scene(sqlite_engine: sa.Engine) -> Scene:
    return make_scene(sqlite_engine)


def stages_of(session: Session, world: World) -> dict[str, Stage]:
    return {stage.name.value: stage for stage in round_standing(session, fresh(session, world.round))}


def test_standing_names_who_is_awaited(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with reading(sqlite_engine) as session:
        stages = stages_of(session, world)
        approval = stages["approval"]
        assert (approval.state, len(approval.awaited)) == (StageState.NOW, 1)
        assert [stages[name].state for name in ("filing", "drawing", "solving", "proposals")] == [StageState.DONE] * 4
        assert stages["publication"].state is StageState.AHEAD
    publish(sqlite_engine, clock, world)
    with reading(sqlite_engine) as session:
        stages = stages_of(session, world)
        assert {stage.state for name, stage in stages.items() if name != "confirmation"} == {StageState.DONE}
        assert stages["confirmation"].state is StageState.AHEAD
        assert (stages["publication"].count, stages["publication"].number) == (1, 1)


def test_release_stays_in_force_while_the_draft_is_worked_on(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    publish(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        touch_draft(session, clock, world.coordinator, fresh(session, world.round), reason="企业设备检修")
    with reading(sqlite_engine) as session:
        stages = stages_of(session, world)

    assert (stages["publication"].state, stages["publication"].number) == (StageState.AHEAD, 1)
    assert stages["approval"].state is StageState.NOW


def test_open_round_awaits_nobody_whose_plan_it_would_take(sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        round_ = make_round(session, status=RoundStatus.OPEN)
        bodies = [make_organisation(session) for _ in range(4)]
        # Filed for no round in particular, filed for this round, filed for other days, and not filed yet.
        filed = {"status": PlanStatus.FILED}
        april = {"period_first": date(2026, 4, 1), "period_last": date(2026, 4, 30)}
        for body, values in zip(bodies, (filed, filed | {"round_id": round_.id}, filed | april, {}), strict=True):
            make_task(session, make_plan(session, body, **values))
        names = [body.short_name for body in bodies]
    with reading(sqlite_engine) as session:
        filing = round_standing(session, fresh(session, round_))[0]
    assert (set(filing.awaited), filing.count) == ({names[2], names[3]}, 2)


def test_approval_is_ahead_while_departments_are_awaited(scene: Scene) -> None:
    scene.ask()
    with reading(scene.engine) as session:
        asked = stages_of(session, scene.world)
    with unit_of_work(scene.engine) as session:
        for place, clerk in enumerate(scene.clerks):
            consent(session, scene.clock, clerk, scene.question(session, place))
    with reading(scene.engine) as session:
        said = stages_of(session, scene.world)

    assert asked["confirmation"].state is StageState.NOW
    assert len(asked["confirmation"].awaited) == len(scene.clerks)
    assert asked["confirmation"].due is not None
    assert (asked["approval"].state, asked["approval"].awaited) == (StageState.AHEAD, ())
    assert (said["confirmation"].state, said["confirmation"].count) == (StageState.DONE, len(scene.clerks))
    assert (said["approval"].state, said["confirmation"].due) == (StageState.NOW, None)


def test_coordinator_is_awaited_while_a_proposed_day_is_undecided(scene: Scene) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session:
        one = scene.question(session, 0)
        wanted = {min(one.part): AnotherDay(day=march(31), reason="设备检修")}
        propose_days(session, scene.clock, scene.clerks[0], one, days=wanted)
        for place, clerk in enumerate(scene.clerks[1:], start=1):
            consent(session, scene.clock, clerk, scene.question(session, place))
    with reading(scene.engine) as session:
        stages = stages_of(session, scene.world)
        coordinator = session.get_one(User, scene.world.coordinator.user_id).display_name

    assert (stages["confirmation"].state, stages["confirmation"].awaited) == (StageState.NOW, (coordinator,))
    assert (stages["approval"].state, stages["approval"].awaited) == (StageState.AHEAD, ())
