"""Imports of full size killed at random moments: 30,000 enterprises, 5,000 plan rows; what is in afterwards, printed.

Run with `python -m tests.benchmarks.killed_imports [kills]`, on SQLite. After every kill nothing may be in, or all of
it; at the end the same call must work.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import sqlalchemy as sa

from data import migration
from data.session import make_engine
from tests.scheduler.killing import Job, Victim, running_victim, waiting_list, waiting_upload

ENTERPRISES, PLAN_ROWS = 30_000, 5_000
LONGEST_DELAY = 0.4
MOMENTS = {"list": ("begun", "write enterprise", "write site"), "upload": ("begun", "write plan", "write plantask")}


def main(kills: int = 5) -> None:
    """Kill both imports so many times, each on a database of its own, then let them come through."""
    with tempfile.TemporaryDirectory() as folder, running_victim() as victim:
        for wait, rows in ((waiting_list, ENTERPRISES), (waiting_upload, PLAN_ROWS)):
            engine = make_engine(f"sqlite:///{Path(folder) / wait.__name__}.db")
            migration.upgrade(engine)
            _kill_often(engine, victim, wait, rows, kills)
            engine.dispose()


def _kill_often(
    engine: sa.Engine, victim: Victim, wait: Callable[[sa.Engine, int], Job], rows: int, kills: int
) -> None:
    job, chance = wait(engine, rows), Random(11)
    for number in range(1, kills + 1):
        moment, delay = MOMENTS[job.name][number % len(MOMENTS[job.name])], chance.uniform(0, LONGEST_DELAY)
        death = victim.kill(engine, job, moment, delay=delay)
        found = job.count(engine)
        print(f"{job.name} {number}: {delay:.2f} s after {moment!r}: {death.killed} at {death.steps[-1]!r}, {found}")
        if found != job.nothing:
            if not (death.committing and all(found)):
                raise SystemExit("half an import is in")
            return
    begin = time.perf_counter()
    job.again(engine)
    print(f"{job.name}: the same call afterwards took {time.perf_counter() - begin:.1f} s, in: {job.count(engine)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
