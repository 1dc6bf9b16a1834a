"""Where independent parts of a solve run: in this process, in a pool of processes, or on a Dask cluster.

Owns one interface, `map(function, payloads)`, that gives results in the order of the payloads. Knows nothing of
problems or plans: a function is a module-level function, payloads and results are plain tables that can be pickled.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait as await_end
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Final, Generic, Protocol, Self, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from solver.workers import GRACE_SECONDS, begin_worker, run_task

P = TypeVar("P")
Q = TypeVar("Q")

WINDOW_PER_WORKER: Final = 2
"""Payloads in flight per worker: enough to keep workers busy, few enough to keep memory bounded."""
HELD_PER_WORKER: Final = 16
"""Payloads begun and not yet handed on per worker: one slow payload at the head must not leave the others idle."""
MAX_LOSSES: Final = 3
"""How often a payload may lose the worker it ran on, alone, before it is blamed for it."""
LOOK_SECONDS: Final = 0.5
"""How often a pool that waits looks whether it was interrupted, or, closing, whether one of its workers was killed."""
CONNECT_SECONDS: Final = 15
"""How long a cluster may take to answer at all."""
DASK_WINDOW: Final = 64
"""Payloads in flight on a cluster whose number of workers may change while it works."""


class WorkerLostError(RuntimeError):
    """A payload whose worker died each time it was run alone; `index` is its place among the payloads."""

    def __init__(self, index: int, losses: int) -> None:
        super().__init__(index, losses)
        self.index = index
        self.losses = losses


class UnknownExecutorError(ValueError):
    """A spec that names no executor; `spec` is what was asked for."""

    def __init__(self, spec: str) -> None:
        super().__init__(spec)
        self.spec = spec


class ClusterError(RuntimeError):
    """A cluster that cannot be used; `code` is stable, `place` is the address or the file that is meant.

    `dask_missing`: the extra is not installed; `tls_files_missing`: a TLS address and no certificates;
    `tls_file_unreadable`: a certificate or key that cannot be loaded; `cluster_unreachable`: nobody answers there,
    or the two sides do not trust each other.
    """

    def __init__(self, code: str, place: str) -> None:
        super().__init__(code, place)
        self.code = code
        self.place = place


Lost = Callable[[P, WorkerLostError], Q]
"""What stands for the result of a payload whose worker dies each time."""


class Executor(Protocol):
    """Run a function on payloads, somewhere; results come in the order of the payloads.

    `shares_disk`: workers see the files of this machine under the same paths. `map`: a payload that kills every
    worker it runs on gets the result that `lost` gives it and the others go on; without `lost` it ends the map.
    `interrupt`: what a handler of Ctrl-C calls, in the thread that maps; the map ends with KeyboardInterrupt.
    """

    @property
    def shares_disk(self) -> bool: ...

    def map(
        self, function: Callable[[P], Q], payloads: Iterable[P], *, lost: Lost[P, Q] | None = None
    ) -> Iterator[Q]: ...

    def close(self) -> None: ...

    def abandon(self) -> None: ...

    def interrupt(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class _Closing:
    """Makes an executor a context manager that closes itself."""

    shares_disk = True

    def close(self) -> None:
        """Free what the executor holds; it may be used again afterwards."""

    def abandon(self) -> None:
        """Do the same at once, without waiting for what still runs."""
        self.close()

    def interrupt(self) -> None:
        """Stop where the caller stands. Raises KeyboardInterrupt."""
        raise KeyboardInterrupt

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()


class InlineExecutor(_Closing):
    """Runs each payload in this process when its result is asked for."""

    def map(self, function: Callable[[P], Q], payloads: Iterable[P], *, lost: Lost[P, Q] | None = None) -> Iterator[Q]:
        del lost  # a payload that kills its worker kills this process
        return map(function, payloads)


@dataclass(frozen=True, slots=True)
class _Task(Generic[P, Q]):
    """A payload on its way: its place among the payloads and what will be its result."""

    index: int
    payload: P
    future: Future[Q]

    @property
    def lost(self) -> bool:
        """Say whether its worker died, or it never got one."""
        future = self.future
        return future.cancelled() or (future.done() and isinstance(future.exception(), BrokenProcessPool))


class ProcessExecutor(_Closing):
    """A pool of spawned processes; a worker killed in the middle loses nothing.

    When a worker dies the pool is broken and all payloads in flight are unfinished. They are run again one at a
    time in a fresh pool, so that only a payload that kills its own worker `MAX_LOSSES` times is blamed
    (`WorkerLostError`) and its innocent neighbours are not. Exceptions of the function itself pass through.
    `losses` counts the pools that broke. Workers end with their caller, however that ends.

    An exception that a signal throws into the library's waiting comes while locks change hands: it is lost behind
    another one, or leaves a lock taken for ever. So an interrupt is noted here, and raised where nothing is held.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.losses = 0
        self._interrupted = False
        self._pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[P], Q], payloads: Iterable[P], *, lost: Lost[P, Q] | None = None) -> Iterator[Q]:
        waiting = enumerate(payloads)
        flight: deque[_Task[P, Q]] = deque()
        try:
            while True:
                self._fill(function, waiting, flight)
                if not flight:
                    return
                if any(task.lost for task in flight):
                    yield from self._rerun(function, flight, lost)
                elif flight[0].future.done():
                    yield flight[0].future.result()
                    flight.popleft()
                else:
                    self._await([task.future for task in flight if not task.future.done()])
        finally:
            for task in flight:
                task.future.cancel()

    def close(self) -> None:
        """Wait for the workers; where one was killed, end the others.

        A worker that dies while it waits for work takes the lock of their queue with it: they would never hear that
        there is no more to do, and a pool that is being closed does not look whether anybody has died.
        """
        with self._leaving() as workers:
            while alive := [worker for worker in workers if worker.is_alive()]:
                if any(worker.exitcode for worker in workers):
                    _end(alive)
                await_end([worker.sentinel for worker in alive], LOOK_SECONDS)

    def abandon(self) -> None:
        """End the workers: each may take down what it has half written, for GRACE_SECONDS at most."""
        with self._leaving() as workers:
            _end(workers)

    def interrupt(self) -> None:
        """Let `map` raise KeyboardInterrupt at its next look, LOOK_SECONDS from now at most."""
        self._interrupted = True

    def _await(self, futures: Sequence[Future[Any]]) -> None:
        """Wait until one is done. Raises KeyboardInterrupt: `interrupt` was called."""
        while not self._interrupted:
            if wait(futures, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED).done:
                return
        self._interrupted = False
        raise KeyboardInterrupt

    @contextmanager
    def _leaving(self) -> Iterator[list[BaseProcess]]:
        """Take the pool, if there is one, out of use and give its workers, who are to have ended within the block."""
        pool, self._pool = self._pool, None
        if pool is None:
            yield []
            return
        workers: list[BaseProcess] = list((pool._processes or {}).values())  # noqa: SLF001 -- public from Python 3.14 on
        keeper: Any = pool._executor_manager_thread  # noqa: SLF001 -- the pool forgets it when it is shut down
        pool.shutdown(wait=False, cancel_futures=True)
        yield workers
        if keeper is not None:
            # An interpreter that ends wakes this thread, and fails if it is closing meanwhile what it is woken by.
            keeper.join(GRACE_SECONDS)

    def _fill(self, function: Callable[[P], Q], waiting: Iterator[tuple[int, P]], flight: deque[_Task[P, Q]]) -> None:
        """Submit what the workers can take; nothing to a pool that is broken, whose payloads would all look lost."""
        while len(flight) < HELD_PER_WORKER * self.workers and not any(task.lost for task in flight):
            if sum(not task.future.done() for task in flight) >= WINDOW_PER_WORKER * self.workers:
                return
            following = next(waiting, None)
            if following is None:
                return
            index, payload = following
            flight.append(_Task(index, payload, self._submit(function, payload)))

    def _submit(self, function: Callable[[P], Q], payload: P) -> Future[Q]:
        """Submit; a pool that broke since the last look gives a broken future instead of an exception."""
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.workers, mp_context=context, initializer=begin_worker)
        try:
            with _children_deaf_to_interrupts():
                return self._pool.submit(run_task, function, payload)
        except BrokenProcessPool as error:
            future: Future[Q] = Future()
            future.set_exception(error)
            return future

    def _rerun(self, function: Callable[[P], Q], flight: deque[_Task[P, Q]], lost: Lost[P, Q] | None) -> Iterator[Q]:
        """Empty `flight` after a broken pool: keep finished results, run the others one at a time."""
        self.losses += 1
        self.close()
        while flight:
            task = flight[0]
            unfinished = task.lost or not task.future.done()
            yield self._alone(function, task, lost) if unfinished else task.future.result()
            flight.popleft()

    def _alone(self, function: Callable[[P], Q], task: _Task[P, Q], lost: Lost[P, Q] | None) -> Q:
        for _ in range(MAX_LOSSES):
            future = self._submit(function, task.payload)
            self._await([future])
            try:
                return future.result()
            except BrokenProcessPool:
                self.losses += 1
                self.close()
        error = WorkerLostError(task.index, MAX_LOSSES)
        if lost is None:
            raise error
        return lost(task.payload, error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Files of a TLS connection in PEM; what is None is taken from the Dask configuration."""

    ca: str | None = None
    cert: str | None = None
    key: str | None = None


@contextmanager
def _children_deaf_to_interrupts() -> Iterator[None]:
    """Start processes that hear no Ctrl-C from their first moment on; from `begin_worker` on they ignore it."""
    if os.name != "posix":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end(workers: Sequence[BaseProcess]) -> None:
    for worker in workers:
        worker.terminate()
    last = time.monotonic() + 2 * GRACE_SECONDS
    for worker in workers:
        worker.join(max(0.0, last - time.monotonic()))
        worker.kill()


class DaskExecutor(_Closing):
    """Workers of a Dask cluster at `tcp://host:port` or `tls://host:port`; needs the extra `dask`.

    The workers need the same version of this package and share no disk. The cluster reruns what a lost worker was
    doing or had done and not yet handed over, until a payload has lost so many workers that the scheduler gives it
    up (`distributed.scheduler.allowed-failures`). With TLS an unencrypted connection is refused.
    """

    shares_disk = False

    def __init__(self, address: str, tls: Tls | None = None) -> None:
        self.address = address
        self.tls = tls or Tls()
        self._client: Any = None

    def map(self, function: Callable[[P], Q], payloads: Iterable[P], *, lost: Lost[P, Q] | None = None) -> Iterator[Q]:
        client = self._connected()
        flight: deque[tuple[int, P, Any]] = deque()
        try:
            for index, payload in enumerate(payloads):
                flight.append((index, payload, client.submit(function, payload, pure=False)))
                if len(flight) >= DASK_WINDOW:
                    yield self._result(*flight[0], lost)
                    flight.popleft()
            while flight:
                yield self._result(*flight[0], lost)
                flight.popleft()
        finally:
            client.cancel([future for _, _, future in flight])

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _result(self, index: int, payload: P, future: Any, lost: Lost[P, Q] | None) -> Q:
        from distributed.scheduler import KilledWorker  # noqa: PLC0415 -- optional extra

        try:
            result: Q = future.result()
        except KilledWorker as killed:
            error = WorkerLostError(index, MAX_LOSSES)
            if lost is None:
                raise error from killed
            return lost(payload, error)
        return result

    def _connected(self) -> Any:
        """Connect when first needed. Raises ClusterError."""
        if self._client is not None:
            return self._client
        try:
            from distributed import Client  # noqa: PLC0415 -- optional extra, only needed for a cluster
        except ImportError as error:
            raise ClusterError("dask_missing", self.address) from error
        security = self._security() if self.address.startswith("tls://") else None
        try:
            self._client = Client(self.address, security=security, set_as_default=False, timeout=CONNECT_SECONDS)
        except OSError as error:
            raise ClusterError("cluster_unreachable", self.address) from error
        return self._client

    def _security(self) -> Any:
        from distributed.security import Security  # noqa: PLC0415 -- optional extra

        given = {"tls_ca_file": self.tls.ca, "tls_client_cert": self.tls.cert, "tls_client_key": self.tls.key}
        named = {name: str(file) for name, file in given.items() if file is not None}
        security: Any = Security(require_encryption=True, **named)
        for name in given:
            file = getattr(security, name)
            if file is None:
                raise ClusterError("tls_files_missing", self.address)
            if "\n" not in file and not os.access(file, os.R_OK):
                raise ClusterError("tls_file_unreadable", file)
        try:
            security.get_connection_args("client")
        except OSError as error:  # ssl.SSLError: a file that is no certificate, or a key of another one
            raise ClusterError("tls_file_unreadable", str(security.tls_client_cert)) from error
        return security


def executor_for(spec: str) -> Executor:
    """Return the executor that a spec names.

    `inline`; `processes` (one per core) or `processes:N`; `dask://host:port` (plain) or
    `tls://host:port[?ca=FILE&cert=FILE&key=FILE]`, see `tls_spec`.

    Raises:
        UnknownExecutorError: the spec is none of these.
    """
    name, _, rest = spec.partition(":")
    if spec == "inline":
        return InlineExecutor()
    if name == "processes" and (not rest or (rest.isdecimal() and int(rest) > 0)):
        return ProcessExecutor(int(rest) if rest else None)
    if name in {"dask", "tcp", "tls"} and rest.startswith("//"):
        return _dask_executor(spec)
    raise UnknownExecutorError(spec)


def tls_spec(address: str, tls: Tls) -> str:
    """Return the spec of a `tls://host:port` address together with the files to use there."""
    files = {"ca": tls.ca, "cert": tls.cert, "key": tls.key}
    query = urlencode({name: file for name, file in files.items() if file is not None})
    return f"{address}?{query}" if query else address


def _dask_executor(spec: str) -> DaskExecutor:
    try:
        parts = urlsplit(spec)
        named = bool(parts.hostname and parts.port)
        files = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError as error:
        raise UnknownExecutorError(spec) from error
    if not named or set(files) - {"ca", "cert", "key"}:
        raise UnknownExecutorError(spec)
    if parts.scheme == "tls":
        return DaskExecutor(f"tls://{parts.netloc}", Tls(**files))
    if files:  # certificates for a plain connection: somebody believes it to be encrypted
        raise UnknownExecutorError(spec)
    return DaskExecutor(f"tcp://{parts.netloc}")
