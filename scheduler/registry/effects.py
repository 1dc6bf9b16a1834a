"""What a change in the registry touches that is not yet published: requests and visits that should be looked at.

Only counts and lists; a class that changed makes a new solve worthwhile, it never moves a visit by itself (R40).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import CreditClass, RecordStatus, RequestStatus, RoundStatus
from data.models import CreditClassMonth, Enterprise, InspectionRequest, Round, Site, Visit, VisitRequest

UNPUBLISHED: Final = (
    RoundStatus.FROZEN, RoundStatus.DRAWN, RoundStatus.SOLVING, RoundStatus.PROPOSED, RoundStatus.APPROVED,
)  # fmt: skip
WAITING: Final = (RequestStatus.PENDING, RequestStatus.SCHEDULED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchedVisit:
    """An unpublished visit (or, without one, a request) of an enterprise whose class or status is another by now.

    `before`: its class the month before; `now`: its present one; `visit_uid` is None for a request without a visit.
    """

    enterprise_uid: str
    enterprise_name: str
    before: CreditClass | None
    now: CreditClass
    closed: bool
    round_uid: str
    round_name: str
    visit_uid: str | None
    day: date | None
    requests: int


def touched_by_classes(session: Session, month: date, *, most: int = 200) -> list[TouchedVisit]:
    """Return unpublished visits and requests of enterprises whose class in `month` differs from the one before.

    "Before" is the newest month known before `month`. Ordered by round, day and name.
    """
    previous = session.execute(
        sa.select(sa.func.max(col(CreditClassMonth.month))).where(col(CreditClassMonth.month) < month)
    ).scalar()
    if previous is None:
        return []
    old, new = sa.orm.aliased(CreditClassMonth), sa.orm.aliased(CreditClassMonth)
    changed = (
        sa.select(col(new.enterprise_id).label("firm"), col(old.credit_class).label("before"))
        .join(old, sa.and_(col(old.enterprise_id) == col(new.enterprise_id), col(old.month) == previous))
        .where(col(new.month) == month, col(new.credit_class) != col(old.credit_class))
        .subquery()
    )
    return _touched(session, changed, most)


def touched_by_closing(session: Session, enterprises: Sequence[int], *, most: int = 200) -> list[TouchedVisit]:
    """Return unpublished visits and requests at these enterprises (ids)."""
    before = sa.literal(None).label("before")
    chosen = sa.select(col(Enterprise.id).label("firm"), before).where(col(Enterprise.id).in_(enterprises)).subquery()
    return _touched(session, chosen, most)


def _touched(session: Session, chosen: sa.Subquery, most: int) -> list[TouchedVisit]:
    statement = (
        sa.select(
            col(Enterprise.uid), col(Enterprise.name), chosen.c.before, col(Enterprise.credit_class),
            col(Enterprise.status), col(Round.uid), col(Round.name), col(Visit.uid), col(Visit.day),
            sa.func.count(sa.distinct(col(InspectionRequest.id))),
        )
        .select_from(chosen)
        .join(Enterprise, col(Enterprise.id) == chosen.c.firm)
        .join(Site, col(Site.enterprise_id) == col(Enterprise.id))
        .join(InspectionRequest, col(InspectionRequest.site_id) == col(Site.id))
        .join(Round, col(Round.id) == col(InspectionRequest.round_id))
        .join(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id), isouter=True)
        .join(Visit, col(Visit.id) == col(VisitRequest.visit_id), isouter=True)
        .where(col(Round.status).in_(UNPUBLISHED), col(InspectionRequest.status).in_(WAITING))
        .group_by(
            col(Enterprise.uid), col(Enterprise.name), chosen.c.before, col(Enterprise.credit_class),
            col(Enterprise.status), col(Round.uid), col(Round.name), col(Visit.uid), col(Visit.day),
        )
        .order_by(col(Round.name), col(Visit.day), col(Enterprise.name), col(Visit.uid))
        .limit(most)
    )  # fmt: skip
    return [
        TouchedVisit(
            enterprise_uid=uid, enterprise_name=name, before=CreditClass(before) if before else None,
            now=CreditClass(now), closed=status is RecordStatus.CLOSED, round_uid=round_uid, round_name=round_name,
            visit_uid=visit_uid, day=day, requests=requests,
        )
        for uid, name, before, now, status, round_uid, round_name, visit_uid, day, requests in session.execute(
            statement
        )
    ]  # fmt: skip
