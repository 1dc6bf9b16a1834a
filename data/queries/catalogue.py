"""Questions to the catalogue: scenarios with their members, inspection items."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from data.enums import ItemList, RecordStatus, ScenarioRole
from data.errors import NotFoundError
from data.models import InspectionItem, Organisation, Scenario, ScenarioMember, Skill
from data.queries.pages import Page, contains, fetch_page


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRow:
    """A scenario with its leading organisation and the others, by code."""

    scenario: Scenario
    lead: Organisation | None
    partners: tuple[Organisation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """An inspection item with the names that a list shows."""

    item: InspectionItem
    organisation_name: str
    scenario_name: str
    skill_name: str


def scenarios_by_code(session: Session) -> list[Scenario]:
    """Return all scenarios by code, without their members."""
    return list(session.exec(select(Scenario).order_by(col(Scenario.code))))


def list_scenarios(session: Session) -> list[ScenarioRow]:
    """Return all scenarios by code, with their members; two queries."""
    members: dict[tuple[int, ScenarioRole], list[Organisation]] = {}
    for member, organisation in session.exec(
        select(ScenarioMember, Organisation)
        .join(Organisation, col(Organisation.id) == col(ScenarioMember.organisation_id))
        .order_by(col(Organisation.code))
    ):
        members.setdefault((member.scenario_id, member.role), []).append(organisation)
    return [
        ScenarioRow(
            scenario=scenario,
            lead=next(iter(members.get((scenario.id or 0, ScenarioRole.LEAD), ())), None),
            partners=tuple(members.get((scenario.id or 0, ScenarioRole.PARTNER), ())),
        )
        for scenario in scenarios_by_code(session)
    ]


def get_scenario(session: Session, code: str) -> Scenario:
    """Return the scenario of a code. Raises NotFoundError."""
    scenario = session.exec(select(Scenario).where(Scenario.code == code)).first()
    if scenario is None:
        raise NotFoundError("scenario", code)
    return scenario


def list_items(
    session: Session,
    *,
    text: str = "",
    organisation_id: int | None = None,
    scenario_id: int | None = None,
    listed: ItemList | None = None,
    status: RecordStatus | None = RecordStatus.ACTIVE,
    page: int = 1,
    per_page: int = 50,
) -> Page[ItemRow]:
    """Return items by code, whose name, code or target holds every word of `text`."""
    statement = (
        select(InspectionItem, Organisation, Scenario, Skill)
        .join(Organisation, col(Organisation.id) == col(InspectionItem.organisation_id))
        .join(Scenario, col(Scenario.id) == col(InspectionItem.scenario_id), isouter=True)
        .join(Skill, col(Skill.id) == col(InspectionItem.skill_id), isouter=True)
        .where(contains(text, (col(InspectionItem.name), col(InspectionItem.code), col(InspectionItem.target))))
        .order_by(col(InspectionItem.code))
    )
    for column, value in (
        (col(InspectionItem.organisation_id), organisation_id),
        (col(InspectionItem.scenario_id), scenario_id),
        (col(InspectionItem.listed), listed),
        (col(InspectionItem.status), status),
    ):
        if value is not None:
            statement = statement.where(column == value)
    found = fetch_page(session, statement, page=page, per_page=per_page)
    return Page(rows=tuple(map(_item_row, found.rows)), page=found.page, per_page=found.per_page, total=found.total)


def get_item(session: Session, uid: str) -> InspectionItem:
    """Return the item. Raises NotFoundError."""
    item = session.exec(select(InspectionItem).where(InspectionItem.uid == uid)).first()
    if item is None:
        raise NotFoundError("inspection_item", uid)
    return item


def _item_row(row: tuple[InspectionItem, Organisation, Scenario | None, Skill | None]) -> ItemRow:
    item, organisation, scenario, skill = row
    return ItemRow(
        item=item,
        organisation_name=organisation.short_name,
        scenario_name=scenario.name if scenario else "",
        skill_name=skill.name if skill else "",
    )
