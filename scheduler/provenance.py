"""What a table says of itself when it leaves the house: of when it is, for which role, after which release.

Knows no file and no words; a person is never named: who took what stands in the audit trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from data.enums import Role
from data.models import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """`release`: number of the newest release then, with the SHA-256 of its content; None and "" before the first."""

    made_at: datetime
    role: Role
    release: int | None
    release_hash: str


def provenance(session: Session, *, made_at: datetime, role: Role) -> Provenance:
    """Read what had been released by then."""
    earlier = select(Release).where(col(Release.sealed_at) <= made_at)
    newest = session.exec(earlier.order_by(col(Release.number).desc()).limit(1)).first()
    return Provenance(
        made_at=made_at,
        role=role,
        release=newest.number if newest else None,
        release_hash=newest.content_hash if newest else "",
    )
