"""What sample plans are made from, as the database has it: bodies with clerk and head, items, scenarios, sites."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CreditClass, ItemList, NoticeMode, OrganisationKind, RecordStatus, Role, ScenarioRole
from data.models import Enterprise, InspectionItem, Organisation, Scenario, ScenarioMember, Site, User
from data.seed.demand import DemandSite

# Who looks after a site of no scenario.
GENERAL_ASKERS = ("SCJG", "XF", "WJ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An organisation that files plans. `clerk_id` writes and `head_id` files them."""

    id: int
    code: str
    short_name: str
    clerk_id: int
    head_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    id: int
    code: str
    name: str
    target: str
    quarters: int
    inspectors: int
    skill_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedScenario:
    """`members`: codes of the lead and then the partners, sorted."""

    id: int
    name: str
    notice_mode: NoticeMode
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """`items`: by organisation and scenario code ("" for items of none). `sample_site`: of the one with a login."""

    bodies: dict[str, Body]
    scenarios: dict[str, PlannedScenario]
    items: dict[tuple[str, str], tuple[PlannedItem, ...]]
    sites: tuple[DemandSite, ...]
    sample_site: int | None

    def items_for(self, organisation: str, scenario: str) -> tuple[PlannedItem, ...]:
        """Items of an organisation for a scenario; its general ones where it has none there."""
        return self.items.get((organisation, scenario)) or self.items.get((organisation, ""), ())


def read_roll(session: Session) -> Roll:
    """Read all of it. Bodies are those that have both a clerk and a head."""
    bodies = {body.code: body for body in _bodies(session)}
    scenarios, items = _scenarios(session), _items(session)
    askers = {
        code: tuple(one for one in row.members if one in bodies and (one, code) in items)
        for code, row in scenarios.items()
    }
    askers[""] = tuple(one for one in GENERAL_ASKERS if one in bodies and (one, "") in items)
    return Roll(
        bodies=bodies,
        scenarios=scenarios,
        items=items,
        sites=_sites(session, askers, _townships(session, bodies)),
        sample_site=_sample_site(session),
    )


def _bodies(session: Session) -> list[Body]:
    clerks, heads = _first_users(session, Role.CLERK), _first_users(session, Role.HEAD)
    rows = session.exec(select(Organisation).order_by(col(Organisation.id)))
    return [
        Body(
            id=row.id,
            code=row.code,
            short_name=row.short_name,
            clerk_id=clerks[row.id],
            head_id=heads[row.id],
        )
        for row in rows
        if row.id is not None and row.id in clerks and row.id in heads
    ]


def _first_users(session: Session, role: Role) -> dict[int, int]:
    """The first account of a role, by organisation."""
    rows = session.execute(
        sa.select(col(User.organisation_id), sa.func.min(col(User.id)))
        .where(col(User.role) == role, col(User.organisation_id).is_not(None))
        .group_by(col(User.organisation_id))
    )
    return {row[0]: row[1] for row in rows}


def _scenarios(session: Session) -> dict[str, PlannedScenario]:
    members: dict[int, list[str]] = {}
    rows = session.exec(
        select(ScenarioMember, Organisation.code)
        .join(Organisation, col(Organisation.id) == col(ScenarioMember.organisation_id))
        .order_by(col(ScenarioMember.scenario_id), col(Organisation.id))
    )
    for member, code in rows:
        codes = members.setdefault(member.scenario_id, [])
        codes.insert(0 if member.role is ScenarioRole.LEAD else len(codes), code)
    return {
        row.code: PlannedScenario(
            id=row.id, name=row.name, notice_mode=row.notice_mode, members=tuple(members.get(row.id, ()))
        )
        for row in session.exec(select(Scenario).order_by(col(Scenario.id)))
        if row.id is not None
    }


def _items(session: Session) -> dict[tuple[str, str], tuple[PlannedItem, ...]]:
    """Items that a plan may name: in force, needing a visit, not on the list of the undisturbed."""
    rows = session.exec(
        select(InspectionItem, Organisation.code, Scenario.code)
        .join(Organisation, col(Organisation.id) == col(InspectionItem.organisation_id))
        .join(Scenario, col(Scenario.id) == col(InspectionItem.scenario_id), isouter=True)
        .where(
            col(InspectionItem.status) == RecordStatus.ACTIVE,
            col(InspectionItem.offsite).is_(False),
            col(InspectionItem.listed) != ItemList.UNDISTURBED,
        )
        .order_by(col(InspectionItem.id))
    )
    found: dict[tuple[str, str], list[PlannedItem]] = {}
    for item, organisation, scenario in rows:
        found.setdefault((organisation, scenario or ""), []).append(_planned_item(item))
    return {key: tuple(items) for key, items in found.items()}


def _planned_item(item: InspectionItem) -> PlannedItem:
    return PlannedItem(
        id=item.id or 0,
        code=item.code,
        name=item.name,
        target=item.target,
        quarters=item.quarters,
        inspectors=item.inspectors,
        skill_id=item.skill_id,
    )


def _sites(
    session: Session, askers: dict[str, tuple[str, ...]], townships: dict[int, tuple[str, ...]]
) -> tuple[DemandSite, ...]:
    """Sites that may be planned: in use, and not on the white list. `askers`: by scenario, `townships`: by town."""
    rows = session.execute(
        sa.select(
            col(Site.id), col(Site.enterprise_id), col(Scenario.code), col(Site.town_id), col(Enterprise.credit_class)
        )
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .join(Scenario, col(Scenario.id) == col(Site.scenario_id), isouter=True)
        .where(
            col(Site.status) == RecordStatus.ACTIVE,
            col(Enterprise.status) == RecordStatus.ACTIVE,
            col(Enterprise.whitelisted).is_(False),
        )
        .order_by(col(Site.id))
    )
    return tuple(
        DemandSite(
            id=site_id,
            enterprise=enterprise,
            scenario=scenario or "",
            credit_class=CreditClass(credit_class),
            askers=askers[scenario or ""] + townships.get(town_id, ()),
        )
        for site_id, enterprise, scenario, town_id, credit_class in rows
    )


def _townships(session: Session, bodies: dict[str, Body]) -> dict[int, tuple[str, ...]]:
    """Code of the township body, by id of its town."""
    rows = session.exec(select(Organisation).where(col(Organisation.kind) == OrganisationKind.TOWNSHIP))
    return {row.town_id: (row.code,) for row in rows if row.code in bodies and row.town_id is not None}


def _sample_site(session: Session) -> int | None:
    return session.exec(
        select(Site.id)
        .join(User, col(User.enterprise_id) == col(Site.enterprise_id))
        .where(col(User.role) == Role.ENTERPRISE)
        .order_by(col(User.id), col(Site.id))
        .limit(1)
    ).first()
