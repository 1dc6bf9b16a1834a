"""Uploaded lists of the registry, kept whole, and what happened to its enterprises."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import ListKind, ListStatus, RegistryChange
from data.models.columns import Versioned, enum_field, fk, json_field, text_field, uid_field, utc_field


class ListUpload(Versioned, table=True):
    """A list as it came, and what taking it over would do or did.

    `month`: of a list of credit classes. `outcome`: {"added", "changed", "same", "faulty": numbers, "columns": names,
    "unknown": headers, "faults": [[row, column, code, text, params]], "examples": [[row, label, {field: [old, new]}]]}.
    """

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    kind: ListKind = enum_field(ListKind)
    month: date | None = None
    filename: str = Field(max_length=200)
    sha256: str = Field(max_length=64, index=True)
    content: bytes = Field(sa_type=sa.LargeBinary)  # type: ignore[call-overload]
    status: ListStatus = enum_field(ListStatus, default=ListStatus.CHECKED)
    outcome: dict[str, Any] = json_field(default_factory=dict)
    organisation_id: int | None = fk("organisation.id", default=None)
    uploaded_by_id: int = fk("user.id")
    uploaded_at: datetime = utc_field()
    applied_at: datetime | None = utc_field(default=None)


class RegistryEvent(SQLModel, table=True):
    """Something that happened to an enterprise: renamed, merged, split, closed. Rows are only ever added.

    `other_id`: the enterprise it was merged into or split from; `details`: names and sites before and after.
    """

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = fk("enterprise.id")
    other_id: int | None = fk("enterprise.id", default=None)
    change: RegistryChange = enum_field(RegistryChange)
    day: date
    details: dict[str, Any] = json_field(default_factory=dict)
    reason: str = text_field(default="")
    by_id: int = fk("user.id")
    at: datetime = utc_field()
