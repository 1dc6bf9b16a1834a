"""What recipients know of visits: the ground of their next notices. Knows no channel and no claim."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import Channel, NoticeKind, RecipientKind
from data.models import OutboxMessage, Release, Told
from data.queries.bulk import insert_rows
from scheduler.clock import Clock
from scheduler.planning.drafts import chunks
from scheduler.publishing.differences import Change
from scheduler.publishing.notices import told_body

_Key: TypeAlias = tuple[RecipientKind, int, Channel, str]
"""Kind and row id of a recipient, the channel, the visit's uid."""


def remember(session: Session, clock: Clock, message: OutboxMessage) -> None:
    """Note what the recipient of a message knows now of each visit in it."""
    remember_all(session, clock, [message])


def remember_all(session: Session, clock: Clock, messages: Sequence[OutboxMessage]) -> None:
    """The same for many messages, oldest first, with a few statements in all. A reminder tells nothing new."""
    telling = [message for message in messages if message.kind is not NoticeKind.REMINDER]
    rows = _rows(session, clock, telling)
    known = _known(session, rows)
    new = [row for key, row in rows.items() if key not in known]
    again = [{**row, "id": known[key]} for key, row in rows.items() if key in known]
    insert_rows(session, Told, new)
    if again:
        session.execute(sa.update(Told), again)


def _rows(session: Session, clock: Clock, messages: Iterable[OutboxMessage]) -> dict[_Key, dict[str, Any]]:
    """The columns of what is told, by what they are told by; of two messages about a visit the later one holds."""
    numbers = _release_numbers(session, {message.release_id for message in messages})
    found: dict[_Key, dict[str, Any]] = {}
    for message in messages:
        for line in message.payload["changes"]:
            key = message.recipient_kind, message.recipient_id, message.channel, line["visit"]
            found[key] = {
                "recipient_kind": message.recipient_kind,
                "recipient_id": message.recipient_id,
                "channel": message.channel,
                "visit_uid": line["visit"],
                "release_number": numbers.get(message.release_id, 0),
                "told_hash": line["told_hash"],
                "body": told_body(line["shown"]),
                "cancelled": line["change"] == Change.CANCELLED,
                "told_at": clock.now(),
            }
    return found


def _release_numbers(session: Session, releases: set[int | None]) -> dict[int | None, int]:
    """A message of no release is told under number 0."""
    wanted = sorted(one for one in releases if one is not None)
    statement = select(Release.id, Release.number)
    return {
        release_id: number
        for part in chunks(wanted)
        for release_id, number in session.exec(statement.where(col(Release.id).in_(part)))
    }


def _known(session: Session, wanted: Iterable[_Key]) -> dict[_Key, int]:
    """Row ids of what is noted already, among the wanted."""
    groups: dict[tuple[RecipientKind, Channel], tuple[set[int], set[str]]] = {}
    for kind, recipient_id, channel, visit in wanted:
        recipients, visits = groups.setdefault((kind, channel), (set(), set()))
        recipients.add(recipient_id)
        visits.add(visit)
    found: dict[_Key, int] = {}
    for (kind, channel), (recipients, visits) in groups.items():
        own = (Told.recipient_kind == kind, Told.channel == channel, col(Told.recipient_id).in_(sorted(recipients)))
        for part in chunks(sorted(visits)):
            statement = select(Told.id, Told.recipient_id, Told.visit_uid).where(*own, col(Told.visit_uid).in_(part))
            for row_id, recipient_id, visit in session.exec(statement):
                found[kind, recipient_id, channel, visit] = row_id or 0
    return found
