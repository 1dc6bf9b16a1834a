"""Whose plans and uploads are whose, and the locks that keep two filings of one organisation apart."""

from __future__ import annotations

from sqlmodel import Session, select

from data.enums import PlanStatus, RoundStatus
from data.errors import NotFoundError, StaleError
from data.models import Organisation, Plan, Round
from scheduler.clock import Clock
from scheduler.errors import Fault, InvalidError, NotPermittedError, TransitionError
from scheduler.permissions import Actor, may_see_plans, may_write_plans, owns_organisation

EDITABLE = frozenset({PlanStatus.DRAFT, PlanStatus.RETURNED})


def own_organisation(actor: Actor) -> int:
    """Return the organisation that a clerk writes for. Raises NotPermittedError for anybody else."""
    if not may_write_plans(actor) or actor.organisation_id is None:
        raise NotPermittedError
    return actor.organisation_id


def require_visible(actor: Actor, organisation_id: int, entity: str, uid: str) -> None:
    """Raise NotFoundError when rows of the organisation are not the actor's to see."""
    if not may_see_plans(actor) or not owns_organisation(actor, organisation_id):
        raise NotFoundError(entity, uid)


def require_clerk_of(actor: Actor, organisation_id: int, entity: str, uid: str) -> None:
    """Raise NotFoundError for a foreign organisation's row, NotPermittedError for anybody but a clerk."""
    require_visible(actor, organisation_id, entity, uid)
    if own_organisation(actor) != organisation_id:
        raise NotFoundError(entity, uid)


def require_editable(actor: Actor, plan: Plan, version: int | None) -> None:
    """Raise unless the actor may write the plan, it is a draft or was returned, and it is still at `version`."""
    require_clerk_of(actor, plan.organisation_id, "plan", plan.uid)
    if plan.status not in EDITABLE:
        raise TransitionError(entity="plan", status=str(plan.status), event="edit")
    if version is not None and plan.version != version:
        raise StaleError(entity="plan", version=version)


def lock_organisation(session: Session, organisation_id: int) -> Organisation:
    """Return the organisation's row, locked until the transaction ends: filings of one organisation queue up here.

    Locked before anything else is, the audit chain included, so that no two filings wait for each other; and without
    its key: rows that only point at the organisation do not wait.
    """
    statement = select(Organisation).where(Organisation.id == organisation_id).with_for_update(key_share=True)
    return session.exec(statement).one()


def find_open_round(session: Session, clock: Clock, uid: str | None) -> Round | None:
    """Return the round that plans are filed for; None for none.

    Raises InvalidError on field "round_uid": "unknown_choice" (no such round) or "filing_closed".
    """
    if not uid:
        return None
    round_ = session.exec(select(Round).where(Round.uid == uid)).first()
    if round_ is None:
        raise InvalidError(Fault(field="round_uid", code="unknown_choice"))
    require_filing_open(clock, round_)
    return round_


def require_filing_open(clock: Clock, round_: Round) -> None:
    """Raise InvalidError "filing_closed" when the round takes no more plans."""
    if round_.status is not RoundStatus.OPEN or clock.now() > round_.filing_until:
        raise InvalidError(Fault(field="round_uid", code="filing_closed", params=(("round", round_.name),)))
