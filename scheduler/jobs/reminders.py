"""Job: write the reminders of visits that are close."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from data.session import unit_of_work
from scheduler.jobs.context import JobContext
from scheduler.publishing.channels import open_ways
from scheduler.publishing.reminders import write_reminders


def remind(context: JobContext) -> int:
    """Returns how many reminders were written."""
    try:
        with unit_of_work(context.engine) as session:
            return write_reminders(session, context.clock, open_ways(context.settings))
    except IntegrityError:
        # Another ticker wrote some of them first; the next tick writes the rest.
        return 0
