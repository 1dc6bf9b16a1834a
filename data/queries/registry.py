"""Questions to the registry: enterprises, their sites, classes, past inspections and closures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CreditClass, RecordStatus
from data.errors import NotFoundError
from data.models import (
    Closure,
    CreditClassMonth,
    Enterprise,
    InspectionRecord,
    Organisation,
    Scenario,
    Site,
    Town,
)
from data.queries.pages import Page, SortError, contains, fetch_page

SORTS: Final[dict[str, tuple[Any, ...]]] = {
    "name": (col(Enterprise.name),),
    "-name": (col(Enterprise.name).desc(),),
    "credit_code": (col(Enterprise.credit_code),),
    "credit_class": (col(Enterprise.credit_class), col(Enterprise.name)),
    "-credit_class": (col(Enterprise.credit_class).desc(), col(Enterprise.name)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseRow:
    """A line of the list. `towns`: names of the towns of its active sites, sorted, each once."""

    uid: str
    credit_code: str
    name: str
    industry_code: str
    credit_class: CreditClass
    credit_month: date
    status: RecordStatus
    synthetic: bool
    sites: int
    towns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDetails:
    """A site with the names that its page shows, and its closures by first day."""

    site: Site
    town: Town
    scenario: Scenario | None
    closures: tuple[Closure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastInspection:
    """One organisation's part of one past visit."""

    day: date
    visit_uid: str
    site_name: str
    organisation_id: int
    organisation_name: str
    problem_found: bool
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseDetails:
    """All that is known of an enterprise. `classes`: newest month first; `records`: newest day first."""

    enterprise: Enterprise
    sites: tuple[SiteDetails, ...]
    classes: tuple[CreditClassMonth, ...]
    records: tuple[PastInspection, ...]


def list_enterprises(
    session: Session,
    *,
    text: str = "",
    town_id: int | None = None,
    credit_class: CreditClass | None = None,
    scenario_id: int | None = None,
    status: RecordStatus | None = RecordStatus.ACTIVE,
    sort: str = "name",
    page: int = 1,
    per_page: int = 50,
) -> Page[EnterpriseRow]:
    """Return enterprises whose name or credit code holds every word of `text`.

    `town_id` and `scenario_id` ask for an active site there and of that kind. Raises SortError for an unknown `sort`.
    """
    if sort not in SORTS:
        raise SortError(sort=sort, known=sorted(SORTS))
    statement = select(Enterprise).where(contains(text, [col(Enterprise.name)], codes=[col(Enterprise.credit_code)]))
    if credit_class is not None:
        statement = statement.where(Enterprise.credit_class == credit_class)
    if status is not None:
        statement = statement.where(Enterprise.status == status)
    if town_id is not None or scenario_id is not None:
        statement = statement.where(col(Enterprise.id).in_(_owners_of_sites(town_id, scenario_id)))
    found = fetch_page(session, statement.order_by(*SORTS[sort], col(Enterprise.id)), page=page, per_page=per_page)
    enterprises = [row[0] for row in found.rows]
    towns = _towns_by_enterprise(session, [enterprise.id for enterprise in enterprises])
    rows = tuple(_enterprise_row(enterprise, towns.get(enterprise.id, [])) for enterprise in enterprises)
    return Page(rows=rows, page=found.page, per_page=found.per_page, total=found.total)


def get_enterprise(session: Session, uid: str) -> Enterprise:
    """Return the enterprise. Raises NotFoundError."""
    enterprise = session.exec(select(Enterprise).where(Enterprise.uid == uid)).first()
    if enterprise is None:
        raise NotFoundError("enterprise", uid)
    return enterprise


def get_site(session: Session, uid: str) -> Site:
    """Return the site. Raises NotFoundError."""
    site = session.exec(select(Site).where(Site.uid == uid)).first()
    if site is None:
        raise NotFoundError("site", uid)
    return site


