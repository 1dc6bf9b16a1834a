"""The relay of pushes: cuts a table into batches and hands them to its destinations, one batch of each at a time.

A batch is frozen before the first call. It is called between two transactions, with its key; that it was accepted and
that the destination stands behind it now are one transaction, fenced by an epoch. After a kill between the call and
that transaction the same bytes go out again under the same key: nothing is lost, and who knows keys has nothing twice.
A batch that is refused stops its destination until an administrator has looked: nothing overtakes it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select, update

from data.enums import PushState
from data.models import ExportMapping, PushBatch, PushDestination
from data.models.columns import new_uid
from data.session import reading, unit_of_work
from scheduler.audit import canonical_json, record, sha256
from scheduler.clock import Clock
from scheduler.exports.destinations import advance, open_batch, secret_of
from scheduler.exports.files import Content, content_of
from scheduler.exports.mapping import apply_mapping, read_mapping
from scheduler.exports.readers import Record
from scheduler.exports.tables import FIELDS, Extract, Table, next_cursor, read_part
from scheduler.leasing import lease_is_over
from scheduler.publishing.channels.letter import RefusedError, UnreachableError
from scheduler.publishing.channels.signed_calls import Call, is_allowed, send
from scheduler.transitions import PUSH, step

LEASE: Final = timedelta(seconds=60)
"""Far longer than a call may take."""
BACKOFF: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""Waits after failures; the last one is repeated."""
MOST_ATTEMPTS: Final = 48
"""Two days of trying, then the batch is dead and somebody has to look."""
BATCH_ROWS: Final = 500
BATCHES_AT_ONCE: Final = 10
"""Of one destination in one tick; the next tick goes on."""
AT_ONCE: Final = 4
Watch: TypeAlias = Callable[[str], None]
POINTS: Final = ("push_cut", "push_called", "push_noted")
"""After the batch was frozen; after it was accepted over there; after that was noted here."""


