"""Names for the public ids that findings speak of: sites, requests with their body, officers, visits. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from data.models import InspectionRequest, Officer, Organisation, Site, Visit


def name_subjects(session: Session, uids: Iterable[str]) -> Mapping[str, str]:
    """Public id -> name; what is not known by name stays out. One query a kind, however many there are."""
    wanted = sorted(set(uids))
    names: dict[str, str] = {}
    for statement in _statements(wanted):
        names.update(dict(session.execute(statement).all()))  # type: ignore[arg-type]
    return names


def _statements(uids: list[str]) -> tuple[Any, ...]:
    request = (
        sa.select(col(InspectionRequest.uid), col(Organisation.short_name) + " · " + col(Site.name))
        .join(Organisation, col(InspectionRequest.organisation_id) == col(Organisation.id))
        .join(Site, col(InspectionRequest.site_id) == col(Site.id))
        .where(col(InspectionRequest.uid).in_(uids))
    )
    visit = (
        sa.select(col(Visit.uid), col(Site.name))
        .join(Site, col(Visit.site_id) == col(Site.id))
        .where(col(Visit.uid).in_(uids))
    )
    return (
        sa.select(col(Site.uid), col(Site.name)).where(col(Site.uid).in_(uids)),
        sa.select(col(Officer.uid), col(Officer.name)).where(col(Officer.uid).in_(uids)),
        sa.select(col(Organisation.code), col(Organisation.short_name)).where(col(Organisation.code).in_(uids)),
        request,
        visit,
    )
