"""One live run a round, whoever asks at the same moment; and what happens without the guard."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import RunStatus
from data.models import SolveRun
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, LimitError
from scheduler.planning.questions import WhatIf
from scheduler.planning.runs import cancel_run, find_live_run, get_run, request_run
from tests.scheduler.planning.worlds import World, fresh, make_world, solve

CROWD = 50


def _planned(engine: sa.Engine, clock: FixedClock) -> World:
    with unit_of_work(engine) as session:
        world = make_world(session, sites=1)
    solve(engine, clock, world)
    return world


def _ask(engine: sa.Engine, clock: FixedClock, world: World) -> RunStatus:
    with unit_of_work(engine) as session:
        return request_run(session, clock, world.coordinator, fresh(session, world.round), question=WhatIf()).status


def test_fifty_questions_at_once_make_one_run_and_it_can_be_cancelled(engine: sa.Engine, clock: FixedClock) -> None:
    world = _planned(engine, clock)
    barrier, outcomes = threading.Barrier(CROWD), []

    def ask() -> None:
        barrier.wait()
        try:
            outcomes.append(str(_ask(engine, clock, world)))
        except (ConflictError, LimitError) as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=ask) for _ in range(CROWD)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(set(outcomes)) == ["queued", "run_live"]
    assert outcomes.count("queued") == 1
    with unit_of_work(engine) as session:
        live = find_live_run(session, fresh(session, world.round))
        assert live is not None
        cancel_run(session, clock, world.coordinator, live)
    with reading(engine) as session:
        assert find_live_run(session, fresh(session, world.round)) is None
        assert get_run(session, world.coordinator, live.uid).status is RunStatus.CANCELLED


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control without the index"])
@pytest.mark.postgres
def test_who_looked_before_the_other_wrote_is_stopped_by_the_database(
    postgres_engine: sa.Engine, clock: FixedClock, *, guarded: bool
) -> None:
    world = _planned(postgres_engine, clock)
    if not guarded:
        with postgres_engine.begin() as connection:
            connection.exec_driver_sql("DROP INDEX uq_solverun_live")
    barrier, outcomes = threading.Barrier(2), []

    def ask() -> None:
        try:
            with unit_of_work(postgres_engine) as session:
                # Both have looked and found no run before either writes one.
                sa.event.listen(session, "before_flush", lambda *_: barrier.wait(), once=True)
                round_ = fresh(session, world.round)
                outcomes.append(str(request_run(session, clock, world.coordinator, round_, question=WhatIf()).status))
        except ConflictError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(outcomes) == (["queued", "run_live"] if guarded else ["queued", "queued"])
    with reading(postgres_engine) as session:
        waiting = session.exec(select(SolveRun).where(SolveRun.status == RunStatus.QUEUED)).all()
        assert len(waiting) == (1 if guarded else 2)
