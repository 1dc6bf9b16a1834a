"""Inspection plans as filed: uploads, plans, their tasks, and what the tasks aim at."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import (
    NoticeMode,
    PlanKind,
    PlanSource,
    PlanSpan,
    PlanStage,
    PlanStatus,
    PlanTrigger,
    Targeting,
    UploadStatus,
    Verdict,
    VisitHours,
)
from data.models.columns import Versioned, check, enum_field, fk, json_field, new_uid, text_field, uid_field, utc_field


class SheetUpload(Versioned, table=True):
    """A sheet as it came, kept whole: what was read from it, and what a person mended.

    `reading`: {"tasks": [task as the sheet reader gives it], "faults": [...]};
    `mends`: {row key: {field: text}} typed in on the page, laid over the reading.
    """

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    organisation_id: int = fk("organisation.id")
    round_id: int | None = fk("round.id", default=None)
    filename: str = Field(max_length=200)
    sha256: str = Field(max_length=64, index=True)
    content: bytes = Field(sa_type=sa.LargeBinary)  # type: ignore[call-overload]
    year: int | None = None
    status: UploadStatus = enum_field(UploadStatus, default=UploadStatus.READ)
    reading: dict[str, Any] = json_field(default_factory=dict)
    mends: dict[str, Any] = json_field(default_factory=dict)
    uploaded_by_id: int = fk("user.id")
    uploaded_at: datetime = utc_field()


class Plan(Versioned, table=True):
    """What one organisation means to inspect in a period. `period_first`..`period_last`: dates, both included.

    `parent_id`: the plan of a longer span that this one was derived from; `replaces_id`: the filed version before this
    one, `revision` counts from 1; `submission` counts how often it was submitted. `file_number`: given when filed.
    An emergency was inspected first (`inspected_on`) and is filed by `back_file_due` (R25).
    """

    __table_args__ = (
        check("period", "period_last >= period_first"),
        check("revision", "revision >= 1"),
        check("submission", "submission >= 0"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    organisation_id: int = fk("organisation.id")
    round_id: int | None = fk("round.id", default=None)
    upload_id: int | None = fk("sheetupload.id", default=None)
    title: str = Field(max_length=200)
    year: int
    kind: PlanKind = enum_field(PlanKind)
    source: PlanSource = enum_field(PlanSource)
    status: PlanStatus = enum_field(PlanStatus, default=PlanStatus.DRAFT, index=True)
    period_first: date
    period_last: date
    returned_reason: str = text_field(default="")
    created_by_id: int = fk("user.id")
    created_at: datetime = utc_field()
    submitted_at: datetime | None = utc_field(default=None)
    filed_by_id: int | None = fk("user.id", default=None)
    filed_at: datetime | None = utc_field(default=None)
    span: PlanSpan = enum_field(PlanSpan, default=PlanSpan.SINGLE)
    trigger: PlanTrigger | None = enum_field(PlanTrigger, default=None)
    clue_number: str = Field(default="", max_length=80)
    reviewed_plan_id: int | None = fk("plan.id", default=None)
    reviewed_visit_uid: str = Field(default="", max_length=32)
    emergency: bool = False
    emergency_reason: str = text_field(default="")
    inspected_on: date | None = None
    back_file_due: date | None = None
    directed: bool = False
    publish_drawn: bool = True
    document_number: str = Field(default="", max_length=80)
    basis: str = text_field(default="")
    lead_office: str = Field(default="", max_length=80)
    contact_name: str = Field(default="", max_length=40)
    contact_phone: str = Field(default="", max_length=24)
    parent_id: int | None = fk("plan.id", default=None)
    replaces_id: int | None = fk("plan.id", default=None)
    revision: int = 1
    submission: int = 0
    file_number: str = Field(default="", max_length=60)


class PlanTask(SQLModel, table=True):
    """One task of a plan: what is checked, where, when and with whom.

    `ratio` (0..1) or `quantity` say how many sites are drawn; `ratio_by_class` {"A": 0.05, ...} goes before `ratio`.
    `assistants`: people who go along without inspecting (R05).
    `source`: the task as the sheet reader gave it. `fingerprint`: the same task filed again has the same one.
    `round_id`: the round that took the task; `parent_id`: the task of a longer plan whose share this is; `line_uid` is
    the same in all versions of a plan. `offsite`: could be checked without a visit, `onsite_reason` says why not (R13).
    """

    __table_args__ = (
        check("window", "last_date >= first_date"),
        check("quarters", "quarters IN (1, 2, 4)"),
        check("inspectors", "inspectors >= 2"),
        check("priority", "priority BETWEEN 1 AND 9"),
        check("assistants", "assistants >= 0"),
        check("ratio", "ratio IS NULL OR (ratio >= 0 AND ratio <= 1)"),
        check("quantity", "quantity IS NULL OR quantity >= 0"),
        check("minimum", "minimum_yearly IS NULL OR minimum_yearly >= 1"),
        sa.UniqueConstraint("plan_id", "fingerprint"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    plan_id: int = fk("plan.id")
    position: int
    row: int | None = None
    number: str = Field(default="", max_length=40)
    name: str = text_field()
    target_text: str = text_field(default="")
    scenario_id: int | None = fk("scenario.id", default=None)
    town_id: int | None = fk("town.id", default=None)
    targeting: Targeting = enum_field(Targeting)
    first_date: date
    last_date: date
    ratio: float | None = None
    quantity: int | None = None
    ratio_by_class: dict[str, float] | None = json_field(default=None)
    quarters: int = 1
    inspectors: int = 2
    assistants: int = 0
    priority: int = 5
    joint: bool = True
    separate_reason: str = text_field(default="")
    notice_mode: NoticeMode = enum_field(NoticeMode, default=NoticeMode.ANNOUNCED)
    skill_id: int | None = fk("skill.id", default=None)
    source: dict[str, Any] | None = json_field(default=None)
    fingerprint: str = Field(max_length=64)
    round_id: int | None = fk("round.id", default=None)
    parent_id: int | None = fk("plantask.id", default=None)
    line_uid: str = Field(default_factory=new_uid, max_length=32, index=True)
    explanation: str = text_field(default="")
    hours: VisitHours = enum_field(VisitHours, default=VisitHours.ANY)
    equipment: str = Field(default="", max_length=200)
    together: bool = False
    sequence_note: str = Field(default="", max_length=200)
    lead_wish: bool = False
    offsite: bool = False
    onsite_reason: str = text_field(default="")
    minimum_yearly: int | None = None
    cap_clause: str = Field(default="", max_length=200)


class PlanTaskItem(SQLModel, table=True):
    """An item that a task checks, as written; `item_id` where it is in the catalogue."""

    id: int | None = Field(default=None, primary_key=True)
    task_id: int = fk("plantask.id")
    position: int
    text: str = text_field()
    item_id: int | None = fk("inspectionitem.id", default=None)


class PlanTaskPartner(SQLModel, table=True):
    """An organisation that the task wants beside it."""

    task_id: int = Field(foreign_key="plantask.id", primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", primary_key=True)


class PlanTarget(SQLModel, table=True):
    """A site that a task names."""

    task_id: int = Field(foreign_key="plantask.id", primary_key=True)
    site_id: int = Field(foreign_key="site.id", primary_key=True)


class PlanDecision(SQLModel, table=True):
    """What one organisation says to one submission of a plan at one stage; asked for, then answered or lapsed.

    `quarters`, `inspectors`: what a partner brings to each site, None for as much as the task asks. `due`: the last
    day for an answer.
    """

    __table_args__ = (
        sa.UniqueConstraint("plan_id", "submission", "stage", "organisation_id"),
        check("quarters", "quarters IS NULL OR quarters IN (1, 2, 4)"),
        check("inspectors", "inspectors IS NULL OR inspectors >= 2"),
        check("decided", "(verdict IN ('waiting', 'lapsed')) = (decided_by_id IS NULL)"),
    )

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = fk("plan.id")
    submission: int
    stage: PlanStage = enum_field(PlanStage)
    organisation_id: int = fk("organisation.id")
    verdict: Verdict = enum_field(Verdict, default=Verdict.WAITING)
    reason: str = text_field(default="")
    quarters: int | None = None
    inspectors: int | None = None
    asked_at: datetime = utc_field()
    due: date | None = None
    decided_by_id: int | None = fk("user.id", default=None)
    decided_at: datetime | None = utc_field(default=None)


class PlanSketch(SQLModel, table=True):
    """A task that somebody is still writing, step by step: what was typed, faulty or not.

    `typed`: {name of a field: texts as the browser sent them}; `step`: where the person was.
    """

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    plan_id: int = fk("plan.id")
    typed: dict[str, Any] = json_field(default_factory=dict)
    step: str = Field(max_length=16)
    saved_by_id: int = fk("user.id")
    saved_at: datetime = utc_field()
