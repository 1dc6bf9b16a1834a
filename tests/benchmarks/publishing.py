"""How long sealing, comparing and sending take at the size of a district's month (L5, L6, L8).

    python -m tests.benchmarks.publishing [--visits 2000] [--letters 2000] [--rate 50] [--unsettled]

Times are wall-clock seconds and, in brackets, processor seconds of this process.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import func, select

from data import migration
from data.enums import Channel
from data.models import OutboxMessage, Release, ReleaseVisit
from data.session import make_engine, reading, unit_of_work
from scheduler import memory
from scheduler.clock import FixedClock, SystemClock
from scheduler.config import Settings
from scheduler.jobs.context import JobContext
from scheduler.jobs.outbox import deliver
from scheduler.jobs.runner import run_ticker
from scheduler.jobs.schedule import Entry
from scheduler.publishing.channels.gateway import Gateway
from scheduler.publishing.outbox import deliver_due
from scheduler.publishing.releases import seal_due
from scheduler.publishing.sealing import differences, rows_of
from tests.benchmarks.kills import fill_outbox
from tests.factories import NOW
from tests.gateway import SECRET, running_gateway
from tests.scheduler.planning.worlds import PUBLISH_AT, approve, make_world, solve

PULSE_SECONDS = 0.5


@contextmanager
def timed(what: str) -> Iterator[list[float]]:
    """Print how long something took; the wall-clock seconds stand in the list afterwards."""
    wall, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    taken: list[float] = []
    yield taken
    used = resource.getrusage(resource.RUSAGE_SELF).ru_utime - cpu
    taken.append(time.perf_counter() - wall)
    print(f"{what}: {taken[0]:.1f} s ({used:.1f} s)")


def seal(engine: sa.Engine, visits: int) -> tuple[float, float]:
    """L5: one release of so many visits of two organisations; L8: its differences; seconds of both."""
    clock = FixedClock(NOW)
    with unit_of_work(engine) as session:
        world = make_world(session, sites=visits, organisations=2, officers=max(6, visits // 10))
    solve(engine, clock, world)
    approve(engine, clock, world)
    clock.instant = PUBLISH_AT
    with timed(f"seal {visits} visits") as sealing:
        assert seal_due(engine, clock) == [1]
    with timed("deliver its notices to the inbox, a pulse twice a second beside it"):
        pulses = beside(engine, clock)
    print(f"latest pulse {max(pulses):.2f} s after its time, the middle one {statistics.median(pulses):.2f} s")
    with reading(engine) as session:
        release = session.exec(select(Release)).one()
        rows = rows_of(session, release)
        notices = session.exec(select(func.count()).select_from(OutboxMessage)).one()
        sealed = session.exec(select(func.count()).select_from(ReleaseVisit)).one()
        with timed(f"differences of two releases of {sealed} visits") as comparing:
            found = differences(rows, list(rows.values()))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    print(f"visits {sealed}, notices {notices}, differences {len(found)}")
    return sealing[0], comparing[0]


def beside(engine: sa.Engine, clock: FixedClock) -> list[float]:
    """The ticker's delay under load: seconds by which each pulse was late while the same ticker delivers."""
    stop, beats = threading.Event(), [time.monotonic()]

    def pulse(_context: JobContext) -> int:
        beats.append(time.monotonic())
        return 0

    def drain(context: JobContext) -> int:
        delivered = deliver(context)
        if not delivered:
            stop.set()
        return delivered

    table = (Entry(name="pulse", seconds=PULSE_SECONDS, job=pulse), Entry(name="outbox", seconds=1.0, job=drain))
    run_ticker(engine, Settings(), clock, stop, holder="bench", schedule=table)
    return [after - before - PULSE_SECONDS for before, after in pairwise(beats[1:])] or [0.0]


def send(engine: sa.Engine, letters: int, rate: float) -> tuple[float, int]:
    """L6: so many letters through a gateway that takes four at once and `rate` a second in all.

    Gives the seconds, and how many of them arrived.
    """
    with unit_of_work(engine) as session:
        fill_outbox(session, letters)
    with running_gateway(delay=4 / rate) as fake, timed(f"send {letters} letters at {rate:.0f}/s") as sending:
        sender = Gateway(url=fake.url, secret=SECRET)
        while deliver_due(engine, SystemClock(), holder="b", limit=40, channel=Channel.GATEWAY, sender=sender):
            pass
    print(f"letters that arrived {len(set(fake.keys))}, raw calls {len(fake.keys)}")
    return sending[0], len(set(fake.keys))


def main() -> None:
    """Measure each on a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=2000)
    parser.add_argument("--letters", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--unsettled", action="store_true", help="leave the collector of memory as Python has it")
    asked = parser.parse_args()
    if not asked.unsettled:
        memory.settle()
    for work in (lambda engine: seal(engine, asked.visits), lambda engine: send(engine, asked.letters, asked.rate)):
        folder = Path(tempfile.mkdtemp())
        engine = make_engine(f"sqlite:///{folder / 'bench.db'}")
        try:
            migration.upgrade(engine)
            work(engine)
        finally:
            engine.dispose()
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
