"""Job: print big orders a part at a time, and stop for breath, so that the job shows that it lives."""

from __future__ import annotations

import time
from typing import Final

from scheduler.jobs.context import JobContext
from scheduler.publishing.documents.printing import Printer

BREATH_SECONDS: Final = 10.0
"""After so long a tick ends, and the next one goes on: well within three ticks."""


def print_orders(context: JobContext) -> int:
    """Returns how many parts were set or files finished."""
    printer = Printer(engine=context.engine, clock=context.clock, settings=context.settings, holder=context.holder)
    done, until = 0, time.monotonic() + BREATH_SECONDS
    while time.monotonic() < until and printer.print_next():
        done += 1
    return done
