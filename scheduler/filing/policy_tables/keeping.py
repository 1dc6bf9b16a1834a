"""What keeping every policy table has in common: who may, that a reason is given, and the audit row. Knows no table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session, col, select

from data.models import Enterprise, InspectionItem, Organisation, Scenario
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import Fault, InvalidError, NotPermittedError
from scheduler.permissions import Actor, may_administer

LONGEST_REASON: Final = 2000


def begin_change(session: Session, actor: Actor) -> None:
    """Let administrators in, one after the other. Raises NotPermittedError."""
    if not may_administer(actor):
        raise NotPermittedError
    audit.queue_up(session)


def reason_faults(reason: str) -> list[Fault]:
    """A change of policy says why: "required" or "string_too_long" on "reason"."""
    if not reason.strip():
        return [Fault(field="reason", code="required")]
    if len(reason) > LONGEST_REASON:
        return [Fault(field="reason", code="string_too_long", params=(("max_length", LONGEST_REASON),))]
    return []


def refuse(faults: list[Fault]) -> None:
    """Raise InvalidError with all faults, when there are some."""
    if faults:
        raise InvalidError(*faults)


def note(
    session: Session,
    clock: Clock,
    actor: Actor,
    action: str,
    *,
    uid: object,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write the audit row of a change; the entity is the first half of the action."""
    session.flush()
    audit.record(
        session, clock, actor, action, entity=action.split(".", maxsplit=1)[0], entity_uid=str(uid),
        before=dict(before) if before else None, after=dict(after) if after else None, reason=reason.strip(),
    )  # fmt: skip


def find_body(session: Session, code: str) -> Organisation | None:
    """The organisation of a code, None for "" and for an unknown one."""
    return session.exec(select(Organisation).where(Organisation.code == code)).first() if code else None


def find_scenario(session: Session, code: str) -> Scenario | None:
    """The scenario of a code, None for "" and for an unknown one."""
    return session.exec(select(Scenario).where(Scenario.code == code)).first() if code else None


def find_item(session: Session, code: str) -> InspectionItem | None:
    """The item of a code, None for "" and for an unknown one."""
    return session.exec(select(InspectionItem).where(InspectionItem.code == code)).first() if code else None


def find_enterprise(session: Session, credit_code: str) -> Enterprise | None:
    """The enterprise of a credit code, None for an unknown one."""
    asked = select(Enterprise).where(Enterprise.credit_code == credit_code.strip().upper())
    return session.exec(asked.order_by(col(Enterprise.id))).first()
