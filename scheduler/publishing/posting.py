"""Writing notices into the outbox, in the transaction that causes them, and calling back what has become old."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select, update

from data.enums import Channel, NoticeKind, OutboxState, RecipientKind
from data.models import OutboxMessage, Release, ReleaseVisit
from data.queries.bulk import insert_rows
from scheduler.clock import Clock
from scheduler.portal.access_codes import issue_for_notices
from scheduler.publishing.addresses import Recipient, Ways, read_addresses, recipient_names
from scheduler.publishing.bodies import Document
from scheduler.publishing.differences import Change
from scheduler.publishing.notice_words import letter_words
from scheduler.publishing.notices import Notice, NoticeLine, unsure_messages

CALLED_BACK: Final = (OutboxState.QUEUED, OutboxState.CLAIMED, OutboxState.DEAD)
"""What a newer release makes old. A dead message too: the next one says it all."""


def write_release_notices(
    session: Session, clock: Clock, release: Release, notices: Sequence[Notice], *, round_name: str, ways: Ways
) -> int:
    """Write one outbox row a notice, payload and address frozen; returns how many."""
    outside = {notice.recipient for notice in notices if notice.channel is not Channel.INBOX}
    names = recipient_names(session, outside)
    codes = _issue_codes(session, clock, notices, ways)
    rows = [
        _release_row(clock, release, one, names=names, codes=codes, round_name=round_name, ways=ways) for one in notices
    ]
    insert_rows(session, OutboxMessage, rows)
    return len(rows)


def _release_row(
    clock: Clock,
    release: Release,
    notice: Notice,
    *,
    names: Mapping[Recipient, str],
    codes: Mapping[int, str],
    round_name: str,
    ways: Ways,
) -> dict[str, Any]:
    """The columns of one outbox row. An enterprise learns no release number: gaps between its numbers would tell of
    releases it does not see.
    """
    kind, recipient_id = notice.recipient
    enterprise = kind is RecipientKind.ENTERPRISE
    # Not the number: after a restore it is given again, and a gateway would take the new notice for the old one.
    key = f"release:{release.uid}:{kind}:{recipient_id}"
    return {
        "dedupe_key": key if notice.channel is Channel.INBOX else f"{key}:{notice.channel}",
        "kind": NoticeKind.RELEASE,
        "channel": notice.channel,
        "recipient_kind": kind,
        "recipient_id": recipient_id,
        "release_id": release.id,
        "payload": payload_of(
            NoticeKind.RELEASE,
            notice,
            name=names.get(notice.recipient, ""),
            ways=ways,
            round_name=round_name,
            release=None if enterprise else release.number,
            code=codes.get(recipient_id, "") if enterprise and _is_first(notice) else "",
        ),
        "address": notice.address,
        "created_at": clock.now(),
        "not_before": clock.now(),
    }


def _issue_codes(session: Session, clock: Clock, notices: Sequence[Notice], ways: Ways) -> dict[int, str]:
    """Codes for enterprises that a letter tells of a visit for the first time, one each: enterprise -> public id."""
    firsts = [one for one in notices if one.recipient[0] is RecipientKind.ENTERPRISE and _is_first(one)]
    visits = {one.recipient[1]: _new_visits(one)[0] for one in firsts}
    return issue_for_notices(session, clock, visits, key=ways.key) if ways.key and visits else {}


def _is_first(notice: Notice) -> bool:
    return notice.channel is not Channel.INBOX and bool(_new_visits(notice))


def _new_visits(notice: Notice) -> list[str]:
    return [line.visit_uid for line in notice.lines if line.change is Change.NEW]


def payload_of(
    kind: NoticeKind, notice: Notice, *, name: str, ways: Ways, round_name: str, release: int | None, code: str = ""
) -> dict[str, Any]:
    """What stands in a message: the changes, and on the outer channels the words of the letter.

    `code`: public id of the access code that the letter will carry; what it opens with is never in a message.
    """
    lines = [line.plain() for line in notice.lines]
    payload: dict[str, Any] = {"round": round_name, "release": release, "changes": lines}
    if notice.channel is not Channel.INBOX:
        words = letter_words(kind, notice.recipient[0], name, lines, f"{ways.base_url}/")
        payload["letter"] = {"to": name, "subject": words.subject, "text": words.text}
        payload |= {"code": code} if code else {}
    return payload


def supersede_unsent(session: Session, round_id: int, changed: Collection[str] = ()) -> int:
    """Call back what older releases of a round have not delivered; the next notice says it all (N2, N3).

    A message that a relay holds for the inbox is taken from it: its delivery fails on the state and leaves nothing
    behind. One that may have left the house stays and goes first. Reminders of visits in `changed` go with the rest.
    """
    leaving = [row.id for row in unsure_messages(session)]
    older = select(col(Release.id)).where(Release.round_id == round_id)
    swapped = session.exec(
        update(OutboxMessage)
        .where(
            col(OutboxMessage.release_id).in_(older),
            col(OutboxMessage.kind) == NoticeKind.RELEASE,
            col(OutboxMessage.state).in_(CALLED_BACK),
            col(OutboxMessage.id).not_in(leaving),
        )
        .values(state=OutboxState.SUPERSEDED, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    return swapped.rowcount + _supersede_reminders(session, sorted(changed), leaving)


def _supersede_reminders(session: Session, changed: Sequence[str], leaving: Sequence[int | None]) -> int:
    waiting = select(OutboxMessage).where(
        OutboxMessage.kind == NoticeKind.REMINDER,
        col(OutboxMessage.state).in_(CALLED_BACK),
        col(OutboxMessage.id).not_in(leaving),
    )
    old = [row for row in session.exec(waiting).all() if row.visit_uid in set(changed)]
    for row in old:
        row.state, row.lease_until = OutboxState.SUPERSEDED, None
        session.add(row)
    session.flush()
    return len(old)


def write_reminder(
    session: Session, clock: Clock, notice: Notice, *, key: str, name: str, ways: Ways, starts_at: datetime
) -> None:
    """Write a reminder of one visit; it is worth nothing once the visit has begun (N7)."""
    (line,) = notice.lines
    session.add(
        OutboxMessage(
            dedupe_key=key,
            kind=NoticeKind.REMINDER,
            channel=notice.channel,
            recipient_kind=notice.recipient[0],
            recipient_id=notice.recipient[1],
            visit_uid=line.visit_uid,
            payload=payload_of(NoticeKind.REMINDER, notice, name=name, ways=ways, round_name="", release=None),
            address=notice.address,
            created_at=clock.now(),
            not_before=clock.now(),
            not_after=starts_at,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A visit that its enterprise hears of only when the crew is there. `public`: the public part of its body.

    `release_id`: None for a visit off plan, which no release has.
    """

    visit_uid: str
    enterprise_id: int
    public: Document
    told_hash: str
    release_id: int | None


