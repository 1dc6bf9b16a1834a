"""Jobs: write the exports that people have asked for, and push what is due to other platforms."""

from __future__ import annotations

from scheduler.exports.pushing import Line, push_due
from scheduler.exports.writing import write_due
from scheduler.jobs.context import JobContext
from scheduler.jobs.faults import watch_of


def write_exports(context: JobContext) -> int:
    """Returns how many parts and files were written."""
    return write_due(context.engine, context.clock, holder=context.holder, watch=watch_of(context.settings))


def push(context: JobContext) -> int:
    """Returns how many batches other platforms accepted."""
    settings = context.settings
    line = Line(key=settings.secret_key, hosts=settings.push_hosts, seconds=settings.channel_seconds)
    return push_due(context.engine, context.clock, line, holder=context.holder, watch=watch_of(settings))
