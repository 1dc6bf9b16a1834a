"""Who has to be told what: the difference between what each recipient was last told and what is released now.

One notice for a recipient, release and channel, however many visits it is about; none when nothing has changed for it
there. Whoever was told of a visit is told when it is cancelled, always. Reads only; `posting` writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlmodel import Session, col, select

from data.enums import Channel, NoticeKind, OutboxState, RecipientKind
from data.models import Officer, Organisation, OutboxMessage, Told
from scheduler.audit import canonical_json
from scheduler.planning.drafts import CHUNK
from scheduler.publishing.addresses import INBOX_ONLY, Recipient, Ways, read_addresses
from scheduler.publishing.bodies import Document
from scheduler.publishing.differences import Change, change_between
from scheduler.publishing.references import References
from scheduler.publishing.sealing import SealedVisit

Reader: TypeAlias = tuple[RecipientKind, int, Channel]
UNSURE = "unsure"
"""In a message's proof: a call has been made whose end nobody knows, so its recipient may have been told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """One visit in a notice. `shown`: what this recipient may see of it; `before`: what it was last told;
    `reference`: the visit that this one was merged into or split from, where the recipient knows of both."""

    change: Change
    visit_uid: str
    told_hash: str
    shown: Document
    before: Document | None
    reference: Document | None = None

    def plain(self) -> Document:
        found: Document = {
            "change": str(self.change),
            "visit": self.visit_uid,
            "told_hash": self.told_hash,
            "shown": self.shown,
            "before": self.before,
        }
        return found if self.reference is None else {**found, "reference": self.reference}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice to one recipient on one channel; lines by date and visit."""

    recipient: Recipient
    lines: tuple[NoticeLine, ...]
    channel: Channel = Channel.INBOX
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a reader was last told of a visit, or may have been told."""

    told_hash: str
    body: str
    cancelled: bool


@dataclass(slots=True)
class _Letters:
    lines: dict[Reader, list[NoticeLine]] = field(default_factory=dict)

    def add(self, reader: Reader, line: NoticeLine | None) -> None:
        if line is not None:
            self.lines.setdefault(reader, []).append(line)


def plan_notices(session: Session, visits: Sequence[SealedVisit], ways: Ways = INBOX_ONLY) -> tuple[Notice, ...]:
    """Compare what is to be released with what everybody was told, sorted by recipient and channel."""
    told = known_of(session, [visit.visit_uid for visit in visits])
    directory = _Directory(session)
    present = {visit.visit_uid: set() if visit.cancelled else directory.recipients(visit) for visit in visits}
    everybody = {one for found in present.values() for one in found}
    everybody |= {reader[:2] for known in told.values() for reader in known}
    addresses = read_addresses(session, everybody, ways.channels)
    references = References(visits, present)
    letters = _Letters()
    for visit in visits:
        there, known = present[visit.visit_uid], told.get(visit.visit_uid, {})
        official = official_view(visit.document)
        for recipient in sorted(there | {reader[:2] for reader in known}):
            for channel in addresses[recipient]:
                reader = (*recipient, channel)
                shown = visit.document["public"] if recipient[0] is RecipientKind.ENTERPRISE else official
                line = _line(
                    visit, recipient, known.get(reader), shown, there=recipient in there, references=references
                )
                letters.add(reader, line)
    return tuple(
        Notice(
            recipient=reader[:2],
            channel=reader[2],
            address=addresses[reader[:2]][reader[2]],
            lines=tuple(sorted(found, key=lambda line: (line.shown["date"], line.visit_uid))),
        )
        for reader, found in sorted(letters.lines.items())
    )


def _line(
    visit: SealedVisit,
    recipient: Recipient,
    told: Known | None,
    shown: Document,
    *,
    there: bool,
    references: References,
) -> NoticeLine | None:
    known = None if told is None or told.cancelled else told
    now_hash = visit.public_hash if recipient[0] is RecipientKind.ENTERPRISE else visit.roster_hash
    before = json.loads(known.body) if known else None
    same = known is not None and known.told_hash == now_hash
    change = change_between(before, shown if there else None, same=same)
    if change is None:
        return None
    if change is Change.CANCELLED and before is not None:
        # What is cancelled is what the recipient knows of, not what became of the visit without it.
        shown = before
    return NoticeLine(
        change=change,
        visit_uid=visit.visit_uid,
        told_hash=now_hash,
        shown=shown,
        before=before if change in {Change.MOVED, Change.CHANGED} else None,
        reference=references.of(visit, recipient, change),
    )


def official_view(document: Mapping[str, Any]) -> Document:
    """What a notice to a department or an officer says of a visit: enough to find it, the page has the rest."""
    public = document["public"]
    return {
        "date": public["date"],
        "starts": public["starts"],
        "minutes": public["minutes"],
        "enterprise": public["enterprise"],
        "site": public["site"],
        "address": public["address"],
        "town": public["town"],
        "departments": [row["short"] for row in public["departments"]],
        "hidden": document["hidden"],
    }


class _Directory:
    """Row ids of the organisations and officers that documents name by code and uid."""

    def __init__(self, session: Session) -> None:
        self.organisations = {row.code: row.id or 0 for row in session.exec(select(Organisation))}
        self.officers = {row.uid: row.id or 0 for row in session.exec(select(Officer))}

    def recipients(self, visit: SealedVisit) -> set[Recipient]:
        requests: Iterable[Document] = visit.document["internal"]["requests"]
        found: set[Recipient] = set()
        for request in requests:
            found.add((RecipientKind.ORGANISATION, self.organisations[request["department"]]))
            found.update((RecipientKind.OFFICER, self.officers[uid]) for uid in request["officers"])
        if not visit.hidden or visit.revealed:
            found.add((RecipientKind.ENTERPRISE, visit.enterprise_id))
        return found


def known_of(session: Session, uids: Sequence[str]) -> dict[str, dict[Reader, Known]]:
    """Visit -> reader -> what it was last told of it.

    A message whose call has no known end counts as told: it is on its way, goes first, and may be there already. So
    does one that says that a crew has arrived: no release calls it back, and it goes before the notice of the release.
    """
    found: dict[str, dict[Reader, Known]] = {}
    for start in range(0, len(uids), CHUNK):
        for row in session.exec(select(Told).where(col(Told.visit_uid).in_(uids[start : start + CHUNK]))):
            reader = (row.recipient_kind, row.recipient_id, row.channel)
            found.setdefault(row.visit_uid, {})[reader] = Known(
                told_hash=row.told_hash, body=row.body, cancelled=row.cancelled
            )
    wanted = set(uids)
    for message in _on_their_way(session):
        reader = (message.recipient_kind, message.recipient_id, message.channel)
        for line in message.payload["changes"]:
            if line["visit"] in wanted:
                found.setdefault(line["visit"], {})[reader] = Known(
                    told_hash=line["told_hash"],
                    body=told_body(line["shown"]),
                    cancelled=line["change"] == Change.CANCELLED,
                )
    return found


def _on_their_way(session: Session) -> list[OutboxMessage]:
    """Messages that count as told before they have arrived, oldest first."""
    arrivals = session.exec(
        select(OutboxMessage).where(
            OutboxMessage.kind == NoticeKind.CHECK_IN,
            col(OutboxMessage.state).in_((OutboxState.QUEUED, OutboxState.CLAIMED)),
        )
    ).all()
    found = {row.id or 0: row for row in (*arrivals, *unsure_messages(session))}
    return [found[number] for number in sorted(found)]


def unsure_messages(session: Session) -> list[OutboxMessage]:
    """Messages to the outside that may have arrived although nobody knows, oldest first."""
    statement = select(OutboxMessage).where(
        OutboxMessage.channel != Channel.INBOX,
        OutboxMessage.attempts > 0,
        col(OutboxMessage.state).in_((OutboxState.QUEUED, OutboxState.CLAIMED)),
    )
    rows = session.exec(statement.order_by(col(OutboxMessage.id))).all()
    return [row for row in rows if row.state is OutboxState.CLAIMED or row.proof.get(UNSURE)]


def told_body(shown: Document) -> str:
    """The form in which what was told is kept."""
    return canonical_json(shown)
