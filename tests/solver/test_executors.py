"""Executors: results in order, faults passed on, and workers that die in the middle."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from threading import Condition, Thread
from types import FrameType

import dask.config
import pytest

from solver.executors import (
    MAX_LOSSES,
    ClusterError,
    DaskExecutor,
    InlineExecutor,
    ProcessExecutor,
    Tls,
    UnknownExecutorError,
    WorkerLostError,
    executor_for,
    tls_spec,
)
from tests.solver.dask_cluster import Certificates, DaskCluster, make_certificates


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


def leave_or_hold(place: str) -> str:
    return sleep_and_leave_a_mark(place) if place else place


def die_then_stay(folder: str) -> str:
    """Kill the worker on the first try; on the second say so and stay until somebody ends it."""
    first = Path(folder) / "first"
    if not first.exists():
        first.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return sleep_and_leave_a_mark(str(Path(folder) / "again"))


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


def sleep_and_leave_a_mark(place: str) -> str:
    """Hold a temporary file as long as it works, which is until somebody ends it."""
    mark = Path(place)
    try:
        # Within the block: whoever waits for the mark may end this process before its next line.
        mark.touch()
        time.sleep(60)
    finally:
        mark.unlink(missing_ok=True)
    return place


def test_map_of_processes_goes_on_after_a_payload_that_kills(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solver.executors.MAX_LOSSES", 1)
    with ProcessExecutor(2) as executor:
        results = list(executor.map(die_always, range(4), lost=lambda number, error: -number - error.losses))
    assert results == [0, -1 - 1, 4, 9]


def slow_head(number: int) -> tuple[int, float]:
    time.sleep(0.8 if number == 0 else 0.01)
    return number, time.monotonic()


def test_map_of_processes_keeps_workers_busy_behind_a_slow_payload() -> None:
    with ProcessExecutor(2) as executor:
        list(executor.map(square, range(4)))
        results = list(executor.map(slow_head, range(12)))
    assert [number for number, _ in results] == list(range(12))
    # more than the four payloads in flight had ended by the time the first one did
    assert sum(ended < results[0][1] for _, ended in results) > 4


@pytest.mark.parametrize("place", [0, 1], ids=["first", "second"])
def test_pool_closes_after_a_worker_was_killed_at_rest(place: int) -> None:
    """One of the two holds the lock of the queue while both wait for work; its death must not keep the other."""
    others = multiprocessing.active_children()
    executor = ProcessExecutor(2)
    assert len(set(executor.map(name_process, [0.5] * 4))) == 2
    begun = (child for child in multiprocessing.active_children() if child not in others)
    workers = sorted(begun, key=lambda one: one.pid or 0)
    workers[place].kill()
    closing = Thread(target=executor.close, daemon=True)
    closing.start()
    closing.join(60)
    ended = not closing.is_alive()
    for worker in workers:
        worker.kill()
    assert ended


def test_abandoned_workers_end_at_once_and_take_down_what_they_hold(tmp_path: Path) -> None:
    mark = tmp_path / "half written"
    others = multiprocessing.active_children()
    executor = ProcessExecutor(1)
    results = executor.map(sleep_and_leave_a_mark, [str(mark)])
    reader = Thread(target=lambda: next(results, None), daemon=True)
    reader.start()
    while not mark.exists():
        time.sleep(0.02)
    (worker,) = (child for child in multiprocessing.active_children() if child not in others)

    executor.abandon()

    worker.join(1)
    assert not worker.is_alive()
    assert not mark.exists()


@contextmanager
def handled_by(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Have Ctrl-C handled so; a process that was started in the background may ignore it."""
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def pool_at_work(folder: Path) -> tuple[ProcessExecutor, Iterator[str]]:
    """Return a pool whose first result is taken and whose second will not come."""
    executor = ProcessExecutor(1)
    results = executor.map(leave_or_hold, ["", str(folder / "held")])
    assert next(results) == ""
    return executor, results


def interrupt_between_two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send Ctrl-C to this process when its main thread has just let go of a lock that it is going to wait for."""
    release = Condition._release_save
    sent: list[bool] = []

    def release_and_interrupt(condition: Condition) -> object:
        released = release(condition)
        if threading.current_thread() is threading.main_thread() and not sent:
            sent.append(True)
            signal.raise_signal(signal.SIGINT)
        return released

    monkeypatch.setattr(Condition, "_release_save", release_and_interrupt)


def test_interrupt_is_raised_where_nothing_is_held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    executor, results = pool_at_work(tmp_path)
    interrupt_between_two_steps(monkeypatch)

    with handled_by(lambda *_: executor.interrupt()), pytest.raises(KeyboardInterrupt):
        next(results)

    executor.abandon()
    assert not (tmp_path / "held").exists()
    with ProcessExecutor(1) as another:
        assert list(another.map(square, [3])) == [9]


def test_interrupt_that_the_library_takes_is_lost_behind_its_lock(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The control of the test above: Python's own handler throws into the waiting."""
    executor, results = pool_at_work(tmp_path)
    interrupt_between_two_steps(monkeypatch)

    handled = handled_by(signal.default_int_handler)
    with handled, pytest.raises(RuntimeError, match="release unlocked lock"):
        next(results)

    executor.abandon()