def arrival_of(released: ReleaseVisit) -> Arrival:
    """The arrival of an unannounced visit that a release has."""
    return Arrival(
        visit_uid=released.visit_uid,
        enterprise_id=released.enterprise_id,
        public=json.loads(released.body)["public"],
        told_hash=released.public_hash,
        release_id=released.release_id,
    )


def write_arrival_notices(session: Session, clock: Clock, arrival: Arrival, ways: Ways) -> None:
    """Tell the enterprise of an unannounced visit whose crew has arrived, in the inbox and on its open channels.

    Never on paper: the crew stands at the door and shows the notice itself.
    """
    recipient = (RecipientKind.ENTERPRISE, arrival.enterprise_id)
    addresses = read_addresses(session, {recipient}, ways.channels - {Channel.PRINT})[recipient]
    line = NoticeLine(
        change=Change.NEW, visit_uid=arrival.visit_uid, told_hash=arrival.told_hash, shown=arrival.public, before=None
    )
    notices = [
        Notice(recipient=recipient, channel=channel, address=address, lines=(line,))
        for channel, address in addresses.items()
    ]
    codes = _issue_codes(session, clock, notices, ways)
    name = recipient_names(session, {recipient}).get(recipient, "")
    for notice in notices:
        key = f"check_in:{arrival.visit_uid}"
        code = codes.get(arrival.enterprise_id, "") if _is_first(notice) else ""
        session.add(
            OutboxMessage(
                dedupe_key=key if notice.channel is Channel.INBOX else f"{key}:{notice.channel}",
                kind=NoticeKind.CHECK_IN,
                channel=notice.channel,
                recipient_kind=RecipientKind.ENTERPRISE,
                recipient_id=arrival.enterprise_id,
                release_id=arrival.release_id,
                payload=payload_of(
                    NoticeKind.CHECK_IN, notice, name=name, ways=ways, round_name="", release=None, code=code
                ),
                address=notice.address,
                created_at=clock.now(),
                not_before=clock.now(),
            )
        )
    session.flush()
