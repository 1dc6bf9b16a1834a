"""What every job is given. Knows no job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import sqlalchemy as sa

from scheduler.clock import Clock
from scheduler.config import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """The database, the time, the settings, and the name under which this process holds leases."""

    engine: sa.Engine
    clock: Clock
    settings: Settings
    holder: str


Job: TypeAlias = Callable[[JobContext], int]
"""A job asks the database what is due, does it in transactions of its own, and says how many things it did."""
