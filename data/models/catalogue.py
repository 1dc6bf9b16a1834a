"""The catalogue: scenarios (场景) with lead and partners, inspection items (检查事项) with basis and needs."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import ItemList, NoticeMode, RecordStatus, ScenarioRole
from data.models.columns import check, enum_field, fk, text_field, uid_field


class Scenario(SQLModel, table=True):
    """A kind of place that several departments look after. `industry_codes`: GB/T 4754 prefixes joined by blanks."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=8, unique=True)
    name: str = Field(max_length=40, unique=True)
    name_en: str = Field(max_length=80)
    industry_codes: str = Field(max_length=120)
    words: str = Field(default="", max_length=200)
    notice_mode: NoticeMode = enum_field(NoticeMode, default=NoticeMode.ANNOUNCED)


class ScenarioMember(SQLModel, table=True):
    scenario_id: int = Field(foreign_key="scenario.id", primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", primary_key=True)
    role: ScenarioRole = enum_field(ScenarioRole)


class InspectionItem(SQLModel, table=True):
    """One thing that an organisation may check. `quarters`: quarters of a working day (90 minutes), 1, 2 or 4.

    `simple`: another body's team may collect the facts on its form (R14). `preparation`: what the enterprise should
    have ready for it, one thing a line.
    """

    __table_args__ = (check("quarters", "quarters IN (1, 2, 4)"), check("inspectors", "inspectors >= 2"))

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    code: str = Field(max_length=24, unique=True)
    organisation_id: int = fk("organisation.id")
    scenario_id: int | None = fk("scenario.id", default=None)
    name: str = Field(max_length=200)
    target: str = Field(default="", max_length=200)
    legal_basis: str = text_field(default="")
    preparation: str = text_field(default="")
    listed: ItemList = enum_field(ItemList, default=ItemList.RANDOM)
    quarters: int = 1
    inspectors: int = 2
    skill_id: int | None = fk("skill.id", default=None)
    offsite: bool = False
    simple: bool = False
    published_on: date | None = None
    status: RecordStatus = enum_field(RecordStatus, default=RecordStatus.ACTIVE)


class RequirementConflict(SQLModel, table=True):
    """Two items that ask an enterprise for opposite things (R16), and how it was settled; empty while it is not."""

    __table_args__ = (
        check("two", "first_item_id < second_item_id"),
        sa.UniqueConstraint("first_item_id", "second_item_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    first_item_id: int = fk("inspectionitem.id")
    second_item_id: int = fk("inspectionitem.id")
    subject: str = text_field()
    resolution: str = text_field(default="")
    decided_by: str = Field(default="", max_length=80)
    decided_on: date | None = None
