"""Where a command's solving runs, and what is told while many districts run: options, refusals, lines of progress.

Owns the executor options that `solve` and `solve-many` share. Knows no solver method.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from scheduler.commands.screen import bad_input
from scheduler.commands.words import cluster_fault, folder_fault
from solver.executors import ClusterError, Executor, Tls, UnknownExecutorError, executor_for, tls_spec

if TYPE_CHECKING:
    from solver.districts import DistrictOutcome

ExecutorSpec = Annotated[str, typer.Option(help="inline, processes, processes:N, dask://host:port or tls://host:port")]
TlsCa = Annotated[Path | None, typer.Option(help="certificate of the CA of a tls:// cluster, PEM; or DASK_… variables")]
TlsCert = Annotated[Path | None, typer.Option(help="own certificate for a tls:// cluster, PEM")]
TlsKey = Annotated[Path | None, typer.Option(help="key of that certificate, PEM")]

EXIT_STOPPED: Final = 130
"""What shells give for a command that Ctrl-C has ended."""
STOPPED: Final = (
    "已停止，只留下完整的方案；重复同一命令即可继续 (stopped with whole answers only; run it again to go on)"
)


def full_spec(spec: str, ca: Path | None, cert: Path | None, key: Path | None) -> str:
    """Return the executor's spec together with the certificate files that options name."""
    given = {name: str(file.resolve()) for name, file in (("ca", ca), ("cert", cert), ("key", key)) if file is not None}
    return tls_spec(spec, Tls(**given))


@contextmanager
def cluster_faults() -> Iterator[None]:
    """End the command with exit code 2 and the mend when its executor does not exist or cannot be used."""
    try:
        yield
    except UnknownExecutorError as error:
        bad_input([f"✗ {error.spec}: executor_unknown {cluster_fault('executor_unknown')}"])
    except ClusterError as error:
        bad_input([f"✗ {error.place}: {error.code} {cluster_fault(error.code)}"])


@contextmanager
def opened_executor(spec: str) -> Iterator[Executor]:
    """Open an executor and close it afterwards; see `cluster_faults`."""
    with cluster_faults(), executor_for(spec) as executor:
        yield executor


@contextmanager
def ctrl_c_to(executor: Executor) -> Iterator[None]:
    """Let the executor choose where Ctrl-C takes effect, as KeyboardInterrupt: where nothing is held."""
    before = signal.signal(signal.SIGINT, lambda *_: executor.interrupt())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(slots=True, kw_only=True)
class Tally:
    """How far many districts are: counts by kind, the gaps, and the clock since the start."""

    total: int
    solved: int = 0
    skipped: int = 0
    failed: int = 0
    gaps: list[float] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    def line(self, outcome: DistrictOutcome) -> str:
        """Count a district and return its line: place, mark, name, figures, and how long the rest will take."""
        whole = outcome.error is None and outcome.score is not None
        self.skipped += outcome.state == "skipped"
        self.solved += whole and outcome.state == "solved"
        self.failed += not whole
        if outcome.gap is not None:
            self.gaps.append(outcome.gap)
        done = self.solved + self.skipped + self.failed
        figures = _figures(outcome) if whole else _fault(outcome)
        return f"[{done}/{self.total}] {'✓' if whole else '✗'} {outcome.name}: {figures}{self._left(done)}"

    def summary(self) -> str:
        """Return one line about all districts."""
        seconds = time.monotonic() - self.begun
        gap = f", gap {sum(self.gaps) / len(self.gaps):.3%} mean, {max(self.gaps):.3%} worst" if self.gaps else ""
        counts = f"{self.solved} solved, {self.skipped} done before, {self.failed} failed of {self.total}"
        return f"{counts}{gap}, {seconds:.0f} s"

    def _left(self, done: int) -> str:
        """Say how long the rest will take, by those solved so far."""
        rest = self.total - done
        if not self.solved or not rest:
            return ""
        return f"  (~{(time.monotonic() - self.begun) / (self.solved + self.failed) * rest:.0f} s left 剩余)"


def _figures(outcome: DistrictOutcome) -> str:
    again = "  (done before 已有)" if outcome.state == "skipped" else f"  {outcome.seconds:.1f} s"
    gap = "" if outcome.gap is None else f" gap {outcome.gap:.3%}"
    return f"score {outcome.score}{gap} visits {outcome.visits} left out {outcome.unscheduled}{again}"


def _fault(outcome: DistrictOutcome) -> str:
    if outcome.error is None:
        words = f" {folder_fault('locks_collide')}" if outcome.status == "infeasible" else ""
        return f"{outcome.status}{words}"
    return f"{outcome.error} {outcome.detail}"
