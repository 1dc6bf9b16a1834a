"""Visits that took place before an account was opened: what a new account begins with. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import CapHolder, CapSubject, OrganisationKind
from data.models import InspectionRecord, Organisation, Site
from scheduler.filing.caps.policy import Claim, level_of

CHUNK = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One organisation's part of a visit that took place."""

    visit_uid: str
    organisation_id: int
    kind: OrganisationKind
    enterprise_id: int
    site_id: int
    year: int


def count_past(session: Session, claims: Iterable[Claim]) -> dict[str, tuple[int, int]]:
    """Return {key: (visits, one of their sites)} for the claims that past visits count for; joint ones once (R35).

    What a past visit checked is not known: accounts of an item begin empty.
    """
    asked = [claim for claim in claims if claim.item_id is None]
    past = _past(session, {claim.enterprise_id for claim in asked}, {claim.year for claim in asked})
    by_enterprise: dict[tuple[int, int], list[Past]] = {}
    for one in past:
        by_enterprise.setdefault((one.enterprise_id, one.year), []).append(one)
    found: dict[str, tuple[int, int]] = {}
    for claim in asked:
        own = [one for one in by_enterprise.get((claim.enterprise_id, claim.year), ()) if _counts(claim, one)]
        if own:
            found[claim.key] = (len({one.visit_uid for one in own}), own[0].site_id)
    return found


def _counts(claim: Claim, past: Past) -> bool:
    if claim.subject is CapSubject.SITE and past.site_id != claim.site_id:
        return False
    if claim.holder is CapHolder.ORGAN:
        return past.organisation_id == claim.organisation_id
    return claim.holder is CapHolder.DISTRICT or past.kind == level_of(claim)


def _past(session: Session, enterprises: set[int], years: set[int]) -> list[Past]:
    if not enterprises:
        return []
    first, last = date(min(years), 1, 1), date(max(years), 12, 31)
    return [one for ids in _chunks(sorted(enterprises)) for one in _read(session, ids, first, last)]


def _read(session: Session, ids: Sequence[int], first: date, last: date) -> list[Past]:
    rows = session.execute(
        sa.select(
            col(InspectionRecord.visit_uid),
            col(InspectionRecord.organisation_id),
            col(Organisation.kind),
            col(Site.enterprise_id),
            col(InspectionRecord.site_id),
            col(InspectionRecord.day),
        )
        .join(Site, col(Site.id) == col(InspectionRecord.site_id))
        .join(Organisation, col(Organisation.id) == col(InspectionRecord.organisation_id))
        .where(col(Site.enterprise_id).in_(ids), col(InspectionRecord.day).between(first, last))
        .order_by(col(InspectionRecord.id))
    )
    return [
        Past(
            visit_uid=visit,
            organisation_id=body,
            kind=kind,
            enterprise_id=enterprise,
            site_id=site,
            year=day.year,
        )
        for visit, body, kind, enterprise, site, day in rows
    ]


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
