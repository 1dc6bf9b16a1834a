"""Rules as data: versions of each rule, the reasons given against its warnings, and what plans were judged by."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import OrganisationKind, Severity
from data.models.columns import check, enum_field, fk, json_field, text_field, uid_field, utc_field


class Rule(SQLModel, table=True):
    """One version of a rule, never changed once written: a new version takes its place.

    `code`: R01 and so on. `organisation_kind`, `scenario_id`: for whom this version holds; None for all, the narrower
    goes before the wider. `valid_from`..`valid_to`: dates of judging, both included. `active` False switches it off.
    """

    __table_args__ = (
        sa.UniqueConstraint("code", "version"),
        check("version", "version >= 1"),
        check("validity", "valid_to IS NULL OR valid_to >= valid_from"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    code: str = Field(max_length=8, index=True)
    version: int = 1
    title_zh: str = Field(max_length=80)
    title_en: str = Field(max_length=120)
    text_zh: str = text_field()
    text_en: str = text_field()
    source: str = Field(max_length=200)
    severity: Severity = enum_field(Severity)
    parameters: dict[str, Any] = json_field(default_factory=dict)
    valid_from: date
    valid_to: date | None = None
    organisation_kind: OrganisationKind | None = enum_field(OrganisationKind, default=None, nullable=True)
    scenario_id: int | None = fk("scenario.id", default=None)
    active: bool = True
    reason: str = text_field(default="")
    created_by_id: int | None = fk("user.id", default=None)
    created_at: datetime = utc_field()


class RuleOverride(SQLModel, table=True):
    """A reason given against a warning. `target`: uid of the task, or task/site; "" for the plan."""

    __table_args__ = (sa.UniqueConstraint("plan_id", "finding", "target"),)

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = fk("plan.id")
    rule: str = Field(max_length=8)
    finding: str = Field(max_length=40)
    target: str = Field(default="", max_length=80)
    reason: str = text_field()
    given_by_id: int = fk("user.id")
    given_at: datetime = utc_field()


class PlanJudgement(SQLModel, table=True):
    """A rule version that a plan was judged by when it was submitted, and how many findings it had.

    `submission`: 1 for the first time that the plan was submitted, 2 after it was returned, and so on.
    """

    __table_args__ = (sa.UniqueConstraint("plan_id", "submission", "rule_id"), check("findings", "findings >= 0"))

    id: int | None = Field(default=None, primary_key=True)
    plan_id: int = fk("plan.id")
    rule_id: int = fk("rule.id")
    submission: int
    judged_at: datetime = utc_field()
    findings: int = 0
