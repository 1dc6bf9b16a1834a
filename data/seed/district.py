"""Making the whole sample district in an empty database; the one function that the outside calls."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session, col, select

from data.errors import DataError
from data.models import Enterprise, Organisation
from data.seed.accounts import Login, SampleEnterprise, seed_accounts
from data.seed.catalogue import seed_catalogue
from data.seed.closures import seed_closures
from data.seed.history import seed_history
from data.seed.licences import seed_licences
from data.seed.officers import seed_officers, seed_recusals
from data.seed.presets import SIZES, Preset
from data.seed.registry import SeededSite, seed_registry
from data.seed.seeding import Seeding

# The enterprise with a login keeps a restaurant: many organisations come there.
SAMPLE_SCENARIO: Final = "S01"


class NotEmptyError(DataError):
    """Raised when the database already holds organisations: the sample never mixes with what is there."""

    code = "not_empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedReport:
    """`logins`: to be printed once, their passwords are stored nowhere. `counts`: rows written, by table."""

    logins: tuple[Login, ...]
    counts: dict[str, int]


def seed_district(
    session: Session,
    *,
    preset: Preset,
    today: date,
    seed: int,
    hash_password: Callable[[str], str],
    passwords: Callable[[], str],
) -> SeedReport:
    """Write the sample district: facts, registry, officers, a year of visits, accounts.

    The same preset, `today` and seed give the same rows, ids and uids; only the passwords differ.

    Raises NotEmptyError when there are organisations already.
    """
    if session.exec(select(Organisation.id).limit(1)).first() is not None:
        raise NotEmptyError(table="organisation")
    seeding, size = Seeding(session, seed=seed, preset=preset, today=today), SIZES[preset]
    ids = seed_catalogue(seeding)
    sites = seed_registry(seeding, ids, size.sites)
    seed_closures(seeding, sites)
    seed_licences(seeding, sites)
    officers = seed_officers(seeding, ids, size.officers)
    seed_recusals(seeding, officers, sites)
    seed_history(seeding, ids, sites, size.visits_a_year)
    enterprise = _sample_enterprise(session, sites)
    logins = seed_accounts(seeding, ids, officers, enterprise, hash_password=hash_password, passwords=passwords)
    return SeedReport(logins=logins, counts=seeding.counts)


def _sample_enterprise(session: Session, sites: tuple[SeededSite, ...]) -> SampleEnterprise:
    """The first restaurant of class B or worse: enterprises of class A are hardly ever inspected."""
    wanted = next(site for site in sites if site.kind.scenario == SAMPLE_SCENARIO and site.credit_class != "A")
    row = session.exec(select(Enterprise).where(col(Enterprise.id) == wanted.enterprise_id)).one()
    return SampleEnterprise(id=wanted.enterprise_id, name=row.name, contact_name=row.contact_name)
