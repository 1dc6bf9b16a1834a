"""The kinds of enterprise in the sample's registry and how many of each there are; read from kinds.csv."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from data.enums import TownKind
from data.seed.facts import TownFact, read_table

PORT_TOWNS: Final = {"320904404": 6.0, "320904111": 1.0}


class Area(StrEnum):
    """Where a kind of enterprise is found."""

    ANY = "any"
    TOWN = "town"
    VILLAGE = "village"
    INDUSTRY = "industry"
    PORT = "port"


class Season(StrEnum):
    """When a kind of enterprise should be left alone; NONE: at no special time."""

    NONE = ""
    HOLIDAY = "holiday"
    TRAVEL = "travel"
    SCHOOL = "school"
    SHUTDOWN = "shutdown"
    FARMING = "farming"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`weight`: percent of all sites. `opens`, `closes`: minutes after midnight. `several`: share with many sites.

    `form`: as in credit_codes. `tilt`: percentage points by which classes C and D are commoner than elsewhere.
    """

    kind: str
    weight: float
    scenario: str
    industry: str
    form: str
    names: tuple[str, ...]
    opens: int
    closes: int
    area: Area
    season: Season
    several: float
    tilt: int


@cache
def load_kinds() -> tuple[Kind, ...]:
    """Read all kinds once, in the order of the file."""
    return tuple(_kind(line) for line in read_table("kinds"))


def _kind(line: dict[str, str]) -> Kind:
    return Kind(
        kind=line["kind"],
        weight=float(line["weight"]),
        scenario=line["scenario"],
        industry=line["industry"],
        form=line["form"],
        names=tuple(line["names"].split()),
        opens=int(line["opens"]),
        closes=int(line["closes"]),
        area=Area(line["area"]),
        season=Season(line["season"]),
        several=float(line["several"]),
        tilt=int(line["tilt"]),
    )


def site_quotas(kinds: tuple[Kind, ...], sites: int) -> tuple[int, ...]:
    """Share `sites` out over the kinds by weight; each gets at least one, the sum is exact.

    The commonest kind takes what rounding leaves over or short.
    """
    total = sum(kind.weight for kind in kinds)
    quotas = [max(1, round(sites * kind.weight / total)) for kind in kinds]
    commonest = max(range(len(kinds)), key=lambda index: quotas[index])
    quotas[commonest] += sites - sum(quotas)
    return tuple(quotas)


def town_weights(area: Area, towns: tuple[TownFact, ...]) -> tuple[float, ...]:
    """Weights of the towns for an area, in their order."""
    return tuple(town.weight * _pull(area, town) for town in towns)


def _pull(area: Area, town: TownFact) -> float:
    if area is Area.PORT:
        return PORT_TOWNS.get(town.code, 0.1)
    if area is Area.INDUSTRY:
        return 3.0 if town.kind is TownKind.ZONE else 0.7
    if area is Area.TOWN:
        return 2.0 if town.kind is TownKind.SUBDISTRICT else 0.8
    if area is Area.VILLAGE:
        return 2.0 if town.kind in {TownKind.TOWN, TownKind.FARM} else 0.2
    return 1.0
