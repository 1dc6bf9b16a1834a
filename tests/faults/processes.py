"""Real processes of the jobs that a test can kill, freeze and let go on, on a database of their own."""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from tests.faults.ticking import tick
from tests.gateway import SECRET

PATIENCE_SECONDS = 90.0
STANDING = {"T", "Z", "X"}
"""States of a thread that does nothing any more: stopped or dead; see proc(5)."""


def start(target: Callable[..., None], *words: object) -> multiprocessing.process.BaseProcess:
    """Start a process of its own: forked from a server that has imported everything once."""
    nursery = multiprocessing.get_context("forkserver")
    nursery.set_forkserver_preload(["tests.faults.ticking"])
    process = nursery.Process(target=target, args=words, daemon=True)
    process.start()
    return process


def ended(process: multiprocessing.process.BaseProcess) -> int | None:
    """Wait for the end; returns the exit code, minus the signal's number for one that was killed."""
    process.join(PATIENCE_SECONDS)
    return process.exitcode


class Ticking:
    """One process of jobs."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = start(tick, environment)

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.process.pid or 0, number)

    def freeze(self) -> None:
        """Stop it, and wait until it stands still: the signal comes to a thread that runs only some moments later."""
        self.send(signal.SIGSTOP)
        wait_for(lambda: set(_states_of_threads(self.process.pid or 0)) <= STANDING)

    def ended(self) -> int | None:
        return ended(self.process)

    def kill(self) -> None:
        if self.process.is_alive():
            self.process.kill()
        self.ended()


def _states_of_threads(number: int) -> list[str]:
    found = []
    for file in Path(f"/proc/{number}/task").glob("*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            # The name before it may hold anything, brackets too.
            found.append(file.read_text(encoding="utf-8").rpartition(")")[2].split()[0])
    return found


def environment(engine: sa.Engine, folder: Path, now: datetime, **settings: str) -> dict[str, str]:
    """The settings of a process whose clock stands at `now`; see `set_clock`."""
    set_clock(folder, now)
    values = {
        "environment": "testing",
        "database_url": engine.url.render_as_string(hide_password=False),
        "clock_file": str(folder / "clock"),
        "tick_seconds": "0.2",
        **settings,
    }
    return {f"ONEDOOR_{name.upper()}": value for name, value in values.items()}


def gateway_settings(url: str, seconds: float = 5.0) -> dict[str, str]:
    """Settings that open the gateway of a test."""
    return {
        "gateway_url": url,
        "gateway_hosts": "127.0.0.1",
        "gateway_secret": SECRET,
        "channel_seconds": str(seconds),
    }


def push_settings(key: str) -> dict[str, str]:
    """Settings that let pushes go to a receiver of a test."""
    return {"push_hosts": "127.0.0.1", "secret_key": key}


def set_clock(folder: Path, now: datetime) -> None:
    """Move the clock of all processes at once: a whole file takes the place of the old one."""
    fresh = folder / "clock.new"
    fresh.write_text(now.isoformat(), encoding="utf-8")
    fresh.replace(folder / "clock")


@contextmanager
def running(settings: dict[str, str]) -> Iterator[Ticking]:
    """Start a process of jobs, and end it whatever happens."""
    found = Ticking(settings)
    try:
        yield found
    finally:
        if found.process.is_alive():
            found.send(signal.SIGCONT)
        found.kill()


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something holds; fails after a long time."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)
