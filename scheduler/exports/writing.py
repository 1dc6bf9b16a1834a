"""The worker of exports: writes each part by part, so that whoever comes after a kill goes on behind the last part.

A part and the counters that tell of it are one transaction: after a kill both are there or neither. A worker that lost
its claim writes nothing: every transaction is fenced by the epoch.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, delete, select, update

from data.enums import ExportState
from data.models import ExportFile, ExportPart, ExportRun, User
from data.session import reading, unit_of_work
from scheduler.accounts import actor_of
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.exports.files import Content, pack
from scheduler.exports.mapping import apply_mapping, read_mapping
from scheduler.exports.tables import FIELDS, Extract, Table, next_cursor, read_part
from scheduler.leasing import lease_is_over
from scheduler.provenance import provenance
from scheduler.transitions import EXPORT, step

LEASE: Final = timedelta(seconds=60)
PART_ROWS: Final = 500
PARTS_AT_ONCE: Final = 20
"""Parts of one tick: the job's heartbeat is not late even for the largest district; the next tick goes on."""
Watch: TypeAlias = Callable[[str], None]
"""Called at each point of a part with the point's name; tests let processes die there."""
POINTS: Final = ("export_part", "export_counted", "export_kept", "export_packed")


def unwatched(_point: str) -> None:
    """Nobody watches."""


def write_due(
    engine: sa.Engine, clock: Clock, *, holder: str, part_rows: int = PART_ROWS, watch: Watch = unwatched
) -> int:
    """Write the export that has waited longest, for a while; returns how many parts and files were written."""
    with reading(engine) as session:
        waiting = select(col(ExportRun.id), col(ExportRun.epoch)).where(_free(clock)).order_by(col(ExportRun.id))
        found = session.exec(waiting.limit(1)).first()
    if found is None:
        return 0
    run_id, epoch = found[0] or 0, found[1]
    with unit_of_work(engine) as session:
        if not claim(session, clock, run_id, epoch=epoch, holder=holder):
            return 0
    epoch += 1
    try:
        return _write(engine, clock, run_id, epoch, part_rows=part_rows, watch=watch)
    except OperationalError:
        # The database was busy: the lease ends, and somebody goes on.
        raise
    except Exception as error:
        with unit_of_work(engine) as session:
            _change(session, run_id, epoch, "fail", error=f"{type(error).__name__}: {error}", lease_until=None)
        raise


def _free(clock: Clock) -> ColumnElement[bool]:
    silent = and_(col(ExportRun.state) == ExportState.RUNNING, lease_is_over(col(ExportRun.lease_until), clock, LEASE))
    return or_(col(ExportRun.state) == ExportState.QUEUED, silent)


def claim(session: Session, clock: Clock, run_id: int, *, epoch: int, holder: str) -> bool:
    """Take an export whose epoch is still `epoch`; the first claim of all fixes its cursor."""
    run = session.get_one(ExportRun, run_id)
    extract = extract_of(run)
    lost = run.state is ExportState.RUNNING and run.lease_holder != holder
    swapped = session.exec(
        update(ExportRun)
        .where(col(ExportRun.id) == run_id, col(ExportRun.epoch) == epoch, _free(clock))
        .values(
            state=step(EXPORT, run.state, "start", entity="export"),
            epoch=epoch + 1,
            lease_holder=holder,
            lease_until=clock.now() + LEASE,
            # Read before the first row: what changes meanwhile is given again by the next export, never missed.
            cursor=run.cursor or next_cursor(session, extract),
            resumed=run.resumed + lost,
            error="",
        )
        .execution_options(synchronize_session=False)
    )
    return swapped.rowcount == 1


def extract_of(run: ExportRun) -> Extract:
    return Extract(kind=run.kind, since=run.since, hidden=run.hidden)


def _write(engine: sa.Engine, clock: Clock, run_id: int, epoch: int, *, part_rows: int, watch: Watch) -> int:
    for done in range(1, PARTS_AT_ONCE + 1):
        with unit_of_work(engine) as session:
            more = write_part(session, clock, run_id, epoch, limit=part_rows, watch=watch)
        watch("export_kept")
        if more is None:
            return done - 1
        if not more:
            return done + finish(engine, clock, run_id, epoch, watch=watch)
    with unit_of_work(engine) as session:
        _change(session, run_id, epoch, "start", lease_until=clock.now())
    return PARTS_AT_ONCE


