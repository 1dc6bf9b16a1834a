"""Real processes of the jobs that a test can kill, freeze and let go on, on a database of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from tests.gateway import SECRET

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 90.0


class Ticking:
    """One process of jobs."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scheduler", "jobs"],
            cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def ended(self) -> int:
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.ended()


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
        found.send(signal.SIGCONT)
        found.kill()


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something holds; fails after a long time."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)
