"""What has changed behind visits since they were released or drafted: classes, enterprises, absences, certificates.

A release never changes; a concern asks people to look again, and closes by itself when its cause is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ConcernKind, RecordStatus, RoundStatus, VisitStatus
from data.models import Absence, Concern, CrewSlot, Enterprise, Officer, Release, ReleaseVisit, Round, Site, Visit
from scheduler.clock import Clock, today
from scheduler.permissions import Actor, may_see_all
from scheduler.planning.drafts import chunks
from scheduler.publishing.visibility import ARRIVED, rows_in_force

KEPT_FOR: Final = timedelta(days=30)
"""How long a closed concern stays, for whoever wonders where it went. No trail leads to it: rows tell it anew."""
DRAFTED: Final = (RoundStatus.PROPOSED, RoundStatus.APPROVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One concern. `subject`: of which officer, where a visit may have the same concern twice."""

    kind: ConcernKind
    round_id: int
    visit_uid: str
    subject: str
    details: dict[str, Any]

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.round_id}:{self.visit_uid}:{self.subject}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Going:
    """Somebody who goes to a visit on a day."""

    round_id: int
    visit_uid: str
    site: str
    day: date
    officer: str


def refresh_concerns(session: Session, clock: Clock) -> int:
    """Open what has come up and close what is gone; returns how many rows changed."""
    found = {one.key: one for one in _all(session, today(clock))}
    known = {row.key: row for row in session.exec(select(Concern)).all()}
    changed = 0
    for key, one in found.items():
        row = known.get(key)
        if row is not None and row.closed_at is None and row.details == one.details:
            continue
        row = row or Concern(
            key=key, kind=one.kind, round_id=one.round_id, visit_uid=one.visit_uid, opened_at=clock.now()
        )
        row.details, row.closed_at = one.details, None
        session.add(row)
        changed += 1
    for key, row in known.items():
        if key not in found and row.closed_at is None:
            row.closed_at = clock.now()
            session.add(row)
            changed += 1
    session.flush()
    return changed


def open_concerns(session: Session, actor: Actor, *, round_id: int | None = None) -> list[Concern]:
    """The open concerns, of a round or of all, oldest first; only the district sees them."""
    if not may_see_all(actor):
        return []
    statement = select(Concern).where(col(Concern.closed_at).is_(None))
    if round_id is not None:
        statement = statement.where(Concern.round_id == round_id)
    return list(session.exec(statement.order_by(col(Concern.opened_at), col(Concern.id))))


def forget_closed(session: Session, clock: Clock) -> int:
    """Delete concerns whose cause has been gone for a month; return how many went."""
    statement = sa.delete(Concern).where(col(Concern.closed_at) < clock.now() - KEPT_FOR)
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _all(session: Session, day: date) -> Iterator[_Found]:
    released = _released(session, day)
    yield from _of_enterprises(session, released)
    going = [*_going_released(released), *_going_drafted(session, day)]
    yield from _of_officers(session, going)


def _released(session: Session, day: date) -> list[tuple[ReleaseVisit, int]]:
    """Rows in force whose visits are still to come, with their rounds."""
    rounds = dict(session.exec(select(col(Release.id), col(Release.round_id))).all())
    arrived = set(session.exec(select(col(Visit.uid)).where(col(Visit.status).in_(ARRIVED), Visit.day >= day)))
    statement = rows_in_force().where(col(ReleaseVisit.day) >= day, col(ReleaseVisit.cancelled).is_(False))
    rows = session.exec(statement.order_by(col(ReleaseVisit.id)))
    return [(row, rounds[row.release_id]) for row in rows if row.visit_uid not in arrived]


