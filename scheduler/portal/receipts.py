"""Receipts: an enterprise confirms that it knows of a visit as it stands. A changed visit is to be confirmed anew."""

from __future__ import annotations

from sqlmodel import Session, col, select

from data.models import ReleaseVisit, VisitReceipt
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.errors import ConflictError
from scheduler.permissions import Actor
from scheduler.publishing.enterprise_view import get_enterprise_row


def confirm_visit(session: Session, clock: Clock, actor: Actor, uid: str) -> None:
    """Confirm a visit that the enterprise may see; confirming it again changes nothing.

    Raises NotFoundError for everything it may not see, ConflictError "visit_cancelled".
    """
    row = get_enterprise_row(session, actor, uid)
    if row.cancelled:
        raise ConflictError("visit_cancelled")
    if find_receipt(session, row) is not None:
        return
    session.add(
        VisitReceipt(
            enterprise_id=row.enterprise_id,
            visit_uid=row.visit_uid,
            public_hash=row.public_hash,
            confirmed_by_id=actor.user_id,
            confirmed_at=clock.now(),
        )
    )
    session.flush()
    record(session, clock, actor, "visit.confirm", entity="visit", entity_uid=uid)


def find_receipt(session: Session, row: ReleaseVisit) -> VisitReceipt | None:
    """The receipt for exactly this state of a visit."""
    statement = select(VisitReceipt).where(VisitReceipt.visit_uid == row.visit_uid)
    return session.exec(statement.where(col(VisitReceipt.public_hash) == row.public_hash)).first()
