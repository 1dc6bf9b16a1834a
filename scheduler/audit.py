"""The audit trail: a row for every change, in the transaction that makes the change, linked into a chain of hashes.

A chain alone does not show that its tail was cut off; therefore the tip (number and hash of the last row) is kept
apart, and `verify` compares both. Printing the tip elsewhere, on paper or in a release, anchors it outside.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from data.models import AuditEvent, AuditTip
from scheduler.clock import Clock
from scheduler.permissions import Actor


def canonical_json(value: object) -> str:
    """Return the one way to write `value` as JSON: sorted keys, no blanks, text as it is, dates in ISO."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def sha256(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def record(
    session: Session,
    clock: Clock,
    actor: Actor | None,
    action: str,
    *,
    entity: str,
    entity_uid: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Add one link. `actor` None stands for the service itself (a job); what a program did names its token."""
    if actor is not None and actor.api_token:
        after = {**(after or {}), "api_token": actor.api_token}
    tip = _locked_tip(session)
    event = AuditEvent(
        number=tip.number + 1,
        at=clock.now().astimezone(UTC),
        actor_id=actor.user_id if actor else None,
        action=action,
        entity=entity,
        entity_uid=entity_uid,
        before=_plain(before),
        after=_plain(after),
        reason=reason,
        chain_hash="",
    )
    event.chain_hash = sha256(tip.chain_hash + _content(event))
    tip.number, tip.chain_hash = event.number, event.chain_hash
    session.add(event)
    session.add(tip)
    session.flush()
    return event


def queue_up(session: Session) -> None:
    """Take the lock that every change takes in the end. Who will lock other rows too takes it first: no deadlock."""
    _locked_tip(session)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What `verify` found: rows read, and the number of the first bad link (None when the chain holds)."""

    events: int
    first_bad: int | None


def verify(session: Session) -> ChainReport:
    """Recompute the whole chain, streaming; also finds a cut tail, an emptied table and swapped rows."""
    previous, expected = "", 1
    rows = session.exec(select(AuditEvent).order_by(col(AuditEvent.number)).execution_options(yield_per=1000))
    # A server-side cursor that is left half read stays open on PostgreSQL.
    with closing(rows):
        for event in rows:
            if event.number != expected or event.chain_hash != sha256(previous + _content(event)):
                return ChainReport(events=expected - 1, first_bad=expected)
            previous, expected = event.chain_hash, expected + 1
    tip = session.get(AuditTip, 1)
    recorded = (tip.number, tip.chain_hash) if tip else (0, "")
    if recorded != (expected - 1, previous):
        return ChainReport(events=expected - 1, first_bad=expected)
    return ChainReport(events=expected - 1, first_bad=None)


def _locked_tip(session: Session) -> AuditTip:
    tip = session.exec(select(AuditTip).where(AuditTip.id == 1).with_for_update()).first()
    if tip is None:
        tip = AuditTip(id=1)
        session.add(tip)
        session.flush()
    return tip


def _plain(document: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if document is None else json.loads(canonical_json(document))


def _content(event: AuditEvent) -> str:
    at: datetime = event.at
    return canonical_json(
        [
            event.number,
            at.astimezone(UTC).isoformat(),
            event.actor_id,
            event.action,
            event.entity,
            event.entity_uid,
            event.before,
            event.after,
            event.reason,
        ]
    )
