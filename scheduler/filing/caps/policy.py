"""Which caps an inspection falls under: the tables of policies and exemptions, read once. Knows no balance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from sqlmodel import Session, col, select

from data.enums import CapHolder, CapSubject, CreditClass, OrganisationKind, PlanKind
from data.models import CapExemption, CapPolicy, Organisation

Place = tuple[CapHolder, CapSubject, int | None]
_Asked: TypeAlias = tuple[int | None, OrganisationKind, int | None, CreditClass, frozenset[int], int]
# Counted for everybody, whether a policy limits them or not.
ALWAYS_COUNTED: Final[tuple[Place, ...]] = (
    (CapHolder.ORGAN, CapSubject.ENTERPRISE, None),
    (CapHolder.DISTRICT, CapSubject.ENTERPRISE, None),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an inspection goes: a site and what policies ask of it. `credit_class`: the one that counts (R44)."""

    site_id: int
    enterprise_id: int
    scenario_id: int | None
    credit_class: CreditClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One account that an inspection draws on. `most` None: counted without a limit; `hard`: the limit stops it."""

    key: str
    holder: CapHolder
    subject: CapSubject
    organisation_id: int | None
    enterprise_id: int
    site_id: int | None
    item_id: int | None
    year: int
    most: int | None
    hard: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CapTable:
    """All policies in force and all exemptions."""

    policies: tuple[CapPolicy, ...]
    exemptions: dict[tuple[PlanKind, str], CapExemption]
    looked_up: dict[_Asked, Mapping[Place, CapPolicy | None]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def claims(self, body: Organisation, target: Target, items: Iterable[int] = (), *, year: int) -> tuple[Claim, ...]:
        """Return the accounts of one inspection, by key; of several policies for an account the narrowest limits."""
        places = self._limits(body, target, frozenset(items), year)
        claims = [_claim(place, policy, body, target, year) for place, policy in places.items()]
        return tuple(sorted(claims, key=lambda claim: claim.key))

    def _limits(
        self, body: Organisation, target: Target, items: frozenset[int], year: int
    ) -> Mapping[Place, CapPolicy | None]:
        """{account: the policy that limits it}. A round asks thousands of times for a few dozen kinds of targets."""
        asked = (body.id, body.kind, target.scenario_id, target.credit_class, items, year)
        known = self.looked_up.get(asked)
        if known is None:
            known = self.looked_up[asked] = self._narrowest(body, target, items, year)
        return known

    def _narrowest(
        self, body: Organisation, target: Target, items: frozenset[int], year: int
    ) -> dict[Place, CapPolicy | None]:
        places: dict[Place, CapPolicy | None] = dict.fromkeys(ALWAYS_COUNTED)
        for policy in self.policies:
            if _fits(policy, body, target, items, year):
                place = (policy.holder, policy.subject, policy.item_id)
                held = places.get(place)
                places[place] = policy if held is None or _width(policy) <= _width(held) else held
        return places

    def exemption(self, kind: PlanKind, trigger: str = "") -> tuple[bool, bool]:
        """Return (counted, capped) for a kind of plan; both where the table does not say."""
        found = self.exemptions.get((kind, trigger)) or self.exemptions.get((kind, ""))
        return (found.counted, found.capped) if found else (True, True)


def load_cap_table(session: Session) -> CapTable:
    """Read the tables; two queries."""
    policies = session.exec(select(CapPolicy).where(CapPolicy.active).order_by(col(CapPolicy.id))).all()
    exemptions = {(row.kind, row.trigger): row for row in session.exec(select(CapExemption))}
    return CapTable(policies=tuple(policies), exemptions=exemptions)


def _fits(policy: CapPolicy, body: Organisation, target: Target, items: frozenset[int], year: int) -> bool:
    asked = (
        (policy.organisation_id, body.id),
        (policy.organisation_kind, body.kind),
        (policy.scenario_id, target.scenario_id),
        (policy.credit_class, target.credit_class),
    )
    within = all(wanted is None or wanted == given for wanted, given in asked)
    return within and _holds_in(policy, year) and (policy.item_id is None or policy.item_id in items)


def _holds_in(policy: CapPolicy, year: int) -> bool:
    begun = policy.first_year is None or policy.first_year <= year
    return begun and (policy.last_year is None or year <= policy.last_year)


def _width(policy: CapPolicy) -> tuple[bool, ...]:
    """Sorts the narrower policy before the wider: an organ before a kind of organs before a field, class, year."""
    return (
        policy.organisation_id is None,
        policy.organisation_kind is None,
        policy.scenario_id is None,
        policy.credit_class is None,
        policy.first_year is None,
        policy.last_year is None,
    )


def _claim(place: Place, policy: CapPolicy | None, body: Organisation, target: Target, year: int) -> Claim:
    holder, subject, item_id = place
    who = {CapHolder.ORGAN: f"organ:{body.id}", CapHolder.LEVEL: f"level:{body.kind}"}.get(holder, "district")
    what = f"site:{target.site_id}" if subject is CapSubject.SITE else f"enterprise:{target.enterprise_id}"
    return Claim(
        key=f"{who}|{what}|{f'item:{item_id}|' if item_id else ''}{year}",
        holder=holder,
        subject=subject,
        organisation_id=body.id if holder is CapHolder.ORGAN else None,
        enterprise_id=target.enterprise_id,
        site_id=target.site_id if subject is CapSubject.SITE else None,
        item_id=item_id,
        year=year,
        most=policy.most if policy else None,
        hard=policy.hard if policy else False,
    )


def level_of(claim: Claim) -> OrganisationKind | None:
    """The level whose inspections a claim counts together; None for the other holders."""
    return OrganisationKind(claim.key.split("|")[0].removeprefix("level:")) if claim.holder is CapHolder.LEVEL else None
