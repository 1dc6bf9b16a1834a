"""What departments say to their part of a draft before it is approved (部门确认)."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import ConfirmationStatus, CounterStatus
from data.models.columns import Versioned, check, enum_field, fk, json_field, text_field, uid_field, utc_field


class Confirmation(Versioned, table=True):
    """One question to one organisation about its visits in a draft, and the answer.

    `number`: counts the questions to this organisation in this round, from 1. `part`: {visit uid: the visit as it was
    asked about}; `part_hash`: SHA-256 of its canonical JSON. `invited`: a vertical body, asked and not ordered.
    """

    __table_args__ = (
        sa.UniqueConstraint("round_id", "organisation_id", "number"),
        check("number", "number >= 1"),
        check("answered", "status NOT IN ('consented', 'countered', 'refused') OR answered_by_id IS NOT NULL"),
        check("reasoned", "status <> 'refused' OR reason <> ''"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    round_id: int = fk("round.id")
    organisation_id: int = fk("organisation.id")
    number: int
    draft_version: int
    draft_hash: str = Field(max_length=64)
    part: dict[str, Any] = json_field(default_factory=dict)
    part_hash: str = Field(max_length=64)
    invited: bool = False
    status: ConfirmationStatus = enum_field(ConfirmationStatus, default=ConfirmationStatus.WAITING, index=True)
    asked_by_id: int | None = fk("user.id", default=None)
    asked_at: datetime = utc_field()
    due: datetime = utc_field(index=True)
    answered_by_id: int | None = fk("user.id", default=None)
    answered_at: datetime | None = utc_field(default=None)
    reason: str = text_field(default="")


class CounterProposal(SQLModel, table=True):
    """Another day for one visit, proposed in an answer. `visit_uid`: visits may go, what was said of them stays."""

    __table_args__ = (
        sa.UniqueConstraint("confirmation_id", "visit_uid"),
        check("settled", "(status = 'open') = (settled_at IS NULL)"),
        check("declined", "status <> 'declined' OR settled_reason <> ''"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    confirmation_id: int = fk("confirmation.id")
    visit_uid: str = Field(max_length=32, index=True)
    day: date
    wanted_day: date
    reason: str = text_field(default="")
    status: CounterStatus = enum_field(CounterStatus, default=CounterStatus.OPEN, index=True)
    settled_by_id: int | None = fk("user.id", default=None)
    settled_at: datetime | None = utc_field(default=None)
    settled_reason: str = text_field(default="")
