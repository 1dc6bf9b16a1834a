"""Data for others: mappings, exports with their parts and files, and destinations that get batches pushed."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import ExportKind, ExportState, FileForm, PushState
from data.models.columns import Versioned, check, enum_field, fk, json_field, text_field, uid_field, utc_field


class ExportMapping(Versioned, table=True):
    """The names of another platform, as a TOML text. A retired one stays for those that used it."""

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    name: str = Field(max_length=80, unique=True)
    content: str = text_field()
    active: bool = True
    changed_by_id: int = fk("user.id")
    changed_at: datetime = utc_field()


class ExportRun(SQLModel, table=True):
    """One export. `since`, `cursor`: from where to where; `mapping`: its text as it was when the export was asked for.

    `last_key`: of the last row that is in a part; `parts`, `rows`, `left_out`: of all parts; `resumed`: how often
    another process went on with it. `size`, `content_hash`: of the file.
    """

    __table_args__ = (check("counts", "rows >= 0 AND left_out >= 0 AND parts >= 0"),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    kind: ExportKind = enum_field(ExportKind)
    form: FileForm = enum_field(FileForm)
    since: str = Field(default="", max_length=12)
    cursor: str = Field(default="", max_length=12)
    hidden: bool = False
    mapping_name: str = Field(default="", max_length=80)
    mapping: str = text_field(default="")
    state: ExportState = enum_field(ExportState, default=ExportState.QUEUED, index=True)
    last_key: str = Field(default="", max_length=64)
    parts: int = 0
    rows: int = 0
    left_out: int = 0
    resumed: int = 0
    lease_until: datetime | None = utc_field(default=None)
    lease_holder: str = Field(default="", max_length=64)
    epoch: int = 0
    error: str = text_field(default="")
    requested_by_id: int = fk("user.id")
    requested_at: datetime = utc_field(index=True)
    finished_at: datetime | None = utc_field(default=None)
    size: int = 0
    content_hash: str = Field(default="", max_length=64)


class ExportPart(SQLModel, table=True):
    """Rows of an export under way. `content`: compressed JSON; kept until the file is there."""

    __table_args__ = (sa.UniqueConstraint("run_id", "number"), check("rows", "rows >= 0"))

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = fk("exportrun.id")
    number: int
    rows: int
    content: bytes = Field(sa_type=sa.LargeBinary)  # type: ignore[call-overload]


class ExportFile(SQLModel, table=True):
    """What an export is: beside its row, so that lists of exports do not carry it."""

    run_id: int = Field(foreign_key="exportrun.id", primary_key=True)
    content: bytes = Field(sa_type=sa.LargeBinary)  # type: ignore[call-overload]


class PushDestination(Versioned, table=True):
    """Another platform that gets one table. `secret_number` counts its secrets, which are computed, not kept.

    `since`: cursor of the last pass that was accepted whole; `upto`: cursor of the pass under way, "" when there is
    none; `last_key`: of the last row accepted in it; `next_at`: when the next pass begins.
    """

    __table_args__ = (check("every", "every_minutes >= 1"), check("secret", "secret_number >= 1"))

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    name: str = Field(max_length=80, unique=True)
    url: str = Field(max_length=300)
    kind: ExportKind = enum_field(ExportKind)
    mapping_id: int | None = fk("exportmapping.id", default=None)
    every_minutes: int
    active: bool = True
    secret_number: int = 1
    since: str = Field(default="", max_length=12)
    upto: str = Field(default="", max_length=12)
    last_key: str = Field(default="", max_length=64)
    next_at: datetime = utc_field()
    created_by_id: int = fk("user.id")
    created_at: datetime = utc_field()


class PushBatch(SQLModel, table=True):
    """Rows for a destination, frozen before the first call: `payload` is sent under the same key until it is accepted.

    `after_key`, `last_key`: the rows it holds, by key; `ends`: the last batch of its pass, after which `cursor` is the
    destination's. `faults`: rows that do not fit the mapping. `payload` is emptied when the batch is over.
    """

    __table_args__ = (sa.UniqueConstraint("destination_id", "number"), check("attempts", "attempts >= 0"))

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    destination_id: int = fk("pushdestination.id")
    number: int
    since: str = Field(default="", max_length=12)
    cursor: str = Field(max_length=12)
    after_key: str = Field(default="", max_length=64)
    last_key: str = Field(max_length=64)
    ends: bool
    rows: int
    left_out: int
    faults: list[Any] = json_field(default_factory=list)
    payload: str = text_field()
    payload_hash: str = Field(max_length=64)
    state: PushState = enum_field(PushState, default=PushState.QUEUED, index=True)
    attempts: int = 0
    not_before: datetime = utc_field()
    lease_until: datetime | None = utc_field(default=None)
    lease_holder: str = Field(default="", max_length=64)
    epoch: int = 0
    last_error: str = text_field(default="")
    reference: str = Field(default="", max_length=200)
    reason: str = text_field(default="")
    created_at: datetime = utc_field()
    sent_at: datetime | None = utc_field(default=None)