def test_interrupt_reaches_a_payload_that_runs_alone(tmp_path: Path) -> None:
    """Its first run kills the worker; the second one, without neighbours, would last for ever."""
    executor = ProcessExecutor(1)
    results = executor.map(die_then_stay, [str(tmp_path)])

    def interrupt() -> None:
        while not (tmp_path / "again").exists():
            time.sleep(0.02)
        executor.interrupt()

    Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        next(results)

    assert executor.losses == 1
    executor.abandon()


CALLER = """
import sys
from solver.executors import ProcessExecutor
from tests.solver.test_executors import sleep_and_leave_a_mark
if __name__ == "__main__":
    list(ProcessExecutor(1).map(sleep_and_leave_a_mark, [sys.argv[1]]))
"""


def test_workers_do_not_outlive_a_killed_caller(tmp_path: Path) -> None:
    mark = tmp_path / "held"
    program = tmp_path / "caller.py"
    program.write_text(CALLER, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    caller = subprocess.Popen([sys.executable, program, mark], env=environment)
    while not mark.exists():
        assert caller.poll() is None
        time.sleep(0.02)

    caller.kill()
    caller.wait()

    last = time.monotonic() + 30
    while mark.exists() and time.monotonic() < last:
        time.sleep(0.02)
    assert not mark.exists()


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
        ("tls://scheduler:8786?ca=%2Fa.pem", DaskExecutor, "tls://scheduler:8786"),
    ],
)
def test_executor_for_spec(spec: str, kind: type, detail: object) -> None:
    executor = executor_for(spec)

    assert type(executor) is kind
    assert getattr(executor, "workers", getattr(executor, "address", None)) == detail


NO_EXECUTOR = ("", "threads", "processes:0", "processes:two", "dask", "dask:host", "inline:2", "tls://host")
CERTIFICATES_FOR_A_PLAIN_CONNECTION = "dask://host:8786?ca=a.pem"


@pytest.mark.parametrize("spec", [*NO_EXECUTOR, CERTIFICATES_FOR_A_PLAIN_CONNECTION])
def test_executor_for_unknown_spec(spec: str) -> None:
    with pytest.raises(UnknownExecutorError) as caught:
        executor_for(spec)
    assert caught.value.spec == spec


def test_tls_spec_carries_the_files_to_the_executor() -> None:
    files = Tls(ca="/tls/our ca.pem", cert="/tls/node.pem", key="/tls/node.key")

    executor = executor_for(tls_spec("tls://scheduler:8786", files))

    assert isinstance(executor, DaskExecutor)
    assert (executor.address, executor.tls) == ("tls://scheduler:8786", files)


@pytest.mark.parametrize("case", ["no files", "no such file", "no certificate"])
def test_unusable_tls_files_are_named(tmp_path: Path, case: str) -> None:
    rubbish = tmp_path / "node.pem"
    rubbish.write_text("nothing", encoding="utf-8")
    file = str(rubbish) if case == "no certificate" else str(tmp_path / "missing.pem")
    tls = Tls() if case == "no files" else Tls(ca=file, cert=file, key=file)
    address = "tls://127.0.0.1:1"

    with pytest.raises(ClusterError) as caught, DaskExecutor(address, tls) as executor:
        list(executor.map(square, [1]))

    expected = ("tls_files_missing", address) if case == "no files" else ("tls_file_unreadable", file)
    assert (caught.value.code, caught.value.place) == expected


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def dask_cluster(certificates: Certificates) -> Iterator[DaskCluster]:
    with DaskCluster(certificates) as cluster:
        cluster.wait_for_workers()
        yield cluster


@pytest.mark.slow
def test_map_of_dask_over_tls_loses_nothing_when_a_worker_is_killed(dask_cluster: DaskCluster) -> None:
    assert dask_cluster.certificates is not None
    with DaskExecutor(dask_cluster.address, dask_cluster.certificates.tls) as executor:
        assert list(executor.map(square, range(100))) == [square(number) for number in range(100)]
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
def test_tls_files_come_from_the_environment_where_no_option_names_them(dask_cluster: DaskCluster) -> None:
    assert dask_cluster.certificates is not None
    tls = dask_cluster.certificates.tls
    prefix = "DASK_DISTRIBUTED__COMM__TLS__"
    names = {f"{prefix}CA_FILE": tls.ca, f"{prefix}CLIENT__CERT": tls.cert, f"{prefix}CLIENT__KEY": tls.key}
    try:
        with pytest.MonkeyPatch.context() as environment:
            for name, file in names.items():
                environment.setenv(name, str(file))
            dask.config.refresh()
            with executor_for(dask_cluster.address) as executor:
                assert list(executor.map(square, range(3))) == [0, 1, 4]
    finally:
        dask.config.refresh()


@pytest.mark.slow
def test_tls_cluster_refuses_strangers(
    dask_cluster: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solver.executors.CONNECT_SECONDS", 3)
    stranger = make_certificates(tmp_path).tls
    strangers = [
        DaskExecutor(dask_cluster.address, stranger),
        DaskExecutor(dask_cluster.address.replace("tls", "tcp")),
    ]
    for executor in strangers:
        with pytest.raises(ClusterError) as caught:
            list(executor.map(square, [1]))
        assert caught.value.code == "cluster_unreachable"
