"""Clerks who file at once lose no plan and pass no cap, on either database."""

from __future__ import annotations

import sqlalchemy as sa

from scheduler.clock import FixedClock
from tests.benchmarks.filing_rush import SITES_A_PLAN, rush
from tests.factories import NOW


def test_rush_loses_no_plan_and_passes_no_cap(engine: sa.Engine) -> None:
    done = rush(engine, FixedClock(NOW), clerks=4, total=16, sites=6)

    assert done.failed == []
    assert done.filed + done.refused == 16
    assert done.refused > 0
    assert (done.stored, done.reserved) == (done.filed, done.filed * SITES_A_PLAN)
    assert (done.overdrawn, done.drifts) == (0, 0)
