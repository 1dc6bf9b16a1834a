"""What the tests of the application layer share: a clock that stands still and a session that is rolled back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from scheduler.clock import FixedClock
from tests.factories import NOW


@pytest.fixture
def clock() -> FixedClock:
    """20 February 2026, nine o'clock in the district."""
    return FixedClock(NOW)


@pytest.fixture
def session(sqlite_engine: sa.Engine) -> Iterator[Session]:
    """A session on a fresh SQLite database; what it does is never committed."""
    with Session(sqlite_engine, expire_on_commit=False) as opened:
        yield opened
        opened.rollback()
