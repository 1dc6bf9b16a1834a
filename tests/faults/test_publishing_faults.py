"""Publishing under faults, with real processes and SIGKILL (FT01, FT07, FT08, FT12, FT14 to FT16, FT37)."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import func, select

from data.enums import OutboxState
from data.models import AuditEvent, Heartbeat, InboxMessage, Lease, OutboxMessage, Release, ReleaseVisit
from data.session import reading, unit_of_work
from scheduler import audit
from scheduler.clock import FixedClock
from scheduler.config import Environment, Settings, SettingsError, read_settings
from scheduler.jobs.faults import watch_of
from scheduler.publishing.releases import POINTS, broken_releases, unwatched
from tests.factories import NOW
from tests.faults.processes import ended, environment, running, set_clock, start, wait_for
from tests.faults.ticking import seal_in_two, tick_under_another_name, write_instants
from tests.scheduler.planning.worlds import PUBLISH_AT, World, approve, make_world, solve


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    """A round that is approved and waits for its time."""
    clock = FixedClock(NOW)
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=2, organisations=2)
    solve(sqlite_engine, clock, made)
    approve(sqlite_engine, clock, made)
    return made


def _counts(engine: sa.Engine) -> dict[str, int]:
    with reading(engine) as session:
        found = {
            table.__name__: session.exec(select(func.count()).select_from(table)).one()
            for table in (Release, ReleaseVisit, OutboxMessage)
        }
        sealed = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "release.seal")
        return found | {"audit": session.exec(sealed).one()}


def _released(engine: sa.Engine) -> bool:
    return _counts(engine)["Release"] > 0


@pytest.mark.parametrize("point", POINTS)
def test_killed_while_sealing_leaves_all_or_nothing(
    sqlite_engine: sa.Engine, tmp_path: Path, world: World, point: str
) -> None:
    """FT01. All six points lie before the commit: nothing is there, and the next process seals it whole."""
    settings = environment(sqlite_engine, tmp_path, PUBLISH_AT)
    with running({**settings, "ONEDOOR_FAULT": point}) as victim:
        assert victim.ended() == -signal.SIGKILL
    assert set(_counts(sqlite_engine).values()) == {0}
    # The dead process still has the lease of the ticker; a minute later it has none.
    set_clock(tmp_path, PUBLISH_AT + timedelta(minutes=1))
    with running(settings):
        wait_for(lambda: _released(sqlite_engine))
    counts = _counts(sqlite_engine)
    assert (counts["Release"], counts["audit"]) == (1, 1)
    assert counts["ReleaseVisit"] > 0
    with reading(sqlite_engine) as session:
        assert broken_releases(session) == []
        assert audit.verify(session).first_bad is None


def test_control_without_one_transaction_a_kill_leaves_half(
    sqlite_engine: sa.Engine, tmp_path: Path, world: World
) -> None:
    """The control: the same death with a commit in the middle is seen by these counts."""
    url = sqlite_engine.url.render_as_string()
    assert ended(start(seal_in_two, url, PUBLISH_AT)) == -signal.SIGKILL
    counts = _counts(sqlite_engine)
    assert (counts["Release"], counts["OutboxMessage"], counts["audit"]) == (1, 0, 0)


def test_production_ignores_the_hook() -> None:
    with pytest.raises(SettingsError):
        read_settings(
            {"ONEDOOR_ENVIRONMENT": "production", "ONEDOOR_SECRET_KEY": "x" * 40, "ONEDOOR_FAULT": "released"}
        )
    for kind in (Environment.PRODUCTION, Environment.DEVELOPMENT):
        assert watch_of(Settings(environment=kind, fault="released")) is unwatched
    assert watch_of(Settings(environment=Environment.TESTING, fault="released")) is not unwatched


@pytest.mark.parametrize(
    "down", [timedelta(seconds=1), timedelta(hours=2), timedelta(days=3)], ids=["1 s", "2 h", "3 d"]
)
def test_down_over_the_publish_time_seals_once_and_says_how_late(
    sqlite_engine: sa.Engine, tmp_path: Path, world: World, down: timedelta
) -> None:
    """FT12."""
    settings = environment(sqlite_engine, tmp_path, PUBLISH_AT + down)
    with running(settings), running(settings):
        wait_for(lambda: _released(sqlite_engine))
    with reading(sqlite_engine) as session:
        assert session.exec(select(Release.late_seconds)).all() == [int(down.total_seconds())]


def test_frozen_leader_is_replaced_and_does_no_harm_when_it_wakes(
    sqlite_engine: sa.Engine, tmp_path: Path, world: World
) -> None:
    """FT08: SIGSTOP for longer than its lease; the other process takes over under a higher epoch."""
    settings = environment(sqlite_engine, tmp_path, PUBLISH_AT - timedelta(minutes=1))

    def holder() -> tuple[str, int]:
        with reading(sqlite_engine) as session:
            row = session.get(Lease, "ticker")
            return (row.holder, row.epoch) if row else ("", 0)

    with running(settings) as first:
        wait_for(lambda: holder()[1] == 1)
        leader = holder()[0]
        with running(settings):
            _freeze_between_writes(first, sqlite_engine)
            # Its lease ends while it stands still.
            set_clock(tmp_path, PUBLISH_AT)
            wait_for(lambda: _released(sqlite_engine) and holder()[0] != leader)
            assert holder()[1] == 2
            first.send(signal.SIGCONT)
            wait_for(lambda: _all_sent(sqlite_engine))
    counts = _counts(sqlite_engine)
    assert (counts["Release"], counts["audit"]) == (1, 1)
    with reading(sqlite_engine) as session:
        keys = session.exec(select(InboxMessage.dedupe_key)).all()
    assert len(keys) == len(set(keys))


def _freeze_between_writes(process: Any, engine: sa.Engine) -> None:
    """Stop a process while it writes nothing: frozen with SQLite's one lock in hand it would stop everybody."""
    for _ in range(100):
        process.freeze()
        writer = sqlite3.connect(str(engine.url.database), timeout=0.2, isolation_level=None)
        try:
            writer.execute("BEGIN IMMEDIATE")
            writer.execute("ROLLBACK")
        except sqlite3.OperationalError:
            process.send(signal.SIGCONT)
            time.sleep(0.05)
        else:
            return
        finally:
            writer.close()
    raise AssertionError("it writes all the time")


