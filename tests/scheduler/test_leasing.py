"""When a lease is over, by clocks that run on, differ, and are set."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from data.models import Lease
from scheduler import leasing
from scheduler.clock import FixedClock
from scheduler.jobs.leases import take_lease
from scheduler.leasing import SKEW, is_over, lease_is_over
from tests.factories import NOW

LENGTH = timedelta(seconds=30)
ENDS = {
    "long past": (-timedelta(days=1), True),
    "this moment": (timedelta(0), True),
    "soon": (timedelta(seconds=1), False),
    "just taken": (LENGTH, False),
    "by a clock a minute ahead": (LENGTH + SKEW, False),
    "by a clock that was set back since": (LENGTH + SKEW + timedelta(seconds=1), True),
}


@pytest.mark.parametrize(("ahead", "over"), ENDS.values(), ids=ENDS)
def test_lease_is_over_when_its_end_is_past_or_cannot_be(session: Session, ahead: timedelta, over: bool) -> None:
    clock = FixedClock(NOW)
    session.add(Lease(name="x", holder="a", epoch=1, expires_at=NOW + ahead))
    session.flush()
    found = session.exec(select(Lease.name).where(lease_is_over(col(Lease.expires_at), clock, LENGTH))).all()
    assert (is_over(NOW + ahead, clock, LENGTH), found) == (over, ["x"] * over)


@pytest.mark.parametrize(("skew", "epoch"), [(SKEW, 2), (timedelta(days=999), None)], ids=["guarded", "control"])
def test_lease_of_a_process_that_died_on_a_clock_ahead_is_taken_over_when_the_clock_is_right_again(
    session: Session, monkeypatch: pytest.MonkeyPatch, skew: timedelta, epoch: int | None
) -> None:
    """FT14. The control believes every end: the lease lies still for a day."""
    monkeypatch.setattr(leasing, "SKEW", skew)
    clock = FixedClock(NOW + timedelta(days=1))
    assert take_lease(session, clock, "ticker", "dead", LENGTH) == 1
    clock.instant = NOW
    assert take_lease(session, clock, "ticker", "alive", LENGTH) == epoch
