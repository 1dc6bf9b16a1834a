"""Writers of one process stand in line: first come, first served, nobody left behind."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from data import session as session_module
from data.session import make_engine, reading, unit_of_work
from data.turns import Turns


def test_turn_goes_to_whoever_waited_longest() -> None:
    turns, order = Turns(), list[int]()
    assert turns.wait(0)

    def take(number: int) -> None:
        assert turns.wait(5)
        order.append(number)
        turns.pass_on()

    threads = []
    for number in range(6):
        thread = threading.Thread(target=take, args=(number,))
        thread.start()
        threads.append(thread)
        while len(turns._waiting) <= number:
            time.sleep(0.001)
    turns.pass_on()
    for thread in threads:
        thread.join()

    assert order == list(range(6))


def test_who_gives_up_waiting_is_not_called() -> None:
    turns = Turns()
    assert turns.wait(0)
    assert not turns.wait(0.01)
    turns.pass_on()
    assert turns.wait(0)


def test_every_writer_of_a_crowd_gets_its_turn(sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        session.connection().exec_driver_sql("CREATE TABLE tally (n INTEGER)")
        session.connection().exec_driver_sql("INSERT INTO tally VALUES (0)")

    def add(_: int) -> None:
        with unit_of_work(sqlite_engine) as session:
            session.connection().exec_driver_sql("UPDATE tally SET n = n + 1")

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(add, range(120)))

    with reading(sqlite_engine) as session:
        assert session.connection().exec_driver_sql("SELECT n FROM tally").scalar() == 120


@pytest.mark.parametrize("end", ["commit", "rollback", "error", "close"])
def test_turn_is_passed_on_however_a_transaction_ends(sqlite_engine: sa.Engine, end: str) -> None:
    connection = sqlite_engine.connect()
    connection.exec_driver_sql("CREATE TABLE one (n INTEGER UNIQUE)")
    if end == "commit":
        connection.commit()
    elif end == "rollback":
        connection.rollback()
    elif end == "error":
        with pytest.raises(sa.exc.IntegrityError):
            connection.exec_driver_sql("INSERT INTO one VALUES (1), (1)")
    connection.close()

    started = time.monotonic()
    with unit_of_work(sqlite_engine) as session:
        session.connection().exec_driver_sql("SELECT 1")
    assert time.monotonic() - started < 5


def test_reader_waits_for_nobody(sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as writing, reading(sqlite_engine) as session:
        writing.connection().exec_driver_sql("SELECT 1")
        assert session.connection().exec_driver_sql("SELECT 1").scalar() == 1


def test_each_database_has_a_line_of_its_own(sqlite_engine: sa.Engine) -> None:
    other = make_engine("sqlite://")
    with unit_of_work(sqlite_engine) as first, unit_of_work(other) as second:
        first.connection().exec_driver_sql("SELECT 1")
        assert second.connection().exec_driver_sql("SELECT 1").scalar() == 1
    other.dispose()


WRITERS, HELD_SECONDS = 6, 0.15


def _crowd(url: str) -> list[str]:
    """What becomes of a line of writers who each keep the lock for a while."""
    engine = make_engine(url)

    def write(_: int) -> str:
        try:
            with unit_of_work(engine) as session:
                session.connection().exec_driver_sql("SELECT 1")
                time.sleep(HELD_SECONDS)
        except sa.exc.OperationalError as error:
            return "locked" if "locked" in str(error) else str(error)
        return "done"

    with ThreadPoolExecutor(WRITERS) as pool:
        found = list(pool.map(write, range(WRITERS)))
    engine.dispose()
    return found


def test_nobody_leaves_a_long_line_as_locked(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "SQLITE_BUSY_MILLISECONDS", 100)
    assert _crowd(str(sqlite_engine.url)) == ["done"] * WRITERS


def test_control_who_leaves_the_line_early_fails_as_locked(
    sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "SQLITE_BUSY_MILLISECONDS", 100)
    monkeypatch.setattr(session_module, "LINE_SECONDS", 0.1)
    assert "locked" in _crowd(str(sqlite_engine.url))


def test_readers_find_a_connection_however_many_writers_wait(sqlite_engine: sa.Engine) -> None:
    waiting, count = 20, threading.Semaphore(0)

    def write(_: int) -> None:
        count.release()
        with unit_of_work(sqlite_engine) as session:
            session.connection()

    with ThreadPoolExecutor(waiting) as pool:
        with unit_of_work(sqlite_engine) as session:
            session.connection()
            writers = [pool.submit(write, number) for number in range(waiting)]
            for _ in range(waiting):
                count.acquire()
            while sqlite_engine.pool.checkedout() < waiting + 1:  # type: ignore[attr-defined]
                time.sleep(0.001)
            with reading(sqlite_engine) as reader:
                assert reader.connection().exec_driver_sql("SELECT 1").scalar() == 1
        for writer in writers:
            writer.result(timeout=60)
