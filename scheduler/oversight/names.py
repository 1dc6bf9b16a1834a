"""The names behind the public ids that the audit trail and the releases store, for whoever reads them. Only reads.

Ids stay in what is stored, because names change; a reader sees the name that the row has now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sqlmodel import Session, col, select

from data.models import Enterprise, InspectionRequest, Officer, Organisation, Site, Visit

MOST_IDS: Final = 500
"""Ids that one query asks for: databases bound the number of parameters."""
_ID: Final = re.compile(r"[0-9a-f]{32}")


def names_of(session: Session, values: Iterable[Any]) -> dict[str, str]:
    """Names by public id or code: `dict[id of a visit, site, enterprise, officer or request | code of a body, name]`.

    Looks into lists and mappings, also at their keys. A visit bears the name of its site, a request that of the body
    that asked. What is gone, or no id at all, has no entry.
    """
    wanted = sorted({text for value in values for text in _texts(value) if _ID.fullmatch(text)})
    parts = [wanted[start : start + MOST_IDS] for start in range(0, len(wanted), MOST_IDS)]
    names = dict(session.exec(select(Organisation.code, Organisation.short_name)).all())
    for part in parts:
        for statement in (
            select(Officer.uid, Officer.name).where(col(Officer.uid).in_(part)),
            select(Site.uid, Site.name).where(col(Site.uid).in_(part)),
            select(Enterprise.uid, Enterprise.name).where(col(Enterprise.uid).in_(part)),
            select(Visit.uid, Site.name).join(Site, col(Site.id) == col(Visit.site_id)).where(col(Visit.uid).in_(part)),
            select(InspectionRequest.uid, Organisation.short_name)
            .join(Organisation, col(Organisation.id) == col(InspectionRequest.organisation_id))
            .where(col(InspectionRequest.uid).in_(part)),
        ):
            names.update(session.exec(statement).all())
    return names


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
