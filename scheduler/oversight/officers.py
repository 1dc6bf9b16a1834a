"""The same officer three times without findings at one enterprise within a year: a pair that should be parted.

Draws match officers anew each time (R50, S83); where that does not happen, somebody has to look. Only visits whose
results are in count: before that nobody knows whether anything was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import VisitStatus
from data.models import CrewSlot, InspectionRecord, InspectionRequest, Officer, Site, Visit
from scheduler.oversight.naming import body_names, chunks, enterprises
from scheduler.oversight.warning import YEAR, Check, Scene, WarningKind, WarningRow

RULE_ID: Final = "R50"


@dataclass(frozen=True, slots=True)
class Pair:
    officer_id: int
    enterprise_id: int
    visits: int
    last: date


def find(session: Session, scene: Scene) -> Sequence[Pair]:
    """Return officers and enterprises that met so, the most often first."""
    least = scene.figure(RULE_ID, "times")
    if least is None:
        return ()
    visits = sa.func.count(sa.distinct(col(Visit.id)))
    rows = session.execute(
        sa.select(col(CrewSlot.officer_id), col(Site.enterprise_id), visits, sa.func.max(col(Visit.day)))
        .join(Visit, col(Visit.id) == col(CrewSlot.visit_id))
        .join(InspectionRequest, col(InspectionRequest.id) == col(CrewSlot.request_id))
        .join(
            InspectionRecord,
            sa.and_(
                col(InspectionRecord.visit_uid) == col(Visit.uid),
                col(InspectionRecord.organisation_id) == col(InspectionRequest.organisation_id),
            ),
        )
        .join(Site, col(Site.id) == col(Visit.site_id))
        .where(col(Visit.status) == VisitStatus.DONE, col(InspectionRecord.problem_found).is_(False))
        .where(col(Visit.day) > scene.today - YEAR, col(Visit.day) <= scene.today)
        .group_by(col(CrewSlot.officer_id), col(Site.enterprise_id))
        .having(visits >= least)
        .order_by(visits.desc(), col(CrewSlot.officer_id), col(Site.enterprise_id))
    )
    return [Pair(*row) for row in rows]


def describe(session: Session, _scene: Scene, hits: Sequence[Pair]) -> tuple[WarningRow, ...]:
    """Name the officer, the body and the enterprise."""
    names, owners = body_names(session), enterprises(session, (hit.enterprise_id for hit in hits))
    people = {
        row.id: row
        for ids in chunks(hit.officer_id for hit in hits)
        for row in session.exec(select(Officer).where(col(Officer.id).in_(ids)))
    }
    return tuple(
        WarningRow(
            cells=(
                people[hit.officer_id].name,
                names[people[hit.officer_id].organisation_id],
                owners[hit.enterprise_id].name,
                hit.visits,
                hit.last,
            ),
            route_name="registry.officer",
            uid=people[hit.officer_id].uid,
        )
        for hit in hits
    )


CHECK = Check(
    kind=WarningKind.SAME_OFFICER,
    rule_id=RULE_ID,
    columns=("officer", "body", "enterprise", "times", "last"),
    find=find,
    describe=describe,
    figures=lambda scene: (("least", scene.figure(RULE_ID, "times")),),
)
