"""R62: partners asked to countersign (会签) who have not answered in time. Source: S8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import PlanStage, PlanStatus, Verdict
from data.models import Plan, PlanDecision
from scheduler.oversight.naming import body_names
from scheduler.oversight.warning import Check, Scene, WarningKind, WarningRow

RULE_ID = "R62"


def find(session: Session, scene: Scene) -> Sequence[Any]:
    """Return (question, plan) past their day, the longest overdue first."""
    if scene.rule(RULE_ID) is None:
        return ()
    return session.execute(
        sa.select(PlanDecision, Plan)
        .join(Plan, col(Plan.id) == col(PlanDecision.plan_id))
        .where(col(Plan.status) == PlanStatus.COUNTERSIGNING, col(PlanDecision.submission) == col(Plan.submission))
        .where(col(PlanDecision.stage) == PlanStage.COUNTERSIGN, col(PlanDecision.verdict) == Verdict.WAITING)
        .where(col(PlanDecision.due) < scene.today)
        .order_by(col(PlanDecision.due), col(PlanDecision.id))
    ).all()


def describe(session: Session, scene: Scene, hits: Sequence[Any]) -> tuple[WarningRow, ...]:
    """Name the plan, who asks, who has not answered, and for how long."""
    names = body_names(session)
    return tuple(
        WarningRow(
            cells=(
                plan.title,
                names[plan.organisation_id],
                names[decision.organisation_id],
                decision.due,
                (scene.today - decision.due).days,
            ),
            route_name="plans.show",
            uid=plan.uid,
        )
        for decision, plan in hits
    )


CHECK = Check(
    kind=WarningKind.PARTNERS_SILENT,
    rule_id=RULE_ID,
    columns=("plan", "body", "partner", "due", "days_late"),
    find=find,
    describe=describe,
    figures=lambda scene: scene.figures(RULE_ID, "joint_days"),
)
