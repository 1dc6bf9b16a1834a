"""Questions to the registry by site: what a clerk searches for when a plan is to name its targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import CreditClass, RecordStatus
from data.models import Enterprise, InspectionRecord, Scenario, Site, Town
from data.queries.licences import holds_licence
from data.queries.pages import Page, contains, fetch_page


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFilter:
    """What is searched for. `industry`: the beginning of a GB/T 4754 code; `unseen_since`: no visit on or after.

    `licence`: part of a kind or number of a licence; `licence_ends_by`: it is valid up to that day at most.
    """

    text: str = ""
    scenario_code: str = ""
    town_code: str = ""
    industry: str = ""
    credit_class: CreditClass | None = None
    unseen_since: date | None = None
    own_town_id: int | None = None
    licence: str = ""
    licence_ends_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """A site in a list. `alone`: the only active site of its enterprise; `last_day`: of its last inspection."""

    uid: str
    name: str
    enterprise_uid: str
    enterprise_name: str
    credit_code: str
    credit_class: CreditClass
    town: Town
    scenario: Scenario | None
    alone: bool
    last_day: date | None


def search_sites(session: Session, wanted: SiteFilter, *, page: int = 1, per_page: int = 50) -> Page[SiteRow]:
    """Return active sites of active enterprises by enterprise, name and key."""
    found = fetch_page(session, _statement(wanted), page=page, per_page=per_page)
    rows = _rows(session, found.rows)
    return Page(rows=rows, page=found.page, per_page=found.per_page, total=found.total)


def list_site_rows(session: Session, uids: Sequence[str]) -> tuple[SiteRow, ...]:
    """Return the sites of these uids that are active, in the order of `search_sites`; at most some hundreds."""
    return _rows(session, session.execute(_statement(SiteFilter()).where(col(Site.uid).in_(uids))).all())


def take_sites(session: Session, wanted: SiteFilter, *, most: int) -> tuple[SiteRow, ...]:
    """Return all sites found, but not more than `most`."""
    return _rows(session, session.execute(_statement(wanted).limit(most)).all())


def _statement(wanted: SiteFilter) -> Any:
    statement = (
        sa.select(Site, Enterprise, Town, Scenario)
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .join(Town, col(Town.id) == col(Site.town_id))
        .outerjoin(Scenario, col(Scenario.id) == col(Site.scenario_id))
        .where(col(Site.status) == RecordStatus.ACTIVE, col(Enterprise.status) == RecordStatus.ACTIVE)
        .where(contains(wanted.text, (col(Enterprise.name), col(Site.name)), codes=[col(Enterprise.credit_code)]))
        .order_by(col(Enterprise.name), col(Site.name), col(Site.id))
    )
    if wanted.scenario_code:
        statement = statement.where(col(Scenario.code) == wanted.scenario_code)
    if wanted.town_code:
        statement = statement.where(col(Town.code) == wanted.town_code)
    if wanted.own_town_id is not None:
        statement = statement.where(col(Site.town_id) == wanted.own_town_id)
    if wanted.industry:
        statement = statement.where(col(Enterprise.industry_code).startswith(wanted.industry, autoescape=True))
    if wanted.credit_class is not None:
        statement = statement.where(col(Enterprise.credit_class) == wanted.credit_class)
    if wanted.unseen_since is not None:
        seen = sa.select(col(InspectionRecord.site_id)).where(col(InspectionRecord.day) >= wanted.unseen_since)
        statement = statement.where(col(Site.id).not_in(seen))
    if wanted.licence or wanted.licence_ends_by is not None:
        statement = statement.where(holds_licence(wanted.licence, ends_by=wanted.licence_ends_by))
    return statement


def _rows(session: Session, found: Sequence[Any]) -> tuple[SiteRow, ...]:
    sites = [site.id for site, *_ in found]
    owners = [enterprise.id for _, enterprise, *_ in found]
    last = _by_key(
        session,
        sa.select(col(InspectionRecord.site_id), sa.func.max(col(InspectionRecord.day)))
        .where(col(InspectionRecord.site_id).in_(sites))
        .group_by(col(InspectionRecord.site_id)),
    )
    active = _by_key(
        session,
        sa.select(col(Site.enterprise_id), sa.func.count())
        .where(col(Site.enterprise_id).in_(owners), col(Site.status) == RecordStatus.ACTIVE)
        .group_by(col(Site.enterprise_id)),
    )
    return tuple(
        SiteRow(
            uid=site.uid,
            name=site.name,
            enterprise_uid=enterprise.uid,
            enterprise_name=enterprise.name,
            credit_code=enterprise.credit_code,
            credit_class=enterprise.credit_class,
            town=town,
            scenario=scenario,
            alone=active.get(enterprise.id, 0) == 1,
            last_day=last.get(site.id),
        )
        for site, enterprise, town, scenario in found
    )


def _by_key(session: Session, statement: Any) -> dict[Any, Any]:
    return {row[0]: row[1] for row in session.execute(statement)}
