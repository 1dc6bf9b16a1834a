"""What to have ready is one list for a visit, whoever asks for it; how often and the cap stand beside each body."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import CapHolder, CapSubject
from data.models import CapPolicy, PlanTask, PlanTaskItem, ReleaseVisit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from tests.factories import NOW, make_item, stored_id
from tests.scheduler.planning.worlds import World, make_world, publish, solve
from tests.scheduler.publishing.edits import visit_to


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def name_items(session: Session, world: World, preparations: tuple[str, str]) -> None:
    """Every department's items stand in the catalogue, with what it wants to see."""
    for body, preparation in zip(world.organisations, preparations, strict=True):
        item = make_item(session, body, preparation=preparation)
        tasks = {request.task_id for request in world.requests if request.organisation_id == body.id}
        for task in session.exec(select(PlanTask)).all():
            if task.id in tasks:
                for line in session.exec(select(PlanTaskItem).where(PlanTaskItem.task_id == task.id)).all():
                    line.item_id = stored_id(item)


def released(engine: sa.Engine, clock: FixedClock, world: World) -> dict[str, object]:
    solve(engine, clock, world)
    assert publish(engine, clock, world) == [1]
    with reading(engine) as session:
        uid = visit_to(session, world, 0).uid
        body = session.exec(select(ReleaseVisit.body).where(ReleaseVisit.visit_uid == uid)).one()
    public: dict[str, object] = json.loads(body)["public"]
    return public


def test_what_several_departments_want_is_listed_once(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=1, organisations=2)
        name_items(session, world, ("应急预案 和演练记录；\n培训记录", "应急预案 和演练记录\n\n  健康证明  "))
        one, other = (body.code for body in world.organisations)
    materials = released(sqlite_engine, clock, world)["materials"]
    assert materials == [
        {"text": "健康证明", "departments": [other]},
        {"text": "培训记录", "departments": [one]},
        {"text": "应急预案 和演练记录", "departments": sorted([one, other])},
    ]


def test_cap_stands_beside_the_frequency(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=1, organisations=2)
        capped = world.organisations[0]
        session.add(
            CapPolicy(
                holder=CapHolder.ORGAN, subject=CapSubject.ENTERPRISE, organisation_id=capped.id, most=2, source="测试"
            )
        )
        code = capped.code
    frequency = released(sqlite_engine, clock, world)["frequency"]
    caps = {row["code"]: row["cap"] for row in frequency["by_department"]}  # type: ignore[index]
    assert caps[code] == 2
