"""R37: one site seen by different bodies on different visits within thirty days. Source: S31.

Visits that took place and published ones that are to come are looked at alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import VisitStatus
from data.models import InspectionRecord, InspectionRequest, Visit, VisitRequest
from scheduler.oversight.naming import body_names, joined_bodies, places
from scheduler.oversight.warning import RECENT, Check, Scene, WarningKind, WarningRow

RULE_ID = "R37"


@dataclass(frozen=True, slots=True)
class Seen:
    """One visit to a site: the day and the ids of the bodies that came."""

    day: date
    bodies: frozenset[int]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A visit, and the last one before it by another body."""

    site_id: int
    before: Seen
    after: Seen


def find(session: Session, scene: Scene) -> Sequence[Repeat]:
    """Return repeats of the last quarter and of what is published ahead, the newest first."""
    days = scene.figure(RULE_ID, "days")
    if days is None:
        return ()
    since = scene.today - RECENT
    found = [one for one in _repeats(_visits(session, since - timedelta(days=days)), days) if one.after.day >= since]
    return sorted(found, key=lambda one: (-one.after.day.toordinal(), one.site_id, one.before.day))


def describe(session: Session, _scene: Scene, hits: Sequence[Repeat]) -> tuple[WarningRow, ...]:
    """Name the site, both days and who came."""
    names, sites = body_names(session), places(session, (hit.site_id for hit in hits))
    return tuple(
        WarningRow(
            cells=(
                sites[hit.site_id].enterprise_name,
                sites[hit.site_id].site_name,
                hit.before.day,
                joined_bodies(names, hit.before.bodies),
                hit.after.day,
                joined_bodies(names, hit.after.bodies),
                (hit.after.day - hit.before.day).days,
            ),
            route_name="registry.enterprise",
            uid=sites[hit.site_id].enterprise_uid,
        )
        for hit in hits
    )


def _visits(session: Session, since: date) -> Iterator[tuple[int, list[Seen]]]:
    """Yield (site id, its visits by day) of sites that more than one came to."""
    past: Any = sa.select(
        col(InspectionRecord.site_id).label("site_id"),
        col(InspectionRecord.day).label("day"),
        col(InspectionRecord.visit_uid).label("visit_uid"),
        col(InspectionRecord.organisation_id).label("organisation_id"),
    ).where(col(InspectionRecord.day) >= since)
    ahead = (
        sa.select(col(Visit.site_id), col(Visit.day), col(Visit.uid), col(InspectionRequest.organisation_id))
        .join(VisitRequest, col(VisitRequest.visit_id) == col(Visit.id))
        .join(InspectionRequest, col(InspectionRequest.id) == col(VisitRequest.request_id))
        .where(col(Visit.status) == VisitStatus.PUBLISHED, col(Visit.day) >= since)
    )
    seen = sa.union_all(past, ahead).cte("seen")
    # Most sites were seen once: the database leaves them out, what is to be sorted here is a fraction.
    several = sa.select(seen.c.site_id).group_by(seen.c.site_id).having(sa.func.count() > 1)
    rows = session.execute(sa.select(seen).where(seen.c.site_id.in_(several)))
    for site_id, of_site in groupby(sorted(tuple(row) for row in rows), key=itemgetter(0)):
        yield (
            site_id,
            [
                Seen(day, frozenset(row[3] for row in of_visit))
                for (day, _), of_visit in groupby(of_site, key=itemgetter(1, 2))
            ],
        )


def _repeats(visits: Iterator[tuple[int, list[Seen]]], days: int) -> Iterator[Repeat]:
    for site_id, seen in visits:
        for place, after in enumerate(seen):
            near = (one for one in reversed(seen[:place]) if (after.day - one.day).days <= days)
            before = next((one for one in near if _different(one, after)), None)
            if before is not None:
                yield Repeat(site_id, before, after)


def _different(one: Seen, other: Seen) -> bool:
    """Whether a body of one visit met the site after another body had."""
    return len(one.bodies | other.bodies) > 1


CHECK = Check(
    kind=WarningKind.REPEATED_VISITS,
    rule_id=RULE_ID,
    columns=("enterprise", "site", "before", "bodies_before", "after", "bodies_after", "gap_days"),
    find=find,
    describe=describe,
    figures=lambda scene: (*scene.figures(RULE_ID, "days"), ("recent", RECENT.days)),
)
