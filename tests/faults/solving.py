"""A worker that a test kills while it solves."""

from __future__ import annotations

from data.session import make_engine
from scheduler.clock import FixedClock
from scheduler.planning.worker import work_once
from tests.factories import NOW
from tests.scheduler.planning.solvers import waits_for_cancel
from tests.scheduler.planning.worlds import SETTINGS

FIRST = "first"


def work(url: str) -> None:
    """Take a run and solve it until somebody calls it off."""
    work_once(make_engine(url), FixedClock(NOW), holder=FIRST, settings=SETTINGS, solver=waits_for_cancel)
