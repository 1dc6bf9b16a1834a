"""What happens to enterprises: renamed, merged, split, closed, opened again. History is kept; nothing is deleted.

Past inspections belong to sites, so they follow a site wherever it goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session, col, select

from data.credit_codes import credit_code_fault
from data.enums import RecordStatus, RegistryChange
from data.errors import NotFoundError, StaleError
from data.models import Enterprise, Licence, Recusal, RegistryEvent, Site
from scheduler import audit
from scheduler.clock import Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError, NotPermittedError
from scheduler.permissions import Actor, may_keep_registry

LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange:
    """A line of an enterprise's history. `other`: the enterprise it was merged into or split from, or the reverse."""

    event: RegistryEvent
    other: Enterprise | None


def rename(
    session: Session, clock: Clock, actor: Actor, firm: Enterprise, *, name: str, reason: str, version: int
) -> None:
    """Give an enterprise another name; sites that carry the old name alone are renamed with it.

    Raises InvalidError on "name" ("required", "string_too_long", "unchanged") or "reason"; StaleError.
    """
    _guard(actor, firm, version)
    _require_text("name", name, LONGEST_NAME)
    _require_text("reason", reason, 200)
    if name == firm.name:
        raise InvalidError(Fault(field="name", code="unchanged"))
    before, firm.name = firm.name, name
    for site in _sites(session, firm):
        if site.name == before:
            site.name = name
            session.add(site)
    _note(session, clock, actor, firm, RegistryChange.RENAMED, reason=reason, details={"before": before, "after": name})


def close(session: Session, clock: Clock, actor: Actor, firm: Enterprise, *, reason: str, version: int) -> None:
    """Close an enterprise with all its sites: nothing can be drawn or planned there any more.

    Raises ConflictError("closed_already"), InvalidError on "reason", StaleError.
    """
    _guard(actor, firm, version)
    _require_text("reason", reason, 200)
    if firm.status is RecordStatus.CLOSED:
        raise ConflictError("closed_already")
    open_sites = [site for site in _sites(session, firm) if site.status is RecordStatus.ACTIVE]
    _set_status([firm, *open_sites], RecordStatus.CLOSED, session)
    details = {"sites": [site.uid for site in open_sites]}
    _note(session, clock, actor, firm, RegistryChange.CLOSED, reason=reason, details=details)


def reopen(session: Session, clock: Clock, actor: Actor, firm: Enterprise, *, reason: str, version: int) -> None:
    """Open a closed enterprise again, with the sites that were closed with it.

    Raises ConflictError("open_already"), also for one that was merged: its sites are another's now.
    """
    _guard(actor, firm, version)
    _require_text("reason", reason, 200)
    last = _last_event(session, firm, (RegistryChange.CLOSED, RegistryChange.MERGED))
    if firm.status is RecordStatus.ACTIVE or last is None or last.change is RegistryChange.MERGED:
        raise ConflictError("open_already")
    shut = set(last.details.get("sites", []))
    sites = [site for site in _sites(session, firm) if site.uid in shut]
    _set_status([firm, *sites], RecordStatus.ACTIVE, session)
    _note(session, clock, actor, firm, RegistryChange.REOPENED, reason=reason, details={"sites": sorted(shut)})


def merge(
    session: Session, clock: Clock, actor: Actor, firm: Enterprise, *, into_code: str, reason: str, version: int
) -> Enterprise:
    """Merge an enterprise into another: sites and recusals move over, this one is closed. Returns the other.

    The class of the other one holds. Raises InvalidError on "into_code" ("unknown_enterprise", "same_enterprise",
    "closed_enterprise"); ConflictError("closed_already"); StaleError.
    """
    _guard(actor, firm, version)
    _require_text("reason", reason, 200)
    if firm.status is RecordStatus.CLOSED:
        raise ConflictError("closed_already")
    other = _other(session, firm, into_code)
    moved = _sites(session, firm)
    taken = {site.name for site in _sites(session, other)}
    for site in moved:
        site.enterprise_id = other.id or 0
        site.name = site.name if site.name not in taken else f"{site.name}（原{firm.name}）"[:140]
        session.add(site)
    _move_recusals(session, firm, other)
    _move_licences(session, other, Licence.enterprise_id == firm.id)
    _set_status([firm], RecordStatus.CLOSED, session)
    details = {"sites": [site.uid for site in moved]}
    _note(session, clock, actor, firm, RegistryChange.MERGED, reason=reason, details=details, other=other)
    _note(session, clock, actor, other, RegistryChange.ABSORBED, reason=reason, details=details, other=firm)
    return other


