"""Work in the field: arrivals, results of items, what was sent once, and published results."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import (
    ArrivalMethod,
    FieldDeed,
    ItemMeasure,
    ItemOutcome,
    UncheckedReason,
)
from data.models.columns import Versioned, check, enum_field, fk, text_field, uid_field, utc_field


class FieldEntry(SQLModel, table=True):
    """One thing that a device sent, under the key that the device made for it: the second time changes nothing.

    `device_at`: by the clock of the device, None when it said nothing; `late`: it came long after that.
    """

    __table_args__ = (sa.UniqueConstraint("user_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = fk("user.id")
    key: str = Field(max_length=64)
    deed: FieldDeed = enum_field(FieldDeed)
    visit_id: int = fk("visit.id")
    content_hash: str = Field(max_length=64)
    device_at: datetime | None = utc_field(default=None)
    received_at: datetime = utc_field()
    late: bool = False


class CrewArrival(SQLModel, table=True):
    """One body's crew has arrived. `arrived_at`: as the crew says; `received_at`: by the clock of the service."""

    __table_args__ = (
        sa.UniqueConstraint("visit_id", "organisation_id"),
        check("reason", "method = 'code' OR reason <> ''"),
    )

    id: int | None = Field(default=None, primary_key=True)
    visit_id: int = fk("visit.id")
    organisation_id: int = fk("organisation.id")
    officer_id: int = fk("officer.id")
    method: ArrivalMethod = enum_field(ArrivalMethod)
    reason: str = text_field(default="")
    arrived_at: datetime = utc_field()
    received_at: datetime = utc_field()
    late: bool = False


class ItemResult(Versioned, table=True):
    """What one body found on one item of a visit. `item_key` names the item as released, `item` is its text.

    `mend_by`: until when a problem is to be mended.
    """

    __table_args__ = (
        sa.UniqueConstraint("visit_id", "item_key"),
        check("measure", "(outcome = 'problem') = (measure IS NOT NULL)"),
        check("unchecked", "(outcome = 'unchecked') = (unchecked_reason IS NOT NULL)"),
        check("mending", "mend_by IS NULL OR measure = 'ordered'"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    visit_id: int = fk("visit.id")
    organisation_id: int = fk("organisation.id")
    item_key: str = Field(max_length=64)
    item: str = text_field()
    outcome: ItemOutcome = enum_field(ItemOutcome)
    measure: ItemMeasure | None = enum_field(ItemMeasure, default=None, nullable=True)
    unchecked_reason: UncheckedReason | None = enum_field(UncheckedReason, default=None, nullable=True)
    text: str = text_field(default="")
    mend_by: date | None = None
    recorded_by_id: int = fk("user.id")
    recorded_at: datetime = utc_field()
    device_at: datetime | None = utc_field(default=None)
    late: bool = False


class PublishedResult(SQLModel, table=True):
    """One body's results of one visit as everybody may read them (R55). `body`: canonical JSON, without people."""

    __table_args__ = (sa.UniqueConstraint("visit_uid", "organisation_id"),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    visit_uid: str = Field(max_length=32, index=True)
    organisation_id: int = fk("organisation.id")
    enterprise_name: str = Field(max_length=120, index=True)
    day: date = Field(index=True)
    problem_found: bool
    body: str = text_field()
    published_by_id: int = fk("user.id")
    published_at: datetime = utc_field()
