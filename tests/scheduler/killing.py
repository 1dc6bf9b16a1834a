"""Killing imports: a victim process, a moment to kill at, and what is found in the database afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ListKind, Role
from data.models import AuditEvent, Enterprise, ListUpload, Plan, PlanTask, PlanTaskItem, SheetUpload, Site
from data.session import reading, unit_of_work
from data.sheets.export import rows_as_xlsx
from scheduler.filing.uploads import import_upload, receive_upload
from scheduler.permissions import Actor
from scheduler.registry.columns import COLUMNS
from scheduler.registry.lists import apply_list, get_list, receive_list
from tests import factories
from tests.benchmarks import import_lists, import_plans
from tests.scheduler.filing.sheets import HEADERS
from tests.scheduler.import_victim import CLOCK

ROOT = Path(__file__).resolve().parents[2]
VICTIM = "onedoor-victim"
ENDED_SECONDS = 30.0
Counts = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An import that waits in a database. `again`: does it in this process; `count`: what is in; `nothing`: before."""

    name: str
    uid: str
    user_id: int
    again: Callable[[sa.Engine], None]
    count: Callable[[sa.Engine], Counts]
    nothing: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """What the victim had told before it was gone."""

    steps: tuple[str, ...]
    killed: bool

    @property
    def committing(self) -> bool:
        """Whether it had begun to commit: then all may be in, before that nothing may."""
        return "commit" in self.steps


class Victim:
    """A process that imports on demand, and is killed on demand."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def kill(self, engine: sa.Engine, job: Job, moment: str, *, delay: float = 0.0, row_by_row: bool = False) -> Death:
        """Let it import, and send SIGKILL `delay` seconds after it has told `moment`."""
        command = {"url": _url(engine), "job": job.name, "uid": job.uid, "user": job.user_id}
        orders, answers = _pipes(self._process)
        orders.write(json.dumps(command | {"row_by_row": row_by_row}) + "\n")
        orders.flush()
        pid, steps, status = 0, [], 0
        for line in answers:
            word, _, rest = line.strip().partition(" ")
            if word == "ended":
                status = int(rest)
                break
            pid = int(rest) if word == "pid" else pid
            steps.append(line.strip())
            if steps[-1] == moment:
                time.sleep(delay)
                # It may have come to its end in the meantime.
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        _wait_for_server(engine)
        return Death(steps=tuple(steps), killed=status == signal.SIGKILL)


@contextmanager
def running_victim() -> Iterator[Victim]:
    """Start the process, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.scheduler.import_victim"],
        cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Victim(process)
    finally:
        for pipe in _pipes(process):
            pipe.close()
        process.wait(timeout=ENDED_SECONDS)


def waiting_list(engine: sa.Engine, rows: int) -> Job:
    """A checked list of so many enterprises, each with a site."""
    with unit_of_work(engine) as session:
        keeper = factories.make_actor(session, Role.ADMINISTRATOR)
        town = factories.make_town(session).name
        content = rows_as_xlsx(
            [column.header for column in COLUMNS[ListKind.ENTERPRISES]],
            [import_lists._enterprise(number, town) for number in range(rows)],
        )
        uid = receive_list(session, CLOCK, keeper, kind=ListKind.ENTERPRISES, filename="list.xlsx", content=content).uid

    def again(engine: sa.Engine) -> None:
        with unit_of_work(engine) as session:
            apply_list(session, CLOCK, keeper, get_list(session, keeper, uid))

    def count(engine: sa.Engine) -> Counts:
        taken = select(sa.func.count()).where(ListUpload.uid == uid, col(ListUpload.applied_at).is_not(None))
        return _count(engine, Enterprise, Site, taken, "list.apply")

    return Job(name="list", uid=uid, user_id=keeper.user_id or 0, again=again, count=count, nothing=(0, 0, 0, 0))


def waiting_upload(engine: sa.Engine, rows: int) -> Job:
    """A received plan sheet of so many right rows."""
    with unit_of_work(engine) as session:
        clerk, names = import_plans.set_scene(session)
        content = rows_as_xlsx(list(HEADERS.values()), import_plans.plan_rows(rows, names))
        uid = receive_upload(
            session, CLOCK, clerk, filename="plan.xlsx", content=content, year=2026, round_uid=None
        ).uid

    def again(engine: sa.Engine) -> None:
        with unit_of_work(engine) as session:
            _import(session, clerk, uid)

    def count(engine: sa.Engine) -> Counts:
        taken = select(sa.func.count()).where(SheetUpload.uid == uid, SheetUpload.status == "imported")
        return _count(engine, Plan, PlanTask, PlanTaskItem, taken, "upload.import")

    return Job(name="upload", uid=uid, user_id=clerk.user_id or 0, again=again, count=count, nothing=(0, 0, 0, 0, 0))


def _import(session: Session, clerk: Actor, uid: str) -> None:
    import_upload(session, CLOCK, clerk, session.exec(select(SheetUpload).where(SheetUpload.uid == uid)).one())


def _count(engine: sa.Engine, *asked: Any) -> Counts:
    """Rows of tables, results of counting statements, and audit events of actions."""
    with reading(engine) as session:
        found = []
        for one in asked:
            if isinstance(one, str):
                statement = select(sa.func.count()).where(AuditEvent.action == one)
            else:
                statement = select(sa.func.count()).select_from(one) if isinstance(one, type) else one
            found.append(session.exec(statement).one())
        return tuple(found)


def _url(engine: sa.Engine) -> str:
    url = engine.url
    if url.drivername.startswith("postgresql"):
        url = url.update_query_dict({"application_name": VICTIM})
    return url.render_as_string(hide_password=False)


def _wait_for_server(engine: sa.Engine) -> None:
    """A server notices the death of a client a moment later; a file needs nobody to notice."""
    if engine.dialect.name != "postgresql":
        return
    asked = sa.text("SELECT count(*) FROM pg_stat_activity WHERE application_name = :name AND datname = :base")
    until = time.monotonic() + ENDED_SECONDS
    while time.monotonic() < until:
        with engine.connect() as connection:
            if not connection.execute(asked, {"name": VICTIM, "base": engine.url.database}).scalar_one():
                return
        time.sleep(0.02)
    raise AssertionError("the server still serves the dead")


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout
