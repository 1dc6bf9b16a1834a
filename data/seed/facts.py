"""The facts of the district, read from the CSV files beside this module; knows no database.

Towns, departments and their names, scenarios and inspection items are real. Positions marked `approximate` in
towns.csv are not from a gazetteer, and offices in the seat all stand on one point.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from data.enums import ItemList, NoticeMode, OrganisationKind, TownKind
from data.seed.presets import Preset, takes_part

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class TownFact:
    """`weight`: the town's share of the district's enterprises."""

    code: str
    name: str
    name_en: str
    kind: TownKind
    lon: float
    lat: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFact:
    """`town`: code of the town it is for, or empty. `first_preset`: the smallest one in which it takes part, or empty.

    `officers`: the weight by which officers are shared out.
    """

    code: str
    name: str
    short_name: str
    name_en: str
    kind: OrganisationKind
    town: str
    first_preset: str
    officers: int
    lon: float
    lat: float
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillFact:
    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFact:
    """`lead`, `partners`: codes of organisations."""

    code: str
    name: str
    name_en: str
    industry_codes: str
    words: str
    notice_mode: NoticeMode
    lead: str
    partners: tuple[str, ...]

    @property
    def members(self) -> tuple[str, ...]:
        """The lead, then the partners."""
        return (self.lead, *self.partners)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFact:
    """`scenario`, `skill`: codes, empty where the item has none. `quarters`: of a working day. `preparation`: what to
    have ready, one thing a line; the sample knows it by organisation."""

    code: str
    organisation: str
    scenario: str
    name: str
    target: str
    legal_basis: str
    listed: ItemList
    quarters: int
    inspectors: int
    skill: str
    offsite: bool
    preparation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All facts; mappings are keyed by code, in the order of the files."""

    towns: dict[str, TownFact]
    organisations: dict[str, OrganisationFact]
    skills: dict[str, SkillFact]
    scenarios: dict[str, ScenarioFact]
    items: tuple[ItemFact, ...]

    def taking_part(self, preset: Preset) -> tuple[OrganisationFact, ...]:
        """Organisations that have officers and file plans in a preset, in the order of the file."""
        return tuple(one for one in self.organisations.values() if takes_part(one.first_preset, preset))

    def skills_of(self, organisation: str) -> tuple[str, ...]:
        """Codes of the skills that an organisation's items ask for, sorted."""
        return tuple(sorted({item.skill for item in self.items if item.organisation == organisation and item.skill}))

    def items_of(self, organisation: str, scenario: str) -> tuple[ItemFact, ...]:
        """An organisation's items for a scenario that need a visit (off-site ones do not)."""
        return tuple(
            item
            for item in self.items
            if item.organisation == organisation and item.scenario == scenario and not item.offsite
        )


def read_table(name: str) -> list[dict[str, str]]:
    """Read one of the CSV files beside this module."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def load_facts() -> Facts:
    """Read all facts once."""
    return Facts(
        towns={line["code"]: _town(line) for line in read_table("towns")},
        organisations=_organisations(),
        skills={line["code"]: SkillFact(**line) for line in read_table("skills")},
        scenarios={line["code"]: _scenario(line) for line in read_table("scenarios")},
        items=tuple(_item(line) for line in (*read_table("items"), *_township_lines())),
    )


def _town(line: dict[str, str]) -> TownFact:
    return TownFact(
        code=line["code"],
        name=line["name"],
        name_en=line["name_en"],
        kind=TownKind(line["kind"]),
        lon=float(line["lon"]),
        lat=float(line["lat"]),
        weight=float(line["weight"]),
    )


def _organisations() -> dict[str, OrganisationFact]:
    aliases: dict[str, list[str]] = {}
    for line in read_table("aliases"):
        aliases.setdefault(line["organisation"], []).append(line["name"])
    return {line["code"]: _organisation(line, aliases.get(line["code"], [])) for line in read_table("organisations")}


def _organisation(line: dict[str, str], aliases: list[str]) -> OrganisationFact:
    return OrganisationFact(
        code=line["code"],
        name=line["name"],
        short_name=line["short_name"],
        name_en=line["name_en"],
        kind=OrganisationKind(line["kind"]),
        town=line["town"],
        first_preset=line["first_preset"],
        officers=int(line["officers"]),
        lon=float(line["lon"]),
        lat=float(line["lat"]),
        aliases=tuple(aliases),
    )


def _scenario(line: dict[str, str]) -> ScenarioFact:
    return ScenarioFact(
        code=line["code"],
        name=line["name"],
        name_en=line["name_en"],
        industry_codes=line["industry_codes"],
        words=line["words"],
        notice_mode=NoticeMode(line["notice_mode"]),
        lead=line["lead"],
        partners=tuple(line["partners"].split()),
    )


def _township_lines() -> Iterator[dict[str, str]]:
    """Every township inspects the same things, each on its own ground."""
    townships = [line["code"] for line in read_table("organisations") if line["kind"] == OrganisationKind.TOWNSHIP]
    for code in townships:
        for line in read_table("township_items"):
            fixed = {"organisation": code, "scenario": "", "skill": "", "offsite": "0"}
            yield {**line, **fixed, "code": f"{code}-{int(line['number']):03d}"}


def _item(line: dict[str, str]) -> ItemFact:
    return ItemFact(
        code=line["code"],
        organisation=line["organisation"],
        scenario=line["scenario"],
        name=line["name"],
        target=line["target"],
        legal_basis=line["legal_basis"],
        listed=ItemList(line["listed"]),
        quarters=int(line["quarters"]),
        inspectors=int(line["inspectors"]),
        skill=line["skill"],
        offsite=line["offsite"] == "1",
        preparation=_preparations().get(line["organisation"], ""),
    )


@cache
def _preparations() -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for line in read_table("preparations"):
        found.setdefault(line["organisation"], []).append(line["thing"])
    return {organisation: "\n".join(things) for organisation, things in found.items()}
