"""What a process of the pool does besides working: it ends when told to, in order, and never outlives its caller.

Owns the signals of a worker. Knows no task: a function and its payload are passed through.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Final, TypeVar

P = TypeVar("P")
Q = TypeVar("Q")

GRACE_SECONDS: Final = 3.0
"""A worker that is told to end has so long to leave no half-written folder; inside a solver call it hears nothing."""
ENDED: Final = 1
"""Exit code of a worker that ended because it was told to."""


class _EndedError(BaseException):
    """Nobody wants the answer any more. No Exception, so that nothing takes it for a failure of the task."""


@dataclass(slots=True)
class _Worker:
    """This process as a worker; `busy` while a task runs in it."""

    busy: bool = False


_WORKER: Final = _Worker()


def begin_worker() -> None:
    """Make this process a worker: deaf to Ctrl-C (its caller decides), obedient to SIGTERM, gone with its caller."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    caller = multiprocessing.parent_process()
    if os.name != "posix" or caller is None:
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_end_in_time, args=(caller.sentinel, reader), daemon=True).start()


def run_task(function: Callable[[P], Q], payload: P) -> Q:
    """Run a task; when told to end meanwhile, leave it as an exception would and end the process."""
    try:
        _WORKER.busy = True
        return function(payload)
    except _EndedError:
        os._exit(ENDED)
    finally:
        _WORKER.busy = False


def _end(_signal: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the pool may ask twice, and the second time would cut the first
    if _WORKER.busy:
        raise _EndedError
    os._exit(ENDED)


def _end_in_time(caller: int, told: int) -> None:
    """Wait until the caller is gone or this process is told to end, then see to it that it does.

    A thread, because the main one hears a signal only between two steps of Python, and some calls take a minute.
    """
    wait([caller, told])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(ENDED)
