"""A process whose imports are killed: it forks a child for each, which tells how far it has come and then dies.

Commands come as lines of JSON on the standard input: {"url", "job": "list" or "upload", "uid", "user", "row_by_row"}.
The child answers "pid NUMBER", "begun", "write TABLE" before it first writes to a table, "commit" and "done"; the
parent ends every answer with "ended STATUS". Forking a process that has everything loaded is quick, starting one not.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

from data.models import SheetUpload, User
from data.session import make_engine, unit_of_work
from scheduler.accounts import actor_of
from scheduler.clock import FixedClock
from scheduler.filing.uploads import import_upload
from scheduler.registry.lists import apply_list, get_list
from tests.factories import NOW

CLOCK = FixedClock(NOW)


def main() -> None:
    """Serve until the input ends."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(json.loads(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        tell(f"ended {status}")


def run(command: dict[str, Any]) -> None:
    """Import what the command names, and tell of every step."""
    tell(f"pid {os.getpid()}")
    opened = each_row_by_itself if command["row_by_row"] else whole
    tell("begun")
    with opened(command["url"]) as session:
        actor = actor_of(session.exec(select(User).where(User.id == command["user"])).one())
        if command["job"] == "list":
            apply_list(session, CLOCK, actor, get_list(session, actor, command["uid"]))
        else:
            upload = session.exec(select(SheetUpload).where(SheetUpload.uid == command["uid"])).one()
            import_upload(session, CLOCK, actor, upload)
        session.flush()
        tell("commit")
    tell("done")


@contextmanager
def whole(url: str) -> Iterator[Session]:
    """The session that every entrypoint opens: all of it or nothing."""
    engine = make_engine(url)
    watch(engine)
    with unit_of_work(engine) as session:
        yield session


@contextmanager
def each_row_by_itself(url: str) -> Iterator[Session]:
    """The control: the same code on a connection that commits every statement, and every row of many, by itself."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    watch(engine)
    with Session(engine, expire_on_commit=False) as session:
        yield session


def watch(engine: sa.Engine) -> None:
    """Tell of the first write to each table."""
    told: set[str] = set()

    @sa.event.listens_for(engine, "before_cursor_execute")
    def before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        words = statement.replace('"', "").split(None, 3)
        if words[:2] == ["INSERT", "INTO"] and words[2] not in told:
            told.add(words[2])
            tell(f"write {words[2]}")


def tell(text: str) -> None:
    """Say a line at once: a child that is killed flushes nothing."""
    os.write(sys.stdout.fileno(), f"{text}\n".encode())


if __name__ == "__main__":
    main()
