"""The published worlds of publishing, for exports: on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.scheduler.publishing.conftest import clock, proposed, published, republish


@pytest.fixture
def database(engine: sa.Engine) -> sa.Engine:
    """Parts are written, claimed and pushed in transactions: every test runs on SQLite and on PostgreSQL."""
    return engine


__all__ = ["clock", "database", "proposed", "published", "republish"]
