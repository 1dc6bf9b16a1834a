"""Job: compare the balances of the cap ledger with its events, once in a night."""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import IntegrityError

from data.session import unit_of_work
from scheduler.clock import DISTRICT_ZONE
from scheduler.filing.caps.checking import check_balances
from scheduler.jobs.context import JobContext

FROM_HOUR: Final = 2
"""Local hour before which nothing is done: the day's work, and its backup, are over by then."""


def check_caps(context: JobContext) -> int:
    """Returns 1 on the tick that did the day's check."""
    if context.clock.now().astimezone(DISTRICT_ZONE).hour < FROM_HOUR:
        return 0
    try:
        with unit_of_work(context.engine) as session:
            return int(check_balances(session, context.clock) is not None)
    except IntegrityError:
        # Another ticker wrote the day's row first.
        return 0
