"""The table of caps (R30, R31, R34): list, add, replace, end, and how often enterprises were met in fact.

A policy that was in force is never changed: the row is ended and another takes its place, so that what limited a plan
can be read later. Balances are not touched: they count visits, and the policy only says how many there may be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CapHolder, CapSubject, CreditClass, OrganisationKind
from data.errors import NotFoundError
from data.models import (
    CapPolicy,
    Enterprise,
    FieldClass,
    InspectionItem,
    InspectionRecord,
    Organisation,
    Scenario,
    Site,
)
from scheduler.clock import Clock, today
from scheduler.errors import Fault, StaleError
from scheduler.filing.policy_tables import keeping
from scheduler.permissions import Actor

LARGEST_CAP: Final = 999
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
LONGEST_SOURCE: Final = 200
LOOKED_BACK_DAYS: Final = 365
NAMED_IN_PREVIEW: Final = 20
_SCOPE: Final = (
    "holder", "subject", "organisation_id", "organisation_kind", "scenario_id", "item_id", "credit_class",
    "first_year", "last_year",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CapDraft:
    """A policy as an administrator asks for it; codes "" and scopes None are for all. `most` None: no limit."""

    holder: CapHolder
    subject: CapSubject = CapSubject.ENTERPRISE
    organisation_code: str = ""
    organisation_kind: OrganisationKind | None = None
    scenario_code: str = ""
    item_code: str = ""
    credit_class: CreditClass | None = None
    first_year: int | None = None
    last_year: int | None = None
    most: int | None = None
    hard: bool = True
    source: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapRow:
    """A policy with the rows that its scope names."""

    row: CapPolicy
    organisation: Organisation | None
    scenario: Scenario | None
    item: InspectionItem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapPreview:
    """How a policy would have told on the last year's visits.

    `met`: accounts that it is about (an organ and an enterprise, say) with a visit; `over_now`, `over_then`: with more
    visits than the present and the new policy allow; `largest`: visits of the most visited; `names`: enterprises that
    only the new one would have stopped, the most visited first.
    """

    met: int
    over_now: int
    over_then: int
    largest: int
    names: tuple[str, ...]


def list_caps(session: Session, *, ended: bool = False) -> tuple[CapRow, ...]:
    """Return the policies in force, the wider before the narrower; or those that were ended, the newest first."""
    statement = (
        select(CapPolicy, Organisation, Scenario, InspectionItem)
        .join(Organisation, col(Organisation.id) == col(CapPolicy.organisation_id), isouter=True)
        .join(Scenario, col(Scenario.id) == col(CapPolicy.scenario_id), isouter=True)
        .join(InspectionItem, col(InspectionItem.id) == col(CapPolicy.item_id), isouter=True)
        .where(col(CapPolicy.active).is_(not ended))
    )
    if ended:
        statement = statement.order_by(col(CapPolicy.ended_at).desc(), col(CapPolicy.id).desc())
    rows = session.exec(statement if ended else statement.order_by(col(CapPolicy.id))).all()
    found = [CapRow(row=row, organisation=body, scenario=scenario, item=item) for row, body, scenario, item in rows]
    return tuple(found if ended else sorted(found, key=_wide_first))


def get_cap(session: Session, uid: str) -> CapRow:
    """Return one policy, ended or not. Raises NotFoundError."""
    row = session.exec(select(CapPolicy).where(CapPolicy.uid == uid)).first()
    if row is None:
        raise NotFoundError("cap_policy", uid)
    return CapRow(
        row=row,
        organisation=session.get(Organisation, row.organisation_id) if row.organisation_id else None,
        scenario=session.get(Scenario, row.scenario_id) if row.scenario_id else None,
        item=session.get(InspectionItem, row.item_id) if row.item_id else None,
    )


def list_before(session: Session, row: CapPolicy) -> tuple[CapPolicy, ...]:
    """Return the policies that led to this one, the newest first."""
    found: list[CapPolicy] = []
    while row.replaces_uid:
        row = get_cap(session, row.replaces_uid).row
        found.append(row)
    return tuple(found)


def add_cap(session: Session, clock: Clock, actor: Actor, draft: CapDraft) -> CapPolicy:
    """Write a policy. Raises InvalidError (the fields of the draft; "cap_twice" when one has the same scope)."""
    keeping.begin_change(session, actor)
    made = _policy(session, draft, replaced=None)
    _write(session, clock, actor, made)
    keeping.note(session, clock, actor, "cap_policy.add", uid=made.uid, after=_told(made), reason=draft.reason)
    return made


def change_cap(session: Session, clock: Clock, actor: Actor, row: CapPolicy, draft: CapDraft) -> CapPolicy:
    """End a policy and write the one that takes its place.

    Raises StaleError when it was ended meanwhile, InvalidError as `add_cap` and "unchanged".
    """
    keeping.begin_change(session, actor)
    _require_in_force(session, row)
    made = _policy(session, draft, replaced=row)
    _end(session, clock, row)
    _write(session, clock, actor, made)
    keeping.note(
        session, clock, actor, "cap_policy.change", uid=made.uid, before=_told(row), after=_told(made),
        reason=draft.reason,
    )  # fmt: skip
    return made


def end_cap(session: Session, clock: Clock, actor: Actor, row: CapPolicy, *, reason: str) -> None:
    """Take a policy out of force: the next wider one holds. Raises StaleError, InvalidError on "reason"."""
    keeping.begin_change(session, actor)
    _require_in_force(session, row)
    keeping.refuse(keeping.reason_faults(reason))
    _end(session, clock, row)
    keeping.note(session, clock, actor, "cap_policy.end", uid=row.uid, before=_told(row), reason=reason)


def preview_cap(session: Session, clock: Clock, draft: CapDraft, *, present: CapPolicy | None = None) -> CapPreview:
    """Count last year's visits by the accounts of a policy. Writes nothing.

    Past visits know no items, so a policy for an item is previewed as if it were for all of them. Raises InvalidError.
    """
    candidate = _policy(session, draft, replaced=present, previewed=True)
    counts = _visits(session, clock, candidate)
    before = _visits(session, clock, present) if present else {}
    over = {key: number for key, number in counts.items() if _exceeds(number, candidate.most)}
    held = {key for key, number in before.items() if present and _exceeds(number, present.most)}
    new = sorted((-number, key) for key, number in over.items() if key not in held)
    owners = [key[1] for _, key in new]
    names = {row.id: row.name for row in session.exec(select(Enterprise).where(col(Enterprise.id).in_(owners[:100])))}
    told = dict.fromkeys(names[owner] for owner in owners if owner in names)
    return CapPreview(
        met=len(counts),
        over_now=len(held),
        over_then=len(over),
        largest=max(counts.values(), default=0),
        names=tuple(told)[:NAMED_IN_PREVIEW],
    )


def _visits(session: Session, clock: Clock, policy: CapPolicy) -> dict[tuple[str, int, int], int]:
    """{(holder, enterprise id, site id or 0): visits of the last year that the policy is about}."""
    who = {
        CapHolder.ORGAN: sa.cast(col(InspectionRecord.organisation_id), sa.String),
        CapHolder.LEVEL: sa.cast(col(Organisation.kind), sa.String),
    }.get(policy.holder, sa.literal(""))
    where = col(Site.id) if policy.subject is CapSubject.SITE else sa.literal(0)
    given = sa.func.coalesce(col(FieldClass.credit_class), col(Enterprise.credit_class))
    asked = (
        (policy.organisation_id, col(InspectionRecord.organisation_id)),
        (policy.organisation_kind, col(Organisation.kind)),
        (policy.scenario_id, col(Site.scenario_id)),
        (policy.credit_class, given),
    )
    field_class = sa.and_(
        col(FieldClass.enterprise_id) == col(Enterprise.id), col(FieldClass.scenario_id) == col(Site.scenario_id)
    )
    statement = (
        sa.select(who, col(Enterprise.id), where, sa.func.count(sa.distinct(col(InspectionRecord.visit_uid))))
        .select_from(InspectionRecord)
        .join(Site, col(Site.id) == col(InspectionRecord.site_id))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .join(Organisation, col(Organisation.id) == col(InspectionRecord.organisation_id))
        .outerjoin(FieldClass, field_class)
        .where(col(InspectionRecord.day) > today(clock) - timedelta(days=LOOKED_BACK_DAYS))
        .where(*(column == wanted for wanted, column in asked if wanted is not None))
        .group_by(sa.literal_column("1"), col(Enterprise.id), sa.literal_column("3"))
    )
    return {(str(holder), owner, site): number for holder, owner, site, number in session.execute(statement)}


def _exceeds(number: int, most: int | None) -> bool:
    return most is not None and number > most


def _policy(session: Session, draft: CapDraft, *, replaced: CapPolicy | None, previewed: bool = False) -> CapPolicy:
    """The row of a draft. `previewed`: neither a reason nor a change is asked for yet."""
    body = keeping.find_body(session, draft.organisation_code)
    scenario = keeping.find_scenario(session, draft.scenario_code)
    item = keeping.find_item(session, draft.item_code)
    faults = _figure_faults(draft) + ([] if previewed else keeping.reason_faults(draft.reason))
    if draft.organisation_code and body is None:
        faults.append(Fault(field="organisation_code", code="unknown_organisation"))
    if body is not None and draft.organisation_kind not in {None, body.kind}:
        faults.append(Fault(field="organisation_kind", code="body_of_other_kind", params=(("name", body.short_name),)))
    if draft.scenario_code and scenario is None:
        faults.append(Fault(field="scenario_code", code="unknown_choice"))
    if draft.item_code and item is None:
        faults.append(Fault(field="item_code", code="unknown_item", params=(("code", draft.item_code),)))
    keeping.refuse(faults)
    made = CapPolicy(
        holder=draft.holder, subject=draft.subject, organisation_id=body.id if body else None,
        organisation_kind=draft.organisation_kind, scenario_id=scenario.id if scenario else None,
        item_id=item.id if item else None, credit_class=draft.credit_class, first_year=draft.first_year,
        last_year=draft.last_year, most=draft.most, hard=draft.hard, source=draft.source.strip(),
        reason=draft.reason.strip(), replaces_uid=replaced.uid if replaced else "",
    )  # fmt: skip
    if not previewed:
        _require_new(session, made, replaced)
    return made


def _figure_faults(draft: CapDraft) -> list[Fault]:
    faults = []
    if draft.most is not None and not 0 <= draft.most <= LARGEST_CAP:
        faults.append(Fault(field="most", code="out_of_range", params=(("min", 0), ("max", LARGEST_CAP))))
    for name in ("first_year", "last_year"):
        year = getattr(draft, name)
        if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
            faults.append(Fault(field=name, code="out_of_range", params=(("min", FIRST_YEAR), ("max", LAST_YEAR))))
    if draft.first_year is not None and draft.last_year is not None and draft.last_year < draft.first_year:
        faults.append(Fault(field="last_year", code="years_backwards"))
    if len(draft.source) > LONGEST_SOURCE:
        faults.append(Fault(field="source", code="string_too_long", params=(("max_length", LONGEST_SOURCE),)))
    return faults


def _require_new(session: Session, made: CapPolicy, replaced: CapPolicy | None) -> None:
    """Two policies of one scope would leave it to their order which one holds."""
    if replaced is not None and _same(made, replaced, (*_SCOPE, "most", "hard", "source")):
        keeping.refuse([Fault(field="most", code="unchanged")])
    for row in session.exec(select(CapPolicy).where(col(CapPolicy.active))).all():
        if _same(made, row, _SCOPE) and (replaced is None or row.id != replaced.id):
            keeping.refuse([Fault(field="holder", code="cap_twice")])


def _same(one: CapPolicy, other: CapPolicy, names: tuple[str, ...]) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _require_in_force(session: Session, row: CapPolicy) -> None:
    session.refresh(row)
    if not row.active:
        raise StaleError(entity="cap_policy", version=row.uid)


def _write(session: Session, clock: Clock, actor: Actor, made: CapPolicy) -> None:
    made.created_at, made.created_by_id = clock.now(), actor.user_id
    session.add(made)
    session.flush()


def _end(session: Session, clock: Clock, row: CapPolicy) -> None:
    row.active, row.ended_at = False, clock.now()
    session.add(row)
    session.flush()


def _told(row: CapPolicy) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in (*_SCOPE, "most", "hard", "source")}


def _wide_first(one: CapRow) -> tuple[object, ...]:
    row = one.row
    scopes = (row.item_id, row.organisation_id, row.organisation_kind, row.scenario_id)
    return (row.holder, row.subject, *(value is not None for value in scopes), row.credit_class or "", row.id)
