"""Work in the field: arrivals, results, orders and their end, visits off plan, duties, photos, published results."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import (
    ArrivalMethod,
    CorrectionStatus,
    DutyKind,
    DutyStatus,
    FieldDeed,
    ItemMeasure,
    ItemOutcome,
    OrderEnding,
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


class OrderEnd(SQLModel, table=True):
    """The end of an order to mend. `by_result_id`: the result of the re-inspection that ended it, None without one."""

    __table_args__ = (check("note", "by_result_id IS NOT NULL OR note <> ''"),)

    result_id: int = Field(foreign_key="itemresult.id", primary_key=True)
    ending: OrderEnding = enum_field(OrderEnding)
    by_result_id: int | None = fk("itemresult.id", default=None)
    note: str = text_field(default="")
    ended_by_id: int = fk("user.id")
    ended_at: datetime = utc_field()


class OffPlanVisit(SQLModel, table=True):
    """What a visit that no plan foresaw has instead of a release: its body as sealed visits have one (R25).

    `plan_id`: the emergency plan that is filed afterwards.
    """

    visit_id: int = Field(foreign_key="visit.id", primary_key=True)
    plan_id: int = Field(foreign_key="plan.id", unique=True)
    body: str = text_field()
    opened_by_id: int = fk("user.id")
    opened_at: datetime = utc_field()


class DutyRequest(Versioned, table=True):
    """An officer cannot come, or asks a colleague to go instead (F29); whoever decides does so by `until`.

    `visit_uid`: of one visit, "" for days; `first_date`..`last_date`: both included. `answer`: why it was refused.
    `return_visit_uid`: the visit of the colleague that the officer takes over in exchange, "" without one.
    """

    __table_args__ = (
        check("order", "last_date >= first_date"),
        check("visit", "(kind = 'days') = (visit_uid = '')"),
        check("colleague", "(kind = 'swap') = (colleague_id IS NOT NULL)"),
        check("colleague_other", "colleague_id IS NULL OR colleague_id <> officer_id"),
        check("in_return", "return_visit_uid = '' OR kind = 'swap'"),
        check("decided", "status NOT IN ('accepted', 'refused') OR decided_by_id IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    officer_id: int = fk("officer.id")
    kind: DutyKind = enum_field(DutyKind)
    status: DutyStatus = enum_field(DutyStatus, index=True)
    visit_uid: str = Field(default="", max_length=32, index=True)
    first_date: date
    last_date: date
    reason: str = text_field()
    colleague_id: int | None = fk("officer.id", default=None)
    return_visit_uid: str = Field(default="", max_length=32)
    until: datetime = utc_field()
    asked_by_id: int = fk("user.id")
    asked_at: datetime = utc_field()
    agreed_at: datetime | None = utc_field(default=None)
    decided_by_id: int | None = fk("user.id", default=None)
    decided_at: datetime | None = utc_field(default=None)
    answer: str = text_field(default="")


class ResultCorrection(Versioned, table=True):
    """A result of a closed visit that was wrong: what it said, what it is to say, and who agreed.

    `alone`: by the crew that leads, soon after the closing; every other one takes two people. `before`, `after`:
    canonical JSON of outcome, measure, unchecked_reason, text and mend_by. `publication_id`: what was public when the
    outcome changed, and bears a note since.
    """

    __table_args__ = (
        sa.Index(
            "uq_resultcorrection_waiting",
            "result_id",
            unique=True,
            sqlite_where=sa.text("status = 'waiting'"),
            postgresql_where=sa.text("status = 'waiting'"),
        ),
        check("decided", "(status = 'waiting') = (decided_at IS NULL)"),
        check("decider", "(decided_at IS NULL) = (decided_by_id IS NULL)"),
        check("two_people", "status NOT IN ('made', 'refused') OR alone OR decided_by_id <> asked_by_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    result_id: int = fk("itemresult.id")
    status: CorrectionStatus = enum_field(CorrectionStatus, index=True)
    alone: bool = False
    before: str = text_field()
    after: str = text_field()
    reason: str = text_field()
    asked_by_id: int = fk("user.id")
    asked_at: datetime = utc_field()
    decided_by_id: int | None = fk("user.id", default=None)
    decided_at: datetime | None = utc_field(default=None)
    answer: str = text_field(default="")
    publication_id: int | None = fk("publishedresult.id", default=None)


class ResultPhoto(SQLModel, table=True):
    """A photo of what was found on one item, without the place that a camera writes into it. Never public.

    A removed one keeps its row and its bytes.
    """

    __table_args__ = (
        sa.UniqueConstraint("visit_id", "item_key", "sha256"),
        check("size", "size > 0"),
        check("removed", "(removed_at IS NULL) = (removed_by_id IS NULL)"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    visit_id: int = fk("visit.id")
    organisation_id: int = fk("organisation.id")
    item_key: str = Field(max_length=64)
    media_type: str = Field(max_length=80)
    sha256: str = Field(max_length=64)
    size: int
    content: bytes = Field(sa_type=sa.LargeBinary)  # type: ignore[call-overload]
    taken_at: datetime = utc_field()
    uploaded_by_id: int = fk("user.id")
    uploaded_at: datetime = utc_field()
    late: bool = False
    removed_by_id: int | None = fk("user.id", default=None)
    removed_at: datetime | None = utc_field(default=None)


class PublishedResult(SQLModel, table=True):
    """One body's results of one visit as everybody may read them (R55). `body`: canonical JSON, without people.

    A publication is taken back by two people: one asks and says why, another one does it. What was taken back keeps
    its row; its number (`id`), reason and time stay public, its content does not.
    """

    __table_args__ = (
        sa.Index(
            "uq_publishedresult_standing",
            "visit_uid",
            "organisation_id",
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
        check("asked", "(withdrawal_asked_at IS NULL) = (withdrawal_asked_by_id IS NULL)"),
        check("withdrawn", "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)"),
        check("two_people", "withdrawn_by_id IS NULL OR withdrawn_by_id <> withdrawal_asked_by_id"),
    )

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
    withdrawal_reason: str = text_field(default="")
    withdrawal_asked_by_id: int | None = fk("user.id", default=None)
    withdrawal_asked_at: datetime | None = utc_field(default=None)
    withdrawn_by_id: int | None = fk("user.id", default=None)
    withdrawn_at: datetime | None = utc_field(default=None)
