"""Where independent parts of a solve run: in this process, in a pool of processes, or on a Dask cluster.

Owns one interface, `map(function, payloads)`, that gives results in the order of the payloads. Knows nothing of
problems or plans: a function is a module-level function, payloads and results are plain tables that can be pickled.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeVar

P = TypeVar("P")
Q = TypeVar("Q")

WINDOW_PER_WORKER: Final = 2
"""Payloads in flight per worker: enough to keep workers busy, few enough to keep memory bounded."""
MAX_LOSSES: Final = 3
"""How often a payload may lose the worker it ran on, alone, before it is blamed for it."""
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


class Executor(Protocol):
    """Run a function on payloads, somewhere; results come in the order of the payloads."""

    def map(self, function: Callable[[P], Q], payloads: Iterable[P]) -> Iterator[Q]: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class _Closing:
    """Makes an executor a context manager that closes itself."""

    def close(self) -> None:
        """Free what the executor holds; it may be used again afterwards."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class InlineExecutor(_Closing):
    """Runs each payload in this process when its result is asked for."""

    def map(self, function: Callable[[P], Q], payloads: Iterable[P]) -> Iterator[Q]:
        return map(function, payloads)


class ProcessExecutor(_Closing):
    """A pool of spawned processes; a worker killed in the middle loses nothing.

    When a worker dies the pool is broken and all payloads in flight are unfinished. They are run again one at a
    time in a fresh pool, so that only a payload that kills its own worker `MAX_LOSSES` times is blamed
    (`WorkerLostError`) and its innocent neighbours are not. Exceptions of the function itself pass through.
    """

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[P], Q], payloads: Iterable[P]) -> Iterator[Q]:
        waiting = enumerate(payloads)
        flight: deque[tuple[int, P, Future[Q]]] = deque()
        room = self.workers * WINDOW_PER_WORKER
        try:
            while True:
                self._fill(function, waiting, flight, room)
                if not flight:
                    return
                try:
                    result = flight[0][2].result()
                except BrokenProcessPool:
                    yield from self._rerun(function, flight)
                    continue
                flight.popleft()
                yield result
        finally:
            for _, _, future in flight:
                future.cancel()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _fill(
        self,
        function: Callable[[P], Q],
        waiting: Iterator[tuple[int, P]],
        flight: deque[tuple[int, P, Future[Q]]],
        room: int,
    ) -> None:
        while len(flight) < room:
            index, payload = next(waiting, (-1, None))
            if index < 0:
                return
            flight.append((index, payload, self._submit(function, payload)))  # type: ignore[arg-type]

    def _submit(self, function: Callable[[P], Q], payload: P) -> Future[Q]:
        """Submit; a pool that broke since the last look gives a broken future instead of an exception."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.workers, mp_context=multiprocessing.get_context("spawn"))
        try:
            return self._pool.submit(function, payload)
        except BrokenProcessPool as error:
            future: Future[Q] = Future()
            future.set_exception(error)
            return future

    def _rerun(self, function: Callable[[P], Q], flight: deque[tuple[int, P, Future[Q]]]) -> Iterator[Q]:
        """Empty `flight` after a broken pool: keep finished results, run the others one at a time."""
        self.close()
        while flight:
            index, payload, future = flight[0]
            lost = not future.done() or future.cancelled() or isinstance(future.exception(), BrokenProcessPool)
            result = self._alone(function, index, payload) if lost else future.result()
            flight.popleft()
            yield result

    def _alone(self, function: Callable[[P], Q], index: int, payload: P) -> Q:
        for _ in range(MAX_LOSSES):
            try:
                return self._submit(function, payload).result()
            except BrokenProcessPool:
                self.close()
        raise WorkerLostError(index, MAX_LOSSES)


class DaskExecutor(_Closing):
    """Workers of a Dask cluster at `tcp://host:port` or `tls://host:port`; needs the extra `dask`.

    The workers need the same version of this package. The cluster reruns what a lost worker was doing or had
    done and not yet handed over, up to `MAX_LOSSES` times. For TLS the certificates are those of the Dask
    configuration (`distributed.comm.tls`), and an unencrypted connection is refused.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._client: Any = None

    def map(self, function: Callable[[P], Q], payloads: Iterable[P]) -> Iterator[Q]:
        client = self._connected()
        waiting = iter(payloads)
        flight: deque[Any] = deque()
        try:
            for payload in waiting:
                flight.append(client.submit(function, payload, pure=False, retries=MAX_LOSSES))
                if len(flight) >= DASK_WINDOW:
                    yield flight[0].result()
                    flight.popleft()
            while flight:
                yield flight[0].result()
                flight.popleft()
        finally:
            client.cancel(list(flight))

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connected(self) -> Any:
        if self._client is None:
            from distributed import Client  # noqa: PLC0415 -- optional extra, only needed for a cluster
            from distributed.security import Security  # noqa: PLC0415 -- optional extra

            security = Security(require_encryption=True) if self.address.startswith("tls://") else None
            self._client = Client(self.address, security=security, set_as_default=False)
        return self._client


def executor_for(spec: str) -> Executor:
    """Return the executor that a spec names.

    `inline`; `processes` (one per core) or `processes:N`; `dask://host:port` (plain) or `tls://host:port`.

    Raises:
        UnknownExecutorError: the spec is none of these.
    """
    name, _, rest = spec.partition(":")
    if spec == "inline":
        return InlineExecutor()
    if name == "processes" and (not rest or (rest.isdecimal() and int(rest) > 0)):
        return ProcessExecutor(int(rest) if rest else None)
    if name in {"dask", "tcp"} and rest.startswith("//"):
        return DaskExecutor(f"tcp:{rest}")
    if name == "tls" and rest.startswith("//"):
        return DaskExecutor(spec)
    raise UnknownExecutorError(spec)
