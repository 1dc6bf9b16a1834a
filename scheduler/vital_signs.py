"""Signs of life of the timed jobs, for the health page, the page of jobs, the metrics and the banner. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, select

from data.models import Heartbeat
from scheduler.clock import Clock
from scheduler.config import Settings
from scheduler.jobs.schedule import SCHEDULE, Entry

SILENT_TICKS: Final = 3
SLACK_SECONDS: Final = 5.0
"""A tick may take its time: a machine under load beats a little later."""
FAILING_AFTER: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSign:
    """One job of the table with its last heartbeat. `every_seconds`: between ticks; `age_seconds`: None before the
    first; `took_seconds`, `things`: of the last tick; `in_a_row`: failures since the last success."""

    name: str
    every_seconds: float
    at: datetime | None = None
    age_seconds: float | None = None
    holder: str = ""
    ticks: int = 0
    failures: int = 0
    in_a_row: int = 0
    things: int = 0
    took_seconds: float = 0.0
    last_error: str = ""
    last_error_at: datetime | None = None

    @property
    def silent(self) -> bool:
        """Whether it has missed three ticks; a job that never ran is not silent but new."""
        return self.age_seconds is not None and self.age_seconds > SILENT_TICKS * self.every_seconds + SLACK_SECONDS

    @property
    def failing(self) -> bool:
        return self.in_a_row >= FAILING_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalSigns:
    """`ticker_age_seconds`: since the last heartbeat of any job; None when there never was one. `jobs`: by table."""

    jobs: tuple[JobSign, ...]

    @property
    def ticker_age_seconds(self) -> float | None:
        return min((one.age_seconds for one in self.jobs if one.age_seconds is not None), default=None)

    @property
    def ticker_alive(self) -> bool:
        """Whether jobs run: at least one has beaten, and none is silent."""
        return self.ticker_age_seconds is not None and not self.silent

    @property
    def silent(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.jobs if one.silent)

    @property
    def failing(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.jobs if one.failing)


def vital_signs(session: Session, clock: Clock, settings: Settings, schedule: Sequence[Entry] = SCHEDULE) -> VitalSigns:
    """Ask the database when each job of the table last ran, and how that went."""
    beats = {row.name: row for row in session.exec(select(Heartbeat))}
    return VitalSigns(jobs=tuple(_sign(entry, beats.get(entry.name), clock, settings) for entry in schedule))


def _sign(entry: Entry, beat: Heartbeat | None, clock: Clock, settings: Settings) -> JobSign:
    every = entry.seconds or settings.tick_seconds
    if beat is None:
        return JobSign(name=entry.name, every_seconds=every)
    return JobSign(
        name=entry.name,
        every_seconds=every,
        at=beat.at,
        age_seconds=max(0.0, (clock.now() - beat.at).total_seconds()),
        holder=beat.holder,
        ticks=beat.ticks,
        failures=beat.failures,
        in_a_row=beat.in_a_row,
        things=beat.things,
        took_seconds=beat.seconds,
        last_error=beat.last_error,
        last_error_at=beat.last_error_at,
    )
