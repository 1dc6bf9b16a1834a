"""Questions about licences (许可证照): who holds one, and those of an enterprise."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.models import Enterprise, Licence, Site
from data.queries.pages import contains


def holds_licence(text: str, *, ends_by: date | None = None) -> Any:
    """Return the condition on a site joined to its enterprise: it holds a licence, or its enterprise does for all.

    Every word of `text` stands in kind or number; `ends_by`: it runs out on that day at the latest.
    """
    own = col(Licence.site_id) == col(Site.id)
    shared = sa.and_(col(Licence.site_id).is_(None), col(Licence.enterprise_id) == col(Enterprise.id))
    held = sa.select(sa.literal(1)).where(sa.or_(own, shared), contains(text, (col(Licence.kind), col(Licence.number))))
    if ends_by is not None:
        held = held.where(col(Licence.valid_until) <= ends_by)
    return held.correlate(Site, Enterprise).exists()


def list_licences(session: Session, enterprise_id: int) -> list[tuple[Licence, Site | None]]:
    """Return the licences of an enterprise with the site that they are for, by kind and number."""
    statement = (
        select(Licence, Site)
        .join(Site, col(Site.id) == col(Licence.site_id), isouter=True)
        .where(Licence.enterprise_id == enterprise_id)
        .order_by(col(Licence.kind), col(Licence.number))
    )
    return list(session.exec(statement).all())
