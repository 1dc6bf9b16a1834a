"""Exports and pushes under SIGKILL, with the real process of jobs: nothing lost, nothing counted twice."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, func, select

from data.enums import ExportKind, ExportState, FileForm, Role
from data.models import ExportPart, ExportRun, PushBatch, PushDestination
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.exports import destinations, runs
from scheduler.exports.destinations import Aim, secret_of
from scheduler.exports.tables import Extract
from tests.factories import NOW, make_actor
from tests.faults.processes import environment, push_settings, running, set_clock, wait_for
from tests.gateway import running_gateway
from tests.scheduler.planning.worlds import World, make_world, publish, solve

KEY = "k" * 40
LATER = timedelta(minutes=1, seconds=1)
"""Longer than the lease of a batch or an export, and than that of the ticker."""


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    clock = FixedClock(NOW)
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=2, organisations=2)
    solve(sqlite_engine, clock, made)
    publish(sqlite_engine, clock, made)
    return made


def run_of(session: Session) -> tuple[ExportState, int, int]:
    run = session.exec(select(ExportRun)).one()
    return run.state, run.rows, run.resumed


@pytest.mark.parametrize(("point", "rows"), [("export_counted", 0), ("export_kept", 2), ("export_packed", 2)])
def test_killed_export_is_finished_by_the_next_process(
    sqlite_engine: sa.Engine, tmp_path: Path, world: World, point: str, rows: int
) -> None:
    now = NOW + timedelta(days=3)
    with unit_of_work(sqlite_engine) as session:
        extract = Extract(kind=ExportKind.VISITS)
        runs.request_export(session, FixedClock(now), world.coordinator, extract, form=FileForm.CSV)
    settings = environment(sqlite_engine, tmp_path, now)
    with running({**settings, "ONEDOOR_FAULT": point}) as victim:
        assert victim.ended() == -signal.SIGKILL
    with reading(sqlite_engine) as session:
        # What is counted is there, and nothing else.
        assert run_of(session) == (ExportState.RUNNING, rows, 0)
        assert (session.exec(select(func.sum(ExportPart.rows))).one() or 0) == rows
    set_clock(tmp_path, now + LATER)
    with running(settings):
        wait_for(lambda: _state(sqlite_engine) is ExportState.DONE)
    with reading(sqlite_engine) as session:
        assert run_of(session) == (ExportState.DONE, 2, 1)
        assert session.exec(select(func.count()).select_from(ExportPart)).one() == 0


def _state(engine: sa.Engine) -> ExportState:
    with reading(engine) as session:
        return run_of(session)[0]


@pytest.mark.parametrize(
    ("point", "calls", "killed"),
    [("push_cut", 1, 0), ("push_called", 2, 1), ("push_noted", 1, 1)],
    ids=["before the call", "between acceptance and cursor", "after the cursor"],
)
def test_killed_push_loses_nothing_and_repeats_only_under_the_same_key(
    sqlite_engine: sa.Engine, tmp_path: Path, world: World, point: str, calls: int, killed: int
) -> None:
    """The middle case is the control: there the platform does get the batch twice, which the key tells it."""
    now = NOW + timedelta(days=3)
    with running_gateway() as platform:
        with unit_of_work(sqlite_engine) as session:
            aim = Aim(name="省平台", url=platform.url, kind=ExportKind.VISITS, mapping=None, every_minutes=60)
            administrator = make_actor(session, Role.ADMINISTRATOR)
            row = destinations.save_destination(session, FixedClock(now), administrator, None, aim, hosts="127.0.0.1")
        platform.secret = secret_of(KEY, row)
        settings = environment(sqlite_engine, tmp_path, now, **push_settings(KEY))
        with running({**settings, "ONEDOOR_FAULT": point}) as victim:
            assert victim.ended() == -signal.SIGKILL
        assert len(platform.calls) == killed
        set_clock(tmp_path, now + LATER)
        with running(settings):
            wait_for(lambda: _pushed(sqlite_engine))
        assert (len(platform.calls), len(set(platform.keys)), platform.bad_signatures) == (calls, 1, 0)
        assert len(set(platform.raw)) == 1
        assert len(platform.bodies[0]["rows"]) == 2
    with reading(sqlite_engine) as session:
        assert session.exec(select(func.count()).select_from(PushBatch)).one() == 1


def _pushed(engine: sa.Engine) -> bool:
    with reading(engine) as session:
        return bool(session.exec(select(PushDestination.since)).one())