def enterprise_details(session: Session, enterprise: Enterprise) -> EnterpriseDetails:
    """Return everything that the page of an enterprise shows; five queries, however many sites it has."""
    classes = session.exec(
        select(CreditClassMonth)
        .where(CreditClassMonth.enterprise_id == enterprise.id)
        .order_by(col(CreditClassMonth.month).desc())
    ).all()
    return EnterpriseDetails(
        enterprise=enterprise,
        sites=_site_details(session, enterprise),
        classes=tuple(classes),
        records=_past_inspections(session, enterprise),
    )


def list_towns(session: Session) -> list[Town]:
    """Return all towns by code."""
    return list(session.exec(select(Town).order_by(col(Town.code))))


def _owners_of_sites(town_id: int | None, scenario_id: int | None) -> Any:
    owners = sa.select(col(Site.enterprise_id)).where(col(Site.status) == RecordStatus.ACTIVE)
    if town_id is not None:
        owners = owners.where(col(Site.town_id) == town_id)
    if scenario_id is not None:
        owners = owners.where(col(Site.scenario_id) == scenario_id)
    return owners


def _towns_by_enterprise(session: Session, ids: Sequence[int | None]) -> dict[int | None, list[str]]:
    rows = session.execute(
        sa.select(col(Site.enterprise_id), col(Town.name))
        .join(Town, col(Town.id) == col(Site.town_id))
        .where(col(Site.enterprise_id).in_(ids), col(Site.status) == RecordStatus.ACTIVE)
    )
    towns: dict[int | None, list[str]] = {}
    for enterprise_id, name in rows:
        towns.setdefault(enterprise_id, []).append(name)
    return towns


def _enterprise_row(enterprise: Enterprise, towns: list[str]) -> EnterpriseRow:
    return EnterpriseRow(
        uid=enterprise.uid,
        credit_code=enterprise.credit_code,
        name=enterprise.name,
        industry_code=enterprise.industry_code,
        credit_class=enterprise.credit_class,
        credit_month=enterprise.credit_month,
        status=enterprise.status,
        synthetic=enterprise.synthetic,
        sites=len(towns),
        towns=tuple(sorted(set(towns))),
    )


def _site_details(session: Session, enterprise: Enterprise) -> tuple[SiteDetails, ...]:
    rows = session.exec(
        select(Site, Town, Scenario)
        .join(Town, col(Town.id) == col(Site.town_id))
        .join(Scenario, col(Scenario.id) == col(Site.scenario_id), isouter=True)
        .where(Site.enterprise_id == enterprise.id)
        .order_by(col(Site.name), col(Site.id))
    ).all()
    closures: dict[int, list[Closure]] = {}
    for closure in session.exec(
        select(Closure)
        .where(col(Closure.site_id).in_([site.id for site, _, _ in rows]))
        .order_by(col(Closure.first_date), col(Closure.id))
    ):
        closures.setdefault(closure.site_id, []).append(closure)
    return tuple(
        SiteDetails(site=site, town=town, scenario=scenario, closures=tuple(closures.get(site.id or 0, ())))
        for site, town, scenario in rows
    )


def _past_inspections(session: Session, enterprise: Enterprise) -> tuple[PastInspection, ...]:
    rows = session.exec(
        select(InspectionRecord, Site, Organisation)
        .join(Site, col(Site.id) == col(InspectionRecord.site_id))
        .join(Organisation, col(Organisation.id) == col(InspectionRecord.organisation_id))
        .where(Site.enterprise_id == enterprise.id)
        .order_by(col(InspectionRecord.day).desc(), col(InspectionRecord.id))
    )
    return tuple(
        PastInspection(
            day=record.day,
            visit_uid=record.visit_uid,
            site_name=site.name,
            organisation_id=record.organisation_id,
            organisation_name=organisation.short_name,
            problem_found=record.problem_found,
            synthetic=record.synthetic,
        )
        for record, site, organisation in rows
    )
