"""Executors: results in order, faults passed on, and workers that die in the middle."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import pytest

from solver.executors import (
    MAX_LOSSES,
    DaskExecutor,
    InlineExecutor,
    ProcessExecutor,
    UnknownExecutorError,
    WorkerLostError,
    executor_for,
)
from tests.solver.dask_cluster import DaskCluster


def square(number: int) -> int:
    return number * number


def slow_first(number: int) -> int:
    time.sleep(0.2 if number == 0 else 0)
    return number


def fail_on_three(number: int) -> int:
    if number == 3:
        raise ValueError(number)
    return number


def die_once(payload: tuple[int, str]) -> int:
    """Kill the worker on the first try of payload 2: the file tells that it has been tried."""
    number, folder = payload
    tried = Path(folder) / str(number)
    if number == 2 and not tried.exists():
        tried.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return square(number)


def die_always(number: int) -> int:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return square(number)


def name_process(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


@pytest.mark.parametrize("executor", [InlineExecutor(), ProcessExecutor(2)], ids=["inline", "processes"])
def test_map_gives_results_in_order(executor: InlineExecutor | ProcessExecutor) -> None:
    with executor:
        assert list(executor.map(slow_first, range(9))) == list(range(9))


def test_map_of_processes_draws_payloads_as_it_goes() -> None:
    """An endless stream of payloads works: only a window of them is in flight."""
    with ProcessExecutor(1) as executor:
        assert list(islice(executor.map(square, count()), 4)) == [0, 1, 4, 9]


def test_map_of_processes_passes_an_exception_on_and_stays_usable() -> None:
    with ProcessExecutor(1) as executor:
        results = executor.map(fail_on_three, range(5))
        assert list(islice(results, 3)) == [0, 1, 2]
        with pytest.raises(ValueError, match="3"):
            next(results)
        assert list(executor.map(square, [5])) == [25]


def test_map_of_processes_loses_nothing_when_a_worker_is_killed(tmp_path: Path) -> None:
    with ProcessExecutor(2) as executor:
        payloads = [(number, str(tmp_path)) for number in range(8)]
        assert list(executor.map(die_once, payloads)) == [square(number) for number in range(8)]


def test_map_of_processes_blames_only_the_payload_that_kills() -> None:
    with ProcessExecutor(2) as executor:
        results = executor.map(die_always, range(3))
        assert next(results) == 0
        with pytest.raises(WorkerLostError) as caught:
            next(results)
    assert (caught.value.index, caught.value.losses) == (1, MAX_LOSSES)


@pytest.mark.parametrize(
    ("spec", "kind", "detail"),
    [
        ("inline", InlineExecutor, None),
        ("processes", ProcessExecutor, os.cpu_count()),
        ("processes:3", ProcessExecutor, 3),
        ("dask://10.0.0.5:8786", DaskExecutor, "tcp://10.0.0.5:8786"),
        ("tls://scheduler:8786", DaskExecutor, "tls://scheduler:8786"),
    ],
)
def test_executor_for_spec(spec: str, kind: type, detail: object) -> None:
    executor = executor_for(spec)

    assert type(executor) is kind
    assert getattr(executor, "workers", getattr(executor, "address", None)) == detail


@pytest.mark.parametrize("spec", ["", "threads", "processes:0", "processes:two", "dask", "dask:host", "inline:2"])
def test_executor_for_unknown_spec(spec: str) -> None:
    with pytest.raises(UnknownExecutorError) as caught:
        executor_for(spec)
    assert caught.value.spec == spec


@pytest.fixture
def dask_cluster() -> Iterator[DaskCluster]:
    with DaskCluster() as cluster:
        yield cluster


@pytest.mark.slow
def test_map_of_dask_loses_nothing_when_a_worker_is_killed(dask_cluster: DaskCluster) -> None:
    dask_cluster.wait_for_workers()
    with DaskExecutor(dask_cluster.address) as executor:
        results = executor.map(name_process, [0.3] * 12)
        first = [next(results), next(results)]
        victim, survivor = dask_cluster.programs[1:]
        victim.kill()
        rest = list(results)
    assert len(first) + len(rest) == 12
    assert {*first, *rest} <= {victim.pid, survivor.pid}
    # three seconds of work were waiting when the victim died: its share came back from the survivor
    assert set(rest[-4:]) == {survivor.pid}


@pytest.mark.slow
def test_map_of_dask_gives_results_in_order(dask_cluster: DaskCluster) -> None:
    dask_cluster.wait_for_workers()
    with DaskExecutor(dask_cluster.address) as executor:
        assert list(executor.map(square, range(100))) == [square(number) for number in range(100)]
