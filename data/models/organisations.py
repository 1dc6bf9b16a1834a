"""Towns, the organisations that inspect, and the names people write for them."""

from datetime import date

from sqlmodel import Field, SQLModel

from data.enums import Mandate, OrganisationKind, TownKind
from data.models.columns import check, enum_field, fk


class Town(SQLModel, table=True):
    """A township, street, zone or farm of the district; `code` is its statistical division code."""

    __table_args__ = (check("lon", "lon BETWEEN -180 AND 180"), check("lat", "lat BETWEEN -90 AND 90"))

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=12, unique=True)
    name: str = Field(max_length=40, unique=True)
    name_en: str = Field(max_length=60)
    kind: TownKind = enum_field(TownKind)
    lon: float
    lat: float


class Organisation(SQLModel, table=True):
    """A body that inspects or coordinates. `inspectors`: people present on a normal day where no officers are known.

    `entrusted_by_id`, `entrusted_on`: who entrusted an entrusted body, and when that was published (R02).
    """

    __table_args__ = (check("inspectors", "inspectors >= 0"),)

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(max_length=16, unique=True)
    name: str = Field(max_length=80, unique=True)
    short_name: str = Field(max_length=40)
    name_en: str = Field(max_length=120)
    kind: OrganisationKind = enum_field(OrganisationKind)
    town_id: int | None = fk("town.id", default=None)
    inspectors: int = 0
    lon: float
    lat: float
    announced_on: date | None = None
    mandate: Mandate = enum_field(Mandate, default=Mandate.ORGAN)
    entrusted_by_id: int | None = fk("organisation.id", default=None)
    entrusted_on: date | None = None


class OrganisationAlias(SQLModel, table=True):
    """Another name by which sheets call an organisation (short, former or generic)."""

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: int = fk("organisation.id")
    name: str = Field(max_length=80, unique=True)
