"""Field classes (R44): what a field's own authority says of an enterprise, before the general class in that field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from data.enums import CreditClass
from data.errors import NotFoundError
from data.models import Enterprise, FieldClass, Scenario
from data.queries.pages import Page, contains, fetch_page
from scheduler.clock import Clock, today
from scheduler.errors import Fault
from scheduler.filing.policy_tables import keeping
from scheduler.permissions import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassDraft:
    """A class as an administrator gives it. `month`: any day of the month from which it is."""

    credit_code: str
    scenario_code: str
    credit_class: CreditClass
    month: date
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """A field class with the enterprise, whose general class stands beside it, and the field."""

    row: FieldClass
    enterprise: Enterprise
    scenario: Scenario


def list_classes(session: Session, *, text: str = "", page: int = 1, per_page: int = 50) -> Page[ClassRow]:
    """Return field classes by enterprise and field, where name or credit code hold every word of `text`."""
    statement = (
        select(FieldClass, Enterprise, Scenario)
        .join(Enterprise, col(Enterprise.id) == col(FieldClass.enterprise_id))
        .join(Scenario, col(Scenario.id) == col(FieldClass.scenario_id))
        .where(contains(text, [col(Enterprise.name)], codes=[col(Enterprise.credit_code)]))
        .order_by(col(Enterprise.name), col(Enterprise.id), col(Scenario.code))
    )
    found = fetch_page(session, statement, page=page, per_page=per_page)
    return replace(found, rows=tuple(map(_row, found.rows)))


def get_class(session: Session, number: int) -> ClassRow:
    """Return one field class. Raises NotFoundError."""
    row = session.get(FieldClass, number)
    if row is None:
        raise NotFoundError("field_class", number)
    return ClassRow(
        row=row,
        enterprise=session.get_one(Enterprise, row.enterprise_id),
        scenario=session.get_one(Scenario, row.scenario_id),
    )


def give_class(session: Session, clock: Clock, actor: Actor, draft: ClassDraft) -> FieldClass:
    """Give an enterprise a class in a field; one that it has there is replaced.

    Raises InvalidError: "unknown_enterprise" on "credit_code", "unknown_choice" on "scenario_code", "in_the_future" on
    "month", "required" on "reason".
    """
    keeping.begin_change(session, actor)
    firm = keeping.find_enterprise(session, draft.credit_code)
    scenario = keeping.find_scenario(session, draft.scenario_code)
    faults = keeping.reason_faults(draft.reason)
    if firm is None:
        faults.append(Fault(field="credit_code", code="unknown_enterprise", params=(("name", draft.credit_code),)))
    if scenario is None:
        faults.append(Fault(field="scenario_code", code="unknown_choice"))
    if draft.month > today(clock):
        faults.append(Fault(field="month", code="in_the_future"))
    keeping.refuse(faults)
    row = _row_for(session, firm, scenario)
    before = _told(row) if row.id else None
    row.credit_class, row.month = draft.credit_class, draft.month.replace(day=1)
    session.add(row)
    session.flush()
    keeping.note(
        session, clock, actor, "field_class.give", uid=row.id, before=before, after=_told(row), reason=draft.reason
    )
    return row


def remove_class(session: Session, clock: Clock, actor: Actor, row: FieldClass, *, reason: str) -> None:
    """Take a field class back: the general class holds again. Raises InvalidError on "reason"."""
    keeping.begin_change(session, actor)
    keeping.refuse(keeping.reason_faults(reason))
    session.delete(row)
    keeping.note(session, clock, actor, "field_class.end", uid=row.id, before=_told(row), reason=reason)


def _row_for(session: Session, firm: Enterprise | None, scenario: Scenario | None) -> FieldClass:
    place: dict[str, Any] = {"enterprise_id": firm.id if firm else 0, "scenario_id": scenario.id if scenario else 0}
    found = session.exec(select(FieldClass).filter_by(**place)).first()
    return found or FieldClass(**place)


def _row(found: Any) -> ClassRow:
    row, enterprise, scenario = found
    return ClassRow(row=row, enterprise=enterprise, scenario=scenario)


def _told(row: FieldClass) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("enterprise_id", "scenario_id", "credit_class", "month")}
