"""A Dask cluster on this machine for tests and benchmarks: a scheduler and two workers, as processes of their own.

Owns starting and ending them. Knows nothing of what runs on them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self


class DaskCluster:
    """A scheduler and two workers as processes of their own on this machine."""

    def __init__(self) -> None:
        root = Path(__file__).parents[2]
        environment = {**os.environ, "PYTHONPATH": str(root)}
        port = _free_port()
        self.address = f"tcp://127.0.0.1:{port}"
        scheduler = ["distributed.cli.dask_scheduler", "--port", str(port)]
        worker = ["distributed.cli.dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--death-timeout", "30"]
        self.programs = [self._start(program, environment) for program in (scheduler, worker, worker)]

    def _start(self, program: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", *program, "--host", "127.0.0.1", "--no-dashboard"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    def wait_for_workers(self) -> None:
        from distributed import Client  # noqa: PLC0415 -- optional extra

        with Client(self.address, set_as_default=False, timeout=30) as client:
            client.wait_for_workers(2, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for program in reversed(self.programs):
            program.kill()
            program.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
