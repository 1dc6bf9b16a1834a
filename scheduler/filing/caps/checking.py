"""The balances follow from the events: adding them up again, once a day, and saying which do not agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.models import CapAccount, CapCheck, CapEvent
from scheduler import audit
from scheduler.clock import Clock, today

COLUMNS: Final = ("reserved", "bound", "used", "exempt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """An account whose balance is not the sum of its events. Both: reserved, bound, used, exempt."""

    key: str
    balance: tuple[int, ...]
    events: tuple[int, ...]


def find_drifts(session: Session) -> tuple[Drift, ...]:
    """Add up all events and compare; by key, empty when every balance agrees."""
    sums = (
        sa.select(
            col(CapEvent.account_id).label("account_id"),
            *(sa.func.sum(getattr(CapEvent, name)).label(name) for name in COLUMNS),
        )
        .group_by(col(CapEvent.account_id))
        .subquery()
    )
    rows = session.execute(
        sa.select(CapAccount, *(sa.func.coalesce(sums.c[name], 0) for name in COLUMNS))
        .outerjoin(sums, sums.c.account_id == col(CapAccount.id))
        .where(sa.or_(*(getattr(CapAccount, name) != sa.func.coalesce(sums.c[name], 0) for name in COLUMNS)))
        .order_by(col(CapAccount.key))
    )
    return tuple(
        Drift(key=row.key, balance=tuple(getattr(row, name) for name in COLUMNS), events=tuple(map(int, added)))
        for row, *added in rows
    )


def check_balances(session: Session, clock: Clock) -> CapCheck | None:
    """Check the ledger once a day; None when that was done today. Drifts go into the audit trail, nothing is mended."""
    day = today(clock)
    if session.get(CapCheck, day) is not None:
        return None
    drifts = find_drifts(session)
    found = CapCheck(
        day=day,
        checked_at=clock.now(),
        accounts=_count(session, CapAccount),
        events=_count(session, CapEvent),
        drifts=[[one.key, list(one.balance), list(one.events)] for one in drifts],
    )
    session.add(found)
    session.flush()
    if drifts:
        after = {"drifts": found.drifts}
        audit.record(session, clock, None, "caps.drift", entity="caps", entity_uid=day.isoformat(), after=after)
    return found


def _count(session: Session, table: type[CapAccount] | type[CapEvent]) -> int:
    return session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
