"""What has happened since something was read, told from the audit trail. Knows no row but the trail's own.

What is kept in memory stays good while the trail shows nothing that could change it. The trail is a chain of hashes: a
link that was rolled back, or another database, is never taken for the one that was seen. Reads only.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select

from data.models import AuditEvent, AuditTip

MOST_LINKS: Final = 2000
"""Links after which a thing is read afresh: looking through the trail must not cost more than reading."""
HARMLESS: Final = frozenset(
    {
        "access.refused",
        "account.change_password",
        "account.set_language",
        "account.set_password",
        "account.sign_in",
        "account.sign_out",
        "feed.issue",
        "feed.revoke",
        "message.read",
        "visit.look",
    }
)
"""Actions that touch accounts, feeds and messages only, or only look: people sign in all day, and no plan changes."""


@dataclass(frozen=True, slots=True)
class Link:
    """The newest link somebody saw: its number and its hash; (0, "") in front of the first."""

    number: int
    chain_hash: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One link as far as it tells what may have changed."""

    action: str
    entity_uid: str


def newest_link(session: Session) -> Link:
    """The newest link now. Read it before what is to be kept: what comes in between is then read twice and not lost."""
    found = session.exec(select(col(AuditTip.number), col(AuditTip.chain_hash))).first()
    return Link(0, "") if found is None else Link(found[0], found[1])


def links_known(session: Session, links: Collection[Link]) -> frozenset[Link]:
    """Those links that this transaction sees in the trail: not newer than it, and not rolled back."""
    statement = select(col(AuditEvent.number), col(AuditEvent.chain_hash))
    numbers = {link.number for link in links}
    rows = session.exec(statement.where(col(AuditEvent.number).in_(numbers))).all() if numbers else ()
    return frozenset(links) & {Link(number, chain_hash) for number, chain_hash in rows}


def deeds_since(session: Session, seen: Link, newest: Link) -> tuple[Deed, ...] | None:
    """What was done after `seen`, without the harmless; None where that is not known or too much to look through."""
    if seen == newest:
        return ()
    if not 0 < seen.number < newest.number <= seen.number + MOST_LINKS:
        return None
    statement = select(
        col(AuditEvent.number), col(AuditEvent.chain_hash), col(AuditEvent.action), col(AuditEvent.entity_uid)
    ).where(AuditEvent.number >= seen.number)
    rows = session.exec(statement.order_by(col(AuditEvent.number))).all()
    if not rows or (rows[0][0], rows[0][1]) != (seen.number, seen.chain_hash):
        return None
    return tuple(Deed(action, uid) for _, _, action, uid in rows[1:] if action not in HARMLESS)
