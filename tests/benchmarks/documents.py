"""Printing 2,000 notices in Chinese and English as an office does it, beside one run and one run each.

`python -m tests.benchmarks.documents [HOW_MANY]` prints processor seconds and the largest memory of any process; the
rivals print a tenth of the notices.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pypdf import PdfReader

from scheduler.publishing.documents.batches import print_whole
from scheduler.publishing.documents.issuing import Form, Office, print_notice, print_notices
from scheduler.publishing.documents.sealed import SealedVisit
from scheduler.publishing.documents.typesetting import Press
from tests.scheduler.publishing.documents.papers import sealed_visit

NOTICES, SHARE_OF_RIVAL = 2000, 10
PROCESSES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def cpu_seconds() -> float:
    """Processor time of this process and of those that it has seen end."""
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, PROCESSES))


def peak() -> str:
    """The largest memory so far: of this process, and of any child."""
    own, child = (resource.getrusage(who).ru_maxrss // 1024 for who in PROCESSES)
    return f"peak {own} MB here, {child} MB in a run"


def timed(act: Callable[[], int]) -> tuple[int, float, float]:
    """Return what `act` gives, and the processor and wall-clock seconds it took."""
    begun, wall = cpu_seconds(), time.perf_counter()
    return act(), cpu_seconds() - begun, time.perf_counter() - wall


def in_parts(office: Office, visits: list[SealedVisit], target: Path) -> int:
    """All in one file, as orders are printed; returns its pages."""
    print_whole(office, visits, target, english=True)
    return len(PdfReader(target).pages)


def one_by_one(office: Office, visits: list[SealedVisit], form: Form) -> int:
    """A file for each; returns their bytes."""
    return sum(len(print_notice(office, visit, form)) for visit in visits)


def main(count: int) -> None:
    """Print figures for `count` notices."""
    visits = [sealed_visit(uid=f"{place:032x}", public={"enterprise": f"示例企业{place}"}) for place in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        office, target = (
            Office(press=Press(folder=Path(folder)), base_url="https://onedoor.test"),
            Path(folder) / "a.pdf",
        )
        pages, seconds, wall = timed(lambda: in_parts(office, visits, target))
        size = target.stat().st_size / 1e6
        print(
            f"in parts: {count} notices, {pages} pages, {size:.0f} MB, {seconds:.1f} s of processor time, {wall:.0f} s"
        )
        print(peak())
        few = visits[: max(1, count // SHARE_OF_RIVAL)]
        size, seconds, _ = timed(lambda: len(print_notices(office, few, english=True)))
        print(f"one run: {len(few)} notices, {size:,} bytes, {seconds:.1f} s; all {seconds * count / len(few):.0f} s")
        print(peak())
        for form in Form:
            size, seconds, _ = timed(lambda form=form: one_by_one(office, few, form))  # type: ignore[misc]
            whole = seconds * count / len(few)
            print(f"one run each ({form}): {len(few)} notices, {size:,} bytes, {seconds:.1f} s; all {whole:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else NOTICES)
