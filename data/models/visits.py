"""The working draft: visits (检查, joint or single), which requests they serve, who goes and when."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import NoticeMode, VisitStatus
from data.models.columns import Versioned, check, enum_field, fk, uid_field, utc_field


class Visit(Versioned, table=True):
    """One visit to one site on one day. `start_quarter` 0..3: the quarter of the working day in which it begins.

    `day_pinned`, `crew_pinned`, `members_pinned`: what a new solve must leave as it is.
    """

    __table_args__ = (
        check("start", "start_quarter BETWEEN 0 AND 3"),
        check("length", "quarters IN (1, 2, 4)"),
        check("within_day", "start_quarter + quarters <= 4"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    round_id: int = fk("round.id")
    site_id: int = fk("site.id")
    day: date
    start_quarter: int
    quarters: int
    notice_mode: NoticeMode = enum_field(NoticeMode)
    status: VisitStatus = enum_field(VisitStatus, default=VisitStatus.DRAFT, index=True)
    lead_organisation_id: int = fk("organisation.id")
    lead_officer_id: int | None = fk("officer.id", default=None)
    day_pinned: bool = False
    crew_pinned: bool = False
    members_pinned: bool = False
    checked_in_at: datetime | None = utc_field(default=None)
    finished_at: datetime | None = utc_field(default=None)


class VisitRequest(SQLModel, table=True):
    """A request that a visit serves; a request is in one visit at most."""

    visit_id: int = Field(foreign_key="visit.id", primary_key=True)
    request_id: int = Field(foreign_key="inspectionrequest.id", primary_key=True, unique=True)


class CrewSlot(SQLModel, table=True):
    """An officer on a request in one quarter of a day. The database itself refuses a double booking."""

    __table_args__ = (
        sa.UniqueConstraint("officer_id", "day", "quarter"),
        check("quarter", "quarter BETWEEN 0 AND 3"),
    )

    id: int | None = Field(default=None, primary_key=True)
    visit_id: int = fk("visit.id")
    request_id: int = fk("inspectionrequest.id")
    officer_id: int = fk("officer.id")
    day: date
    quarter: int
