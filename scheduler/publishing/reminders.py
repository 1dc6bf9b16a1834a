"""Reminders of visits that are close: one for a recipient, channel and state of the visit, worthless once it begins.

What is due is computed from the release in force, not counted in ticks: after a pause only what still lies ahead is
written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from data.enums import Channel, NoticeKind, RecipientKind
from data.models import Officer, OutboxMessage, ReleaseVisit
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.publishing.addresses import Recipient, Ways, read_addresses, recipient_names
from scheduler.publishing.differences import Change
from scheduler.publishing.notices import Notice, NoticeLine, official_view
from scheduler.publishing.posting import write_reminder
from scheduler.publishing.visibility import rows_in_force

REMINDED_AT: Final = time(9, 0)
"""Local time of the day before a visit from which its reminder may be sent."""


def write_reminders(session: Session, clock: Clock, ways: Ways) -> int:
    """Write the reminders that are due and not written yet; returns how many. Paper reminds nobody in time."""
    rows = _due_visits(session, clock)
    officers = {row.uid: row.id or 0 for row in session.exec(select(Officer))} if rows else {}
    wanted = [(row, recipient) for row in rows for recipient in _recipients(row, officers)]
    addresses = read_addresses(session, {recipient for _, recipient in wanted}, ways.channels - {Channel.PRINT})
    names = recipient_names(session, addresses) if len(ways.channels) > 1 else {}
    written = _written(session, rows)
    count = 0
    for row, recipient in wanted:
        for channel, address in addresses[recipient].items():
            key = f"reminder:{row.visit_uid}:{row.sequence}:{recipient[0]}:{recipient[1]}:{channel}"
            if key in written:
                continue
            notice = Notice(recipient=recipient, channel=channel, address=address, lines=(_line(row, recipient),))
            write_reminder(
                session, clock, notice, key=key, name=names.get(recipient, ""), ways=ways, starts_at=_starts(row)
            )
            count += 1
    session.flush()
    return count


def _due_visits(session: Session, clock: Clock) -> list[ReleaseVisit]:
    """Visits in force that begin today or tomorrow, have not begun, and whose time for a reminder has come."""
    day = today(clock)
    statement = rows_in_force().where(
        col(ReleaseVisit.day) >= day,
        col(ReleaseVisit.day) <= day + timedelta(days=1),
        col(ReleaseVisit.cancelled).is_(False),
    )
    rows = session.exec(statement.order_by(col(ReleaseVisit.day), col(ReleaseVisit.visit_uid)))
    return [row for row in rows if _reminded_from(row.day) <= clock.now() < _starts(row)]


def _reminded_from(day: date) -> datetime:
    return datetime.combine(day - timedelta(days=1), REMINDED_AT, DISTRICT_ZONE)


def _starts(row: ReleaseVisit) -> datetime:
    public = json.loads(row.body)["public"]
    return datetime.fromisoformat(f"{public['date']}T{public['starts']}").replace(tzinfo=DISTRICT_ZONE)


def _recipients(row: ReleaseVisit, officers: dict[str, int]) -> list[Recipient]:
    """Those who go, and the enterprise when it knows of the visit."""
    requests: Sequence[dict[str, Any]] = json.loads(row.body)["internal"]["requests"]
    going = {officers[uid] for request in requests for uid in request["officers"] if uid in officers}
    found: list[Recipient] = [(RecipientKind.OFFICER, number) for number in sorted(going)]
    return found if row.hidden else [(RecipientKind.ENTERPRISE, row.enterprise_id), *found]


def _line(row: ReleaseVisit, recipient: Recipient) -> NoticeLine:
    document = json.loads(row.body)
    shown = document["public"] if recipient[0] is RecipientKind.ENTERPRISE else official_view(document)
    return NoticeLine(change=Change.NEW, visit_uid=row.visit_uid, told_hash="", shown=shown, before=None)


def _written(session: Session, rows: Sequence[ReleaseVisit]) -> set[str]:
    uids = [row.visit_uid for row in rows]
    statement = select(col(OutboxMessage.dedupe_key)).where(
        OutboxMessage.kind == NoticeKind.REMINDER, col(OutboxMessage.visit_uid).in_(uids)
    )
    return set(session.exec(statement))
