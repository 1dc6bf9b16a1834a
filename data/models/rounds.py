"""Coordination rounds: the period, and the requests that the solver is asked to place. Draws are in `draws`."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from data.enums import NoticeMode, RequestStatus, RoundKind, RoundStatus
from data.models.columns import Versioned, check, enum_field, fk, json_field, text_field, uid_field, utc_field


class Round(Versioned, table=True):
    """One coordination round (统筹轮次) over a month or quarter.

    `draft_version` rises with every change of requests or visits: a solve knows which draft it started from.
    `weights`, `limits`: as in the planning-problem format; empty means the defaults of the planning room.
    """

    __table_args__ = (check("period", "period_last >= period_first"), check("draft", "draft_version >= 0"))

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    name: str = Field(max_length=80, unique=True)
    kind: RoundKind = enum_field(RoundKind)
    status: RoundStatus = enum_field(RoundStatus, default=RoundStatus.OPEN, index=True)
    period_first: date
    period_last: date
    filing_until: datetime = utc_field()
    draft_version: int = 0
    weights: dict[str, Any] = json_field(default_factory=dict)
    limits: dict[str, Any] = json_field(default_factory=dict)
    opened_by_id: int = fk("user.id")
    opened_at: datetime = utc_field()
    frozen_at: datetime | None = utc_field(default=None)
    frozen_hash: str = Field(default="", max_length=64)


class InspectionRequest(Versioned, table=True):
    """One organisation wants to see one site once in the round: the demand unit of the planning problem."""

    __table_args__ = (
        sa.UniqueConstraint("round_id", "task_id", "site_id", "organisation_id"),
        check("window", "last_date >= first_date"),
        check("quarters", "quarters IN (1, 2, 4)"),
        check("inspectors", "inspectors >= 2"),
        check("priority", "priority BETWEEN 1 AND 9"),
        check("locked", "NOT locked OR planned_date IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    round_id: int = fk("round.id")
    task_id: int = fk("plantask.id")
    organisation_id: int = fk("organisation.id")
    site_id: int = fk("site.id")
    first_date: date
    last_date: date
    quarters: int
    inspectors: int
    priority: int
    joint: bool
    notice_mode: NoticeMode = enum_field(NoticeMode)
    skill_id: int | None = fk("skill.id", default=None)
    planned_date: date | None = None
    locked: bool = False
    drawn: bool = False
    status: RequestStatus = enum_field(RequestStatus, default=RequestStatus.PENDING)
    reason_code: str = Field(default="", max_length=40)
    reason_detail: str = text_field(default="")
