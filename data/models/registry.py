"""The registry: enterprises, their sites (one credit code, many premises), credit classes by month, closures."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import ClosureKind, CreditClass, RecordStatus
from data.models.columns import Versioned, check, enum_field, fk, uid_field


class Enterprise(Versioned, table=True):
    """A market entity. `credit_class` is the class of `credit_month`, kept here so that lists need no history."""

    # Lists count and search the names of those in service: over the index alone, the rows are several times as wide.
    __table_args__ = (sa.Index("ix_enterprise_status_name", "status", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    credit_code: str = Field(max_length=18, unique=True)
    name: str = Field(max_length=120, index=True)
    industry_code: str = Field(max_length=8)
    credit_class: CreditClass = enum_field(CreditClass, index=True)
    credit_month: date
    contact_name: str = Field(default="", max_length=40)
    contact_phone: str = Field(default="", max_length=24)
    contact_email: str = Field(default="", max_length=120)
    whitelisted: bool = False
    established_on: date | None = None
    status: RecordStatus = enum_field(RecordStatus, default=RecordStatus.ACTIVE)
    synthetic: bool = False


class Site(Versioned, table=True):
    """Premises of an enterprise: a visit goes to a site. Opening hours are minutes after midnight."""

    __table_args__ = (
        check("hours", "opens_minute >= 0 AND closes_minute <= 1440 AND opens_minute < closes_minute"),
        check("lon", "lon BETWEEN -180 AND 180"),
        check("lat", "lat BETWEEN -90 AND 90"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    enterprise_id: int = fk("enterprise.id")
    name: str = Field(max_length=140)
    address: str = Field(max_length=160)
    town_id: int = fk("town.id")
    scenario_id: int | None = fk("scenario.id", default=None)
    lon: float
    lat: float
    opens_minute: int = 480
    closes_minute: int = 1080
    status: RecordStatus = enum_field(RecordStatus, default=RecordStatus.ACTIVE)


class Licence(SQLModel, table=True):
    """A licence or permit (许可证) of an enterprise, of one site where it names one. `valid_until` None: no end."""

    __table_args__ = (sa.UniqueConstraint("kind", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = fk("enterprise.id")
    site_id: int | None = fk("site.id", default=None)
    kind: str = Field(max_length=60)
    number: str = Field(max_length=60, index=True)
    valid_until: date | None = None


class CreditClassMonth(SQLModel, table=True):
    """The class that an enterprise had in a month (first day of the month); imported monthly (R40)."""

    __table_args__ = (sa.UniqueConstraint("enterprise_id", "month"),)

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = fk("enterprise.id")
    month: date = Field(index=True)
    credit_class: CreditClass = enum_field(CreditClass)


class FieldClass(SQLModel, table=True):
    """The class that a field's own authority gave an enterprise (R44): goes before the general one in that scenario."""

    __table_args__ = (sa.UniqueConstraint("enterprise_id", "scenario_id"),)

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = fk("enterprise.id")
    scenario_id: int = fk("scenario.id")
    credit_class: CreditClass = enum_field(CreditClass)
    month: date


class Closure(SQLModel, table=True):
    """Dates on which a site is not visited, both included: quiet days, peak season, shutdown, examinations."""

    __table_args__ = (check("order", "last_date >= first_date"),)

    id: int | None = Field(default=None, primary_key=True)
    site_id: int = fk("site.id")
    first_date: date
    last_date: date
    kind: ClosureKind = enum_field(ClosureKind)


class InspectionRecord(SQLModel, table=True):
    """One organisation's part of one past visit to a site; the ground of frequencies, caps and histories.

    `visit_uid` is the same for all organisations that came together.
    """

    __table_args__ = (sa.UniqueConstraint("visit_uid", "organisation_id"),)

    id: int | None = Field(default=None, primary_key=True)
    visit_uid: str = Field(max_length=32, index=True)
    site_id: int = fk("site.id")
    organisation_id: int = fk("organisation.id")
    day: date
    problem_found: bool = False
    synthetic: bool = False
