"""R55: visits whose results are not public twenty working days after them. Source: S74, 国发〔2019〕5号."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import VisitStatus
from data.models import Round, Visit
from scheduler.oversight.naming import body_names, places
from scheduler.oversight.warning import Check, Scene, WarningKind, WarningRow

RESULT_WORKDAYS: Final = 20
_UNFINISHED: Final = (VisitStatus.PUBLISHED, VisitStatus.CHECKED_IN)


def find(session: Session, scene: Scene) -> Sequence[Any]:
    """Return (visit, round) of visits past their day without a finished result, the longest overdue first."""
    return session.execute(
        sa.select(Visit, col(Round.name))
        .join(Round, col(Round.id) == col(Visit.round_id))
        .where(col(Visit.status).in_(_UNFINISHED), col(Visit.day) <= last_late_day(scene))
        .order_by(col(Visit.day), col(Visit.id))
    ).all()


def describe(session: Session, scene: Scene, hits: Sequence[Any]) -> tuple[WarningRow, ...]:
    """Name the site, the lead, when the visit was and when its result was due."""
    names, sites = body_names(session), places(session, (visit.site_id for visit, _ in hits))
    due = {day: scene.calendar.add_workdays(day, RESULT_WORKDAYS) for day in {visit.day for visit, _ in hits}}
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


def last_late_day(scene: Scene) -> date:
    """The last day of a visit whose result was due before today."""
    day = scene.calendar.add_workdays(scene.today, -RESULT_WORKDAYS)
    # Counting back and counting on differ where the days themselves are no working days.
    while scene.calendar.add_workdays(day, RESULT_WORKDAYS) >= scene.today:
        day -= timedelta(days=1)
    return day


CHECK = Check(
    kind=WarningKind.RESULTS_LATE,
    rule_id="R55",
    columns=("site", "round", "body", "day", "status", "due", "days_late"),
    find=find,
    describe=describe,
    figures=lambda _scene: (("working_days", RESULT_WORKDAYS),),
    source="S74, 国发〔2019〕5号",
)
