"""Publications taken back (撤回公示): one person asks and says why, another one of the body does it.

What stays public is the number, the body, the reason and the time; never what was published, nor about whom.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlmodel import Session, col, select

from data.models import PublishedResult
from scheduler.audit import queue_up, record
from scheduler.clock import Clock
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError, NotPermittedError
from scheduler.fieldwork.publication import personal_faults
from scheduler.permissions import Actor, may_publish_results

LONGEST_REASON: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """The trace of a publication that was taken back. `number`: of the publication, as it counts them."""

    number: int
    body: str
    body_en: str
    reason: str
    published_at: datetime
    withdrawn_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A publication of the own body. `asked`: somebody wants it taken back; `own_wish`: the actor is who asked."""

    uid: str
    number: int
    visit_uid: str
    enterprise: str
    day: date
    published_at: datetime
    asked: bool
    own_wish: bool
    reason: str


def own_publications(session: Session, actor: Actor) -> list[Standing]:
    """The standing publications of the actor's body: those somebody wants taken back first, then the newest."""
    if not may_publish_results(actor):
        return []
    rows = session.exec(
        select(PublishedResult)
        .where(PublishedResult.organisation_id == actor.organisation_id, col(PublishedResult.withdrawn_at).is_(None))
        .order_by(col(PublishedResult.published_at).desc(), col(PublishedResult.id).desc())
    )
    found = [
        Standing(
            uid=row.uid,
            number=row.id or 0,
            visit_uid=row.visit_uid,
            enterprise=row.enterprise_name,
            day=row.day,
            published_at=row.published_at,
            asked=row.withdrawal_asked_at is not None,
            own_wish=row.withdrawal_asked_by_id == actor.user_id,
            reason=row.withdrawal_reason,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: not one.asked)


def ask_withdrawal(session: Session, clock: Clock, actor: Actor, uid: str, *, reason: str) -> None:
    """Ask that a publication be taken back; the reason will be public.

    Raises NotPermittedError, NotFoundError, ConflictError "withdrawal_asked"; InvalidError "required",
    "string_too_long", "reason_names_enterprise", "identity_number", "phone_number".
    """
    row = _own(session, actor, uid)
    if row.withdrawal_asked_at is not None:
        raise ConflictError("withdrawal_asked")
    faults = _reason_faults(row, reason)
    if faults:
        raise InvalidError(*faults)
    row.withdrawal_reason = reason.strip()
    row.withdrawal_asked_by_id, row.withdrawal_asked_at = actor.user_id, clock.now()
    session.add(row)
    session.flush()
    record(
        session, clock, actor, "result.ask_withdrawal", entity="visit", entity_uid=row.visit_uid,
        after={"publication": row.id}, reason=row.withdrawal_reason,
    )  # fmt: skip


def decide_withdrawal(session: Session, clock: Clock, actor: Actor, uid: str, *, agrees: bool) -> None:
    """Take a publication back, or leave it; whoever asked for it does not decide.

    Raises NotPermittedError, NotFoundError, ConflictError "withdrawal_not_asked", "withdrawal_second_person".
    """
    row = _own(session, actor, uid)
    if row.withdrawal_asked_at is None:
        raise ConflictError("withdrawal_not_asked")
    if row.withdrawal_asked_by_id == actor.user_id:
        raise ConflictError("withdrawal_second_person")
    reason = row.withdrawal_reason
    if agrees:
        row.withdrawn_by_id, row.withdrawn_at = actor.user_id, clock.now()
    else:
        row.withdrawal_reason, row.withdrawal_asked_by_id, row.withdrawal_asked_at = "", None, None
    session.add(row)
    session.flush()
    record(
        session, clock, actor, "result.withdraw" if agrees else "result.keep", entity="visit",
        entity_uid=row.visit_uid, after={"publication": row.id}, reason=reason,
    )  # fmt: skip


def withdrawn_results(session: Session) -> list[Withdrawn]:
    """What was taken back, the latest first."""
    rows = session.exec(
        select(PublishedResult)
        .where(col(PublishedResult.withdrawn_at).is_not(None))
        .order_by(col(PublishedResult.withdrawn_at).desc(), col(PublishedResult.id).desc())
    )
    return [_trace(row) for row in rows]


def _trace(row: PublishedResult) -> Withdrawn:
    body = json.loads(row.body)
    return Withdrawn(
        number=row.id or 0,
        body=body["body"],
        body_en=body["body_en"],
        reason=row.withdrawal_reason,
        published_at=row.published_at,
        withdrawn_at=row.withdrawn_at or row.published_at,
    )


def _own(session: Session, actor: Actor, uid: str) -> PublishedResult:
    """A standing publication of the actor's body, with everybody else kept waiting."""
    if not may_publish_results(actor):
        raise NotPermittedError
    queue_up(session)
    statement = select(PublishedResult).where(
        PublishedResult.uid == uid,
        PublishedResult.organisation_id == actor.organisation_id,
        col(PublishedResult.withdrawn_at).is_(None),
    )
    row = session.exec(statement.execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFoundError("result", uid)
    return row


def _reason_faults(row: PublishedResult, reason: str) -> list[Fault]:
    if not reason.strip():
        return [Fault(field="reason", code="required")]
    if len(reason) > LONGEST_REASON:
        return [Fault(field="reason", code="string_too_long", params=(("max_length", LONGEST_REASON),))]
    code = json.loads(row.body)["credit_code"]
    if row.enterprise_name in reason or code in reason.upper():
        return [Fault(field="reason", code="reason_names_enterprise")]
    return personal_faults(reason)
