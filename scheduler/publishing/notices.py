"""Who has to be told what: the difference between what each recipient was last told and what is released now.

One notice for a recipient and release, however many visits it is about; none when nothing has changed for it. Whoever
was told of a visit is told when it is cancelled, always. Reads only; the outbox writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlmodel import Session, col, select

from data.enums import RecipientKind
from data.models import Officer, Organisation, Told
from scheduler.audit import canonical_json
from scheduler.planning.drafts import CHUNK
from scheduler.publishing.bodies import Document
from scheduler.publishing.differences import Change, change_between
from scheduler.publishing.sealing import SealedVisit

Recipient: TypeAlias = tuple[RecipientKind, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """One visit in a notice. `shown`: what this recipient may see of it; `before`: what it was last told."""

    change: Change
    visit_uid: str
    told_hash: str
    shown: Document
    before: Document | None

    def plain(self) -> Document:
        return {
            "change": str(self.change),
            "visit": self.visit_uid,
            "told_hash": self.told_hash,
            "shown": self.shown,
            "before": self.before,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice to one recipient; lines by date and visit."""

    recipient: Recipient
    lines: tuple[NoticeLine, ...]


def plan_notices(session: Session, visits: Sequence[SealedVisit]) -> tuple[Notice, ...]:
    """Compare what is to be released with what everybody was told, sorted by recipient."""
    told = _told(session, [visit.visit_uid for visit in visits])
    directory = _Directory(session)
    lines: dict[Recipient, list[NoticeLine]] = {}
    for visit in visits:
        present = set() if visit.cancelled else directory.recipients(visit)
        earlier = told.get(visit.visit_uid, {})
        for recipient in sorted(present | set(earlier)):
            line = _line(visit, recipient, earlier.get(recipient), there=recipient in present)
            if line is not None:
                lines.setdefault(recipient, []).append(line)
    return tuple(
        Notice(recipient=recipient, lines=tuple(sorted(found, key=lambda line: (line.shown["date"], line.visit_uid))))
        for recipient, found in sorted(lines.items())
    )


def _line(visit: SealedVisit, recipient: Recipient, told: Told | None, *, there: bool) -> NoticeLine | None:
    public = recipient[0] is RecipientKind.ENTERPRISE
    known = None if told is None or told.cancelled else told
    now_hash = visit.public_hash if public else visit.roster_hash
    shown = visit.document["public"] if public else official_view(visit.document)
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


def _told(session: Session, uids: Sequence[str]) -> dict[str, dict[Recipient, Told]]:
    """Visit -> recipient -> what it was last told of it."""
    found: dict[str, dict[Recipient, Told]] = {}
    for start in range(0, len(uids), CHUNK):
        for row in session.exec(select(Told).where(col(Told.visit_uid).in_(uids[start : start + CHUNK]))):
            found.setdefault(row.visit_uid, {})[row.recipient_kind, row.recipient_id] = row
    return found


def told_body(shown: Document) -> str:
    """The form in which what was told is kept."""
    return canonical_json(shown)
