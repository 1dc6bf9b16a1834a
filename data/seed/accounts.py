"""Accounts of the sample: a login for every role, and locked accounts for everybody else who files plans."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any, Final

from data.enums import Role
from data.models import User
from data.seed.bulk import RowWriter, seeded_uid
from data.seed.catalogue import Ids
from data.seed.facts import Facts, OrganisationFact
from data.seed.officers import SeededOfficer
from data.seed.seeding import Seeding

# Departments whose clerk has a printed login; the accounts of the others wait for the administrator.
CLERKS_WITH_LOGIN: Final = ("SCJG", "YJ", "STHJ", "XF", "JY", "MZ")
HEADS_WITH_LOGIN: Final = ("SCJG", "YJ")
OFFICERS_WITH_LOGIN: Final = ("SCJG", "YJ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A name and password to print once; `belongs_to`: the organisation or enterprise of the account."""

    username: str
    password: str = field(repr=False)
    role: Role
    display_name: str
    belongs_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleEnterprise:
    """The enterprise that gets a login."""

    id: int
    name: str
    contact_name: str


class Accounts:
    """Writes accounts and keeps the logins. `hash_password` may be slow: it is called once for each login."""

    def __init__(
        self,
        rows: RowWriter,
        seeding: Seeding,
        *,
        hash_password: Callable[[str], str],
        passwords: Callable[[], str],
    ) -> None:
        self._rows = rows
        self._rng = seeding.rng("accounts")
        self._now = datetime.combine(seeding.today, time(), UTC)
        self._hash = hash_password
        self._passwords = passwords
        # The password behind this hash is thrown away: nobody signs in until the administrator sets another.
        self._locked_hash = hash_password(passwords())
        self.logins: list[Login] = []

    def open(self, username: str, role: Role, display_name: str, belongs_to: str, **owner: int | None) -> None:
        """Write an account with a password and keep its login."""
        password = self._passwords()
        self._add(username, role, display_name, self._hash(password), must_change=False, owner=owner)
        self.logins.append(
            Login(username=username, password=password, role=role, display_name=display_name, belongs_to=belongs_to)
        )

    def lock(self, username: str, role: Role, display_name: str, **owner: int | None) -> None:
        """Write an account that cannot be used before the administrator sets a password."""
        self._add(username, role, display_name, self._locked_hash, must_change=True, owner=owner)

    def _add(
        self,
        username: str,
        role: Role,
        display_name: str,
        hashed: str,
        *,
        must_change: bool,
        owner: dict[str, int | None],
    ) -> None:
        values: dict[str, Any] = {"organisation_id": None, "officer_id": None, "enterprise_id": None, **owner}
        self._rows.add(
            **values,
            uid=seeded_uid(self._rng),
            version=1,
            username=username,
            display_name=display_name,
            password_hash=hashed,
            role=role,
            active=True,
            must_change_password=must_change,
            language="zh",
            created_at=self._now,
        )


def seed_accounts(
    seeding: Seeding,
    ids: Ids,
    officers: tuple[SeededOfficer, ...],
    enterprise: SampleEnterprise,
    *,
    hash_password: Callable[[str], str],
    passwords: Callable[[], str],
) -> tuple[Login, ...]:
    """Write the accounts and return the logins to print: every role, clerks of several departments."""
    with seeding.rows(User) as rows:
        accounts = Accounts(rows, seeding, hash_password=hash_password, passwords=passwords)
        _open_district_accounts(accounts, seeding.facts, ids)
        for body in seeding.bodies:
            _open_body_accounts(accounts, body, ids.organisations[body.code])
        _open_officer_accounts(accounts, seeding.facts, ids, officers)
        accounts.open(
            "enterprise", Role.ENTERPRISE, enterprise.contact_name, enterprise.name, enterprise_id=enterprise.id
        )
    return tuple(accounts.logins)


def _open_district_accounts(accounts: Accounts, facts: Facts, ids: Ids) -> None:
    district = (
        ("admin", Role.ADMINISTRATOR, "系统管理员", "GOV"),
        ("coordinator", Role.COORDINATOR, "统筹员甲", "SF"),
        ("coordinator2", Role.COORDINATOR, "统筹员乙", "SF"),
        ("approver", Role.APPROVER, "分管负责人", "GOV"),
        ("supervisor", Role.SUPERVISOR, "执法监督员", "SF"),
    )
    for username, role, display_name, code in district:
        body = facts.organisations[code]
        accounts.open(username, role, display_name, body.short_name, organisation_id=ids.organisations[code])


def _open_body_accounts(accounts: Accounts, body: OrganisationFact, body_id: int) -> None:
    posts = (
        ("clerk", Role.CLERK, "经办员", CLERKS_WITH_LOGIN),
        ("legal", Role.LEGAL, "法制审核员", HEADS_WITH_LOGIN),
        ("head", Role.HEAD, "负责人", HEADS_WITH_LOGIN),
    )
    for prefix, role, title, with_login in posts:
        username, display_name = f"{prefix}.{body.code.lower()}", f"{body.short_name}{title}"
        if body.code in with_login:
            accounts.open(username, role, display_name, body.short_name, organisation_id=body_id)
        else:
            accounts.lock(username, role, display_name, organisation_id=body_id)


def _open_officer_accounts(accounts: Accounts, facts: Facts, ids: Ids, officers: tuple[SeededOfficer, ...]) -> None:
    for code in OFFICERS_WITH_LOGIN:
        officer = next(one for one in officers if one.organisation == code)
        accounts.open(
            f"officer.{code.lower()}",
            Role.OFFICER,
            officer.name,
            facts.organisations[code].short_name,
            organisation_id=ids.organisations[code],
            officer_id=officer.id,
        )
