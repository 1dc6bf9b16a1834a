"""What became of a visit or a round, put together again from the audit trail and the sealed releases. Reads only.

Who changed which visit from what to what and why; and whether what was approved is what was published: every hash is
counted again from the rows and compared with what the approval, the release and the audit trail say.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, and_, col, or_, select

from data.enums import VisitStatus
from data.models import (
    Approval,
    AuditEvent,
    Confirmation,
    CounterProposal,
    Proposal,
    Release,
    ReleaseVisit,
    Round,
    Site,
    SolveRun,
    User,
    Visit,
)
from scheduler.errors import NotFoundError
from scheduler.looks import ACTION as LOOK
from scheduler.looks import looks_at, remember_looks
from scheduler.naming import names_of
from scheduler.permissions import Actor, may_see_all
from scheduler.planning.drafts import draft_hash
from scheduler.publishing.bodies import content_hash

MOST_LINES: Final = 500
"""Events on one page; the audit trail itself has them all."""
NOT_A_CHANGE: Final = frozenset({"frequency"})
Change = tuple[str, Any, Any]
"""A field with what it held before and after, as stored: plain values of JSON, None where there was nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event. `changes`: only what differs. `name` is "" for the service."""

    number: int
    at: datetime
    name: str
    action: str
    entity: str
    entity_uid: str
    changes: tuple[Change, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One release against its approval. `rows_hold`: the released rows still give the sealed hash; `trail_holds`: the
    audit trail names the same two hashes; `same_draft`: the draft is still the approved one."""

    number: int
    approved_by: str
    approved_at: datetime
    approved_hash: str
    sealed_hash: str
    counted_hash: str
    draft_hash: str
    rows_hold: bool
    trail_holds: bool
    same_draft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A visit in one release. `changes`: against the release before; `change`: see publishing.differences."""

    number: int
    sealed_at: datetime
    changes: tuple[Change, ...]
    cancelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The story of a round, or of one visit in it; oldest first. A round's leaves out what happened on the spot.

    `status`: of the visit as it is now; None for a round, and for a visit that is gone from the draft. `names`: of what
    the changes name by public id or code, see `scheduler.naming`. `cut`: there are older events than `lines` holds.
    """

    round: Round
    visit_uid: str
    site: str
    status: VisitStatus | None
    lines: tuple[Line, ...]
    versions: tuple[Version, ...]
    proofs: tuple[Proof, ...]
    names: Mapping[str, str]

    @property
    def cut(self) -> bool:
        return len(self.lines) == MOST_LINES


def round_history(session: Session, actor: Actor, uid: str) -> History:
    """Raises NotFoundError for an unknown round and for whoever may not see all."""
    round_ = session.exec(select(Round).where(Round.uid == uid)).first()
    if round_ is None or not may_see_all(actor):
        raise NotFoundError("round", uid)
    lines = _lines(session, _uids_of(session, round_), left_out=_ON_THE_SPOT)
    return History(
        round=round_,
        visit_uid="",
        site="",
        status=None,
        lines=lines,
        versions=(),
        proofs=_proofs(session, round_),
        names=_names(session, lines),
    )


def visit_history(session: Session, actor: Actor, uid: str) -> History:
    """Also of a visit that is gone from the draft. Raises NotFoundError as `round_history`."""
    visit = session.exec(select(Visit).where(Visit.uid == uid)).first()
    released = session.exec(
        select(ReleaseVisit, Release)
        .join(Release, col(Release.id) == col(ReleaseVisit.release_id))
        .where(ReleaseVisit.visit_uid == uid)
        .order_by(col(Release.number))
    ).all()
    if not may_see_all(actor) or (visit is None and not released):
        raise NotFoundError("visit", uid)
    remember_looks(session, [uid])
    round_ = session.get_one(Round, visit.round_id if visit is not None else released[0][1].round_id)
    counters = select(CounterProposal.uid).where(CounterProposal.visit_uid == uid)
    wanted = {uid, round_.uid, *session.exec(counters)}
    versions = _versions(released)
    site = json.loads(released[-1][0].body)["public"]["site"] if released else _site_name(session, visit)
    told = _lines(session, wanted, looks_at(uid))
    lines = tuple(one for one in told if one.entity != "round" or one.action in _ROUND_DEEDS)
    proofs = _proofs(session, round_)
    status = visit.status if visit is not None else None
    return History(
        round=round_,
        visit_uid=uid,
        site=site,
        status=status,
        lines=lines,
        versions=versions,
        proofs=proofs,
        names=_names(session, lines),
    )


