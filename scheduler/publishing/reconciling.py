"""After an older copy of the database came back: what may have left the house since is not sent again blindly (FT30).

The copy says of some messages that they wait, though they were sent after it was made. They are put aside among the
failed ones; the gateway's own log then says which of them arrived, and the others go out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select, update

from data.enums import Channel, OutboxState
from data.models import OutboxMessage
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.planning.drafts import chunks
from scheduler.publishing.outbox import UNDELIVERED
from scheduler.publishing.telling import remember

RESTORED: Final = "restored_copy"
"""The error of a message that was put aside: nobody knows here whether it was sent."""
OUT_OF_HOUSE: Final = (Channel.EMAIL, Channel.GATEWAY)
"""Channels that send by themselves. The inbox came back with the copy, and paper is handed over by people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """`arrived`: messages that the log knows; `queued`: those it does not, which go out now; `unknown`: keys of the log
    that this database never heard of, sorted: they were written after the copy was made."""

    arrived: int
    queued: int
    unknown: tuple[str, ...]


def put_aside(session: Session, clock: Clock) -> int:
    """Put aside what waits for a channel that sends by itself; returns how many. A claim of before is worth nothing."""
    moved = session.exec(
        update(OutboxMessage)
        .where(col(OutboxMessage.channel).in_(OUT_OF_HOUSE), col(OutboxMessage.state).in_(UNDELIVERED))
        .values(state=OutboxState.DEAD, last_error=RESTORED, lease_until=None, epoch=col(OutboxMessage.epoch) + 1)
        .execution_options(synchronize_session=False)
    )
    record(session, clock, None, "outbox.put_aside", entity="outbox", entity_uid="", after={"messages": moved.rowcount})
    return int(moved.rowcount)


def reconcile(session: Session, clock: Clock, log: Mapping[str, str]) -> Reconciled:
    """Settle what was put aside by the log of the gateway or the mail server. `log`: Idempotency-Key -> reference.

    What arrived counts as told; what did not is queued as if it had never been tried. Safe to repeat with more of the
    log, but a message that was queued because its line was missing is on its way by then.
    """
    aside = session.exec(
        select(OutboxMessage)
        .where(OutboxMessage.state == OutboxState.DEAD, OutboxMessage.last_error == RESTORED)
        .order_by(col(OutboxMessage.id))
    ).all()
    arrived = 0
    for message in aside:
        if message.dedupe_key in log:
            arrived += 1
            message.state, message.sent_at = OutboxState.SENT, clock.now()
            message.proof = {"reference": log[message.dedupe_key]}
            remember(session, clock, message)
        else:
            message.state, message.attempts, message.not_before = OutboxState.QUEUED, 0, clock.now()
        message.last_error = ""
        session.add(message)
        session.flush()
    found = Reconciled(arrived=arrived, queued=len(aside) - arrived, unknown=_unknown(session, log))
    after = {"arrived": found.arrived, "queued": found.queued, "unknown": len(found.unknown)}
    record(session, clock, None, "outbox.reconcile", entity="outbox", entity_uid="", after=after)
    return found


def _unknown(session: Session, log: Mapping[str, str]) -> tuple[str, ...]:
    known = {
        key
        for part in chunks(sorted(log))
        for key in session.exec(select(col(OutboxMessage.dedupe_key)).where(col(OutboxMessage.dedupe_key).in_(part)))
    }
    return tuple(sorted(set(log) - known))
