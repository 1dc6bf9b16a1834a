"""The synthetic registry: enterprises with valid codes and marked names, their sites, and their class histories."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from data.enums import CreditClass, RecordStatus
from data.models import CreditClassMonth, Enterprise, Site
from data.seed.bulk import seeded_uid
from data.seed.catalogue import Ids
from data.seed.credit_classes import draw_class, months_back, walk_back
from data.seed.credit_codes import make_code, random_body
from data.seed.facts import TownFact
from data.seed.kinds import Kind, load_kinds, site_quotas, town_weights
from data.seed.names import EXAMPLE_MARK, enterprise_name, person_name, street_address
from data.seed.seeding import Seeding

KM_PER_DEGREE_LAT: Final = 111.0
KM_PER_DEGREE_LON: Final = 93.0  # at 33° north
SCATTER_KM: Final = 1.3
MOST_SITES: Final = 5
WHITELISTED_SHARE_OF_A: Final = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededSite:
    """What the later steps of the seeding need to know of a site."""

    id: int
    enterprise_id: int
    town: str
    kind: Kind
    credit_class: CreditClass


@dataclass(frozen=True, slots=True, kw_only=True)
class _Firm:
    """An enterprise before it is written: its row, its sites and its classes, newest first."""

    values: dict[str, Any]
    kind: Kind
    sites: int
    town: TownFact
    classes: tuple[CreditClass, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """Names and codes that are in use already."""

    names: set[str]
    codes: set[str]


def seed_registry(seeding: Seeding, ids: Ids, sites: int) -> tuple[SeededSite, ...]:
    """Write exactly `sites` sites and their enterprises; return the sites in the order of their ids."""
    firms = tuple(_firms(seeding, sites))
    with seeding.rows(Enterprise) as rows:
        firm_ids = [rows.add(**firm.values) for firm in firms]
    _seed_class_history(seeding, firms, firm_ids, months_back(seeding.today))
    return _seed_sites(seeding, ids, firms, firm_ids)


def _firms(seeding: Seeding, sites: int) -> Iterator[_Firm]:
    rng = seeding.rng("enterprises")
    towns = tuple(seeding.facts.towns.values())
    taken = _Taken(names=set(), codes=set())
    for kind, quota in zip(load_kinds(), site_quotas(load_kinds(), sites), strict=True):
        weights = town_weights(kind.area, towns)
        left = quota
        while left:
            town = rng.choices(towns, weights)[0]
            count = _site_count(rng, kind, left)
            yield _firm(rng, kind, town, count, values=_firm_values(rng, kind, town, seeding.today, taken))
            left -= count


def _site_count(rng: Random, kind: Kind, left: int) -> int:
    if rng.random() >= kind.several:
        return 1
    return min(left, rng.randint(2, MOST_SITES))


def _firm(rng: Random, kind: Kind, town: TownFact, sites: int, *, values: dict[str, Any]) -> _Firm:
    classes = tuple(walk_back(rng, draw_class(rng, kind.tilt)))
    spared = classes[0] is CreditClass.A and rng.random() < WHITELISTED_SHARE_OF_A
    values |= {"credit_class": classes[0], "whitelisted": spared}
    return _Firm(values=values, kind=kind, sites=sites, town=town, classes=classes)


def _firm_values(rng: Random, kind: Kind, town: TownFact, today: date, taken: _Taken) -> dict[str, Any]:
    return {
        "uid": seeded_uid(rng),
        "version": 1,
        "credit_code": _fresh_code(rng, kind.form, taken.codes),
        "name": enterprise_name(rng, town=town.name, kind_name=rng.choice(kind.names), taken=taken.names),
        "industry_code": kind.industry,
        "credit_month": today.replace(day=1),
        "contact_name": person_name(rng),
        # No telephone number of the country begins like this, and example.com belongs to nobody.
        "contact_phone": f"0000-{rng.randrange(10**8):08d}",
        "contact_email": f"contact{len(taken.names)}@example.com",
        "established_on": today - timedelta(days=rng.randint(200, 9_000)),
        "status": RecordStatus.ACTIVE,
        "synthetic": True,
    }


def _fresh_code(rng: Random, form: str, codes: set[str]) -> str:
    while True:
        code = make_code(form, random_body(rng))
        if code not in codes:
            codes.add(code)
            return code


def _seed_class_history(
    seeding: Seeding, firms: tuple[_Firm, ...], firm_ids: list[int], months: tuple[date, ...]
) -> None:
    with seeding.rows(CreditClassMonth) as rows:
        for firm, firm_id in zip(firms, firm_ids, strict=True):
            for month, credit_class in zip(months, firm.classes, strict=True):
                rows.add(enterprise_id=firm_id, month=month, credit_class=credit_class)


def _seed_sites(seeding: Seeding, ids: Ids, firms: tuple[_Firm, ...], firm_ids: list[int]) -> tuple[SeededSite, ...]:
    rng = seeding.rng("sites")
    towns = tuple(seeding.facts.towns.values())
    seeded = []
    with seeding.rows(Site) as rows:
        for firm, firm_id in zip(firms, firm_ids, strict=True):
            weights = town_weights(firm.kind.area, towns)
            for number in range(1, firm.sites + 1):
                town = firm.town if number == 1 else rng.choices(towns, weights)[0]
                values = _site_values(rng, firm, town, number)
                site_id = rows.add(
                    **values,
                    enterprise_id=firm_id,
                    town_id=ids.towns[town.code],
                    scenario_id=ids.scenarios.get(firm.kind.scenario),
                )
                seeded.append(
                    SeededSite(
                        id=site_id,
                        enterprise_id=firm_id,
                        town=town.code,
                        kind=firm.kind,
                        credit_class=firm.classes[0],
                    )
                )
    return tuple(seeded)


def _site_values(rng: Random, firm: _Firm, town: TownFact, number: int) -> dict[str, Any]:
    name = str(firm.values["name"])
    if firm.sites > 1:
        name = f"{name.removesuffix(EXAMPLE_MARK)}{town.name}{number}号点{EXAMPLE_MARK}"
    return {
        "uid": seeded_uid(rng),
        "version": 1,
        "name": name,
        "address": street_address(rng, town.name),
        "lon": round(town.lon + _scatter_km(rng) / KM_PER_DEGREE_LON, 5),
        "lat": round(town.lat + _scatter_km(rng) / KM_PER_DEGREE_LAT, 5),
        "opens_minute": firm.kind.opens,
        "closes_minute": firm.kind.closes,
        "status": RecordStatus.ACTIVE,
    }


def _scatter_km(rng: Random) -> float:
    """A distance from the middle of the town, at most three times the usual one."""
    return max(-3 * SCATTER_KM, min(3 * SCATTER_KM, rng.gauss(0, SCATTER_KM)))
