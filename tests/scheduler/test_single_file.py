"""Threads that want the same wait for the first, for so long; those that want something else do not."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from scheduler.single_file import SingleFile

THREADS = 4


@contextmanager
def session() -> Iterator[Session]:
    with Session(sa.create_engine("sqlite://")) as found:
        yield found


def held(line: SingleFile) -> list[bool]:
    """Whether somebody has each place that was ever asked for."""
    return [turn.locked() for keys in line._keys.values() for turn in keys.values()]


def test_threads_that_want_the_same_go_one_after_the_other() -> None:
    line, inside, most = SingleFile(patience_seconds=60), list[int](), list[int]()
    started = Barrier(THREADS, timeout=60)

    def go(number: int) -> None:
        started.wait()
        with line.take(own, 1):
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    with session() as own, ThreadPoolExecutor(THREADS) as pool:
        assert len(list(pool.map(go, range(THREADS)))) == THREADS
    assert most == [1] * THREADS


def test_other_keys_and_other_databases_are_not_waited_for() -> None:
    line = SingleFile(patience_seconds=60)
    with session() as here, session() as there, line.take(here, 1), line.take(here, 2), line.take(there, 1):
        assert held(line) == [True] * 3


def test_whoever_loses_patience_goes_ahead_and_leaves_the_place_to_its_holder() -> None:
    line = SingleFile(patience_seconds=0.01)
    with session() as own:
        with line.take(own, 1):
            with line.take(own, 1):
                assert held(line) == [True]
            assert held(line) == [True]
        assert held(line) == [False]


def test_place_is_free_again_after_an_error() -> None:
    line = SingleFile(patience_seconds=60)
    with session() as own:
        with pytest.raises(KeyError), line.take(own, 1):
            raise KeyError
        assert held(line) == [False]
