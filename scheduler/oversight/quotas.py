"""R23: special campaigns (专项) of a body in this year against its quota. Source: S6, S36, S54."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import PlanKind
from data.models import Organisation, Plan
from scheduler.filing.picturing import STANDING
from scheduler.filing.stages import UNDER_WAY
from scheduler.oversight.warning import Check, Scene, WarningKind, WarningRow

RULE_ID = "R23"


@dataclass(frozen=True, slots=True)
class Spent:
    """`plans`: submitted or further; the year is the plan's own."""

    body_name: str
    year: int
    plans: int
    quota: int


def find(session: Session, scene: Scene) -> Sequence[Spent]:
    """Return bodies that have used their quota of this year or of a later one up, the fullest first."""
    rows = session.execute(
        sa.select(Organisation, col(Plan.year), sa.func.count())
        .join(Plan, col(Plan.organisation_id) == col(Organisation.id))
        .where(col(Plan.kind) == PlanKind.SPECIAL, col(Plan.year) >= scene.today.year)
        .where(col(Plan.status).in_({*STANDING, *UNDER_WAY}))
        .group_by(col(Organisation.id), col(Plan.year))
        .order_by(sa.func.count().desc(), col(Organisation.id), col(Plan.year))
    )
    spent = [(body, year, plans, scene.figure(RULE_ID, "quota", body.kind)) for body, year, plans in rows]
    return [
        Spent(body.short_name, year, plans, quota)
        for body, year, plans, quota in spent
        if quota is not None and plans >= quota
    ]


def describe(_session: Session, _scene: Scene, hits: Sequence[Spent]) -> tuple[WarningRow, ...]:
    """Name the body, the year and both figures."""
    return tuple(
        WarningRow(cells=(hit.body_name, str(hit.year), hit.plans, hit.quota), route_name="plans.index") for hit in hits
    )


CHECK = Check(
    kind=WarningKind.SPECIAL_QUOTA,
    rule_id=RULE_ID,
    columns=("body", "year", "plans", "quota"),
    find=find,
    describe=describe,
    figures=lambda scene: scene.figures(RULE_ID, "quota"),
)
