"""Exports as people ask for them: what would be in one, the row of each, its file, and going on after a failure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, delete, select

from data.enums import ExportKind, ExportState, FileForm
from data.models import ExportFile, ExportMapping, ExportRun, User
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.errors import ConflictError, Fault, InvalidError, LimitError, NotFoundError
from scheduler.exports.files import Content, content_of
from scheduler.exports.mapping import FieldRule, apply_mapping, read_mapping
from scheduler.exports.tables import FIELDS, Extract, Table, count_rows, next_cursor, read_part, require_export
from scheduler.permissions import Actor, may_coordinate, may_export
from scheduler.transitions import EXPORT, step

PREVIEW_ROWS: Final = 10
LISTED: Final = 100
KEPT: Final = timedelta(days=30)
"""How long a file can be fetched; its row stays."""
MOST_WAITING: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The first rows as they would go out, and how many rows there are before the mapping."""

    content: Content
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """An export with who asked for it. `there`: its file can be fetched."""

    run: ExportRun
    requested_by: str
    there: bool

    @property
    def live(self) -> bool:
        return self.run.state in {ExportState.QUEUED, ExportState.RUNNING}


def preview(session: Session, actor: Actor, extract: Extract, mapping: ExportMapping | None) -> Preview:
    """Show what an export would hold. Raises NotPermittedError, InvalidError "bad_cursor", "bad_mapping"."""
    require_export(session, actor, extract)
    rows = tuple(record_ for _key, record_ in read_part(session, extract, limit=PREVIEW_ROWS))
    table = Table(
        kind=extract.kind, fields=FIELDS[extract.kind], rows=rows, since=extract.since,
        cursor=next_cursor(session, extract),
    )  # fmt: skip
    rules = _rules(mapping, extract.kind)
    mapped = apply_mapping(table, *rules) if rules else None
    return Preview(content=content_of(table, mapped), total=count_rows(session, extract))


def _rules(mapping: ExportMapping | None, kind: ExportKind) -> tuple[str, tuple[FieldRule, ...]] | None:
    return read_mapping(mapping.content.encode(), kind) if mapping else None


def last_cursor(session: Session, extract: Extract) -> str:
    """The cursor of the newest finished export of the same table, hidden visits or not alike; "" for none."""
    statement = select(ExportRun.cursor).where(
        ExportRun.kind == extract.kind, ExportRun.state == ExportState.DONE, ExportRun.hidden == extract.hidden
    )
    return session.exec(statement.order_by(col(ExportRun.id).desc()).limit(1)).first() or ""


def request_export(
    session: Session,
    clock: Clock,
    actor: Actor,
    extract: Extract,
    *,
    form: FileForm,
    mapping: ExportMapping | None = None,
) -> ExportRun:
    """Let an export be written. Raises as `preview`, and LimitError when too many wait."""
    require_export(session, actor, extract)
    _rules(mapping, extract.kind)
    waiting = session.exec(select(ExportRun.id).where(ExportRun.state == ExportState.QUEUED)).all()
    if len(waiting) >= MOST_WAITING:
        raise LimitError("exports_waiting", most=MOST_WAITING)
    run = ExportRun(
        kind=extract.kind,
        form=form,
        since=extract.since,
        hidden=extract.hidden,
        mapping_name=mapping.name if mapping else "",
        mapping=mapping.content if mapping else "",
        requested_by_id=actor.user_id,
        requested_at=clock.now(),
    )
    session.add(run)
    session.flush()
    after = {"kind": str(run.kind), "form": str(form), "since": run.since, "hidden": run.hidden} | (
        {"mapping": run.mapping_name} if run.mapping_name else {}
    )
    record(session, clock, actor, "export.request", entity="export", entity_uid=run.uid, after=after)
    return run


def list_runs(session: Session, actor: Actor) -> list[RunView]:
    """The newest exports that the actor may know of, newest first."""
    if not may_export(actor):
        return []
    statement = select(ExportRun, User.display_name).join(User, col(User.id) == col(ExportRun.requested_by_id))
    if not may_coordinate(actor):
        statement = statement.where(col(ExportRun.hidden).is_(False))
    rows = session.exec(statement.order_by(col(ExportRun.id).desc()).limit(LISTED)).all()
    there = set(session.exec(select(ExportFile.run_id)))
    return [RunView(run=run, requested_by=name, there=run.id in there) for run, name in rows]


def get_run(session: Session, actor: Actor, uid: str) -> RunView:
    """Raises NotFoundError, also for an export with unannounced visits that the actor may not have."""
    run = session.exec(select(ExportRun).where(ExportRun.uid == uid)).first()
    if run is None or not may_export(actor) or (run.hidden and not may_coordinate(actor)):
        raise NotFoundError("export", uid)
    there = session.exec(select(ExportFile.run_id).where(ExportFile.run_id == run.id)).first() is not None
    return RunView(run=run, requested_by=session.get_one(User, run.requested_by_id).display_name, there=there)


def retry(session: Session, clock: Clock, actor: Actor, run: ExportRun) -> None:
    """Let a failed export go on where it stopped. Raises TransitionError."""
    run.state = step(EXPORT, run.state, "retry", entity="export")
    session.add(run)
    record(session, clock, actor, "export.retry", entity="export", entity_uid=run.uid, after={"rows": run.rows})


def take_file(session: Session, clock: Clock, actor: Actor, run: ExportRun) -> bytes:
    """The zip, and a line in the trail of who took it. Raises ConflictError "export_gone"."""
    file = session.get(ExportFile, run.id)
    if file is None:
        raise ConflictError("export_gone")
    after = {"kind": str(run.kind), "rows": run.rows, "sha256": run.content_hash, "hidden": run.hidden}
    record(session, clock, actor, "export.take", entity="export", entity_uid=run.uid, after=after)
    return file.content


def forget_exports(session: Session, clock: Clock) -> int:
    """Delete files that have served their time; returns how many."""
    old = select(col(ExportRun.id)).where(col(ExportRun.finished_at) < clock.now() - KEPT)
    return session.exec(delete(ExportFile).where(col(ExportFile.run_id).in_(old))).rowcount


def chosen_since(session: Session, extract: Extract, span: str) -> Extract:
    """The extract for "all", "last" (since the export before) or "cursor" (as it stands).

    Raises InvalidError "no_export_before", "required".
    """
    if span == "all":
        return Extract(kind=extract.kind, hidden=extract.hidden)
    if span == "last":
        found = last_cursor(session, extract)
        if not found:
            raise InvalidError(Fault(field="span", code="no_export_before"))
        return Extract(kind=extract.kind, since=found, hidden=extract.hidden)
    if not extract.since:
        raise InvalidError(Fault(field="since", code="required"))
    return extract
