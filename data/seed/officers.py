"""Synthetic officers: certificates (some running out), skills, absences, recusals."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from data.enums import RecordStatus
from data.models import Absence, Officer, OfficerSkill, Recusal
from data.seed.bulk import seeded_uid
from data.seed.catalogue import Ids
from data.seed.facts import OrganisationFact
from data.seed.names import person_name
from data.seed.registry import SeededSite
from data.seed.seeding import Seeding

# Two people make a visit, and leave must not close an office: the least number of officers of an organisation.
LEAST_OFFICERS: Final = 4
# The first officers of an organisation hold all its skills, so that no skill is missing in a small one.
ALL_SKILLED: Final = 2
SKILL_CHANCE: Final = 0.45
EXPIRED_SHARE: Final = 0.02
EXPIRING_SHARE: Final = 0.06
EXPIRING_DAYS: Final = 60
RECUSED_SHARE: Final = 0.08
ABSENCE_MONTHS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededOfficer:
    id: int
    organisation: str
    name: str


def seed_officers(seeding: Seeding, ids: Ids, total: int) -> tuple[SeededOfficer, ...]:
    """Write `total` officers (or the least possible number, if that is more), their skills and absences."""
    rng = seeding.rng("officers")
    officers: list[SeededOfficer] = []
    with seeding.rows(Officer) as rows:
        for body, count in zip(seeding.bodies, officer_quotas(seeding.bodies, total), strict=True):
            for number in range(1, count + 1):
                values = _officer_values(rng, body.code, number, seeding.today)
                row_id = rows.add(**values, organisation_id=ids.organisations[body.code])
                officers.append(SeededOfficer(id=row_id, organisation=body.code, name=values["name"]))
    _seed_skills(seeding, ids, officers)
    _seed_absences(seeding, officers)
    return tuple(officers)


def officer_quotas(bodies: tuple[OrganisationFact, ...], total: int) -> tuple[int, ...]:
    """Share officers out by weight, each body getting the least number; what rounding leaves goes to the biggest."""
    weight = sum(body.officers for body in bodies)
    quotas = [max(LEAST_OFFICERS, round(total * body.officers / weight)) for body in bodies]
    biggest = max(range(len(bodies)), key=lambda index: quotas[index])
    quotas[biggest] = max(LEAST_OFFICERS, quotas[biggest] + total - sum(quotas))
    return tuple(quotas)


def seed_recusals(seeding: Seeding, officers: tuple[SeededOfficer, ...], sites: tuple[SeededSite, ...]) -> None:
    """Write recusals: a few officers must not inspect one to three enterprises."""
    rng = seeding.rng("recusals")
    enterprises = sorted({site.enterprise_id for site in sites})
    with seeding.rows(Recusal) as rows:
        for officer in officers:
            if rng.random() < RECUSED_SHARE:
                for enterprise_id in rng.sample(enterprises, rng.randint(1, 3)):
                    noted_on = seeding.today - timedelta(days=rng.randint(10, 700))
                    rows.add(officer_id=officer.id, enterprise_id=enterprise_id, noted_on=noted_on)


def _officer_values(rng: Random, organisation: str, number: int, today: date) -> dict[str, Any]:
    return {
        "uid": seeded_uid(rng),
        "version": 1,
        "name": person_name(rng),
        "certificate_number": f"示例{organisation}{number:04d}",
        "certificate_until": _certificate_until(rng, today),
        "reviewed": rng.random() < 0.97,
        "training_hours": rng.randint(20, 90),
        "status": RecordStatus.ACTIVE,
        "synthetic": True,
    }


def _certificate_until(rng: Random, today: date) -> date:
    chance = rng.random()
    if chance < EXPIRED_SHARE:
        return today - timedelta(days=rng.randint(1, EXPIRING_DAYS))
    if chance < EXPIRED_SHARE + EXPIRING_SHARE:
        return today + timedelta(days=rng.randint(0, EXPIRING_DAYS))
    return today + timedelta(days=rng.randint(180, 1_800))


def _seed_skills(seeding: Seeding, ids: Ids, officers: list[SeededOfficer]) -> None:
    rng = seeding.rng("officer skills")
    seen: dict[str, int] = {}
    with seeding.rows(OfficerSkill) as rows:
        for officer in officers:
            rank = seen[officer.organisation] = seen.get(officer.organisation, 0) + 1
            for skill in seeding.facts.skills_of(officer.organisation):
                if rank <= ALL_SKILLED or rng.random() < SKILL_CHANCE:
                    rows.add(officer_id=officer.id, skill_id=ids.skills[skill])


def _seed_absences(seeding: Seeding, officers: list[SeededOfficer]) -> None:
    rng = seeding.rng("absences")
    with seeding.rows(Absence) as rows:
        for officer in officers:
            for first, last in _absences(rng, seeding.today):
                rows.add(officer_id=officer.id, first_date=first, last_date=last)


def _absences(rng: Random, today: date) -> Iterator[tuple[date, date]]:
    """Leave, training and office duty: about a quarter of the days, from last month to four months ahead."""
    day = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    until = day + timedelta(days=31 * ABSENCE_MONTHS)
    while (day := day + timedelta(days=rng.randint(5, 16))) <= until:
        last = day + timedelta(days=rng.choice((0, 0, 1, 1, 2, 4)))
        yield day, last
        day = last
