"""Names for public ids: of what findings speak of, and of what the audit trail and the releases store. Only reads.

Ids stay in what is stored, because names change; a reader sees the name that the row has now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.models import Enterprise, InspectionRequest, Officer, Organisation, Site, Visit

MOST_IDS: Final = 500
"""Ids that one query asks for: databases bound the number of parameters."""
_ID: Final = re.compile(r"[0-9a-f]{32}")


def name_subjects(session: Session, uids: Iterable[str], *, sites: bool = True) -> dict[str, str]:
    """Public id, or code of a body -> name; what is not known by name stays out. One query a kind and MOST_IDS ids.

    A visit bears the name of its site, a request that of the body that asks and, with `sites`, that of its site.
    """
    wanted = sorted(set(uids))
    names: dict[str, str] = {}
    for start in range(0, len(wanted), MOST_IDS):
        for statement in _statements(wanted[start : start + MOST_IDS], sites=sites):
            names.update(dict(session.execute(statement).all()))  # type: ignore[arg-type]
    return names


def names_of(session: Session, values: Iterable[Any]) -> dict[str, str]:
    """Names of every id in some values, looking into lists and mappings, also at their keys; and of all bodies.

    A request bears the name of its body alone: where values are told, the site is told beside it.
    """
    found = {text for value in values for text in _texts(value) if _ID.fullmatch(text)}
    bodies = session.execute(sa.select(col(Organisation.code), col(Organisation.short_name))).all()
    return {**dict(bodies), **name_subjects(session, found, sites=False)}  # type: ignore[arg-type]


def _statements(uids: list[str], *, sites: bool) -> tuple[Any, ...]:
    asked = col(Organisation.short_name)
    request = (
        sa.select(col(InspectionRequest.uid), asked + " · " + col(Site.name) if sites else asked)
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
        sa.select(col(Enterprise.uid), col(Enterprise.name)).where(col(Enterprise.uid).in_(uids)),
        sa.select(col(Officer.uid), col(Officer.name)).where(col(Officer.uid).in_(uids)),
        sa.select(col(Organisation.code), col(Organisation.short_name)).where(col(Organisation.code).in_(uids)),
        request,
        visit,
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
