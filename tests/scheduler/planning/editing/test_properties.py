"""What holds after any edits: nothing is lost by undoing, no hard rule breaks, and the part judged stands for all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from data.enums import RequestStatus, Role
from data.models import CrewSlot, EditCommand, InspectionRequest
from data.session import make_engine, reading, unit_of_work
from scheduler.errors import DomainError, NotFoundError, RuleError
from scheduler.permissions import Actor
from scheduler.planning.board import draft_hash, draft_problems
from scheduler.planning.editing.bench import Bench
from scheduler.planning.editing.changes import change
from scheduler.planning.editing.commands import (
    Command,
    ExcludeRequest,
    JoinVisits,
    MoveVisit,
    PinVisit,
    PlaceRequest,
    SplitVisit,
    TakeOut,
)
from scheduler.planning.editing.draft_states import draft_states
from scheduler.planning.editing.foresight import load_area
from scheduler.planning.editing.judging import judge
from scheduler.planning.editing.states import Rows, rows_from_json
from scheduler.planning.editing.undoing import redo, undo
from tests.factories import make_actor
from tests.scheduler.planning.editing.drafts import CLOCK, board, edit, solved_world, states_now
from tests.scheduler.planning.worlds import World, fresh

QUICK = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
STEPS = st.tuples(
    st.sampled_from(["move", "split", "join", "take_out", "place", "new", "pin", "exclude", "undo", "redo"]),
    st.integers(0, 1),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 3),
)
DAYS = (2, 3, 4, 5, 6, 9, 10, 11, 12, 13)


@pytest.fixture
def stage(sqlite_engine: sa.Engine, tmp_path: Path) -> tuple[World, Actor, Path]:
    """Few officers, so that crews get in each other's way; a second coordinator; the file to begin from."""
    world = solved_world(sqlite_engine, sites=4, organisations=3, officers=3)
    with unit_of_work(sqlite_engine) as session:
        second = make_actor(session, Role.COORDINATOR)
    path = tmp_path / "start.db"
    with sqlite_engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql(f"VACUUM INTO '{path}'")
        connection.exec_driver_sql("BEGIN")
    return world, second, path


@contextmanager
def played(path: Path) -> Iterator[sa.Engine]:
    """A database of this example's own."""
    copy = path.with_name("example.db")
    for suffix in ("", "-wal", "-shm"):
        Path(f"{copy}{suffix}").unlink(missing_ok=True)
    shutil.copyfile(path, copy)
    engine = make_engine(f"sqlite:///{copy}")
    yield engine
    engine.dispose()


