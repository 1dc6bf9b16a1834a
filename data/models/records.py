"""What the service keeps about itself: audit events, leases and heartbeats of its jobs, the working calendar."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Field, SQLModel

from data.enums import DayKind
from data.models.columns import enum_field, fk, json_field, text_field, utc_field


class AuditEvent(SQLModel, table=True):
    """Who changed what, from what to what, and why; a chain of hashes. Rows are only ever added.

    `number` has no gaps; `chain_hash` = SHA-256(previous chain_hash + canonical JSON of this row).
    """

    id: int | None = Field(default=None, primary_key=True)
    number: int = Field(unique=True)
    at: datetime = utc_field(index=True)
    actor_id: int | None = fk("user.id", default=None)
    action: str = Field(max_length=60, index=True)
    entity: str = Field(max_length=40)
    entity_uid: str = Field(max_length=40, index=True)
    before: dict[str, Any] | None = json_field(default=None)
    after: dict[str, Any] | None = json_field(default=None)
    reason: str = text_field(default="")
    chain_hash: str = Field(max_length=64)


class AuditTip(SQLModel, table=True):
    """The single row that knows the last link of the audit chain; locked while a link is added."""

    id: int = Field(default=1, primary_key=True)
    number: int = 0
    chain_hash: str = Field(default="", max_length=64)


class Lease(SQLModel, table=True):
    """Who does a thing that only one process may do; `epoch` rises with every new holder and fences the old one."""

    name: str = Field(primary_key=True, max_length=40)
    holder: str = Field(max_length=64)
    epoch: int = 0
    expires_at: datetime = utc_field()


class Heartbeat(SQLModel, table=True):
    """The last sign of life of a job. `things`: how many it did last; `in_a_row`: failures since it last succeeded."""

    name: str = Field(primary_key=True, max_length=40)
    at: datetime = utc_field()
    holder: str = Field(default="", max_length=64)
    ticks: int = 0
    failures: int = 0
    last_error: str = text_field(default="")
    last_error_at: datetime | None = utc_field(default=None)
    in_a_row: int = 0
    things: int = 0
    seconds: float = 0.0


class CalendarOverride(SQLModel, table=True):
    """An uploaded day of the working calendar; goes before every package."""

    day: date = Field(primary_key=True)
    kind: DayKind = enum_field(DayKind)
    note: str = Field(default="", max_length=80)
    document_number: str = Field(default="", max_length=80)
