"""Job: look at what has changed behind visits that were released or drafted."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from data.session import unit_of_work
from scheduler.jobs.context import JobContext
from scheduler.publishing.concerns import refresh_concerns


def look_again(context: JobContext) -> int:
    """Returns how many concerns were opened or closed."""
    try:
        with unit_of_work(context.engine) as session:
            return refresh_concerns(session, context.clock)
    except IntegrityError:
        # Another ticker opened one of them first.
        return 0
