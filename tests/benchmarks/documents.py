"""Printing: 2,000 notices in one run of the typesetter, beside the rival that starts it anew for each notice.

`python -m tests.benchmarks.documents [HOW_MANY]` prints processor seconds and pages; the rival prints a tenth of them.
"""

from __future__ import annotations

import io
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from pypdf import PdfReader

from scheduler.publishing.documents.issuing import Form, Office, print_notice, print_notices
from scheduler.publishing.documents.sealed import SealedVisit
from scheduler.publishing.documents.typesetting import Press
from tests.scheduler.publishing.documents.papers import sealed_visit

NOTICES, SHARE_OF_RIVAL = 2000, 10


def cpu_seconds() -> float:
    """Processor time of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def timed(act: Callable[[], int]) -> tuple[int, float]:
    """Return what `act` gives, and the processor seconds it took."""
    begun = cpu_seconds()
    return act(), cpu_seconds() - begun


def batch(office: Office, visits: list[SealedVisit]) -> int:
    """All in one file; returns its pages."""
    return len(PdfReader(io.BytesIO(print_notices(office, visits, duplex=True))).pages)


def one_by_one(office: Office, visits: list[SealedVisit], form: Form) -> int:
    """A file for each; returns their bytes."""
    return sum(len(print_notice(office, visit, form)) for visit in visits)


def main(count: int) -> None:
    """Print figures for `count` notices."""
    visits = [sealed_visit(uid=f"{place:032x}", public={"enterprise": f"示例企业{place}"}) for place in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        office = Office(press=Press(folder=Path(folder)), base_url="https://onedoor.test")
        pages, seconds = timed(lambda: batch(office, visits))
        print(f"one run: {count} notices, {pages} pages, {seconds:.1f} s of processor time")
        few = visits[: max(1, count // SHARE_OF_RIVAL)]
        for form in Form:
            size, seconds = timed(lambda form=form: one_by_one(office, few, form))  # type: ignore[misc]
            whole = seconds * count / len(few)
            print(f"one run each ({form}): {len(few)} notices, {size:,} bytes, {seconds:.1f} s; all {whole:.0f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else NOTICES)
