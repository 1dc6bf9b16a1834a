"""Who wants to see whom in a sample month: tasks with named or drawn sites, overlapping as in real months.

Pure computing over what `plans` has read. Of the sites that are asked for, most are asked for by one organisation,
a quarter by two, some by three and more; those shares hold because overlapping sites are named, while draws mostly
hit sites that nobody else asks for.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from data.enums import CreditClass

# Share of the registry that is visited in a month, and by how many organisations (k: share).
MONTHLY_SHARE: Final = 0.15
OVERLAP: Final = {1: 0.60, 2: 0.24, 3: 0.10, 4: 0.04, 5: 0.02}
SAMPLE_OVERLAP: Final = 4
# Of the sites asked for by one organisation only, so many are drawn and not named.
DRAWN_SHARE: Final = 0.7
CLASS_WEIGHT: Final = {CreditClass.A: 0.4, CreditClass.B: 1.0, CreditClass.C: 2.0, CreditClass.D: 4.0}
# Scenarios that are looked at more often than others.
BUSY: Final = {"S01": 1.5, "S03": 3.0, "S07": 4.0, "S02": 2.0, "S22": 3.0, "S05": 2.0, "S16": 1.5}
RATIOS_BY_CLASS: Final = {"A": 0.02, "B": 0.05, "C": 0.2, "D": 0.6}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandSite:
    """A site that may be asked for. `askers`: codes of the organisations that look after it, the lead first."""

    id: int
    enterprise: int
    scenario: str
    credit_class: CreditClass
    askers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one organisation asks for in one scenario ("" for sites of none): named sites, or a draw.

    `sites`: row ids, sorted; empty for a draw. `ratio`, `ratio_by_class`, `quantity`: one of them for a draw.
    """

    organisation: str
    scenario: str
    sites: tuple[int, ...] = ()
    ratio: float | None = None
    quantity: int | None = None
    ratio_by_class: dict[str, float] | None = None

    @property
    def drawn(self) -> bool:
        return not self.sites


Room = Mapping[tuple[str, int], int]
"""How often an organisation may still name an enterprise this year, by code and id; as often as it likes if missing."""


def make_wishes(
    rng: Random, sites: tuple[DemandSite, ...], *, first: frozenset[int], room: Room | None = None
) -> tuple[Wish, ...]:
    """Return the wishes of a month, by organisation and scenario.

    `first`: sites that several ask for, if they may. `room`: nobody names an enterprise more often.
    """
    wanted = max(len(OVERLAP), round(len(sites) * MONTHLY_SHARE))
    draws = _draws(rng, sites, round(wanted * OVERLAP[1] * DRAWN_SHARE))
    reserved = {(wish.organisation, wish.scenario) for wish in draws}
    drawn = round(sum(_expected(wish, sites) for wish in draws))
    named = _named(rng, sites, counts=_overlap_counts(wanted, drawn), first=first, reserved=reserved, room=room or {})
    return tuple(sorted((*draws, *named), key=lambda wish: (wish.organisation, wish.scenario)))


def _overlap_counts(wanted: int, drawn: int) -> list[int]:
    """How many organisations ask for each named site, commonest last; drawn sites stand for asked-for-by-one."""
    counts: list[int] = []
    for together in sorted(OVERLAP, reverse=True):
        counts += [together] * round(wanted * OVERLAP[together])
    return counts[: max(len(counts) - drawn, 1)]


def _draws(rng: Random, sites: tuple[DemandSite, ...], wanted: int) -> list[Wish]:
    """Draws of scenario leads over their scenario until about `wanted` sites are expected to be drawn."""
    sizes = Counter(site.scenario for site in sites if site.scenario)
    leads = {site.scenario: site.askers[0] for site in sites if site.scenario}
    scenarios = sorted(sizes)
    rng.shuffle(scenarios)
    draws: list[Wish] = []
    expected = 0.0
    for scenario in scenarios:
        wish = _draw(rng, leads[scenario], scenario, sizes[scenario])
        share = _expected(wish, sites)
        if expected + share <= wanted * 1.1:
            draws.append(wish)
            expected += share
    return draws


def _draw(rng: Random, lead: str, scenario: str, size: int) -> Wish:
    if size < 20:
        return Wish(organisation=lead, scenario=scenario, quantity=rng.randint(1, 2))
    if rng.random() < 0.35:
        return Wish(organisation=lead, scenario=scenario, ratio_by_class=dict(RATIOS_BY_CLASS))
    if rng.random() < 0.4:
        return Wish(organisation=lead, scenario=scenario, quantity=max(2, round(size * 0.08)))
    return Wish(organisation=lead, scenario=scenario, ratio=rng.choice((0.05, 0.08, 0.1)))


def _expected(wish: Wish, sites: tuple[DemandSite, ...]) -> float:
    """About how many sites a draw yields."""
    classes = Counter(site.credit_class for site in sites if site.scenario == wish.scenario)
    if wish.ratio_by_class:
        return sum(max(1, round(size * wish.ratio_by_class[name])) for name, size in classes.items())
    if wish.quantity is not None:
        return min(wish.quantity, classes.total())
    return max(1.0, classes.total() * (wish.ratio or 0.0))


def _named(
    rng: Random,
    sites: tuple[DemandSite, ...],
    *,
    counts: list[int],
    first: frozenset[int],
    reserved: set[tuple[str, str]],
    room: Room,
) -> list[Wish]:
    """Spread the sites over organisations that have room there and do not already draw in that scenario."""
    asked: dict[tuple[str, str], list[int]] = {}
    named: Counter[tuple[str, int]] = Counter()
    for site, together in zip(_choose(rng, sites, len(counts), first), counts, strict=False):
        free = [
            code
            for code in site.askers
            if (code, site.scenario) not in reserved
            and named[code, site.enterprise] < room.get((code, site.enterprise), len(sites))
        ]
        wished = max(together, SAMPLE_OVERLAP) if site.id in first else together
        for code in rng.sample(free, min(wished, len(free))):
            asked.setdefault((code, site.scenario), []).append(site.id)
            named[code, site.enterprise] += 1
    return [
        Wish(organisation=organisation, scenario=scenario, sites=tuple(sorted(ids)))
        for (organisation, scenario), ids in asked.items()
    ]


def _choose(rng: Random, sites: tuple[DemandSite, ...], count: int, first: frozenset[int]) -> list[DemandSite]:
    """Choose sites without repeating, the risky and busy ones rather than others; `first` come first.

    Each site gets a random key that grows with its weight (a weighted sample without replacement).
    """
    keyed = sorted(
        sites,
        key=lambda site: (
            site.id not in first,
            -(rng.random() ** (1 / (CLASS_WEIGHT[site.credit_class] * BUSY.get(site.scenario, 1.0)))),
        ),
    )
    return keyed[:count]
