"""R22: visits that no plan foresaw; each one is to be seen by somebody who was not there. Source: S22, S8, S54."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from scheduler.fieldwork.off_plan import OffPlanRow, list_off_plan
from scheduler.oversight.naming import body_names
from scheduler.oversight.warning import RECENT, Check, Scene, WarningKind, WarningRow

RULE_ID = "R22"


def find(session: Session, scene: Scene) -> Sequence[OffPlanRow]:
    """Return the visits off plan of the last months, the latest first."""
    return list_off_plan(session, since=scene.today - RECENT)


def describe(session: Session, scene: Scene, hits: Sequence[OffPlanRow]) -> tuple[WarningRow, ...]:  # noqa: ARG001 -- signature of a check
    """Name the site, who went, when, what set it off, and how far its papers are."""
    names = body_names(session)
    return tuple(
        WarningRow(
            cells=(
                hit.site,
                names[hit.plan.organisation_id],
                hit.visit.day,
                hit.plan.trigger,
                hit.plan.clue_number,
                hit.plan.status,
            ),
            route_name="visits.show",
            uid=hit.visit.uid,
        )
        for hit in hits
    )


CHECK = Check(
    kind=WarningKind.OFF_PLAN,
    rule_id=RULE_ID,
    columns=("site", "body", "day", "trigger", "clue", "status"),
    find=find,
    describe=describe,
    figures=lambda _scene: (("recent", RECENT.days),),
)
