"""Jobs that fail, a database that breaks off at a commit, and copies of the database (FT09, FT10)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from data.backup import restore_database
from data.models import Heartbeat
from data.session import make_engine, reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.config import Settings
from scheduler.jobs import runner
from scheduler.jobs.backup import back_up, can_copy, copies
from scheduler.jobs.context import JobContext
from scheduler.jobs.runner import Ticker
from scheduler.jobs.schedule import Entry
from scheduler.vital_signs import FAILING_AFTER, vital_signs
from tests.factories import make_town

SETTINGS = Settings(tick_seconds=5.0)
NIGHT = datetime(2026, 2, 26, 18, 0, tzinfo=UTC)


def _context(engine: sa.Engine, clock: FixedClock, settings: Settings = SETTINGS) -> JobContext:
    return JobContext(engine=engine, clock=clock, settings=settings, holder="a")


def test_connection_that_breaks_at_a_commit_stops_no_later_tick(
    sqlite_engine: sa.Engine, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FT09: the lease is taken in a transaction whose commit fails once; the next tick works and beats."""
    ticker, calls = Ticker(_context(sqlite_engine, clock)), []

    def job(_context: JobContext) -> int:
        calls.append(1)
        return 2

    entry = Entry(name="sample", seconds=1.0, job=job)

    def breaks(*_: object) -> None:
        raise OperationalError("COMMIT", {}, OSError("connection lost"))

    with monkeypatch.context() as broken:
        broken.setattr(runner, "take_lease", breaks)
        assert not ticker.tick(entry)
    clock.instant += timedelta(seconds=5)
    assert ticker.tick(entry)
    with reading(sqlite_engine) as session:
        beat = session.get_one(Heartbeat, "sample")
        assert (beat.at, beat.things, beat.ticks, len(calls)) == (clock.now(), 2, 1, 1)


def test_job_that_raises_is_counted_and_alarms_after_three_times(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    """FT10."""
    ticker, broken = Ticker(_context(sqlite_engine, clock)), [True]

    def job(_context: JobContext) -> int:
        if broken[0]:
            raise RuntimeError("disk full")
        return 0

    entry = Entry(name="sample", seconds=1.0, job=job)
    alarms = []
    for number in range(FAILING_AFTER + 1):
        broken[0] = number < FAILING_AFTER
        assert ticker.tick(entry)
        with reading(sqlite_engine) as session:
            (sign,) = vital_signs(session, clock, SETTINGS, (entry,)).jobs
            alarms.append(sign.failing)
    assert alarms == [False, False, True, False]
    assert (sign.failures, sign.in_a_row, sign.last_error) == (FAILING_AFTER, 0, "RuntimeError: disk full")


@pytest.mark.parametrize(("seconds", "silent"), [(0, False), (20, False), (21, True)])
def test_job_is_silent_after_three_missed_ticks(
    sqlite_engine: sa.Engine, clock: FixedClock, seconds: int, silent: bool
) -> None:
    entry = Entry(name="sample", seconds=5.0, job=lambda _: 0)
    with reading(sqlite_engine) as session:
        assert not vital_signs(session, clock, SETTINGS, (entry,)).ticker_alive
    Ticker(_context(sqlite_engine, clock)).tick(entry)
    clock.instant += timedelta(seconds=seconds)
    with reading(sqlite_engine) as session:
        signs = vital_signs(session, clock, SETTINGS, (entry,))
    assert (signs.silent, signs.ticker_alive) == (("sample",) if silent else (), not silent)


def test_copy_is_made_once_a_night_kept_for_some_nights_and_can_be_restored(
    sqlite_engine: sa.Engine, tmp_path: Path
) -> None:
    clock, folder = FixedClock(NIGHT), tmp_path / "copies"
    folder.mkdir()
    (folder / "onedoor-notes.backup").write_text("not ours")
    url = sqlite_engine.url.render_as_string(hide_password=False)
    settings = Settings(database_url=url, backup_folder=str(folder), backups_kept=2)
    context = _context(sqlite_engine, clock, settings)
    with unit_of_work(sqlite_engine) as session:
        make_town(session, name="合成镇")
    assert [back_up(context), back_up(context)] == [1, 0]
    for _ in range(2):
        clock.instant += timedelta(days=1)
        assert back_up(context) == 1
    assert [path.name for path in copies(folder)] == ["onedoor-2026-03-01.backup", "onedoor-2026-02-28.backup"]
    assert (folder / "onedoor-notes.backup").exists()
    fresh = f"sqlite:///{tmp_path / 'restored.db'}"
    restore_database(fresh, copies(folder)[0])
    engine = make_engine(fresh)
    with reading(engine) as session:
        assert session.exec(sa.text("SELECT name FROM town")).all() == [("合成镇",)]
    engine.dispose()


def test_without_a_folder_or_before_its_hour_nothing_is_copied(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    url = sqlite_engine.url.render_as_string(hide_password=False)
    assert back_up(_context(sqlite_engine, FixedClock(NIGHT), Settings(database_url=url))) == 0
    early = FixedClock(datetime(2026, 2, 26, 16, 30, tzinfo=UTC))
    settings = Settings(database_url=url, backup_folder=str(tmp_path / "none"))
    assert back_up(_context(sqlite_engine, early, settings)) == 0
    assert not (tmp_path / "none").exists()


def test_server_without_its_tool_is_left_to_the_office(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert can_copy("sqlite:///x.db")
    assert not can_copy("postgresql+psycopg://db/onedoor")
