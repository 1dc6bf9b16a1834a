"""A Dask cluster on this machine for tests and benchmarks: a scheduler and two workers, as processes of their own.

Owns starting and ending them, and the certificates of a cluster with TLS. Knows nothing of what runs on them.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from solver.executors import Tls

CERTIFICATE_DAYS: Final = "2"


@dataclass(frozen=True, slots=True)
class Certificates:
    """A CA, and one certificate with its key, signed by it, that scheduler, workers and clients all use. PEM files."""

    ca: Path
    cert: Path
    key: Path

    @property
    def tls(self) -> Tls:
        """The files as an executor wants them."""
        return Tls(ca=str(self.ca), cert=str(self.cert), key=str(self.key))

    @property
    def words(self) -> list[str]:
        """The files as the programs of Dask want them."""
        return ["--tls-ca-file", str(self.ca), "--tls-cert", str(self.cert), "--tls-key", str(self.key)]


def make_certificates(folder: Path) -> Certificates:
    """Make certificates with the openssl command, as an administrator of a cluster would."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificates(ca=folder / "ca.pem", cert=folder / "node.pem", key=folder / "node.key")
    ca_key, request = folder / "ca.key", folder / "node.csr"
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    days = ["-days", CERTIFICATE_DAYS]
    _openssl("req", "-x509", *new_key, "-keyout", ca_key, "-out", made.ca, "-subj", "/CN=test CA", *days)
    _openssl("req", *new_key, "-keyout", made.key, "-out", request, "-subj", "/CN=test node")
    signer = ["-CA", made.ca, "-CAkey", ca_key, "-set_serial", "1"]
    _openssl("x509", "-req", "-in", request, "-out", made.cert, *signer, *days)
    return made


def _openssl(*words: str | Path) -> None:
    program = shutil.which("openssl")
    assert program is not None, "the openssl command is needed (apt-get install openssl)"
    subprocess.run([program, *map(str, words)], check=True, capture_output=True)


class DaskCluster:
    """A scheduler and two workers as processes of their own on this machine; with certificates it speaks TLS only."""

    def __init__(self, certificates: Certificates | None = None) -> None:
        root = Path(__file__).parents[2]
        environment = {**os.environ, "PYTHONPATH": str(root)}
        port = _free_port()
        self.certificates = certificates
        protocol = "tcp" if certificates is None else "tls"
        self.address = f"{protocol}://127.0.0.1:{port}"
        self._words = [] if certificates is None else ["--protocol", protocol, *certificates.words]
        scheduler = ["distributed.cli.dask_scheduler", "--port", str(port)]
        worker = ["distributed.cli.dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--death-timeout", "30"]
        self.programs = [self._start(program, environment) for program in (scheduler, worker, worker)]

    def _start(self, program: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", *program, "--host", "127.0.0.1", "--no-dashboard", *self._words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    def wait_for_workers(self) -> None:
        from distributed import Client  # noqa: PLC0415 -- optional extra
        from distributed.security import Security  # noqa: PLC0415 -- optional extra

        security = None
        if self.certificates is not None:
            made = self.certificates
            files = {"tls_ca_file": str(made.ca), "tls_client_cert": str(made.cert), "tls_client_key": str(made.key)}
            security = Security(require_encryption=True, **files)
        with Client(self.address, security=security, set_as_default=False, timeout=60) as client:
            client.wait_for_workers(2, timeout=120)

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
