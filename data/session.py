"""The engine and the unit of work: the only place that commits or rolls back.

SQLite is opened so that it is correct: write-ahead log, foreign keys, a busy timeout, and writers that take the
write lock at BEGIN (a deferred transaction that reads first and writes later would fail or lose updates).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session

from data.errors import StaleError
from data.turns import Turns

SQLITE_BUSY_MILLISECONDS: Final = 30_000
"""How long a writer waits for writers of other processes; those of its own stand in line before it."""
LINE_SECONDS: Final = 120
"""How long a writer stands in line. Who left it would fight for the lock with the whole line, which never lets it go
for longer than a moment, and fail as locked: twenty people who edit at once on a busy machine waited 15 seconds."""
READ_ONLY: Final = "onedoor_read_only"
HOLDS_TURN: Final = "onedoor_holds_turn"


def make_engine(url: str, *, pool_size: int = 5) -> sa.Engine:
    """Return an engine for `url` (sqlite:///… or postgresql+psycopg://…) with the settings that make it correct."""
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_size=pool_size, pool_pre_ping=True)
    # Whoever stands in line holds a connection. A limit would let readers wait for writers; threads are limit enough.
    # A database in memory has its own kind of pool, which knows no limit.
    pool = {"max_overflow": -1} if sa.make_url(url).database not in {None, "", ":memory:"} else {}
    engine = sa.create_engine(url, connect_args={"check_same_thread": False}, **pool)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    _take_turns(engine, Turns())
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MILLISECONDS}")
    cursor.close()


def _take_turns(engine: sa.Engine, turns: Turns) -> None:
    """Let the writers of this process stand in line.

    SQLite itself lets waiting writers sleep and try again: of a dozen busy ones some never hit the right moment, and
    fail after the busy timeout although the lock was free many times.
    """

    def begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get(READ_ONLY, False):
            connection.exec_driver_sql("BEGIN")
            return
        # Who has waited too long tries all the same: the line is for fairness, the lock itself is SQLite's.
        connection.info[HOLDS_TURN] = turns.wait(LINE_SECONDS)
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            end(connection)
            raise

    def end(connection: sa.Connection) -> None:
        if connection.info.pop(HOLDS_TURN, False):
            turns.pass_on()

    def give_back(_connection: Any, record: Any) -> None:
        if record is not None and record.info.pop(HOLDS_TURN, False):
            turns.pass_on()

    sa.event.listen(engine, "begin", begin)
    sa.event.listen(engine, "commit", end)
    sa.event.listen(engine, "rollback", end)
    sa.event.listen(engine, "checkin", give_back)


@contextmanager
def unit_of_work(engine: sa.Engine) -> Iterator[Session]:
    """Open a session that is committed at the end of the block and rolled back when the block raises.

    Raises StaleError when a versioned row was changed by somebody else in the meantime.
    """
    with Session(engine, expire_on_commit=False) as session:
        try:
            yield session
            session.commit()
        except StaleDataError as error:
            session.rollback()
            raise StaleError from error
        except BaseException:
            session.rollback()
            raise


@contextmanager
def reading(engine: sa.Engine) -> Iterator[Session]:
    """Open a session that only reads: it takes no write lock and is rolled back at the end."""
    with Session(engine.execution_options(**{READ_ONLY: True}), expire_on_commit=False) as session:
        try:
            yield session
        finally:
            session.rollback()
