"""One export: read, map, pack, and leave a line in the audit trail of who took what."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from data.enums import ExportKind, FileForm
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.exports.files import content_of, pack
from scheduler.exports.mapping import apply_mapping, read_mapping
from scheduler.exports.tables import export_table
from scheduler.permissions import Actor
from scheduler.provenance import provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A zip as it is handed out. `cursor`: give it next time; `left_out`: rows that did not fit the mapping."""

    content: bytes
    rows: int
    left_out: int
    cursor: str


def make_export(
    session: Session,
    clock: Clock,
    actor: Actor,
    kind: ExportKind,
    *,
    form: FileForm,
    since: str = "",
    mapping: bytes | None = None,
    hidden: bool = False,
) -> Export:
    """Export one kind of table. Raises NotPermittedError, InvalidError ("bad_cursor", "bad_mapping")."""
    table = export_table(session, actor, kind, since=since, hidden=hidden)
    mapped = apply_mapping(table, *read_mapping(mapping, kind)) if mapping is not None else None
    content = content_of(table, mapped)
    rows = len(content.rows)
    after = {"kind": str(kind), "since": since, "cursor": table.cursor, "rows": rows, "hidden": hidden}
    record(session, clock, actor, "export.make", entity="export", entity_uid=str(kind), after=after)
    origin = provenance(session, made_at=clock.now(), role=actor.role)
    return Export(content=pack(content, form, origin), rows=rows, left_out=content.left_out, cursor=table.cursor)