def unwatched(_point: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How calls are made: the service's key that secrets come from, the allowed hosts, seconds a call may take."""

    key: str
    hosts: str
    seconds: float
    batch_rows: int = BATCH_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A claimed batch on its way out; `call` None: no row of it fits, there is nothing to send."""

    batch_id: int
    epoch: int
    call: Call | None


def push_due(engine: sa.Engine, clock: Clock, line: Line, *, holder: str, watch: Watch = unwatched) -> int:
    """Hand over what is due, destinations beside each other; returns how many batches were accepted."""
    with reading(engine) as session:
        due = (col(PushDestination.upto) != "") | (col(PushDestination.next_at) <= clock.now())
        ids = session.exec(select(col(PushDestination.id)).where(col(PushDestination.active), due)).all()

    def push(destination_id: int | None) -> int:
        return push_to(engine, clock, line, destination_id or 0, holder=holder, watch=watch)

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return sum(pool.map(push, ids))


def push_to(
    engine: sa.Engine, clock: Clock, line: Line, destination_id: int, *, holder: str, watch: Watch = unwatched
) -> int:
    """Hand batches to one destination until nothing is due or a call fails; returns how many were accepted."""
    for done in range(BATCHES_AT_ONCE):
        try:
            with unit_of_work(engine) as session:
                taken = take_batch(session, clock, line, destination_id, holder=holder)
        except IntegrityError:
            # Another relay cut the same batch first: its number is taken.
            return done
        if taken is None:
            return done
        watch("push_cut")
        if not _hand_over(engine, clock, taken, watch):
            return done
        watch("push_noted")
    return BATCHES_AT_ONCE


def _hand_over(engine: sa.Engine, clock: Clock, taken: Taken, watch: Watch) -> bool:
    try:
        # No transaction is open here: a platform that hangs holds no lock.
        reference = send(taken.call) if taken.call else ""
    except (RefusedError, UnreachableError) as error:
        forever = isinstance(error, RefusedError)
        with unit_of_work(engine) as session:
            _note_failure(session, clock, taken, str(error.params["answer"]), forever=forever)
        return False
    watch("push_called")
    with unit_of_work(engine) as session:
        return note_accepted(session, clock, taken, reference)


def take_batch(session: Session, clock: Clock, line: Line, destination_id: int, *, holder: str) -> Taken | None:
    """Claim the open batch, or cut the next one and claim it; None when there is nothing to do now."""
    row = session.get_one(PushDestination, destination_id)
    session.refresh(row)
    batch = open_batch(session, destination_id) or _cut(session, clock, line, row)
    if batch is None or not _claim(session, clock, batch, holder):
        return None
    if not is_allowed(row.url, line.hosts):
        taken = Taken(batch_id=batch.id or 0, epoch=batch.epoch + 1, call=None)
        _note_failure(session, clock, taken, "address_not_allowed", forever=True)
        return None
    call = Call(
        url=row.url,
        secret=secret_of(line.key, row),
        key=f"push:{batch.uid}",
        body=batch.payload.encode(),
        seconds=line.seconds,
    )
    return Taken(batch_id=batch.id or 0, epoch=batch.epoch + 1, call=call if batch.rows else None)


def _claim(session: Session, clock: Clock, batch: PushBatch, holder: str) -> bool:
    now, states = clock.now(), (PushState.QUEUED, PushState.CLAIMED)
    waiting = (col(PushBatch.state) == PushState.QUEUED) & (col(PushBatch.not_before) <= now)
    silent = (col(PushBatch.state) == PushState.CLAIMED) & lease_is_over(col(PushBatch.lease_until), clock, LEASE)
    if batch.state not in states:
        return False
    swapped = session.exec(
        update(PushBatch)
        .where(col(PushBatch.id) == batch.id, col(PushBatch.epoch) == batch.epoch, waiting | silent)
        .values(
            state=step(PUSH, batch.state, "claim", entity="batch"),
            epoch=batch.epoch + 1,
            lease_holder=holder,
            lease_until=now + LEASE,
            attempts=batch.attempts + 1,
        )
        .execution_options(synchronize_session=False)
    )
    return swapped.rowcount == 1


def _cut(session: Session, clock: Clock, line: Line, row: PushDestination) -> PushBatch | None:
    """Freeze the rows behind the position; with none left the pass is over. A pass reads its cursor before its rows."""
    if not row.upto and row.next_at > clock.now():
        return None
    extract = Extract(kind=row.kind, since=row.since)
    upto = row.upto or next_cursor(session, extract) or "0"
    found = read_part(session, extract, after=row.last_key, limit=line.batch_rows)
    batch = PushBatch(
        uid=new_uid(),
        destination_id=row.id or 0,
        number=_next_number(session, row),
        since=row.since,
        cursor=upto,
        after_key=row.last_key,
        last_key=found[-1][0] if found else row.last_key,
        ends=len(found) < line.batch_rows,
        rows=0,
        left_out=0,
        payload="",
        payload_hash="",
        not_before=clock.now(),
        created_at=clock.now(),
    )
    if not found:
        advance(session, clock, batch)
        return None
    session.exec(update(PushDestination).where(col(PushDestination.id) == row.id).values(upto=upto))
    _fill(batch, _content(session, row, tuple(record_ for _key, record_ in found), upto))
    session.add(batch)
    session.flush()
    return batch


def _next_number(session: Session, row: PushDestination) -> int:
    statement = select(func.max(col(PushBatch.number))).where(PushBatch.destination_id == row.id)
    return (session.exec(statement).one() or 0) + 1


def _content(session: Session, row: PushDestination, records: tuple[Record, ...], upto: str) -> Content:
    table = Table(kind=row.kind, fields=FIELDS[row.kind], rows=records, since=row.since, cursor=upto)
    mapping = session.get_one(ExportMapping, row.mapping_id) if row.mapping_id else None
    rules = read_mapping(mapping.content.encode(), row.kind) if mapping else None
    return content_of(table, apply_mapping(table, *rules) if rules else None)


def _fill(batch: PushBatch, content: Content) -> None:
    document: dict[str, Any] = {
        "batch": batch.uid,
        "number": batch.number,
        "kind": str(content.kind),
        "table": content.name,
        "since": content.since,
        "cursor": content.cursor,
        "last": batch.ends,
        "fields": list(content.fields),
        "rows": [{name: row[name] for name in content.fields} for row in content.rows],
    }
    batch.rows, batch.left_out, batch.faults = len(content.rows), content.left_out, list(content.faults)
    batch.payload = canonical_json(document)
    batch.payload_hash = sha256(batch.payload)


def note_accepted(session: Session, clock: Clock, taken: Taken, reference: str) -> bool:
    """Note that a batch was accepted and move the destination behind it; False when the claim is lost."""
    values = {"sent_at": clock.now(), "reference": reference, "payload": "", "last_error": ""}
    if not _change(session, taken, "accept", **values):
        return False
    batch = session.get_one(PushBatch, taken.batch_id)
    session.refresh(batch)
    advance(session, clock, batch)
    row = session.get_one(PushDestination, batch.destination_id)
    after = {"destination": row.uid, "rows": batch.rows, "left_out": batch.left_out, "sha256": batch.payload_hash}
    record(session, clock, None, "batch.accept", entity="batch", entity_uid=batch.uid, after=after)
    return True


def _note_failure(session: Session, clock: Clock, taken: Taken, error: str, *, forever: bool) -> None:
    batch = session.get_one(PushBatch, taken.batch_id)
    session.refresh(batch)
    dead = forever or batch.attempts >= MOST_ATTEMPTS
    wait = BACKOFF[min(batch.attempts, len(BACKOFF)) - 1]
    _change(session, taken, "refuse" if dead else "put_back", last_error=error, not_before=clock.now() + wait)


def _change(session: Session, taken: Taken, event: str, **values: Any) -> bool:
    """Change a claimed batch; False when the claim is lost."""
    swapped = session.exec(
        update(PushBatch)
        .where(
            col(PushBatch.id) == taken.batch_id,
            col(PushBatch.epoch) == taken.epoch,
            col(PushBatch.state) == PushState.CLAIMED,
        )
        .values(state=step(PUSH, PushState.CLAIMED, event, entity="batch"), lease_until=None, **values)
        .execution_options(synchronize_session=False)
    )
    return swapped.rowcount == 1
