"""When a lease that stands in a row is over. Knows no table.

Whoever takes something over writes until when it holds; whoever finds such an end behind the present takes it over. The
ends are read off clocks, and clocks are set: an end that lies farther ahead than anybody could write now was written by
a clock that has been set back since, and counts for nothing. Otherwise what a process held that died on a clock a day
ahead would lie still for a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, or_

from scheduler.clock import Clock

SKEW: Final = timedelta(minutes=1)
"""So far apart the clocks of two machines may be without taking each other's leases."""


def is_over(until: datetime, clock: Clock, length: timedelta) -> bool:
    """Whether a lease of at most `length` that holds until `until` is over."""
    now = clock.now()
    return until <= now or until > now + length + SKEW


def lease_is_over(until: Any, clock: Clock, length: timedelta) -> ColumnElement[bool]:
    """The same of a column of instants, as a condition; rows without a lease do not meet it."""
    now = clock.now()
    return or_(until <= now, until > now + length + SKEW)
