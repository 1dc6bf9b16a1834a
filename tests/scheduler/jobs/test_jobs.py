"""The ticker and its jobs: leases, heartbeats, what a failing job does, and a whole run of the library."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import Channel, RoundStatus, RunStatus
from data.models import Heartbeat, InboxMessage, Lease, OutboxMessage, Release, SolveRun, UserSession
from data.session import make_engine, reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.config import Settings
from scheduler.jobs.context import JobContext
from scheduler.jobs.housekeeping import GIVE_UP_RUNS, keep_house
from scheduler.jobs.leases import take_lease
from scheduler.jobs.outbox import deliver
from scheduler.jobs.publish import publish
from scheduler.jobs.runner import LEASE_TICKS, Ticker, run_ticker
from scheduler.jobs.schedule import SCHEDULE, Entry
from scheduler.planning.run_queue import LEASE, claim_run
from scheduler.planning.runs import request_run
from tests.factories import NOW, make_user, stored_id
from tests.scheduler.planning.worlds import PUBLISH_AT, World, approve, fresh, make_world, solve

PATIENCE_SECONDS = 60.0
SETTINGS = Settings(tick_seconds=0.1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def _context(engine: sa.Engine, clock: FixedClock, holder: str = "a") -> JobContext:
    return JobContext(engine=engine, clock=clock, settings=SETTINGS, holder=holder)


def _approved(engine: sa.Engine, clock: FixedClock) -> World:
    with unit_of_work(engine) as session:
        world = make_world(session, sites=2, organisations=2)
    solve(engine, clock, world)
    approve(engine, clock, world)
    return world


def test_lease_goes_to_one_holder_and_its_epoch_rises_with_the_next(engine: sa.Engine, clock: FixedClock) -> None:
    length = timedelta(seconds=30)

    def take(holder: str) -> int | None:
        with unit_of_work(engine) as session:
            return take_lease(session, clock, "ticker", holder, length)

    assert (take("a"), take("b"), take("a")) == (1, None, 1)
    clock.instant += length
    assert (take("b"), take("a"), take("b")) == (2, None, 2)


def test_lease_asked_for_at_once_is_given_once(engine: sa.Engine, clock: FixedClock) -> None:
    barrier, taken = threading.Barrier(4), []

    def take(holder: str) -> None:
        barrier.wait()
        with unit_of_work(engine) as session:
            taken.append(take_lease(session, clock, "ticker", holder, timedelta(seconds=30)))

    threads = [threading.Thread(target=take, args=(f"h{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken, key=str) == [1, None, None, None]


def test_publish_and_outbox_jobs_do_what_is_due_once(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    _approved(sqlite_engine, clock)
    context = _context(sqlite_engine, clock)
    assert (publish(context), deliver(context)) == (0, 0)
    clock.instant = PUBLISH_AT
    assert publish(context) == 1
    delivered = deliver(context)
    assert delivered > 0
    assert (publish(context), deliver(context)) == (0, 0)
    with reading(sqlite_engine) as session:
        assert len(session.exec(select(InboxMessage.id)).all()) == delivered


def test_housekeeping_sweeps_sessions_and_ends_abandoned_runs(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=1)
        user = make_user(session)
        for number, age in enumerate((timedelta(days=1), timedelta(days=31))):
            session.add(
                UserSession(
                    token_hash=f"{number:064d}",
                    user_id=stored_id(user),
                    created_at=NOW - age,
                    seen_at=NOW - age,
                    expires_at=NOW - age,
                )
            )
        request_run(session, clock, world.coordinator, fresh(session, world.round))
    with unit_of_work(sqlite_engine) as session:
        claim_run(session, clock, "gone")
    assert keep_house(_context(sqlite_engine, clock)) == 1
    clock.instant += LEASE + GIVE_UP_RUNS + timedelta(seconds=1)
    assert keep_house(_context(sqlite_engine, clock)) == 1
    with reading(sqlite_engine) as session:
        run = session.exec(select(SolveRun)).one()
        assert (run.status, run.failure) == (RunStatus.FAILED, "worker_lost")
        assert fresh(session, world.round).status is RoundStatus.DRAWN
        assert session.exec(select(UserSession.token_hash)).all() == [f"{0:064d}"]


def test_tick_leaves_a_heartbeat_and_survives_its_job(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    calls: list[str] = []

    def fails_once(_context: JobContext) -> int:
        calls.append("call")
        if len(calls) == 1:
            raise RuntimeError("the disk is full")
        return 3

    ticker = Ticker(_context(sqlite_engine, clock))
    entry = Entry(name="sample", seconds=1.0, job=fails_once)
    assert [ticker.tick(entry), ticker.tick(entry)] == [True, True]
    with reading(sqlite_engine) as session:
        beat = session.get_one(Heartbeat, "sample")
        assert (beat.ticks, beat.failures, beat.last_error) == (2, 1, "RuntimeError: the disk is full")
        assert (beat.holder, beat.at) == ("a", clock.now())


def test_only_the_leader_calls_its_jobs(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    calls: list[str] = []

    def note(context: JobContext) -> int:
        calls.append(context.holder)
        return 0

    leader, other = (Ticker(_context(sqlite_engine, clock, name)) for name in "ab")
    entry = Entry(name="sample", seconds=1.0, job=note)
    assert [leader.tick(entry), other.tick(entry)] == [True, False]
    clock.instant += timedelta(seconds=LEASE_TICKS * SETTINGS.tick_seconds)
    assert [other.tick(entry), leader.tick(entry)] == [True, False]
    assert calls == ["a", "b"]


def test_tick_without_a_database_is_logged_and_not_raised(tmp_path: object, clock: FixedClock) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/missing/onedoor.db")
    entry = Entry(name="sample", seconds=1.0, job=lambda _: 0)
    assert not Ticker(_context(engine, clock)).tick(entry)
    engine.dispose()


def test_two_tickers_without_a_lease_still_publish_once(
    sqlite_engine: sa.Engine, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Safety rests on the swaps, not on who leads: with both leading at once there is one release."""
    _approved(sqlite_engine, clock)
    clock.instant = PUBLISH_AT
    monkeypatch.setattr(Ticker, "_leads", lambda _: True)
    tickers = [Ticker(_context(sqlite_engine, clock, name)) for name in "ab"]
    barrier = threading.Barrier(2)

    def tick(ticker: Ticker) -> None:
        barrier.wait()
        for entry in SCHEDULE:
            ticker.tick(entry)

    threads = [threading.Thread(target=tick, args=(ticker,)) for ticker in tickers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(sqlite_engine) as session:
        assert session.exec(select(Release.number)).all() == [1]
        sent = session.exec(select(OutboxMessage.dedupe_key).where(OutboxMessage.channel == Channel.INBOX)).all()
        assert sorted(session.exec(select(InboxMessage.dedupe_key))) == sorted(sent)


def test_library_publishes_and_delivers_by_itself(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    _approved(sqlite_engine, clock)
    stop = threading.Event()
    ticker = threading.Thread(target=run_ticker, args=(sqlite_engine, SETTINGS, clock, stop))
    ticker.start()
    try:
        clock.instant = PUBLISH_AT + timedelta(hours=2)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _delivered(sqlite_engine):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        stop.set()
        ticker.join(PATIENCE_SECONDS)
    assert not ticker.is_alive()
    with reading(sqlite_engine) as session:
        assert session.exec(select(Release.late_seconds)).one() == 7200
        assert {beat.name for beat in session.exec(select(Heartbeat))} == {entry.name for entry in SCHEDULE}
        assert session.exec(select(Lease.name)).all() == ["ticker"]


def _delivered(engine: sa.Engine) -> bool:
    with reading(engine) as session:
        queued = session.exec(select(OutboxMessage.state).where(OutboxMessage.channel == Channel.INBOX)).all()
        return bool(queued) and len(session.exec(select(InboxMessage.id)).all()) == len(queued)
