"""The worker with real child processes: how a run ends when the child answers, dies, raises or is called off."""

from __future__ import annotations

import threading
import time

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import RoundStatus, RunStatus
from data.models import Round, SolveRun, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.planning.child import Solve
from scheduler.planning.runs import cancel_run, get_run, request_run, run_view
from scheduler.planning.worker import run_worker, work_once
from tests.factories import NOW
from tests.scheduler.planning import solvers
from tests.scheduler.planning.worlds import SETTINGS, World, make_world

PATIENCE_SECONDS = 120.0


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def world(sqlite_engine: sa.Engine, clock: FixedClock) -> World:
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=2, organisations=2)
        request_run(session, clock, made.coordinator, made.round)
        return made


def _run(engine: sa.Engine) -> SolveRun:
    with unit_of_work(engine) as session:
        return session.exec(select(SolveRun)).one()


def test_nothing_queued_is_no_work(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    assert not work_once(sqlite_engine, clock, holder="w", settings=SETTINGS)


@pytest.mark.parametrize(
    ("solver", "failure"),
    [
        pytest.param(solvers.dies, "child_died exit_code=-9", id="killed"),
        pytest.param(solvers.raises, "RuntimeError: the search went wrong", id="exception"),
    ],
)
def test_child_that_fails_touches_nothing(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, solver: Solve, failure: str
) -> None:
    assert work_once(sqlite_engine, clock, holder="w", settings=SETTINGS, solver=solver)
    run = _run(sqlite_engine)
    assert (run.status, run.failure) == (RunStatus.FAILED, failure)
    with reading(sqlite_engine) as session:
        assert session.get_one(Round, world.round.id).status is RoundStatus.DRAWN
        assert session.exec(select(Visit)).all() == []


def test_running_run_shows_progress_and_can_be_cancelled(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    worker = threading.Thread(
        target=work_once,
        args=(sqlite_engine, clock),
        kwargs={"holder": "w", "settings": SETTINGS, "solver": solvers.waits_for_cancel},
    )
    worker.start()
    _wait_for(lambda: _run(sqlite_engine).phase == "waiting")
    with unit_of_work(sqlite_engine) as session:
        run = get_run(session, world.coordinator, _run(sqlite_engine).uid)
        assert run_view(session, run).steps[0].score == 9.0
        cancel_run(session, clock, world.coordinator, run)
    worker.join(PATIENCE_SECONDS)
    assert not worker.is_alive()
    assert _run(sqlite_engine).status is RunStatus.CANCELLED
    with reading(sqlite_engine) as session:
        assert session.get_one(Round, world.round.id).status is RoundStatus.DRAWN


def test_stopped_worker_hands_its_run_back(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    stop = threading.Event()
    worker = threading.Thread(
        target=work_once,
        args=(sqlite_engine, clock),
        kwargs={"holder": "w", "settings": SETTINGS, "solver": solvers.waits_for_cancel, "stop": stop},
    )
    worker.start()
    _wait_for(lambda: _run(sqlite_engine).phase == "waiting")
    stop.set()
    worker.join(PATIENCE_SECONDS)
    run = _run(sqlite_engine)
    assert run.status is RunStatus.RUNNING
    assert run.lease_until is not None
    assert run.lease_until < clock.now()


def test_worker_loop_ends_when_it_is_told_to(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    stop = threading.Event()
    loop = threading.Thread(target=run_worker, args=(sqlite_engine, clock, SETTINGS, stop))
    loop.start()
    stop.set()
    loop.join(PATIENCE_SECONDS)
    assert not loop.is_alive()


def _wait_for(condition: object) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)
