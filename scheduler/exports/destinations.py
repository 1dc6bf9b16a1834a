"""Destinations of pushes as administrators keep them, and what is done about a batch that was refused.

The secret of a destination is an HMAC of its public id and a number under the service's key: it is computed, not kept.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlmodel import Session, col, func, select, update

from data.enums import ExportKind, PushState
from data.models import ExportMapping, PushBatch, PushDestination
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError, NotPermittedError, StaleError
from scheduler.exports.mapping import read_mapping
from scheduler.permissions import Actor, may_administer, may_export
from scheduler.publishing.channels.signed_calls import is_allowed
from scheduler.transitions import PUSH, step

PUSHED: Final = tuple(kind for kind in ExportKind if kind is not ExportKind.FIGURES)
"""Figures of releases count unannounced visits too: they leave the house by a person's hand only."""
INTERVALS: Final = (15, 60, 360, 1440)
"""Minutes between passes that administrators can choose."""
LISTED: Final = 50
OPEN: Final = (PushState.QUEUED, PushState.CLAIMED, PushState.DEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationView:
    """A destination with the name of its mapping, its open batch, and rows accepted so far."""

    row: PushDestination
    mapping_name: str
    waiting: PushBatch | None
    accepted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What an administrator sets: where to, what, by which names, how often (minutes)."""

    name: str
    url: str
    kind: ExportKind
    mapping: ExportMapping | None
    every_minutes: int
    active: bool = True


def secret_of(key: str, row: PushDestination) -> str:
    """The secret that the other side checks signatures with: 256 bits in hex."""
    return hmac.new(key.encode(), f"push/{row.uid}/{row.secret_number}".encode(), hashlib.sha256).hexdigest()


def list_destinations(session: Session, actor: Actor) -> list[DestinationView]:
    """All destinations, by name."""
    if not may_export(actor):
        return []
    rows = session.exec(select(PushDestination).order_by(col(PushDestination.name))).all()
    return [_view(session, row) for row in rows]


def get_destination(session: Session, actor: Actor, uid: str) -> DestinationView:
    """Raises NotFoundError."""
    row = session.exec(select(PushDestination).where(PushDestination.uid == uid)).first()
    if row is None or not may_export(actor):
        raise NotFoundError("destination", uid)
    return _view(session, row)


def _view(session: Session, row: PushDestination) -> DestinationView:
    mapping = session.get(ExportMapping, row.mapping_id) if row.mapping_id else None
    sent = select(func.sum(col(PushBatch.rows))).where(
        PushBatch.destination_id == row.id, PushBatch.state == PushState.SENT
    )
    return DestinationView(
        row=row,
        mapping_name=mapping.name if mapping else "",
        waiting=open_batch(session, row.id or 0),
        accepted=session.exec(sent).one() or 0,
    )


def open_batch(session: Session, destination_id: int) -> PushBatch | None:
    """The batch that is not over yet: there is at most one."""
    statement = select(PushBatch).where(PushBatch.destination_id == destination_id, col(PushBatch.state).in_(OPEN))
    return session.exec(statement.order_by(col(PushBatch.number))).first()


def list_batches(session: Session, row: PushDestination) -> list[PushBatch]:
    """The newest batches, newest first."""
    statement = select(PushBatch).where(PushBatch.destination_id == row.id)
    return list(session.exec(statement.order_by(col(PushBatch.number).desc()).limit(LISTED)))


def save_destination(
    session: Session,
    clock: Clock,
    actor: Actor,
    row: PushDestination | None,
    aim: Aim,
    *,
    hosts: str,
    version: int | None = None,
) -> PushDestination:
    """Make a destination or change it. Another table begins with all of it.

    Raises NotPermittedError, StaleError; InvalidError: "address_not_allowed", "name_taken", "not_pushed",
    "bad_mapping" (it does not speak of this table), "not_in_choices".
    """
    _require(actor)
    if row is not None and version is not None and row.version != version:
        raise StaleError(entity="destination", version=version)
    _check(session, row, aim, hosts)
    before = _told(row) if row else None
    found = row or PushDestination(
        name=aim.name, url=aim.url, kind=aim.kind, every_minutes=aim.every_minutes, next_at=clock.now(),
        created_by_id=actor.user_id, created_at=clock.now(),
    )  # fmt: skip
    if found.kind is not aim.kind:
        if open_batch(session, found.id or 0) is not None:
            raise ConflictError("batch_open")
        found.since = found.upto = found.last_key = ""
    found.name, found.url, found.kind, found.active = aim.name, aim.url, aim.kind, aim.active
    found.mapping_id = aim.mapping.id if aim.mapping else None
    found.every_minutes = aim.every_minutes
    session.add(found)
    session.flush()
    _note(session, clock, actor, "destination.save", found, before=before, after=_told(found))
    return found


def _check(session: Session, row: PushDestination | None, aim: Aim, hosts: str) -> None:
    if not is_allowed(aim.url, hosts):
        raise InvalidError(Fault(field="url", code="address_not_allowed", params=(("hosts", hosts or "–"),)))
    if aim.kind not in PUSHED:
        raise InvalidError(Fault(field="kind", code="not_pushed"))
    if aim.every_minutes not in INTERVALS:
        raise InvalidError(Fault(field="every_minutes", code="not_pushed"))
    if aim.mapping is not None:
        read_mapping(aim.mapping.content.encode(), aim.kind)
    other = session.exec(select(PushDestination).where(PushDestination.name == aim.name)).first()
    if other is not None and (row is None or other.id != row.id):
        raise InvalidError(Fault(field="name", code="name_taken"))


def show_secret(
    session: Session, clock: Clock, actor: Actor, row: PushDestination, *, key: str, rotate: bool = False
) -> str:
    """The secret for the other side; `rotate` puts another one in its place first, at once.

    Raises NotPermittedError.
    """
    _require(actor)
    if rotate:
        row.secret_number += 1
        session.add(row)
        session.flush()
    action = "destination.rotate" if rotate else "destination.secret"
    _note(session, clock, actor, action, row, after={"secret_number": row.secret_number})
    return secret_of(key, row)


def start_pass(session: Session, clock: Clock, actor: Actor, row: PushDestination, *, whole: bool) -> None:
    """Push now; `whole`: everything again from the beginning. Raises ConflictError "batch_open" while one is open."""
    _require(actor)
    if whole and open_batch(session, row.id or 0) is not None:
        raise ConflictError("batch_open")
    values: dict[str, Any] = {"next_at": clock.now()} | ({"since": "", "upto": "", "last_key": ""} if whole else {})
    # Not through the row: the relay moves the position meanwhile, and an administrator must not be in its way.
    session.exec(update(PushDestination).where(col(PushDestination.id) == row.id).values(**values))
    _note(session, clock, actor, "destination.start", row, after={"whole": whole})


def settle_dead(session: Session, clock: Clock, actor: Actor, row: PushDestination, event: str, *, reason: str) -> None:
    """Do something about a refused batch: "retry" (same bytes, same key), "recut" (the same rows anew, with the mapping
    as it is now, under another key) or "skip" (go on behind it).

    Raises NotPermittedError, ConflictError "no_dead_batch".
    """
    _require(actor)
    batch = open_batch(session, row.id or 0)
    if batch is None or batch.state is not PushState.DEAD:
        raise ConflictError("no_dead_batch")
    batch.state, batch.reason = step(PUSH, batch.state, event, entity="batch"), reason
    if event == "retry":
        batch.attempts, batch.not_before = 0, clock.now()
    else:
        batch.payload = ""
    if event == "skip":
        advance(session, clock, batch)
    session.add(batch)
    session.flush()
    after = {"destination": row.uid, "number": batch.number, "rows": batch.rows}
    record(session, clock, actor, f"batch.{event}", entity="batch", entity_uid=batch.uid, after=after, reason=reason)


def advance(session: Session, clock: Clock, batch: PushBatch) -> None:
    """Move the destination behind a batch that is over."""
    row = session.get_one(PushDestination, batch.destination_id)
    session.refresh(row)
    values: dict[str, Any] = {"last_key": batch.last_key}
    if batch.ends:
        next_at = clock.now() + _interval(row)
        values = {"since": batch.cursor, "upto": "", "last_key": "", "next_at": next_at}
    session.exec(
        update(PushDestination)
        .where(col(PushDestination.id) == row.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _interval(row: PushDestination) -> Any:
    return timedelta(minutes=row.every_minutes)


def _require(actor: Actor) -> None:
    if not may_administer(actor):
        raise NotPermittedError


def _told(row: PushDestination) -> dict[str, Any]:
    return {
        "name": row.name,
        "url": row.url,
        "kind": str(row.kind),
        "mapping_id": row.mapping_id,
        "every_minutes": row.every_minutes,
        "active": row.active,
    }


def _note(session: Session, clock: Clock, actor: Actor, action: str, row: PushDestination, **told: Any) -> None:
    record(session, clock, actor, action, entity="destination", entity_uid=row.uid, **told)