def _of_enterprises(session: Session, released: Sequence[tuple[ReleaseVisit, int]]) -> Iterator[_Found]:
    owners = _owners(session, [row.visit_uid for row, _ in released])
    ids = sorted({row.enterprise_id for row, _ in released} | set(owners.values()))
    present = {
        one.id: one
        for part in chunks(ids)
        for one in session.exec(select(Enterprise).where(col(Enterprise.id).in_(part)))
    }
    for row, round_id in released:
        document = json.loads(row.body)
        public, then = document["public"], document["context"]["credit_class"]
        told = present[row.enterprise_id]
        # A site that went to another enterprise by a merger or a split takes its visits along.
        now = present[owners.get(row.visit_uid, row.enterprise_id)]
        place = {"site": public["site"], "day": public["date"]}
        if now.credit_class != then:
            details = {**place, "before": then, "after": str(now.credit_class)}
            yield _Found(
                kind=ConcernKind.CREDIT_CLASS, round_id=round_id, visit_uid=row.visit_uid, subject="", details=details
            )
        closed = told.status is not RecordStatus.ACTIVE
        if closed or now is not told or now.name != public["enterprise"]:
            details = {**place, "before": public["enterprise"], "after": now.name, "closed": closed}
            yield _Found(
                kind=ConcernKind.ENTERPRISE, round_id=round_id, visit_uid=row.visit_uid, subject="", details=details
            )


def _owners(session: Session, uids: Sequence[str]) -> dict[str, int]:
    """Visit -> the enterprise that its site belongs to now."""
    return {
        uid: owner
        for part in chunks(list(uids))
        for uid, owner in session.exec(
            select(col(Visit.uid), col(Site.enterprise_id))
            .join(Site, col(Site.id) == col(Visit.site_id))
            .where(col(Visit.uid).in_(part))
        )
    }


def _going_released(released: Sequence[tuple[ReleaseVisit, int]]) -> Iterator[_Going]:
    for row, round_id in released:
        document = json.loads(row.body)
        uids = {uid for request in document["internal"]["requests"] for uid in request["officers"]}
        for uid in sorted(uids):
            site = document["public"]["site"]
            yield _Going(round_id=round_id, visit_uid=row.visit_uid, site=site, day=row.day, officer=uid)


def _going_drafted(session: Session, day: date) -> Iterator[_Going]:
    """Crews of drafts that wait for approval or for their time."""
    statement = (
        sa.select(col(Visit.round_id), col(Visit.uid), col(Site.name), col(Visit.day), col(Officer.uid))
        .join(CrewSlot, col(CrewSlot.visit_id) == col(Visit.id))
        .join(Officer, col(Officer.id) == col(CrewSlot.officer_id))
        .join(Round, col(Round.id) == col(Visit.round_id))
        .join(Site, col(Site.id) == col(Visit.site_id))
        .where(col(Round.status).in_(DRAFTED), col(Visit.day) >= day, col(Visit.status) != VisitStatus.CANCELLED)
        .distinct()
    )
    for round_id, uid, site, on, officer in session.execute(statement):
        yield _Going(round_id=round_id, visit_uid=uid, site=site, day=on, officer=officer)


def _of_officers(session: Session, going: Sequence[_Going]) -> Iterator[_Found]:
    officers = {row.uid: row for row in session.exec(select(Officer))}
    away: dict[int, list[Absence]] = {}
    for row in session.exec(select(Absence)):
        away.setdefault(row.officer_id, []).append(row)
    for one in going:
        officer = officers.get(one.officer)
        if officer is None:
            continue
        for kind in _kinds(officer, away.get(officer.id or 0, ()), one.day):
            details = {"site": one.site, "day": one.day.isoformat(), "officer": officer.name}
            yield _Found(
                kind=kind, round_id=one.round_id, visit_uid=one.visit_uid, subject=officer.uid, details=details
            )


def _kinds(officer: Officer, away: Sequence[Absence], day: date) -> Iterator[ConcernKind]:
    if officer.status is not RecordStatus.ACTIVE:
        yield ConcernKind.OFFICER
    if officer.certificate_until < day:
        yield ConcernKind.CERTIFICATE
    if any(absence.first_date <= day <= absence.last_date for absence in away):
        yield ConcernKind.ABSENCE
