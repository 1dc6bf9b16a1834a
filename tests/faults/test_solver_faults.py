"""FT21 and X-28: a worker killed while it solves, a limit of one second, a solver that does not listen."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import ProposalStatus, RunStatus
from data.models import Proposal, SolveRun
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.config import Settings
from scheduler.planning.board import draft_hash
from scheduler.planning.run_queue import LEASE
from scheduler.planning.runs import cancel_run, get_run, request_run
from scheduler.planning.worker import work_once
from tests.factories import NOW
from tests.faults import solving
from tests.scheduler.planning import solvers
from tests.scheduler.planning.editing.drafts import solved_world
from tests.scheduler.planning.worlds import SETTINGS, World, fresh, make_world

PATIENCE_SECONDS = 120.0


def _ask(engine: sa.Engine, world: World) -> str:
    with unit_of_work(engine) as session:
        return request_run(session, FixedClock(NOW), world.coordinator, fresh(session, world.round)).uid


def _run(engine: sa.Engine, uid: str) -> SolveRun:
    with unit_of_work(engine) as session:
        return session.exec(select(SolveRun).where(SolveRun.uid == uid)).one()


def _seal(engine: sa.Engine, world: World) -> str:
    with reading(engine) as session:
        return draft_hash(session, fresh(session, world.round))


def _wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)


def _children(pid: int) -> list[int]:
    """Processes that a process has started."""
    tasks = Path(f"/proc/{pid}/task")
    texts = [(task / "children").read_text(encoding="ascii") for task in tasks.iterdir()]
    return [int(word) for text in texts for word in text.split()]


def _is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.slow
def test_run_of_a_killed_worker_is_taken_by_another_once_its_lease_is_over(sqlite_engine: sa.Engine) -> None:
    world = solved_world(sqlite_engine, sites=2, organisations=2)
    uid, before = _ask(sqlite_engine, world), _seal(sqlite_engine, world)
    url = sqlite_engine.url.render_as_string(hide_password=False)
    worker = multiprocessing.get_context("spawn").Process(target=solving.work, args=(url,))
    worker.start()
    _wait_for(lambda: _run(sqlite_engine, uid).phase == "waiting")
    solvers_of_it = [pid for pid in _children(worker.pid or 0) if _is_running(pid)]
    os.kill(worker.pid or 0, signal.SIGKILL)
    worker.join(PATIENCE_SECONDS)

    assert worker.exitcode == -signal.SIGKILL
    assert solvers_of_it != []
    _wait_for(lambda: not any(map(_is_running, solvers_of_it)))
    assert _run(sqlite_engine, uid).status is RunStatus.RUNNING
    # The control: as long as the lease lasts the worker may be alive, and nobody else may take its run.
    assert not work_once(sqlite_engine, FixedClock(NOW), holder="early", settings=SETTINGS, solver=solvers.greedy)
    assert _seal(sqlite_engine, world) == before

    later = FixedClock(NOW + LEASE + timedelta(seconds=1))
    assert work_once(sqlite_engine, later, holder="second", settings=SETTINGS, solver=solvers.greedy)
    run = _run(sqlite_engine, uid)
    assert (run.status, run.log.splitlines()[0]) == (RunStatus.FINISHED, f"worker lost: {solving.FIRST}")
    assert _seal(sqlite_engine, world) == before
    with reading(sqlite_engine) as session:
        statuses = sorted(session.exec(select(Proposal.status)))
    assert statuses == [ProposalStatus.ADOPTED, ProposalStatus.OFFERED]


@pytest.mark.slow
def test_limit_of_a_second_gives_an_honest_plan_or_none(sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=80, organisations=4, officers=8)
    uid = _ask(sqlite_engine, world)
    hasty = Settings(solve_seconds=1.0, solve_work=0, solve_workers=1)
    assert work_once(sqlite_engine, FixedClock(NOW), holder="w", settings=hasty)
    run = _run(sqlite_engine, uid)
    with reading(sqlite_engine) as session:
        made = session.exec(select(Proposal)).all()
        if run.status is RunStatus.UNKNOWN:
            assert made == []
            return
        (proposal,) = made
        assert run.status is RunStatus.FINISHED
        assert proposal.solve_status in {"feasible", "optimal"}
        assert 0.0 <= proposal.bound <= proposal.score
        assert proposal.gap == pytest.approx((proposal.score - proposal.bound) / max(1.0, abs(proposal.score)))
        assert '"visits":[{' in proposal.answer


def test_run_that_gives_up_offers_nothing(sqlite_engine: sa.Engine) -> None:
    """The control of the limit: a solver without a plan makes no empty one."""
    world = solved_world(sqlite_engine, sites=1, organisations=1)
    uid, before = _ask(sqlite_engine, world), _seal(sqlite_engine, world)
    assert work_once(sqlite_engine, FixedClock(NOW), holder="w", settings=SETTINGS, solver=solvers.gives_up)
    assert _run(sqlite_engine, uid).status is RunStatus.UNKNOWN
    assert _seal(sqlite_engine, world) == before
    with reading(sqlite_engine) as session:
        assert len(session.exec(select(Proposal)).all()) == 1


def test_solver_that_does_not_listen_is_ended_when_its_run_is_called_off(sqlite_engine: sa.Engine) -> None:
    world = solved_world(sqlite_engine, sites=1, organisations=1)
    uid = _ask(sqlite_engine, world)
    worker = threading.Thread(
        target=work_once,
        args=(sqlite_engine, FixedClock(NOW)),
        kwargs={"holder": "w", "settings": SETTINGS, "solver": solvers.does_not_listen},
    )
    worker.start()
    _wait_for(lambda: _run(sqlite_engine, uid).phase == "deaf")
    with unit_of_work(sqlite_engine) as session:
        cancel_run(session, FixedClock(NOW), world.coordinator, get_run(session, world.coordinator, uid))
    # By itself it would go on for longer than this test waits.
    worker.join(PATIENCE_SECONDS)
    assert not worker.is_alive()
    assert _run(sqlite_engine, uid).status is RunStatus.CANCELLED
