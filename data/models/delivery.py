"""Delivery: where recipients are reached beside the inbox, and what has come up since a release."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import Channel, ConcernKind, RecipientKind
from data.models.columns import Versioned, enum_field, fk, json_field, uid_field, utc_field


class Contact(Versioned, table=True):
    """The address of one recipient on one channel: e-mail, telephone or account of the gateway, postal address."""

    __table_args__ = (sa.UniqueConstraint("recipient_kind", "recipient_id", "channel", name="uq_contact_recipient"),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    recipient_kind: RecipientKind = enum_field(RecipientKind)
    recipient_id: int = Field(index=True)
    channel: Channel = enum_field(Channel)
    address: str = Field(max_length=200)
    active: bool = True
    changed_by_id: int = fk("user.id")
    changed_at: datetime = utc_field()


class Concern(SQLModel, table=True):
    """Something behind a visit has changed since: open until it is gone again. `key` holds it once."""

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    key: str = Field(max_length=160, unique=True)
    kind: ConcernKind = enum_field(ConcernKind)
    round_id: int = fk("round.id")
    visit_uid: str = Field(max_length=32, index=True)
    details: dict[str, Any] = json_field(default_factory=dict)
    opened_at: datetime = utc_field()
    closed_at: datetime | None = utc_field(default=None, index=True)
