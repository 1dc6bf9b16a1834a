"""The rows of the facts: towns, organisations with their aliases, skills, scenarios with members, items."""

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from data.enums import Mandate, RecordStatus, ScenarioRole
from data.models import InspectionItem, Organisation, OrganisationAlias, Scenario, ScenarioMember, Skill, Town
from data.seed.bulk import seeded_uid
from data.seed.facts import ItemFact, OrganisationFact, ScenarioFact
from data.seed.seeding import Seeding

# Of ten officers, so many are there on a normal day: leave, training and office duty take the others.
PRESENT_SHARE: Final = 0.65


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """Row ids of the facts, each by code."""

    towns: dict[str, int]
    organisations: dict[str, int]
    skills: dict[str, int]
    scenarios: dict[str, int]


def seed_catalogue(seeding: Seeding) -> Ids:
    """Write all facts. Bodies and items count as announced since the first of January before last."""
    announced_on = date(seeding.today.year - 1, 1, 1)
    towns = _seed_towns(seeding)
    organisations = _seed_organisations(seeding, towns, announced_on)
    ids = Ids(
        towns=towns,
        organisations=organisations,
        skills=_seed_skills(seeding),
        scenarios=_seed_scenarios(seeding, organisations),
    )
    _seed_items(seeding, ids, announced_on)
    return ids


def _seed_towns(seeding: Seeding) -> dict[str, int]:
    with seeding.rows(Town) as rows:
        return {
            town.code: rows.add(
                code=town.code, name=town.name, name_en=town.name_en, kind=town.kind, lon=town.lon, lat=town.lat
            )
            for town in seeding.facts.towns.values()
        }


def _seed_organisations(seeding: Seeding, towns: dict[str, int], announced_on: date) -> dict[str, int]:
    with seeding.rows(Organisation) as rows:
        ids = {
            one.code: rows.add(**_organisation_values(one), town_id=towns.get(one.town), announced_on=announced_on)
            for one in seeding.facts.organisations.values()
        }
    with seeding.rows(OrganisationAlias) as rows:
        for one in seeding.facts.organisations.values():
            for alias in one.aliases:
                rows.add(organisation_id=ids[one.code], name=alias)
    return ids


def _organisation_values(fact: OrganisationFact) -> dict[str, object]:
    return {
        "code": fact.code,
        "name": fact.name,
        "short_name": fact.short_name,
        "name_en": fact.name_en,
        "kind": fact.kind,
        "mandate": Mandate.ORGAN,
        "inspectors": round(fact.officers * PRESENT_SHARE),
        "lon": fact.lon,
        "lat": fact.lat,
    }


def _seed_skills(seeding: Seeding) -> dict[str, int]:
    with seeding.rows(Skill) as rows:
        return {
            skill.code: rows.add(code=skill.code, name=skill.name, name_en=skill.name_en)
            for skill in seeding.facts.skills.values()
        }


def _seed_scenarios(seeding: Seeding, organisations: dict[str, int]) -> dict[str, int]:
    with seeding.rows(Scenario) as rows:
        ids = {one.code: rows.add(**_scenario_values(one)) for one in seeding.facts.scenarios.values()}
    with seeding.rows(ScenarioMember) as rows:
        for one in seeding.facts.scenarios.values():
            for member in one.members:
                role = ScenarioRole.LEAD if member == one.lead else ScenarioRole.PARTNER
                rows.add(scenario_id=ids[one.code], organisation_id=organisations[member], role=role)
    return ids


def _scenario_values(fact: ScenarioFact) -> dict[str, object]:
    return {
        "code": fact.code,
        "name": fact.name,
        "name_en": fact.name_en,
        "industry_codes": fact.industry_codes,
        "words": fact.words,
        "notice_mode": fact.notice_mode,
    }


def _seed_items(seeding: Seeding, ids: Ids, published_on: date) -> None:
    rng = seeding.rng("items")
    with seeding.rows(InspectionItem) as rows:
        for item in seeding.facts.items:
            rows.add(
                **_item_values(item, rng),
                organisation_id=ids.organisations[item.organisation],
                scenario_id=ids.scenarios.get(item.scenario),
                skill_id=ids.skills.get(item.skill),
                published_on=published_on,
            )


def _item_values(fact: ItemFact, rng: Random) -> dict[str, object]:
    return {
        "uid": seeded_uid(rng),
        "code": fact.code,
        "name": fact.name,
        "target": fact.target,
        "legal_basis": fact.legal_basis,
        "preparation": fact.preparation,
        "listed": fact.listed,
        "quarters": fact.quarters,
        "inspectors": fact.inspectors,
        "offsite": fact.offsite,
        "simple": False,
        "status": RecordStatus.ACTIVE,
    }
