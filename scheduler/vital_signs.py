"""Signs of life of the timed jobs, for the health page. Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, func, select

from data.models import Heartbeat
from scheduler.clock import Clock

# Several missed ticks of the default length, with room for a slow machine.
MAY_BE_SILENT: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalSigns:
    """`ticker_age_seconds`: since the last heartbeat of any job; None when there never was one."""

    ticker_age_seconds: float | None

    @property
    def ticker_alive(self) -> bool:
        age = self.ticker_age_seconds
        return age is not None and age <= MAY_BE_SILENT.total_seconds()


def vital_signs(session: Session, clock: Clock) -> VitalSigns:
    """Ask the database how long ago the timed jobs were last alive."""
    last = session.exec(select(func.max(col(Heartbeat.at)))).one()
    return VitalSigns(ticker_age_seconds=(clock.now() - last).total_seconds() if last is not None else None)