def write_part(
    session: Session, clock: Clock, run_id: int, epoch: int, *, limit: int, watch: Watch = unwatched
) -> bool | None:
    """Write the rows behind the last part and count them: True while there may be more, None when the claim is lost."""
    if not _change(session, run_id, epoch, "start", lease_until=clock.now() + LEASE):
        return None
    run = session.get_one(ExportRun, run_id)
    session.refresh(run)
    found = read_part(session, extract_of(run), after=run.last_key, limit=limit)
    content = _part(run, tuple(record_ for _key, record_ in found))
    rows = len(content["rows"])
    packed = zlib.compress(json.dumps(content, ensure_ascii=False).encode())
    session.add(ExportPart(run_id=run_id, number=run.parts + 1, rows=rows, content=packed))
    session.flush()
    watch("export_part")
    _change(
        session, run_id, epoch, "start",
        parts=run.parts + 1, rows=run.rows + rows, left_out=run.left_out + len(found) - rows,
        last_key=found[-1][0] if found else run.last_key,
    )  # fmt: skip
    watch("export_counted")
    return len(found) == limit


def _part(run: ExportRun, records: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    if not run.mapping:
        return {"rows": records, "faults": []}
    table = Table(kind=run.kind, fields=FIELDS[run.kind], rows=records, since=run.since, cursor=run.cursor)
    rules = read_mapping(run.mapping.encode(), run.kind)
    mapped = apply_mapping(table, *rules, first=run.rows + run.left_out + 1)
    return {"rows": mapped.rows, "faults": [asdict(one) for one in mapped.faults]}


def finish(engine: sa.Engine, clock: Clock, run_id: int, epoch: int, *, watch: Watch = unwatched) -> int:
    """Make the file of all parts, with no transaction open meanwhile, and put it in their place; 1 when it is there."""
    with reading(engine) as session:
        run = session.get_one(ExportRun, run_id)
        content = _whole(session, run)
        role = session.get_one(User, run.requested_by_id).role
        # The moment it was asked for: whoever goes on with it after a kill writes the same file.
        origin = provenance(session, made_at=run.requested_at, role=role)
        session.expunge(run)
    packed = pack(content, run.form, origin)
    watch("export_packed")
    with unit_of_work(engine) as session:
        digest = sha256(packed).hexdigest()
        values = {"finished_at": clock.now(), "lease_until": None, "size": len(packed), "content_hash": digest}
        if not _change(session, run_id, epoch, "finish", **values):
            return 0
        session.add(ExportFile(run_id=run_id, content=packed))
        session.exec(delete(ExportPart).where(col(ExportPart.run_id) == run_id))
        after = {"rows": run.rows, "left_out": run.left_out, "cursor": run.cursor, "sha256": digest}
        actor = actor_of(session.get_one(User, run.requested_by_id))
        record(session, clock, actor, "export.make", entity="export", entity_uid=run.uid, after=after)
    return 1


def _whole(session: Session, run: ExportRun) -> Content:
    statement = select(ExportPart.content).where(ExportPart.run_id == run.id).order_by(col(ExportPart.number))
    parts = [json.loads(zlib.decompress(packed)) for packed in session.exec(statement)]
    name, rules = read_mapping(run.mapping.encode(), run.kind) if run.mapping else (str(run.kind), ())
    return Content(
        kind=run.kind,
        name=name,
        fields=tuple(rule.target for rule in rules) or FIELDS[run.kind],
        rows=[row for part in parts for row in part["rows"]],
        faults=[fault for part in parts for fault in part["faults"]],
        left_out=run.left_out,
        since=run.since,
        cursor=run.cursor,
    )


def _change(session: Session, run_id: int, epoch: int, event: str, **values: Any) -> bool:
    """Change a claimed export; False when the claim is lost."""
    swapped = session.exec(
        update(ExportRun)
        .where(col(ExportRun.id) == run_id, col(ExportRun.epoch) == epoch, col(ExportRun.state) == ExportState.RUNNING)
        .values(state=step(EXPORT, ExportState.RUNNING, event, entity="export"), **values)
        .execution_options(synchronize_session=False)
    )
    return swapped.rowcount == 1
