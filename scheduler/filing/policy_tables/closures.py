"""Days on which single sites are not visited (R60): listed, added and struck by hand. Quiet days of all are R60's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sqlmodel import Session, col, select

from data.enums import ClosureKind, RecordStatus
from data.errors import NotFoundError
from data.models import Closure, Enterprise, Site
from data.queries.pages import Page, contains, fetch_page
from scheduler import audit
from scheduler.clock import Clock, today
from scheduler.errors import Fault, NotPermittedError
from scheduler.filing.policy_tables import keeping
from scheduler.permissions import Actor, may_keep_registry

LONGEST_DAYS: Final = 366
"""A site that is not visited for more than a year is closed, not quiet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureDraft:
    """Days as the coordinator enters them. `site_name` "": all sites of the enterprise."""

    credit_code: str
    first_date: date
    last_date: date
    kind: ClosureKind
    site_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRow:
    """A closure with its site and enterprise."""

    row: Closure
    site: Site
    enterprise: Enterprise


def list_closures(
    session: Session, *, since: date, text: str = "", page: int = 1, per_page: int = 50
) -> Page[ClosureRow]:
    """Return closures that end on `since` or later, by first day; of enterprises and sites that hold every word."""
    statement = (
        select(Closure, Site, Enterprise)
        .join(Site, col(Site.id) == col(Closure.site_id))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .where(Closure.last_date >= since)
        .where(contains(text, (col(Enterprise.name), col(Site.name)), codes=[col(Enterprise.credit_code)]))
        .order_by(col(Closure.first_date), col(Closure.id))
    )
    found = fetch_page(session, statement, page=page, per_page=per_page)
    return replace(found, rows=tuple(map(_row, found.rows)))


def add_closures(session: Session, clock: Clock, actor: Actor, draft: ClosureDraft) -> int:
    """Close sites of an enterprise for some days; what is noted already is not noted twice. Returns how many were.

    Raises NotPermittedError; InvalidError: "unknown_enterprise" on "credit_code", "site_unknown" on "site_name",
    "period_backwards", "in_the_past" and "period_too_long" on "last_date".
    """
    _begin(session, actor)
    firm = keeping.find_enterprise(session, draft.credit_code)
    faults = _span_faults(draft, today(clock))
    if firm is None:
        faults.append(Fault(field="credit_code", code="unknown_enterprise", params=(("name", draft.credit_code),)))
    sites = _sites(session, firm, draft.site_name.strip()) if firm else []
    if firm is not None and not sites:
        faults.append(Fault(field="site_name", code="site_unknown"))
    keeping.refuse(faults)
    values: dict[str, Any] = {"first_date": draft.first_date, "last_date": draft.last_date, "kind": draft.kind}
    made = [Closure(site_id=site.id or 0, **values) for site in sites if not _noted(session, site, values)]
    session.add_all(made)
    for row in made:
        keeping.note(session, clock, actor, "closure.add", uid=row.id or "", after=_told(row))
    return len(made)


def remove_closure(session: Session, clock: Clock, actor: Actor, number: int) -> None:
    """Strike a closure: from the next solve on the site may be visited then. Raises NotFoundError."""
    _begin(session, actor)
    row = session.get(Closure, number)
    if row is None:
        raise NotFoundError("closure", number)
    session.delete(row)
    keeping.note(session, clock, actor, "closure.end", uid=number, before=_told(row))


def _begin(session: Session, actor: Actor) -> None:
    # The coordinator brings closures as lists too, so they are not the administrator's alone.
    if not may_keep_registry(actor):
        raise NotPermittedError
    audit.queue_up(session)


def _span_faults(draft: ClosureDraft, now: date) -> list[Fault]:
    days = (draft.last_date - draft.first_date).days + 1
    if days < 1:
        return [Fault(field="last_date", code="period_backwards")]
    if draft.last_date < now:
        return [Fault(field="last_date", code="in_the_past")]
    return [Fault(field="last_date", code="period_too_long")] if days > LONGEST_DAYS else []


def _sites(session: Session, firm: Enterprise, name: str) -> list[Site]:
    statement = select(Site).where(Site.enterprise_id == firm.id, Site.status == RecordStatus.ACTIVE)
    sites = session.exec(statement.order_by(col(Site.id))).all()
    return [site for site in sites if not name or site.name == name]


def _noted(session: Session, site: Site, values: dict[str, Any]) -> bool:
    return session.exec(select(Closure).filter_by(site_id=site.id, **values)).first() is not None


def _row(found: Any) -> ClosureRow:
    row, site, enterprise = found
    return ClosureRow(row=row, site=site, enterprise=enterprise)


def _told(row: Closure) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("site_id", "first_date", "last_date", "kind")}
