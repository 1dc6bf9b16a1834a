"""A year of past visits, so that frequencies, caps and histories mean something."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from data.enums import CreditClass
from data.models import InspectionRecord
from data.seed.bulk import seeded_uid
from data.seed.catalogue import Ids
from data.seed.facts import Facts, OrganisationFact
from data.seed.registry import SeededSite
from data.seed.seeding import Seeding

DAYS: Final = 365
SATURDAY: Final = 5
# Riskier enterprises were visited more often, and more was found there.
VISIT_WEIGHT: Final = {CreditClass.A: 0.4, CreditClass.B: 1.0, CreditClass.C: 2.2, CreditClass.D: 4.0}
PROBLEM_CHANCE: Final = {CreditClass.A: 0.08, CreditClass.B: 0.15, CreditClass.C: 0.30, CreditClass.D: 0.45}
JOINT_SHARE: Final = 0.12
MOST_TOGETHER: Final = 4
# One organisation seldom came to one site more often than this in the year.
MOST_A_YEAR: Final = 2
BEYOND_CHANCE: Final = 0.03


def seed_history(seeding: Seeding, ids: Ids, sites: tuple[SeededSite, ...], visits: int) -> None:
    """Write about `visits` past visits, the newest yesterday; a joint one has a row for every organisation."""
    rng = seeding.rng("history")
    visitors = Visitors(seeding.facts, seeding.bodies)
    days = tuple(_weekdays(seeding.today))
    chosen = rng.choices(sites, [VISIT_WEIGHT[site.credit_class] for site in sites], k=visits)
    times: dict[tuple[int, str], int] = {}
    with seeding.rows(InspectionRecord) as rows:
        for site in chosen:
            visit_uid, day = seeded_uid(rng), rng.choice(days)
            for organisation in _party(rng, visitors.of(site), times, site.id):
                rows.add(
                    visit_uid=visit_uid,
                    site_id=site.id,
                    organisation_id=ids.organisations[organisation],
                    day=day,
                    problem_found=rng.random() < PROBLEM_CHANCE[site.credit_class],
                    synthetic=True,
                )


class Visitors:
    """Which organisations that take part look after a site: its scenario's, or the market regulator, and its town's."""

    def __init__(self, facts: Facts, bodies: tuple[OrganisationFact, ...]) -> None:
        self._facts = facts
        self._active = frozenset(body.code for body in bodies)
        self._of_town = {body.town: body.code for body in bodies if body.town}

    def of(self, site: SeededSite) -> tuple[str, ...]:
        """Codes, the lead first, the township last."""
        scenario = self._facts.scenarios.get(site.kind.scenario)
        members = scenario.members if scenario else ("SCJG", "XF", "WJ")
        township = self._of_town.get(site.town)
        codes = (*members, township) if township else members
        return tuple(code for code in codes if code in self._active) or ("SCJG",)


def _party(rng: Random, visitors: tuple[str, ...], times: dict[tuple[int, str], int], site_id: int) -> Iterator[str]:
    size = rng.randint(2, MOST_TOGETHER) if rng.random() < JOINT_SHARE else 1
    for organisation in rng.sample(visitors, min(size, len(visitors))):
        been = times.get((site_id, organisation), 0)
        if been < MOST_A_YEAR or rng.random() < BEYOND_CHANCE:
            times[site_id, organisation] = been + 1
            yield organisation


def _weekdays(today: date) -> Iterator[date]:
    for back in range(1, DAYS + 1):
        day = today - timedelta(days=back)
        if day.weekday() < SATURDAY:
            yield day
