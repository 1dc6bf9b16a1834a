"""R32: inspections that no cap stops, clearly too many at one enterprise in twelve months. Source: S4, S60, S61.

Counted in the cap ledger, where a joint visit counts once for the enterprise (R35) and what was given back is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import CapHolder, CapSubject
from data.models import CapAccount, CapEvent, Plan
from scheduler.clock import DISTRICT_ZONE
from scheduler.oversight.naming import body_names, chunks, enterprises, joined_bodies
from scheduler.oversight.warning import YEAR, Check, Scene, WarningKind, WarningRow

RULE_ID = "R32"


@dataclass(frozen=True, slots=True)
class Often:
    enterprise_id: int
    count: int
    last: datetime


def find(session: Session, scene: Scene) -> Sequence[Often]:
    """Return enterprises with more places than `most`, the most often seen first."""
    most = scene.figure(RULE_ID, "most")
    if most is None:
        return ()
    places = _places(scene)
    count = sa.func.count()
    rows = session.execute(
        sa.select(places.c.enterprise_id, count, sa.func.max(places.c.at))
        .group_by(places.c.enterprise_id)
        .having(count > most)
        .order_by(count.desc(), places.c.enterprise_id)
    )
    return [Often(*row) for row in rows]


def describe(session: Session, scene: Scene, hits: Sequence[Often]) -> tuple[WarningRow, ...]:
    """Name the enterprise, whose plans these were, and when the last one was."""
    names, owners = body_names(session), enterprises(session, (hit.enterprise_id for hit in hits))
    bodies: dict[int, set[int]] = {}
    places = _places(scene)
    for ids in chunks(hit.enterprise_id for hit in hits):
        rows = session.execute(
            sa.select(places.c.enterprise_id, col(Plan.organisation_id))
            .join(Plan, col(Plan.id) == places.c.plan_id)
            .where(places.c.enterprise_id.in_(ids))
            .distinct()
        )
        for enterprise_id, body in rows:
            bodies.setdefault(enterprise_id, set()).add(body)
    return tuple(
        WarningRow(
            cells=(
                owners[hit.enterprise_id].name,
                hit.count,
                joined_bodies(names, bodies.get(hit.enterprise_id, ())),
                hit.last.astimezone(DISTRICT_ZONE).date(),
            ),
            route_name="registry.enterprise",
            uid=owners[hit.enterprise_id].uid,
        )
        for hit in hits
    )


def _places(scene: Scene) -> Any:
    """Places beyond every cap that were given in the last twelve months and are still held: enterprise, plan, when."""
    since = datetime.combine(scene.today - YEAR, time.min, DISTRICT_ZONE)
    at: Any = sa.func.min(col(CapEvent.at))
    return (
        sa.select(
            sa.func.min(col(CapAccount.enterprise_id)).label("enterprise_id"),
            sa.func.min(col(CapEvent.plan_id)).label("plan_id"),
            at.label("at"),
        )
        .join(CapAccount, col(CapAccount.id) == col(CapEvent.account_id))
        .where(col(CapEvent.capped).is_(False), col(CapAccount.item_id).is_(None))
        .where(CapAccount.holder == CapHolder.DISTRICT, CapAccount.subject == CapSubject.ENTERPRISE)  # type: ignore[arg-type]
        .group_by(col(CapEvent.hold))
        .having(sa.func.sum(col(CapEvent.exempt)) > 0, at >= since)
        .subquery()
    )


CHECK = Check(
    kind=WarningKind.UNCAPPED_OFTEN,
    rule_id=RULE_ID,
    columns=("enterprise", "times", "bodies", "last"),
    find=find,
    describe=describe,
    figures=lambda scene: scene.figures(RULE_ID, "most"),
)
