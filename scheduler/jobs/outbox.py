"""Job: deliver what waits in the outbox."""

from __future__ import annotations

from scheduler.jobs.context import JobContext
from scheduler.publishing.outbox import deliver_due


def deliver(context: JobContext) -> int:
    """Deliver until nothing is due; returns how many messages arrived."""
    total = 0
    while delivered := deliver_due(context.engine, context.clock, holder=context.holder):
        total += delivered
    return total
