"""The published worlds of publishing, for exports."""

from __future__ import annotations

from tests.scheduler.publishing.conftest import clock, database, proposed, published, republish

__all__ = ["clock", "database", "proposed", "published", "republish"]
