"""Finding confirmations and counter-proposals, and whose they are. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlmodel import Session, col, select

from data.enums import ConfirmationStatus, CounterStatus
from data.models import Confirmation, CounterProposal, Round
from scheduler.errors import NotFoundError
from scheduler.permissions import Actor, may_see_all, may_see_rounds

OVER: Final = (ConfirmationStatus.REPLACED, ConfirmationStatus.WITHDRAWN)


def list_live(session: Session, round_id: int | None) -> list[Confirmation]:
    """The questions of a round that hold now, one an organisation at most, in the order in which they were asked."""
    statement = select(Confirmation).where(Confirmation.round_id == round_id, col(Confirmation.status).not_in(OVER))
    return list(session.exec(statement.order_by(col(Confirmation.id))))


def list_all(session: Session, round_id: int | None) -> list[Confirmation]:
    """Every question of a round with those that are over, newest first."""
    statement = select(Confirmation).where(Confirmation.round_id == round_id)
    return list(session.exec(statement.order_by(col(Confirmation.id).desc())))


def get_confirmation(session: Session, actor: Actor, uid: str) -> Confirmation:
    """Raises NotFoundError for an unknown one and for other organisations'."""
    found = session.exec(select(Confirmation).where(Confirmation.uid == uid)).first()
    own = found is not None and (may_see_all(actor) or found.organisation_id == actor.organisation_id)
    if found is None or not own or not may_see_rounds(actor):
        raise NotFoundError("confirmation", uid)
    return found


def get_counter(session: Session, actor: Actor, uid: str) -> CounterProposal:
    """Raises NotFoundError for an unknown one and for all but the district."""
    found = session.exec(select(CounterProposal).where(CounterProposal.uid == uid)).first()
    if found is None or not may_see_all(actor):
        raise NotFoundError("counter_proposal", uid)
    return found


def question_of(session: Session, counter: CounterProposal) -> Confirmation:
    """The question in whose answer another day was proposed."""
    return session.get_one(Confirmation, counter.confirmation_id)


def round_of(session: Session, confirmation: Confirmation) -> Round:
    """The round that a question is about."""
    return session.get_one(Round, confirmation.round_id)


def list_counters(
    session: Session, confirmations: Sequence[Confirmation], status: CounterStatus | None = None
) -> list[CounterProposal]:
    """The counter-proposals in some answers, by day and visit."""
    keys = [one.id for one in confirmations]
    statement = select(CounterProposal).where(col(CounterProposal.confirmation_id).in_(keys))
    if status is not None:
        statement = statement.where(CounterProposal.status == status)
    order = (col(CounterProposal.day), col(CounterProposal.visit_uid), col(CounterProposal.id))
    return list(session.exec(statement.order_by(*order)))
