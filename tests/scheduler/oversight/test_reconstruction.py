"""A supervisor can tell who changed what from what to what, and that what was approved is what was published."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from data.enums import Role
from data.session import reading, unit_of_work
from scheduler.audit import record
from scheduler.clock import FixedClock
from scheduler.errors import NotFoundError
from scheduler.oversight.reconstruction import round_history, visit_history
from scheduler.planning.drafts import touch_draft
from tests.factories import NOW, make_actor
from tests.scheduler.planning.worlds import World, fresh, hide, make_world, march, publish, solve
from tests.scheduler.publishing.edits import move, visit_to


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def released(sqlite_engine: sa.Engine, clock: FixedClock) -> World:
    """A visit was moved by hand, with a reason, between two releases."""
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=2, organisations=2, officers=8)
        hide(session, world, world.sites[0])
    solve(sqlite_engine, clock, world)
    publish(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        before = {"day": visit.day.isoformat()}
        move(session, visit, march(30))
        after, reason = {"day": "2026-03-30"}, "企业设备检修"
        record(
            session, clock, world.coordinator, "visit.edit", entity="visit", entity_uid=visit.uid,
            before=before, after=after, reason=reason,
        )  # fmt: skip
        touch_draft(session, clock, world.coordinator, fresh(session, world.round), reason=reason)
    publish(sqlite_engine, clock, world, clock.now())
    return world


def test_edit_is_told_with_before_after_and_reason(sqlite_engine: sa.Engine, released: World) -> None:
    with reading(sqlite_engine) as session:
        visit = visit_to(session, released, 1)
        history = visit_history(session, released.approver, visit.uid)
        (edit,) = [line for line in history.lines if line.action == "visit.edit"]
        ((name, before, after),) = edit.changes
    assert (name, after, edit.reason, bool(edit.name)) == ("day", "2026-03-30", "企业设备检修", True)
    assert before != after
    assert [version.number for version in history.versions] == [1, 2]
    assert ("date", before, after) in history.versions[1].changes


def test_round_tells_every_deed_in_order(sqlite_engine: sa.Engine, released: World) -> None:
    with reading(sqlite_engine) as session:
        history = round_history(session, released.coordinator, released.round.uid)
    actions = [line.action for line in history.lines]
    assert [line.number for line in history.lines] == sorted(line.number for line in history.lines)
    assert actions.count("round.approve") == actions.count("release.seal") == 2
    assert {"run.request", "proposal.adopt", "draft.change", "visit.edit"} <= set(actions)


def test_what_was_approved_is_what_was_published(sqlite_engine: sa.Engine, released: World) -> None:
    with reading(sqlite_engine) as session:
        first, second = round_history(session, released.approver, released.round.uid).proofs
    assert (first.rows_hold, first.trail_holds, first.same_draft) == (True, True, False)
    assert (second.rows_hold, second.trail_holds, second.same_draft) == (True, True, True)
    assert second.approved_hash == second.draft_hash != first.approved_hash
    assert second.counted_hash == second.sealed_hash


def test_changed_release_is_found_out(sqlite_engine: sa.Engine, released: World) -> None:
    """The control: a row of a sealed release is changed past its trigger."""
    with sqlite_engine.begin() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for name in names:
            if "releasevisit" in name:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        number, body = connection.exec_driver_sql("SELECT id, body FROM releasevisit ORDER BY id LIMIT 1").one()
        changed = json.loads(body)
        changed["public"]["date"] = "2026-03-13"
        text = sa.text("UPDATE releasevisit SET body = :body WHERE id = :id")
        connection.execute(text, {"body": json.dumps(changed, ensure_ascii=False), "id": number})
    with reading(sqlite_engine) as session:
        first, second = round_history(session, released.approver, released.round.uid).proofs
    assert (first.rows_hold, second.rows_hold) == (False, True)


@pytest.mark.parametrize("role", [Role.CLERK, Role.HEAD, Role.OFFICER, Role.ENTERPRISE], ids=str)
def test_history_is_the_districts(sqlite_engine: sa.Engine, released: World, role: Role) -> None:
    with unit_of_work(sqlite_engine) as session:
        actor = make_actor(session, role)
        with pytest.raises(NotFoundError):
            round_history(session, actor, released.round.uid)
        with pytest.raises(NotFoundError):
            visit_history(session, actor, visit_to(session, released, 1).uid)
