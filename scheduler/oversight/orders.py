"""R71: orders to mend (责令改正) whose day is gone and that nobody follows. Source: S0, S8, S12."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from scheduler.fieldwork.orders import Order, overdue_orders
from scheduler.oversight.naming import body_names
from scheduler.oversight.warning import Check, Scene, WarningKind, WarningRow

RULE_ID = "R71"


def find(session: Session, scene: Scene) -> Sequence[Order]:
    """Return the overdue orders of all bodies, the longest overdue first."""
    return overdue_orders(session, scene.today)


def describe(session: Session, scene: Scene, hits: Sequence[Order]) -> tuple[WarningRow, ...]:
    """Name the site, who ordered what and when, until when, and how far a re-inspection is."""
    names = body_names(session)
    return tuple(
        WarningRow(
            cells=(
                hit.site,
                names[hit.result.organisation_id],
                hit.visited_on,
                hit.result.item,
                hit.mend_by,
                (scene.today - hit.mend_by).days,
                hit.review.status if hit.review else None,
            ),
            route_name="visits.show",
            uid=hit.visit_uid,
        )
        for hit in hits
    )


CHECK = Check(
    kind=WarningKind.ORDERS_LATE,
    rule_id=RULE_ID,
    columns=("site", "body", "day", "item", "due", "days_late", "review"),
    find=find,
    describe=describe,
    figures=lambda _scene: (),
    source="S0, S8, S12",
)
