"""R21: bodies whose annual plan is not filed by the end of March; reminders from the first of that month.

Source: S6, S7, S8, S44.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import OrganisationKind, PlanSpan, PlanStatus
from data.models import Organisation, Plan
from scheduler.oversight.warning import Check, Figures, Scene, Urgency, WarningKind, WarningRow

RULE_ID = "R21"
# Bodies that inspect; a coordination office and the government itself plan nothing.
_INSPECT = (OrganisationKind.DEPARTMENT, OrganisationKind.TOWNSHIP, OrganisationKind.VERTICAL)
_FILED = (PlanStatus.FILED, PlanStatus.IN_ROUND, PlanStatus.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Missing:
    """A body without an annual plan. `draft`: the status of the one that it is writing; None for nothing begun."""

    body_name: str
    deadline: date
    urgency: Urgency
    draft: PlanStatus | None
    draft_uid: str


def find(session: Session, scene: Scene) -> Sequence[Missing]:
    """Return announced bodies without a filed annual plan of this year, by their code."""
    deadline = _deadline(scene)
    if deadline is None or scene.today < deadline.replace(day=1):
        return ()
    plans = _annual_plans(session, scene)
    bodies = session.exec(
        select(Organisation)
        .where(col(Organisation.kind).in_(_INSPECT), col(Organisation.announced_on).is_not(None))
        .order_by(col(Organisation.code))
    )
    urgency = Urgency.OVERDUE if scene.today > deadline else Urgency.REMINDER
    own = [(body, plans.get(body.id or 0, [])) for body in bodies]
    return [
        Missing(
            body.short_name,
            deadline,
            urgency,
            draft=begun[-1].status if begun else None,
            draft_uid=begun[-1].uid if begun else "",
        )
        for body, begun in own
        if not any(plan.status in _FILED for plan in begun)
    ]


def describe(_session: Session, _scene: Scene, hits: Sequence[Missing]) -> tuple[WarningRow, ...]:
    """Name the body, the deadline, and how far it has come."""
    return tuple(
        WarningRow(
            cells=(hit.body_name, hit.deadline, hit.urgency, hit.draft),
            route_name="plans.show" if hit.draft_uid else "",
            uid=hit.draft_uid,
        )
        for hit in hits
    )


def _deadline(scene: Scene) -> date | None:
    month, day = scene.figure(RULE_ID, "month"), scene.figure(RULE_ID, "day")
    if month is None or day is None:
        return None
    # An administrator may have typed the 31st of a month that has none.
    place = min(max(month, 1), 12)
    return date(scene.today.year, place, min(max(day, 1), monthrange(scene.today.year, place)[1]))


def _annual_plans(session: Session, scene: Scene) -> dict[int, list[Plan]]:
    """{organisation id: its annual plans of this year, oldest first}; long plans of no stated span count too."""
    year, least = scene.today.year, scene.figure(RULE_ID, "annual_days") or 0
    rows = session.exec(
        select(Plan)
        .where(Plan.year == year, Plan.status != PlanStatus.WITHDRAWN)
        .where(sa.or_(col(Plan.span) == PlanSpan.ANNUAL, col(Plan.period_last) >= date(year, 12, 1)))
        .order_by(col(Plan.id))
    )
    found: dict[int, list[Plan]] = {}
    for plan in rows:
        if plan.span is PlanSpan.ANNUAL or (plan.period_last - plan.period_first).days + 1 >= least:
            found.setdefault(plan.organisation_id, []).append(plan)
    return found


def _figures(scene: Scene) -> Figures:
    return (("deadline", _deadline(scene)),)


CHECK = Check(
    kind=WarningKind.ANNUAL_PLAN,
    rule_id=RULE_ID,
    columns=("body", "due", "urgency", "status"),
    find=find,
    describe=describe,
    figures=_figures,
)
