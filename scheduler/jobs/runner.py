"""The ticker: calls the jobs of the schedule again and again, in one process, and shows that it lives.

The library keeps no state: what is due stands in our own tables, so a tick that is missed, late or doubled does no
harm. Every tick catches whatever its job raises and leaves a heartbeat.
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from data.models import Heartbeat
from data.session import unit_of_work
from scheduler.clock import DISTRICT_ZONE, Clock
from scheduler.config import Settings
from scheduler.errors import DomainError
from scheduler.jobs.context import JobContext
from scheduler.jobs.leases import take_lease
from scheduler.jobs.schedule import SCHEDULE, Entry

logger = logging.getLogger(__name__)

LEASE_NAME: Final = "ticker"
LEASE_TICKS: Final = 6
"""How many ticks the leader may miss before another process takes over."""
DEAD_AFTER_SECONDS: Final = 120.0
"""With no tick of any job for so long the library's thread is gone: the process ends, and is started again."""
LOOK_EVERY_SECONDS: Final = 0.5
LONGEST_ERROR: Final = 500
"""So much of an error is kept for the page of jobs; the log has it whole."""


class TickerDiedError(DomainError):
    """No job has been called for a long time. Params: seconds."""

    code = "ticker_died"


class Ticker:
    """Calls jobs under one lease. `last_tick`: monotonic seconds of the last call of any job."""

    def __init__(self, context: JobContext) -> None:
        self.context = context
        self.last_tick = time.monotonic()

    def tick(self, entry: Entry) -> bool:
        """Call one job if this process leads; True when it was called. Never raises."""
        self.last_tick = time.monotonic()
        try:
            if not self._leads():
                return False
            begun = time.monotonic()
            done, error = self._call(entry)
            self._beat(entry, error, done=done, seconds=time.monotonic() - begun)
        except SQLAlchemyError:
            # The database is away: there is nobody to tell but the log. The next tick tries again.
            logger.exception("tick failed job=%s", entry.name)
            return False
        return True

    def _leads(self) -> bool:
        context = self.context
        length = timedelta(seconds=LEASE_TICKS * context.settings.tick_seconds)
        with unit_of_work(context.engine) as session:
            return take_lease(session, context.clock, LEASE_NAME, context.holder, length) is not None

    def _call(self, entry: Entry) -> tuple[int, str]:
        """Returns how many things were done, and what went wrong: "" when nothing did."""
        try:
            done = entry.job(self.context)
        except Exception as error:
            logger.exception("job failed job=%s", entry.name)
            return 0, f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
        if done:
            logger.info("job done job=%s things=%s", entry.name, done)
        return done, ""

    def _beat(self, entry: Entry, error: str, *, done: int, seconds: float) -> None:
        context = self.context
        with unit_of_work(context.engine) as session:
            row = session.get(Heartbeat, entry.name) or Heartbeat(name=entry.name, at=context.clock.now())
            row.at, row.holder, row.ticks = context.clock.now(), context.holder, row.ticks + 1
            row.failures += bool(error)
            row.in_a_row = row.in_a_row + 1 if error else 0
            row.things, row.seconds = done, round(seconds, 3)
            if error:
                row.last_error, row.last_error_at = error, context.clock.now()
            session.add(row)


def run_ticker(
    engine: sa.Engine,
    settings: Settings,
    clock: Clock,
    stop: threading.Event,
    *,
    holder: str = "",
    schedule: Sequence[Entry] = SCHEDULE,
) -> None:
    """Call the jobs until `stop` is set. Raises TickerDiedError when the library has stopped calling."""
    name = holder or f"ticker-{multiprocessing.current_process().pid}"
    ticker = Ticker(JobContext(engine=engine, clock=clock, settings=settings, holder=name))
    library = BackgroundScheduler(
        timezone=DISTRICT_ZONE,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    # The library counts by the machine's clock. All begin at once and side by side: after downtime the outbox may have
    # much to do, and nothing else shall wait for it.
    at_once = datetime.now(DISTRICT_ZONE)
    for entry in schedule:
        seconds = entry.seconds or settings.tick_seconds
        library.add_job(
            ticker.tick,
            "interval",
            seconds=seconds,
            args=[entry],
            id=entry.name,
            replace_existing=True,
            next_run_time=at_once,
        )
    library.start()
    try:
        _watch(ticker, stop, settings)
    finally:
        library.shutdown(wait=True)


def _watch(ticker: Ticker, stop: threading.Event, settings: Settings) -> None:
    patience = max(DEAD_AFTER_SECONDS, LEASE_TICKS * settings.tick_seconds)
    while not stop.wait(LOOK_EVERY_SECONDS):
        silent = time.monotonic() - ticker.last_tick
        if silent > patience:
            raise TickerDiedError(seconds=round(silent))
