"""The service as real processes on a database of its own, with a clock that a test can move."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
LOGIN_LINE = re.compile(r"^\s+(\w+)\s+(\S+)\s+(\S+)\s{3}(.*)$")


@dataclass(frozen=True, slots=True)
class Login:
    role: str
    username: str
    password: str


@dataclass(slots=True)
class Service:
    """Web, jobs and worker of one temporary installation."""

    folder: Path
    database_url: str
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "ONEDOOR_ENVIRONMENT": "testing",
            "ONEDOOR_DATABASE_URL": self.database_url,
            "ONEDOOR_CLOCK_FILE": str(self.folder / "clock"),
            "ONEDOOR_PORT": str(self.port),
            "ONEDOOR_BASE_URL": self.url,
            "ONEDOOR_TICK_SECONDS": "0.5",
            "ONEDOOR_SOLVE_SECONDS": "20",
            "COLUMNS": "200",
        }

    def set_clock(self, moment: datetime) -> None:
        """Move the clock of all processes at once: a whole file takes the place of the old one."""
        fresh = self.folder / "clock.new"
        fresh.write_text(moment.isoformat(), encoding="utf-8")
        fresh.replace(self.folder / "clock")

    def run(self, *words: str, expect: int = 0) -> str:
        """Run the command `onedoor` and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "scheduler", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == expect, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def seed(self, *words: str) -> dict[str, Login]:
        """Make schema and sample district; return the first login of each role."""
        self.run("db", "upgrade")
        logins: dict[str, Login] = {}
        for line in self.run("db", "seed", *words).splitlines():
            match = LOGIN_LINE.match(line)
            if match:
                logins.setdefault(match[1], Login(match[1], match[2], match[3]))
        return logins

    def start(self, *names: str) -> None:
        """Start the named processes and wait until the pages answer."""
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "scheduler", name], cwd=ROOT, env=self.environment, stdout=log, stderr=log
                )
        if "serve" in names:
            self._wait_for_pages()

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def logs(self) -> str:
        return "\n".join(f"== {path.name}\n{path.read_text(errors='replace')}" for path in self.folder.glob("*.log"))

    def _wait_for_pages(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):
                    return
            except OSError:
                assert self.processes["serve"].poll() is None, self.logs()
                time.sleep(0.2)
        raise AssertionError(f"no answer from {self.url}\n{self.logs()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
