"""Job: seal every approval whose time has come."""

from __future__ import annotations

from scheduler.jobs.context import JobContext
from scheduler.publishing.releases import seal_due


def publish(context: JobContext) -> int:
    """Returns how many releases were sealed."""
    return len(seal_due(context.engine, context.clock))
