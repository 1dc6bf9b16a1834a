"""Questions about sites: search over the district, and those of one enterprise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import CreditClass, RecordStatus
from data.models import Enterprise, Scenario, Site, Town
from data.queries.licences import holds_licence
from data.queries.pages import Page, contains, fetch_page


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """A site with the names that a list shows; `scenario_code` None where it belongs to none."""

    uid: str
    name: str
    address: str
    enterprise_uid: str
    enterprise: str
    credit_code: str
    credit_class: CreditClass
    town_code: str
    scenario_code: str | None
    lon: float
    lat: float
    status: RecordStatus
    synthetic: bool


def list_sites(
    session: Session,
    *,
    text: str = "",
    town_code: str | None = None,
    scenario_code: str | None = None,
    enterprise_id: int | None = None,
    licence: str = "",
    status: RecordStatus | None = RecordStatus.ACTIVE,
    page: int = 1,
    per_page: int = 50,
) -> Page[SiteRow]:
    """Return sites by name; every word of `text` stands in name, address, enterprise or credit code.

    `licence`: part of the kind or number of a licence of the site, or of its enterprise.
    """
    columns = (col(Site.name), col(Site.address), col(Enterprise.name))
    statement = (
        sa.select(Site, Enterprise, Town, Scenario)
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .join(Town, col(Town.id) == col(Site.town_id))
        .outerjoin(Scenario, col(Scenario.id) == col(Site.scenario_id))
        .where(contains(text, columns, codes=[col(Enterprise.credit_code)]))
        .order_by(col(Site.name), col(Site.id))
    )
    for column, value in (
        (col(Town.code), town_code),
        (col(Scenario.code), scenario_code),
        (col(Site.enterprise_id), enterprise_id),
        (col(Site.status), status),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if licence:
        statement = statement.where(holds_licence(licence))
    found = fetch_page(session, statement, page=page, per_page=per_page)
    return Page(rows=tuple(map(_site_row, found.rows)), page=found.page, per_page=found.per_page, total=found.total)


def _site_row(row: Any) -> SiteRow:
    site, enterprise, town, scenario = row
    return SiteRow(
        uid=site.uid,
        name=site.name,
        address=site.address,
        enterprise_uid=enterprise.uid,
        enterprise=enterprise.name,
        credit_code=enterprise.credit_code,
        credit_class=enterprise.credit_class,
        town_code=town.code,
        scenario_code=scenario.code if scenario else None,
        lon=site.lon,
        lat=site.lat,
        status=site.status,
        synthetic=enterprise.synthetic,
    )
