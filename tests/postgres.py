"""A PostgreSQL cluster for one test run: made in a temporary folder, reached by a socket there, thrown away after."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

INSTALLED: Final = Path("/usr/lib/postgresql")
SERVER_USER: Final = "postgres"
# A cluster that is thrown away needs no durability: a test run is several times faster without it.
CAREFREE: Final = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running server. `socket`: the folder of its socket; it listens on no address."""

    socket: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{SERVER_USER}@/{database}?host={self.socket}"


def find_binaries() -> Path | None:
    """Return the folder of `initdb` and `pg_ctl`: the newest installed one, else the one on the path."""
    versions = sorted(INSTALLED.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def running_cluster(binaries: Path) -> Iterator[Cluster]:
    """Make a cluster, start it, and stop and remove it at the end. Never run by root: by user postgres."""
    folder = Path(mkdtemp(prefix="onedoor-pg-", dir="/tmp"))
    identity = _server_identity(folder)
    data = folder / "data"
    _run(
        binaries / "initdb", "-D", data, "-U", SERVER_USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N", **identity
    )
    options = f"-k {folder} -c listen_addresses='' {CAREFREE}"
    _run(binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start", **identity)
    try:
        yield Cluster(socket=folder)
    finally:
        _run(binaries / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop", **identity)
        shutil.rmtree(folder)


def _server_identity(folder: Path) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(SERVER_USER)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _run(*command: object, **identity: Any) -> None:
    # pg_ctl's server keeps what it inherits: a pipe would never end.
    subprocess.run(
        [str(part) for part in command], check=True, stdout=subprocess.DEVNULL, cwd="/tmp", timeout=120, **identity
    )
