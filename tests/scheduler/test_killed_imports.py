"""Imports killed half-way leave nothing half in, and the same call afterwards works.

`python -m tests.benchmarks.killed_imports` does the same with 30,000 enterprises and 5,000 plan rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest
import sqlalchemy as sa

from tests.scheduler.killing import Job, Victim, running_victim, waiting_list, waiting_upload

ENTERPRISES, PLAN_ROWS = 300, 60
MOMENTS = {
    "list": ("write enterprise", "write site", "write auditevent"),
    "upload": ("write plan", "write plantask", "write plantaskitem"),
}
LONGEST_DELAY = 0.03


@pytest.fixture(scope="module")
def victim() -> Iterator[Victim]:
    with running_victim() as running:
        yield running


def list_job(engine: sa.Engine) -> Job:
    return waiting_list(engine, ENTERPRISES)


def upload_job(engine: sa.Engine) -> Job:
    return waiting_upload(engine, PLAN_ROWS)


@pytest.mark.parametrize("wait", [list_job, upload_job], ids=["list of enterprises", "plan sheet"])
def test_killed_import_leaves_nothing_and_can_be_repeated(
    engine: sa.Engine, victim: Victim, wait: Callable[[sa.Engine], Job]
) -> None:
    job, chance = wait(engine), Random(7)
    assert job.count(engine) == job.nothing
    for moment in MOMENTS[job.name]:
        death = victim.kill(engine, job, moment, delay=chance.uniform(0, LONGEST_DELAY))
        assert moment in death.steps
        if job.count(engine) != job.nothing:
            # Whoever had begun to commit may have come through: then all of it is in.
            assert death.committing
            assert all(job.count(engine))
            return
    job.again(engine)
    assert all(job.count(engine))


@pytest.mark.parametrize("wait", [list_job, upload_job], ids=["list of enterprises", "plan sheet"])
def test_import_killed_while_committing_is_in_whole_or_not_at_all(
    engine: sa.Engine, victim: Victim, wait: Callable[[sa.Engine], Job]
) -> None:
    job = wait(engine)
    death = victim.kill(engine, job, "commit")

    found = job.count(engine)
    assert death.committing
    assert found == job.nothing or all(found)
    if found == job.nothing:
        job.again(engine)
    assert job.count(engine)[0] == (ENTERPRISES if job.name == "list" else 1)


@pytest.mark.parametrize(
    ("wait", "moment"),
    [(list_job, "write site"), (upload_job, "write plantaskitem")],
    ids=["list of enterprises", "plan sheet"],
)
def test_control_that_commits_row_by_row_is_left_half_done(
    sqlite_engine: sa.Engine, victim: Victim, wait: Callable[[sa.Engine], Job], moment: str
) -> None:
    job = wait(sqlite_engine)
    death = victim.kill(sqlite_engine, job, moment, row_by_row=True)

    found = job.count(sqlite_engine)
    assert death.killed
    assert not death.committing
    assert found[0] > 0
    assert found[-2:] == (0, 0)
