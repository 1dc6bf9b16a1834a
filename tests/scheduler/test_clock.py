"""Clocks: instants in UTC, dates in the district."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from scheduler.clock import FileClock, FixedClock, SystemClock, today


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 2, 28, 15, 59, tzinfo=UTC), date(2026, 2, 28)),
        (datetime(2026, 2, 28, 16, 0, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 1, 0, 0, tzinfo=timezone(timedelta(hours=8))), date(2026, 3, 1)),
    ],
    ids=["before_midnight", "midnight", "local"],
)
def test_today_is_the_date_in_the_district(instant: datetime, day: date) -> None:
    assert today(FixedClock(instant)) == day


def test_file_clock_follows_its_file(tmp_path: Path) -> None:
    path = tmp_path / "now"
    path.write_text("2026-03-01T08:00:00+08:00\n", encoding="utf-8")
    clock = FileClock(path)
    assert clock.now() == datetime(2026, 3, 1, 0, 0, tzinfo=UTC)

    path.write_text("2026-03-02T00:00:00+00:00", encoding="utf-8")
    assert clock.now() == datetime(2026, 3, 2, tzinfo=UTC)


def test_system_clock_is_aware_and_in_utc() -> None:
    now = SystemClock().now()

    assert now.utcoffset() == timedelta(0)
    assert SystemClock().now() >= now
