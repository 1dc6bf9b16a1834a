"""Which process does what only one should do: a row with a holder, an end and an epoch.

A lease saves work, it does not guard anything: every job is safe when two processes run it.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from data.models import Lease
from scheduler.clock import Clock
from scheduler.leasing import is_over


def take_lease(session: Session, clock: Clock, name: str, holder: str, length: timedelta) -> int | None:
    """Take, or keep, the lease for `length`; returns its epoch, None while another process has it.

    The epoch rises with every new holder: what a former holder still writes can be told by it.
    """
    lease = session.exec(select(Lease).where(Lease.name == name)).first()
    until = clock.now() + length
    if lease is None:
        return _first(session, Lease(name=name, holder=holder, epoch=1, expires_at=until))
    mine = lease.holder == holder
    if not mine and not is_over(lease.expires_at, clock, length):
        return None
    epoch = lease.epoch if mine else lease.epoch + 1
    swapped = session.exec(
        update(Lease)
        .where(col(Lease.name) == name, col(Lease.holder) == lease.holder, col(Lease.epoch) == lease.epoch)
        .values(holder=holder, epoch=epoch, expires_at=until)
        .execution_options(synchronize_session=False)
    )
    return epoch if swapped.rowcount == 1 else None


def _first(session: Session, lease: Lease) -> int | None:
    try:
        with session.begin_nested():
            session.add(lease)
    except IntegrityError:
        # Two processes saw no row; the key lets one of them write it.
        return None
    return lease.epoch
