"""Names of what the warnings are about, asked for only where rows are shown; a few queries for any number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.models import Enterprise, Organisation, Site

CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A site and whose it is."""

    site_name: str
    enterprise_name: str
    enterprise_uid: str


def body_names(session: Session) -> dict[int, str]:
    """Return the short names of all organisations by id."""
    rows = session.execute(sa.select(col(Organisation.id), col(Organisation.short_name)))
    return {key or 0: name for key, name in rows}


def joined_bodies(names: Mapping[int, str], ids: Iterable[int]) -> tuple[str, ...]:
    """Return the names of some organisations, in the order of their ids."""
    return tuple(names[key] for key in sorted(set(ids)))


def places(session: Session, site_ids: Iterable[int]) -> dict[int, Place]:
    """Return names of sites and their enterprises by site id."""
    return {
        key: Place(name, owner, uid)
        for ids in chunks(site_ids)
        for key, name, owner, uid in session.execute(
            sa.select(col(Site.id), col(Site.name), col(Enterprise.name), col(Enterprise.uid))
            .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
            .where(col(Site.id).in_(ids))
        )
    }


def enterprises(session: Session, ids: Iterable[int]) -> dict[int, Enterprise]:
    """Return enterprises by id."""
    return {
        row.id or 0: row
        for part in chunks(ids)
        for row in session.exec(select(Enterprise).where(col(Enterprise.id).in_(part)))
    }


def chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    """Share ids out so that no statement carries too many: PostgreSQL and SQLite limit them."""
    wanted = sorted(set(ids))
    return (wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK))
