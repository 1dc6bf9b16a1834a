"""Imports of full size killed at random moments: 30,000 enterprises, 5,000 plan rows; what is in afterwards, printed.

Run with `python -m tests.benchmarks.killed_imports [kills] [DATABASE_URL]`, on a fresh SQLite file or on an empty
database of the address. After every kill nothing may be in, or all of it; at the end the same call must work.
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
LONGEST_DELAY = 6.0


def main(kills: int = 5, url: str = "") -> None:
    """Kill both imports so many times, then let them come through."""
    with tempfile.TemporaryDirectory() as folder, running_victim() as victim:
        engine = make_engine(url or f"sqlite:///{Path(folder) / 'bench.db'}")
        migration.upgrade(engine)
        for wait, rows in ((waiting_list, ENTERPRISES), (waiting_upload, PLAN_ROWS)):
            _kill_often(engine, victim, wait, rows, kills)
        engine.dispose()


def _kill_often(
    engine: sa.Engine, victim: Victim, wait: Callable[[sa.Engine, int], Job], rows: int, kills: int
) -> None:
    job, chance = wait(engine, rows), Random(11)
    for number in range(1, kills + 1):
        delay = chance.uniform(0, LONGEST_DELAY)
        death = victim.kill(engine, job, "begun", delay=delay)
        found = job.count(engine)
        print(f"{job.name} {number}: killed {death.killed} after {delay:.2f} s at {death.steps[-1]!r}, in: {found}")
        if found != job.nothing:
            if not (death.committing and all(found)):
                raise SystemExit("half an import is in")
            return
    begin = time.perf_counter()
    job.again(engine)
    print(f"{job.name}: the same call afterwards took {time.perf_counter() - begin:.1f} s, in: {job.count(engine)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]), *sys.argv[2:3])