def split(
    session: Session,
    clock: Clock,
    actor: Actor,
    firm: Enterprise,
    *,
    site_uids: Sequence[str],
    credit_code: str,
    name: str,
    reason: str,
    version: int,
) -> Enterprise:
    """Make a new enterprise of some sites of this one; it begins with the same class. Returns the new one.

    Raises InvalidError on "credit_code" (its form, or "taken"), "name", "sites" ("required", "unknown_sites",
    "all_sites": something must stay); StaleError.
    """
    _guard(actor, firm, version)
    _require_text("name", name, LONGEST_NAME)
    _require_text("reason", reason, 200)
    code = credit_code.strip().upper()
    fault = credit_code_fault(code)
    if fault is None and session.exec(select(Enterprise.id).where(Enterprise.credit_code == code)).first():
        fault = "taken"
    if fault is not None:
        raise InvalidError(Fault(field="credit_code", code=fault))
    parting = _parting_sites(session, firm, site_uids)
    new = Enterprise(
        credit_code=code,
        name=name,
        industry_code=firm.industry_code,
        credit_class=firm.credit_class,
        credit_month=firm.credit_month,
        synthetic=firm.synthetic,
    )
    session.add(new)
    session.flush()
    for site in parting:
        site.enterprise_id = new.id or 0
        session.add(site)
    _move_licences(session, new, col(Licence.site_id).in_([site.id for site in parting]))
    details = {"sites": [site.uid for site in parting]}
    _note(session, clock, actor, firm, RegistryChange.SPLIT, reason=reason, details=details, other=new)
    _note(session, clock, actor, new, RegistryChange.FOUNDED, reason=reason, details=details, other=firm)
    return new


def list_changes(session: Session, firm: Enterprise) -> list[PastChange]:
    """Return what happened to an enterprise, newest first."""
    statement = (
        select(RegistryEvent, Enterprise)
        .join(Enterprise, col(Enterprise.id) == col(RegistryEvent.other_id), isouter=True)
        .where(RegistryEvent.enterprise_id == firm.id)
        .order_by(col(RegistryEvent.id).desc())
    )
    return [PastChange(event=event, other=other) for event, other in session.exec(statement)]


def _move_licences(session: Session, holder: Enterprise, which: Any) -> None:
    """A licence goes with its site; one of the whole enterprise goes where the enterprise goes."""
    for licence in session.exec(select(Licence).where(which)):
        licence.enterprise_id = holder.id or 0
        session.add(licence)


def _guard(actor: Actor, firm: Enterprise, version: int) -> None:
    if not may_keep_registry(actor):
        raise NotPermittedError
    if firm.version != version:
        raise StaleError(entity="enterprise", version=version)


def _require_text(field: str, text: str, longest: int) -> None:
    if not text.strip():
        raise InvalidError(Fault(field=field, code="required"))
    if len(text) > longest:
        raise InvalidError(Fault(field=field, code="string_too_long", params=(("max_length", longest),)))


def _sites(session: Session, firm: Enterprise) -> list[Site]:
    return list(session.exec(select(Site).where(Site.enterprise_id == firm.id).order_by(col(Site.id))))


def _set_status(rows: Sequence[Enterprise | Site], status: RecordStatus, session: Session) -> None:
    for row in rows:
        row.status = status
        session.add(row)


def _other(session: Session, firm: Enterprise, code: str) -> Enterprise:
    other = session.exec(select(Enterprise).where(Enterprise.credit_code == code.strip().upper())).first()
    fault = None
    if other is None:
        fault = "unknown_enterprise"
    elif other.id == firm.id:
        fault = "same_enterprise"
    elif other.status is RecordStatus.CLOSED:
        fault = "closed_enterprise"
    if other is None or fault is not None:
        raise InvalidError(Fault(field="into_code", code=fault or "unknown_enterprise", params=(("name", ""),)))
    return other


def _parting_sites(session: Session, firm: Enterprise, uids: Sequence[str]) -> list[Site]:
    sites = _sites(session, firm)
    chosen = [site for site in sites if site.uid in set(uids)]
    if not uids:
        raise InvalidError(Fault(field="sites", code="required"))
    if len(chosen) != len(set(uids)):
        raise NotFoundError("site", next(iter(set(uids) - {site.uid for site in chosen})))
    if len(chosen) == len(sites):
        raise InvalidError(Fault(field="sites", code="all_sites"))
    return chosen


def _move_recusals(session: Session, firm: Enterprise, other: Enterprise) -> None:
    """Who withdrew from one withdraws from the other: the interest goes with the business."""
    there = set(session.exec(select(Recusal.officer_id).where(Recusal.enterprise_id == other.id)))
    for recusal in session.exec(select(Recusal).where(Recusal.enterprise_id == firm.id)).all():
        if recusal.officer_id not in there:
            session.add(Recusal(officer_id=recusal.officer_id, enterprise_id=other.id or 0, noted_on=recusal.noted_on))


def _last_event(session: Session, firm: Enterprise, changes: Sequence[RegistryChange]) -> RegistryEvent | None:
    return session.exec(
        select(RegistryEvent)
        .where(RegistryEvent.enterprise_id == firm.id, col(RegistryEvent.change).in_(changes))
        .order_by(col(RegistryEvent.id).desc())
    ).first()


def _note(
    session: Session,
    clock: Clock,
    actor: Actor,
    firm: Enterprise,
    change: RegistryChange,
    *,
    reason: str,
    details: dict[str, Any],
    other: Enterprise | None = None,
) -> None:
    session.add(firm)
    session.add(
        RegistryEvent(
            enterprise_id=firm.id or 0,
            other_id=other.id if other else None,
            change=change,
            day=today(clock),
            details=details,
            reason=reason,
            by_id=actor.user_id,
            at=clock.now(),
        )
    )
    session.flush()
    after = {"other": other.uid if other else None} | details
    audit.record(
        session, clock, actor, f"enterprise.{change}", entity="enterprise", entity_uid=firm.uid, after=after,
        reason=reason,
    )  # fmt: skip