def command_of(session: Session, world: World, step: tuple[Any, ...]) -> Command | None:
    """A deed on what there is now; None where there is nothing to do it to."""
    kind, _, one, other, start = step
    states = sorted(states_now(session, world).values(), key=lambda state: (state.site, state.day))
    asked = session.exec(select(InspectionRequest).where(InspectionRequest.round_id == world.round.id)).all()
    requests = sorted(row.uid for row in asked if row.status is not RequestStatus.WITHDRAWN)
    day = fresh(session, world.round).period_first.replace(day=DAYS[other])
    if not states:
        return None
    visit, uid = states[one % len(states)], requests[(one * 3 + other) % len(requests)]
    here = [state for state in states if state.site == visit.site and state.uid != visit.uid]
    made: dict[str, Command | None] = {
        "move": MoveVisit(visit=visit.uid, day=day, start_quarter=start),
        "split": SplitVisit(visit=visit.uid, requests=visit.requests[: 1 + start % 2], day=day, start_quarter=start),
        "join": JoinVisits(keep=visit.uid, other=here[0].uid) if here else None,
        "take_out": TakeOut(request=uid),
        "place": PlaceRequest(request=uid, visit=visit.uid),
        "new": PlaceRequest(request=uid, day=day, start_quarter=start),
        "pin": PinVisit(visit=visit.uid, day=bool(start % 2), members=bool(start // 2)),
        "exclude": ExcludeRequest(request=uid, reason="停业"),
    }
    return made.get(kind)


def play(engine: sa.Engine, world: World, actors: tuple[Actor, ...], step: tuple[Any, ...]) -> bool:
    """One step in a transaction of its own; False where it was refused and left nothing."""
    actor = actors[step[1] % len(actors)]
    try:
        with unit_of_work(engine) as session:
            round_ = fresh(session, world.round)
            if step[0] in {"undo", "redo"}:
                (undo if step[0] == "undo" else redo)(session, CLOCK, actor, round_)
                return True
            command = command_of(session, world, step)
            return command is not None and edit(session, world, command, actor=actor).changed
    except (DomainError, NotFoundError):
        return False


@QUICK
@given(steps=st.lists(STEPS.filter(lambda step: step[0] not in {"undo", "redo"}), min_size=1, max_size=9))
def test_undoing_everything_leads_back_and_redoing_leads_on(stage: Any, steps: list[tuple[Any, ...]]) -> None:
    world, _second, path = stage
    with played(path) as engine:
        with reading(engine) as session:
            start = board(session, world), draft_hash(session, fresh(session, world.round))
        done = sum(play(engine, world, (world.coordinator,), step) for step in steps)
        with reading(engine) as session:
            end = board(session, world), draft_hash(session, fresh(session, world.round))
        for name, expected in (("undo", start), ("redo", end)):
            assert sum(play(engine, world, (world.coordinator,), (name, 0, 0, 0, 0)) for _ in range(done + 1)) == done
            with reading(engine) as session:
                assert (board(session, world), draft_hash(session, fresh(session, world.round))) == expected


@QUICK
@given(steps=st.lists(STEPS, min_size=2, max_size=10))
def test_no_reachable_draft_breaks_a_hard_rule(stage: Any, steps: list[tuple[Any, ...]]) -> None:
    """Overlaps, teams below need, closed days, capacity, windows: whatever two people do and undo."""
    world, second, path = stage
    with played(path) as engine:
        for step in steps:
            play(engine, world, (world.coordinator, second), step)
            with reading(engine) as session:
                assert draft_problems(session, fresh(session, world.round)) == ()
                slots = [(one.officer_id, one.day, one.quarter) for one in session.exec(select(CrewSlot))]
                assert len(slots) == len(set(slots))
                for state in states_now(session, world).values():
                    assert all(len(member.officers) >= 2 for member in state.members)


@QUICK
@given(steps=st.lists(STEPS, min_size=3, max_size=10))
def test_undoing_ones_own_never_loses_what_others_did(stage: Any, steps: list[tuple[Any, ...]]) -> None:
    world, second, path = stage
    with played(path) as engine:
        for step in steps:
            play(engine, world, (world.coordinator, second), step)
        with reading(engine) as session:
            theirs = {row.id for row in _standing(session, second)}
        while play(engine, world, (world.coordinator,), ("undo", 0, 0, 0, 0)):
            pass
        with reading(engine) as session:
            kept = _standing(session, second)
            assert {row.id for row in kept} == theirs
            _assert_newest_still_hold(session, world, kept)


def _standing(session: Session, actor: Actor) -> list[EditCommand]:
    mine = select(EditCommand).where(EditCommand.actor_id == actor.user_id, col(EditCommand.undone_at).is_(None))
    return list(session.exec(mine.order_by(col(EditCommand.id))))


def _assert_newest_still_hold(session: Session, world: World, theirs: list[EditCommand]) -> None:
    """The rows that the other person touched last, after everybody else, are as that person left them."""
    everything = session.exec(
        select(EditCommand).where(col(EditCommand.undone_at).is_(None)).order_by(col(EditCommand.id))
    ).all()
    owner: dict[str, int] = {}
    for row in everything:
        owner.update(dict.fromkeys((one["uid"] for one in row.after["visits"]), row.id))
    now = states_now(session, world)
    for row in theirs:
        for uid, state in rows_from_json(row.after).visits.items():
            if owner[uid] == row.id and state.alive:
                assert now[uid] == state


@QUICK
@given(step=STEPS.filter(lambda step: step[0] not in {"undo", "redo"}), before=st.lists(STEPS, max_size=6))
def test_judging_the_part_equals_judging_the_whole(stage: Any, step: tuple[Any, ...], before: Any) -> None:
    world, second, path = stage
    with played(path) as engine:
        for one in before:
            play(engine, world, (world.coordinator, second), one)
        with reading(engine) as session:
            command = command_of(session, world, step)
            if command is None:
                return
            round_ = fresh(session, world.round)
            states = draft_states(session, round_)
            frame, area = states.frame, load_area(session, round_, states, command)
            whole = Rows(visits=states_now(session, world), requests=area.requests)
            assert set(area.visits) <= set(whole.visits)
            assert _judged(frame, area, command) == _judged(frame, whole, command)


def _judged(frame: Any, rows: Rows, command: Command) -> object:
    bench = Bench(frame, rows)
    try:
        change(bench, command)
    except RuleError as error:
        return error.violations
    except (DomainError, NotFoundError) as error:
        return type(error), error.params
    return judge(frame, rows.visits, bench.visits, withdrawn=bench.withdrawn)
