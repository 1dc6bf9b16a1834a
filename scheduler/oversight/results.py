"""R55: visits whose results are not public twenty working days after them. Source: S74, 国发〔2019〕5号."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import VisitStatus
from data.models import ItemResult, PublishedResult, Round, Visit
from scheduler.oversight.naming import body_names, places
from scheduler.oversight.warning import Check, Scene, WarningKind, WarningRow

RULE_ID: Final = "R55"
_UNFINISHED: Final = (VisitStatus.PUBLISHED, VisitStatus.CHECKED_IN)


def find(session: Session, scene: Scene) -> Sequence[Any]:
    """Return (visit, round) of visits without public results in time, the longest overdue first."""
    days = _days(scene)
    if days is None:
        return ()
    unpublished = (
        sa.select(col(ItemResult.visit_id))
        .join(Visit, col(Visit.id) == col(ItemResult.visit_id))
        .outerjoin(
            PublishedResult,
            sa.and_(
                col(PublishedResult.visit_uid) == col(Visit.uid),
                col(PublishedResult.organisation_id) == col(ItemResult.organisation_id),
                col(PublishedResult.withdrawn_at).is_(None),
            ),
        )
        .where(col(PublishedResult.id).is_(None))
    )
    waiting = sa.or_(
        col(Visit.status).in_(_UNFINISHED),
        sa.and_(col(Visit.status) == VisitStatus.DONE, col(Visit.id).in_(unpublished)),
    )
    return session.execute(
        sa.select(Visit, col(Round.name))
        .join(Round, col(Round.id) == col(Visit.round_id))
        .where(waiting, col(Visit.day) <= last_late_day(scene, days))
        .order_by(col(Visit.day), col(Visit.id))
    ).all()


def describe(session: Session, scene: Scene, hits: Sequence[Any]) -> tuple[WarningRow, ...]:
    """Name the site, the lead, when the visit was and when its result was due."""
    names, sites = body_names(session), places(session, (visit.site_id for visit, _ in hits))
    days = _days(scene) or 0
    due = {day: scene.calendar.add_workdays(day, days) for day in {visit.day for visit, _ in hits}}
    return tuple(
        WarningRow(
            cells=(
                sites[visit.site_id].site_name,
                round_name,
                names[visit.lead_organisation_id],
                visit.day,
                visit.status,
                due[visit.day],
                (scene.today - due[visit.day]).days,
            ),
            route_name="visits.show",
            uid=visit.uid,
        )
        for visit, round_name in hits
    )


def _days(scene: Scene) -> int | None:
    return scene.figure(RULE_ID, "working_days")


def last_late_day(scene: Scene, days: int) -> date:
    """The last day of a visit whose result was due before today."""
    day = scene.calendar.add_workdays(scene.today, -days)
    # Counting back and counting on differ where the days themselves are no working days.
    while scene.calendar.add_workdays(day, days) >= scene.today:
        day -= timedelta(days=1)
    return day


CHECK = Check(
    kind=WarningKind.RESULTS_LATE,
    rule_id=RULE_ID,
    columns=("site", "round", "body", "day", "status", "due", "days_late"),
    find=find,
    describe=describe,
    figures=lambda scene: scene.figures(RULE_ID, "working_days"),
)
