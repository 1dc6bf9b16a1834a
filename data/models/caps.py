"""The cap ledger: policies, balances, and the events that the balances follow from."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import CapEventKind, CapHolder, CapSubject, CreditClass, OrganisationKind, PlanKind
from data.models.columns import check, enum_field, fk, json_field, text_field, uid_field, utc_field


class CapPolicy(SQLModel, table=True):
    """How often in a year: `most` inspections of `subject` counted together for `holder`; None for no limit.

    Every scope column that is set narrows the policy; of several that fit, the narrowest holds. `hard`: stops a plan,
    else it only warns. `first_year`..`last_year`: the years it is for, both included, None for no end: caps are
    yearly, so a policy begins and ends with a year. A row is never changed but to end it: `active` False, `ended_at`;
    the row that takes its place names it in `replaces_uid`. `created_at` None: as delivered.
    """

    __table_args__ = (
        check("most", "most IS NULL OR most >= 0"),
        check("years", "first_year IS NULL OR last_year IS NULL OR last_year >= first_year"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    holder: CapHolder = enum_field(CapHolder)
    subject: CapSubject = enum_field(CapSubject, default=CapSubject.ENTERPRISE)
    organisation_id: int | None = fk("organisation.id", default=None)
    organisation_kind: OrganisationKind | None = enum_field(OrganisationKind, default=None, nullable=True)
    scenario_id: int | None = fk("scenario.id", default=None)
    item_id: int | None = fk("inspectionitem.id", default=None)
    credit_class: CreditClass | None = enum_field(CreditClass, default=None, nullable=True)
    first_year: int | None = None
    last_year: int | None = None
    most: int | None = None
    hard: bool = True
    active: bool = True
    source: str = Field(default="", max_length=200)
    reason: str = text_field(default="")
    replaces_uid: str = Field(default="", max_length=32)
    created_by_id: int | None = fk("user.id", default=None)
    created_at: datetime | None = utc_field(default=None, nullable=True)
    ended_at: datetime | None = utc_field(default=None, nullable=True)


class CapExemption(SQLModel, table=True):
    """What kinds of plans are counted and capped (R32, R33: sources disagree, so it is a table).

    `trigger`: of a case; "" for every one. `counted` without `capped`: never stopped, still counted.
    """

    __table_args__ = (sa.UniqueConstraint("kind", "trigger"), check("sense", "counted OR NOT capped"))

    id: int | None = Field(default=None, primary_key=True)
    kind: PlanKind = enum_field(PlanKind)
    trigger: str = Field(default="", max_length=24)
    counted: bool = True
    capped: bool = True
    source: str = Field(default="", max_length=200)


class CapAccount(SQLModel, table=True):
    """The balance of one cap: whose inspections of what in which year.

    `reserved`, `bound`, `used` are capped ones at each stage; `exempt` counts what no cap stops. `key` says it all.
    """

    __table_args__ = (check("balance", "reserved >= 0 AND bound >= 0 AND used >= 0 AND exempt >= 0"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=120, unique=True)
    holder: CapHolder = enum_field(CapHolder)
    subject: CapSubject = enum_field(CapSubject)
    organisation_id: int | None = fk("organisation.id", default=None)
    enterprise_id: int = fk("enterprise.id")
    site_id: int | None = fk("site.id", default=None)
    item_id: int | None = fk("inspectionitem.id", default=None)
    year: int
    reserved: int = 0
    bound: int = 0
    used: int = 0
    exempt: int = 0


class CapEvent(SQLModel, table=True):
    """One change of a balance; rows are only ever added. `hold`: the place that it is about, from first to last.

    The four differences are what the event adds to the balance: the balance is their sum.
    """

    __table_args__ = (sa.UniqueConstraint("hold", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = fk("capaccount.id")
    hold: str = Field(max_length=32, index=True)
    number: int
    kind: CapEventKind = enum_field(CapEventKind)
    plan_id: int | None = fk("plan.id", default=None)
    task_id: int | None = Field(default=None, foreign_key="plantask.id")
    site_id: int = fk("site.id")
    visit_uid: str = Field(default="", max_length=32, index=True)
    capped: bool
    reserved: int = 0
    bound: int = 0
    used: int = 0
    exempt: int = 0
    reason: str = Field(default="", max_length=40)
    actor_id: int | None = fk("user.id", default=None)
    at: datetime = utc_field()


class CapCheck(SQLModel, table=True):
    """The nightly comparison of balances with events. `drifts`: keys of accounts that disagree."""

    day: date = Field(primary_key=True)
    checked_at: datetime = utc_field()
    accounts: int
    events: int
    drifts: list[Any] = json_field(default_factory=list)
    note: str = text_field(default="")
