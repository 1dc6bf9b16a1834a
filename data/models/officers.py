"""Officers (执法人员): certificate, skills, absences, recusals (回避)."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import RecordStatus
from data.models.columns import Versioned, check, enum_field, fk, uid_field


class Skill(SQLModel, table=True):
    """A professional qualification that an inspection item may ask for."""

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=32, unique=True)
    name: str = Field(max_length=40)
    name_en: str = Field(max_length=80)


class Officer(Versioned, table=True):
    """A certificated officer. The certificate holds up to and including `certificate_until`."""

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    organisation_id: int = fk("organisation.id")
    name: str = Field(max_length=40)
    certificate_number: str = Field(max_length=32, unique=True)
    certificate_until: date
    reviewed: bool = True
    training_hours: int = 0
    status: RecordStatus = enum_field(RecordStatus, default=RecordStatus.ACTIVE)
    synthetic: bool = False


class OfficerSkill(SQLModel, table=True):
    officer_id: int = Field(foreign_key="officer.id", primary_key=True)
    skill_id: int = Field(foreign_key="skill.id", primary_key=True)


class Absence(SQLModel, table=True):
    """Days on which an officer is not there, both included. The cause is not kept."""

    __table_args__ = (check("order", "last_date >= first_date"),)

    id: int | None = Field(default=None, primary_key=True)
    officer_id: int = fk("officer.id")
    first_date: date
    last_date: date


class Recusal(SQLModel, table=True):
    """An officer who must not inspect an enterprise (R06)."""

    __table_args__ = (sa.UniqueConstraint("officer_id", "enterprise_id"),)

    id: int | None = Field(default=None, primary_key=True)
    officer_id: int = fk("officer.id")
    enterprise_id: int = fk("enterprise.id")
    noted_on: date