_ROUND_DEEDS: Final = frozenset({"draft.change", "round.ask", "round.stop_asking"})
_ON_THE_SPOT: Final = frozenset(
    {"visit.arrive", "visit.check_in", "visit.close", "visit.confirm", "visit.record", "rating.slip", "result.publish"}
)
"""Told of each visit, not of its round: hundreds of them would bury what was decided."""


def _site_name(session: Session, visit: Visit | None) -> str:
    return session.get_one(Site, visit.site_id).name if visit is not None else ""


def _names(session: Session, lines: Iterable[Line]) -> dict[str, str]:
    return names_of(session, [[line.entity_uid, line.changes] for line in lines])


def _uids_of(session: Session, round_: Round) -> set[str]:
    """The round and everything that belongs to it."""
    found = {round_.uid, *session.exec(select(Visit.uid).where(Visit.round_id == round_.id))}
    for table in (Approval, Release, Proposal, SolveRun, Confirmation):
        found.update(session.exec(select(table.uid).where(table.round_id == round_.id)))
    asked = select(col(Confirmation.id)).where(Confirmation.round_id == round_.id)
    counters = select(CounterProposal.uid).where(col(CounterProposal.confirmation_id).in_(asked))
    return found | set(session.exec(counters))


def _lines(session: Session, uids: set[str], *also: Any, left_out: Collection[str] = ()) -> tuple[Line, ...]:
    """What the trail tells of these, looks and what is `left_out` aside; `also`: conditions for further rows."""
    about = [col(AuditEvent.entity_uid).in_(part) for part in _parts(sorted(uids))]
    statement = (
        select(AuditEvent, User.display_name)
        .join(User, col(User.id) == col(AuditEvent.actor_id), isouter=True)
        .where(or_(and_(col(AuditEvent.action).not_in([LOOK, *left_out]), or_(*about)), *also))
        .order_by(col(AuditEvent.number).desc())
        .limit(MOST_LINES)
    )
    rows = session.exec(statement).all()
    return tuple(
        Line(
            number=event.number,
            at=event.at,
            name=name or "",
            action=event.action,
            entity=event.entity,
            entity_uid=event.entity_uid,
            changes=_differences(event.before or {}, event.after or {}),
            reason=event.reason,
        )
        for event, name in reversed(rows)
    )


def _parts(uids: list[str]) -> list[list[str]]:
    return [uids[start : start + MOST_LINES] for start in range(0, len(uids), MOST_LINES)]


def _versions(released: Any) -> tuple[Version, ...]:
    versions: list[Version] = []
    before: dict[str, Any] = {}
    for row, release in released:
        body = json.loads(row.body)
        now = {name: value for name, value in body["public"].items() if name not in NOT_A_CHANGE}
        changes = _differences(before, now)
        versions.append(
            Version(number=release.number, sealed_at=release.sealed_at, changes=changes, cancelled=row.cancelled)
        )
        before = now
    return tuple(versions)


def _proofs(session: Session, round_: Round) -> tuple[Proof, ...]:
    statement = (
        select(Release, Approval, User.display_name)
        .join(Approval, col(Approval.id) == col(Release.approval_id))
        .join(User, col(User.id) == col(Approval.approved_by_id))
        .where(Release.round_id == round_.id)
        .order_by(col(Release.number))
    )
    now = draft_hash(session, round_)
    return tuple(_proof(session, release, approval, name, now) for release, approval, name in session.exec(statement))


def _proof(session: Session, release: Release, approval: Approval, name: str, now: str) -> Proof:
    bodies = session.exec(select(col(ReleaseVisit.body)).where(ReleaseVisit.release_id == release.id)).all()
    counted = content_hash([json.loads(body) for body in bodies])
    sealed = _told(session, release.uid, "release.seal").get("content_hash")
    approved = _told(session, approval.uid, "round.approve").get("draft_hash")
    return Proof(
        number=release.number,
        approved_by=name,
        approved_at=approval.approved_at,
        approved_hash=approval.draft_hash,
        sealed_hash=release.content_hash,
        counted_hash=counted,
        draft_hash=now,
        rows_hold=counted == release.content_hash,
        trail_holds=(sealed, approved) == (release.content_hash, approval.draft_hash),
        same_draft=now == approval.draft_hash,
    )


def _told(session: Session, uid: str, action: str) -> Mapping[str, Any]:
    event = session.exec(select(AuditEvent).where(AuditEvent.entity_uid == uid, AuditEvent.action == action)).first()
    return (event.after or {}) if event else {}


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    return tuple(
        (name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )
