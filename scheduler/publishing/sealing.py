"""What the next release of a round would hold: its visits with sequence numbers. Reads only, writes nothing.

The same preparation serves the preview before the click and the sealing itself, so that both say the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session, col, func, select

from data.models import Release, ReleaseVisit, Round
from scheduler.audit import canonical_json
from scheduler.planning.drafts import DraftVisit, load_draft
from scheduler.publishing.bodies import Document, load_names, public_hash, roster_hash, visit_document
from scheduler.publishing.differences import Change, change_between


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedVisit:
    """A visit as the next release would have it. `revealed`: unannounced, but its crew has arrived already.

    `had`: uids of the requests that the release before had in it.
    """

    visit_uid: str
    enterprise_id: int
    day: date
    hidden: bool
    revealed: bool
    cancelled: bool
    sequence: int
    changed_in: int
    public_hash: str
    roster_hash: str
    document: Document
    had: frozenset[str] = frozenset()

    @property
    def body(self) -> str:
        return canonical_json(self.document)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDifference:
    """One visit that the next release would change for everybody. `before`, `after`: the public parts."""

    change: Change
    visit_uid: str
    hidden: bool
    before: Document | None
    after: Document | None


def next_number(session: Session) -> int:
    """The number of the next release."""
    return (session.exec(select(func.max(col(Release.number)))).one() or 0) + 1


def current_release(session: Session, round_id: int) -> Release | None:
    """The release of a round that holds now: the one with the highest number."""
    statement = select(Release).where(Release.round_id == round_id).order_by(col(Release.number).desc())
    return session.exec(statement.limit(1)).first()


def rows_of(session: Session, release: Release | None) -> dict[str, ReleaseVisit]:
    """The rows of a release by visit, in the order of their uids; none without a release."""
    if release is None:
        return {}
    statement = select(ReleaseVisit).where(ReleaseVisit.release_id == release.id)
    return {row.visit_uid: row for row in session.exec(statement.order_by(col(ReleaseVisit.visit_uid)))}


def prepare_visits(
    session: Session, round_: Round, number: int, draft: Sequence[DraftVisit] | None = None
) -> tuple[SealedVisit, ...]:
    """The visits of the draft and the tombstones of what earlier releases had, sorted by uid.

    `draft`: the whole draft where it is loaded already.
    """
    previous = rows_of(session, current_release(session, round_.id or 0))
    draft = load_draft(session, round_) if draft is None else draft
    names = load_names(session, draft)
    present = [_sealed(one, visit_document(round_, one, names), previous.get(one.visit.uid), number) for one in draft]
    there = {visit.visit_uid for visit in present}
    gone = [_tombstone(row, number) for uid, row in previous.items() if uid not in there]
    return tuple(sorted([*present, *gone], key=lambda visit: visit.visit_uid))


def _sealed(one: DraftVisit, document: Document, previous: ReleaseVisit | None, number: int) -> SealedVisit:
    visit = SealedVisit(
        visit_uid=one.visit.uid,
        enterprise_id=one.site.enterprise_id,
        day=one.visit.day,
        hidden=document["hidden"],
        revealed=one.visit.checked_in_at is not None,
        cancelled=False,
        sequence=0,
        changed_in=number,
        public_hash=public_hash(document),
        roster_hash=roster_hash(document),
        document=document,
    )
    if previous is None:
        return visit
    before = json.loads(previous.body)
    visit = replace(visit, had=requests_in(before))
    if previous.public_hash != visit.public_hash or previous.cancelled:
        return replace(visit, sequence=previous.sequence + 1)
    # Nothing that the enterprise sees has changed: it keeps the frequency it was told, so that no byte moves.
    frequency = before["public"]["frequency"]
    kept = {**document, "public": {**document["public"], "frequency": frequency}}
    return replace(visit, sequence=previous.sequence, changed_in=previous.changed_in, document=kept)


def _tombstone(row: ReleaseVisit, number: int) -> SealedVisit:
    document = {**json.loads(row.body), "cancelled": True}
    return SealedVisit(
        visit_uid=row.visit_uid,
        enterprise_id=row.enterprise_id,
        day=row.day,
        hidden=row.hidden,
        revealed=False,
        cancelled=True,
        sequence=row.sequence if row.cancelled else row.sequence + 1,
        changed_in=row.changed_in if row.cancelled else number,
        public_hash=row.public_hash,
        roster_hash=row.roster_hash,
        document=document,
        had=requests_in(document),
    )


def requests_in(document: Document) -> frozenset[str]:
    """The uids of the requests that a visit serves."""
    return frozenset(request["request"] for request in document["internal"]["requests"])


def differences(
    previous: Mapping[str, ReleaseVisit], visits: Sequence[SealedVisit | ReleaseVisit]
) -> tuple[VisitDifference, ...]:
    """What changes from one release to the next, sorted by date and visit."""
    found: list[VisitDifference] = []
    for visit in visits:
        old = previous.get(visit.visit_uid)
        before = None if old is None or old.cancelled else json.loads(old.body)["public"]
        after = None if visit.cancelled else json.loads(visit.body)["public"]
        same = old is not None and old.public_hash == visit.public_hash
        change = change_between(before, after, same=same)
        if change is not None:
            found.append(
                VisitDifference(
                    change=change, visit_uid=visit.visit_uid, hidden=visit.hidden, before=before, after=after
                )
            )
    return tuple(sorted(found, key=lambda one: ((one.after or one.before or {})["date"], one.visit_uid)))