def _all_sent(engine: sa.Engine) -> bool:
    with reading(engine) as session:
        states = session.exec(select(OutboxMessage.state).where(OutboxMessage.channel == "inbox")).all()
        return bool(states) and set(states) == {OutboxState.SENT}


JUMPS = {"back 10 min": -timedelta(minutes=10), "on 1 day": timedelta(days=1)}


@pytest.mark.parametrize("jump", JUMPS.values(), ids=JUMPS)
def test_clock_that_jumps_while_a_leader_dies_publishes_once_and_stops_nobody(
    sqlite_engine: sa.Engine, tmp_path: Path, world: World, jump: timedelta
) -> None:
    """FT14: the leader dies before the jump; the other takes over by the new time, and nothing comes twice."""
    settings = environment(sqlite_engine, tmp_path, PUBLISH_AT)

    def epoch() -> int:
        with reading(sqlite_engine) as session:
            return session.get_one(Lease, "ticker").epoch

    with running(settings) as first:
        wait_for(lambda: _released(sqlite_engine))
        first.freeze()
        dead = epoch()
        first.kill()
        set_clock(tmp_path, PUBLISH_AT + jump)
        with running(settings):
            wait_for(lambda: epoch() > dead)
            # What waits for its time, or for the end of a dead relay's lease, comes when the clock is right again.
            set_clock(tmp_path, PUBLISH_AT + timedelta(minutes=5))
            wait_for(lambda: _all_sent(sqlite_engine))
    counts = _counts(sqlite_engine)
    assert (counts["Release"], counts["audit"]) == (1, 1)
    with reading(sqlite_engine) as session:
        keys = session.exec(select(InboxMessage.dedupe_key)).all()
        assert broken_releases(session) == []
    assert len(keys) == len(set(keys)) > 0


def test_two_processes_have_one_leader(sqlite_engine: sa.Engine, tmp_path: Path, world: World) -> None:
    """FT07: every heartbeat is of the one that holds the lease."""
    settings = environment(sqlite_engine, tmp_path, PUBLISH_AT)
    with running(settings), running(settings):
        wait_for(lambda: _all_sent(sqlite_engine))
        with reading(sqlite_engine) as session:
            holders = {row.holder for row in session.exec(select(Heartbeat))}
            lease = session.get_one(Lease, "ticker")
            assert (holders, lease.epoch) == ({lease.holder}, 1)
    assert _counts(sqlite_engine)["Release"] == 1


def test_sigterm_ends_the_process_within_its_tick(sqlite_engine: sa.Engine, tmp_path: Path, world: World) -> None:
    """FT37: the process ends by itself with 0, and what it had claimed is done."""
    settings = environment(sqlite_engine, tmp_path, PUBLISH_AT)
    with running(settings) as ticking:
        wait_for(lambda: _released(sqlite_engine))
        ticking.send(signal.SIGTERM)
        assert ticking.ended() == 0
    with reading(sqlite_engine) as session:
        claimed = session.exec(select(OutboxMessage.uid).where(OutboxMessage.state == OutboxState.CLAIMED)).all()
    assert claimed == []


def test_renamed_jobs_lose_nothing(sqlite_engine: sa.Engine, tmp_path: Path, world: World) -> None:
    """FT15: what is due stands in our tables, not in pickled calls: other code under other names goes on with it."""
    settings = environment(sqlite_engine, tmp_path, PUBLISH_AT - timedelta(minutes=1))
    with running(settings) as old:
        wait_for(lambda: _beats(sqlite_engine) > 0)
        old.kill()
    set_clock(tmp_path, PUBLISH_AT + timedelta(minutes=5))
    assert ended(start(tick_under_another_name, settings, 2.0)) == 0
    with reading(sqlite_engine) as session:
        assert session.exec(select(Release.late_seconds)).all() == [300]


def _beats(engine: sa.Engine) -> int:
    with reading(engine) as session:
        return session.exec(select(func.count()).select_from(Heartbeat)).one()


def test_zone_of_the_machine_changes_no_instant_and_no_text(
    sqlite_engine: sa.Engine, tmp_path: Path, world: World
) -> None:
    """FT16: the same released database, read and sealed by processes in three zones."""
    settings = environment(sqlite_engine, tmp_path, PUBLISH_AT)
    with running({**settings, "TZ": "America/New_York"}):
        wait_for(lambda: _all_sent(sqlite_engine))
    found, zones, later = [], set(), datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    for zone in ("UTC", "America/New_York", "Asia/Shanghai"):
        file = tmp_path / "found.json"
        assert ended(start(write_instants, {**settings, "TZ": zone}, later, str(file))) == 0
        *instants, name = json.loads(file.read_text(encoding="utf-8"))
        found.append(instants)
        zones.add(name)
    # The control: the processes did live in different zones.
    assert len(zones) == 3
    assert found[0] == found[1] == found[2]
    assert found[0][:2] == ["2026-03-02", "2026-03-02T09:00:00+08:00"]
    assert "BEGIN:VEVENT" in found[0][2]
    with reading(sqlite_engine) as session:
        assert session.exec(select(Release.publish_at)).one() == PUBLISH_AT
