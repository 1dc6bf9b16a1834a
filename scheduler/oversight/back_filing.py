"""R25: emergency inspections whose papers were to be filed by now. Source: S3, S8."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from data.enums import PlanStatus
from data.models import Plan
from scheduler.oversight.naming import body_names
from scheduler.oversight.warning import Check, Scene, WarningKind, WarningRow

RULE_ID = "R25"


def find(session: Session, scene: Scene) -> Sequence[Plan]:
    """Return emergency plans past their day, the longest overdue first."""
    if scene.rule(RULE_ID) is None:
        return ()
    return session.exec(
        select(Plan)
        .where(col(Plan.emergency), col(Plan.filed_at).is_(None), Plan.status != PlanStatus.WITHDRAWN)
        .where(col(Plan.back_file_due) < scene.today)
        .order_by(col(Plan.back_file_due), col(Plan.id))
    ).all()


def describe(session: Session, scene: Scene, hits: Sequence[Plan]) -> tuple[WarningRow, ...]:
    """Name the plan, when the inspection was, and how late its papers are."""
    names = body_names(session)
    return tuple(
        WarningRow(
            cells=(
                plan.title,
                names[plan.organisation_id],
                plan.inspected_on,
                plan.back_file_due,
                (scene.today - (plan.back_file_due or scene.today)).days,
                plan.status,
            ),
            route_name="plans.show",
            uid=plan.uid,
        )
        for plan in hits
    )


CHECK = Check(
    kind=WarningKind.BACK_FILING,
    rule_id=RULE_ID,
    columns=("plan", "body", "inspected_on", "due", "days_late", "status"),
    find=find,
    describe=describe,
    figures=lambda scene: scene.figures(RULE_ID, "working_days"),
)
