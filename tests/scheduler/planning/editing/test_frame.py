"""The problem kept in memory: used again after edits of the round, never after anything else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ClosureKind, NoticeMode, RequestStatus
from data.models import Absence, Closure, InspectionRequest, Visit
from data.session import reading, unit_of_work
from scheduler.audit import record
from scheduler.planning.editing.commands import MoveVisit
from scheduler.planning.editing.draft_states import draft_states
from scheduler.planning.editing.frame import Frame
from tests.factories import make_round, stored_id
from tests.scheduler.planning.editing.drafts import CLOCK, edit, solved_world, visit_at
from tests.scheduler.planning.worlds import World, fresh, march


@pytest.fixture
def world(engine: sa.Engine) -> World:
    return solved_world(engine, sites=2, organisations=2)


def _frame(engine: sa.Engine, world: World) -> Frame:
    with reading(engine) as session:
        return draft_states(session, fresh(session, world.round)).frame


def _move(session: Session, world: World, day: int) -> None:
    edit(session, world, MoveVisit(visit=visit_at(session, world, 0).uid, day=march(day), start_quarter=0))


def test_frame_is_used_again_after_edits_of_its_round(engine: sa.Engine, world: World) -> None:
    before = _frame(engine, world)
    for day in (24, 25):
        with unit_of_work(engine) as session:
            _move(session, world, day)
        assert _frame(engine, world) is before


def _audited(session: Session, world: World) -> None:
    record(session, CLOCK, world.coordinator, "officer.keep", entity="officer", entity_uid="x")


def _run(session: Session, world: World) -> None:
    record(session, CLOCK, world.coordinator, "run.request", entity="run", entity_uid="x")


def _other_round(session: Session, world: World) -> None:
    other = make_round(session, opened_by_id=world.coordinator.user_id)
    record(session, CLOCK, world.coordinator, "draft.change", entity="round", entity_uid=other.uid)


@pytest.mark.parametrize("deed", [_run, _other_round], ids=["run", "other-round"])
def test_frame_is_used_again_after_deeds_that_change_nothing_of_it(
    engine: sa.Engine, world: World, deed: Callable[[Session, World], None]
) -> None:
    before = _frame(engine, world)
    with unit_of_work(engine) as session:
        deed(session, world)
    assert _frame(engine, world) is before


def _taken_elsewhere(session: Session, world: World) -> None:
    """Another round of the same month comes to a site."""
    other = make_round(session, opened_by_id=world.coordinator.user_id)
    site, body = stored_id(world.sites[0]), stored_id(world.organisations[0])
    session.add(
        Visit(
            round_id=stored_id(other), site_id=site, lead_organisation_id=body, day=march(9), start_quarter=0,
            quarters=1, notice_mode=NoticeMode.ANNOUNCED,
        )
    )  # fmt: skip
    record(session, CLOCK, world.coordinator, "draft.change", entity="round", entity_uid=other.uid)


def _close(session: Session, world: World) -> None:
    site = stored_id(world.sites[0])
    session.add(Closure(site_id=site, first_date=march(9), last_date=march(9), kind=ClosureKind.QUIET))


def _send_away(session: Session, world: World) -> None:
    session.add(Absence(officer_id=stored_id(world.officers[0]), first_date=march(9), last_date=march(9)))


def _withdraw(session: Session, world: World) -> None:
    fresh(session, world.requests[0]).status = RequestStatus.WITHDRAWN


def _lock(session: Session, world: World) -> None:
    row = fresh(session, world.requests[0])
    row.planned_date, row.locked = march(9), True


def _weigh(session: Session, world: World) -> None:
    fresh(session, world.round).weights = {"trip": 3.0}


@pytest.mark.parametrize(
    "deed",
    [_audited, _taken_elsewhere, _close, _send_away, _withdraw, _lock, _weigh],
    ids=["audited", "taken-elsewhere", "closure", "absence", "withdrawn", "locked", "weights"],
)
def test_frame_is_read_afresh_after_anything_else(
    engine: sa.Engine, world: World, deed: Callable[[Session, World], None]
) -> None:
    before = _frame(engine, world)
    with unit_of_work(engine) as session:
        deed(session, world)
    assert _frame(engine, world) is not before


def test_frame_seen_in_a_transaction_that_was_rolled_back_is_not_kept(engine: sa.Engine, world: World) -> None:
    with suppress(KeyError), unit_of_work(engine) as session:
        _audited(session, world)
        _close(session, world)
        session.flush()
        assert len(draft_states(session, fresh(session, world.round)).frame.problem.closures) == 1
        raise KeyError
    assert len(_frame(engine, world).problem.closures) == 0
    with unit_of_work(engine) as session:
        _audited(session, world)
    assert len(_frame(engine, world).problem.closures) == 0


def test_queries_of_an_edit_do_not_grow_with_the_round(sqlite_engine: sa.Engine) -> None:
    counts = []
    for sites in (2, 8):
        world = solved_world(sqlite_engine, sites=sites, organisations=2)
        _frame(sqlite_engine, world)
        seen: list[str] = []
        listener = lambda *args, seen=seen: seen.append(args[2])  # noqa: E731 -- one line of a listener
        with unit_of_work(sqlite_engine) as session:
            sa.event.listen(sqlite_engine, "before_cursor_execute", listener)
            _move(session, world, 25)
            session.flush()
            sa.event.remove(sqlite_engine, "before_cursor_execute", listener)
            assert session.exec(select(InspectionRequest)).all()
        counts.append(len(seen))
    assert counts[0] == counts[1]
