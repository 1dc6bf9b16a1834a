"""Mappings that are kept: administrators write them, exports and pushes use them. What a mapping says: `mapping`."""

from __future__ import annotations

import tomllib

from sqlmodel import Session, col, select

from data.enums import ExportKind
from data.models import ExportMapping, PushDestination
from scheduler.audit import record, sha256
from scheduler.clock import Clock
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError, NotPermittedError
from scheduler.exports.mapping import no_toml, read_mapping
from scheduler.permissions import Actor, may_administer, may_export

LONGEST_NAME = 80
LONGEST_MAPPING = 100_000


def list_mappings(session: Session, actor: Actor, *, kind: ExportKind | None = None) -> list[ExportMapping]:
    """The mappings in use, by name; with a kind only those that name its fields."""
    if not may_export(actor):
        return []
    statement = select(ExportMapping).where(col(ExportMapping.active)).order_by(col(ExportMapping.name))
    return [row for row in session.exec(statement) if kind is None or kind in kinds_of(row.content)]


def get_mapping(session: Session, actor: Actor, uid: str) -> ExportMapping:
    """Raises NotFoundError."""
    found = session.exec(select(ExportMapping).where(ExportMapping.uid == uid, col(ExportMapping.active))).first()
    if found is None or not may_export(actor):
        raise NotFoundError("mapping", uid)
    return found


def kinds_of(content: str) -> tuple[ExportKind, ...]:
    """The tables that a mapping speaks of. Raises InvalidError for one that cannot be read."""
    try:
        named = set(tomllib.loads(content))
    except tomllib.TOMLDecodeError as error:
        raise InvalidError(*(_in_content(fault) for fault in no_toml(content, error).faults)) from error
    return tuple(kind for kind in ExportKind if str(kind) in named)


def check_content(content: str) -> tuple[ExportKind, ...]:
    """Return the tables of a mapping after reading all of it. Raises InvalidError that names the place."""
    kinds = kinds_of(content)
    if not kinds:
        raise InvalidError(Fault(field="content", code="mapping_without_table"))
    for kind in kinds:
        try:
            read_mapping(content.encode(), kind)
        except InvalidError as error:
            raise InvalidError(*(_in_content(fault) for fault in error.faults)) from error
    return kinds


def _in_content(fault: Fault) -> Fault:
    return Fault(field="content", code=fault.code, params=fault.params)


def save_mapping(
    session: Session, clock: Clock, actor: Actor, mapping: ExportMapping | None, *, name: str, content: str
) -> ExportMapping:
    """Write a new mapping, or another content of one: exports and pushes that begin later use it.

    The name of one that was retired brings it back. Raises NotPermittedError; InvalidError "bad_mapping",
    "mapping_without_table", "name_taken".
    """
    if not may_administer(actor):
        raise NotPermittedError
    check_content(content)
    other = session.exec(select(ExportMapping).where(ExportMapping.name == name)).first()
    if mapping is None and other is not None and not other.active:
        mapping = other
    if other is not None and (mapping is None or other.id != mapping.id):
        raise InvalidError(Fault(field="name", code="name_taken"))
    before = _told(mapping) if mapping else None
    row = mapping or ExportMapping(name=name, content=content, changed_by_id=actor.user_id, changed_at=clock.now())
    row.name, row.content, row.active = name, content, True
    row.changed_by_id, row.changed_at = actor.user_id, clock.now()
    session.add(row)
    session.flush()
    record(session, clock, actor, "mapping.save", entity="mapping", entity_uid=row.uid, before=before, after=_told(row))
    return row


def retire_mapping(session: Session, clock: Clock, actor: Actor, mapping: ExportMapping) -> None:
    """Take a mapping out of the lists; what was exported and pushed by it stays as it is.

    Raises NotPermittedError; ConflictError "mapping_in_use" while a push goes by it, a paused one too.
    """
    if not may_administer(actor):
        raise NotPermittedError
    if session.exec(select(PushDestination.id).where(PushDestination.mapping_id == mapping.id)).first() is not None:
        raise ConflictError("mapping_in_use")
    mapping.active = False
    mapping.changed_by_id, mapping.changed_at = actor.user_id, clock.now()
    session.add(mapping)
    session.flush()
    told = _told(mapping)
    record(session, clock, actor, "mapping.retire", entity="mapping", entity_uid=mapping.uid, before=told)


def _told(row: ExportMapping) -> dict[str, str]:
    return {"name": row.name, "sha256": sha256(row.content)}
