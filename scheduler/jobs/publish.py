"""Job: seal every approval whose time has come."""

from __future__ import annotations

from scheduler.jobs.context import JobContext
from scheduler.jobs.faults import watch_of
from scheduler.publishing.channels import open_ways
from scheduler.publishing.releases import seal_due


def publish(context: JobContext) -> int:
    """Returns how many releases were sealed."""
    settings = context.settings
    return len(seal_due(context.engine, context.clock, open_ways(settings), watch=watch_of(settings)))
