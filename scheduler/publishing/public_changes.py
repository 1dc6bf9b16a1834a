"""What everybody may know of releases (F33): how many announced visits each one added, moved, changed or called off.

Counts only, and of announced visits only, also after an unannounced one has arrived. A release that changed none of
them is not mentioned, and entries have no numbers in a row: a gap would tell of what is hidden (P1). Nothing here may
be computed from a hidden row.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlmodel import Session, col, func, select

from data.models import Release, ReleaseVisit, Round
from scheduler.planning.drafts import chunks
from scheduler.publishing.differences import Change, change_between

LISTED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicChange:
    """One release as everybody reads it. `key`: the same for ever. `counts`: by kind of change, those that are there;
    `visits`: announced visits of the round from then on; `departments`: (name, English name, changed visits it has a
    part in), most first.
    """

    key: str
    round_name: str
    period_first: date
    period_last: date
    sealed_at: datetime
    counts: tuple[tuple[Change, int], ...]
    visits: int
    departments: tuple[tuple[str, str, int], ...]


def public_changes(session: Session, *, limit: int = LISTED) -> list[PublicChange]:
    """The newest releases that changed an announced visit, newest first."""
    told = select(col(ReleaseVisit.release_id)).where(
        col(ReleaseVisit.hidden).is_(False), col(ReleaseVisit.changed_in) == col(Release.number)
    )
    statement = (
        select(Release, Round)
        .join(Round, col(Round.id) == col(Release.round_id))
        .where(told.where(col(ReleaseVisit.release_id) == col(Release.id)).exists())
    )
    newest = session.exec(statement.order_by(col(Release.number).desc()).limit(limit)).all()
    found = [_change(session, release, round_) for release, round_ in newest]
    return [one for one in found if one.counts]


def _change(session: Session, release: Release, round_: Round) -> PublicChange:
    rows = session.exec(_announced(release).where(col(ReleaseVisit.changed_in) == release.number)).all()
    kinds: Counter[Change] = Counter()
    departments: Counter[tuple[str, str]] = Counter()
    before = _before(session, release, [row.visit_uid for row in rows])
    for row in rows:
        public, old = json.loads(row.body)["public"], before.get(row.visit_uid)
        was = None if old is None or old.cancelled else json.loads(old.body)["public"]
        same = old is not None and old.public_hash == row.public_hash
        kind = change_between(was, None if row.cancelled else public, same=same)
        if kind is not None:
            kinds[kind] += 1
            departments.update((one["name"], one.get("name_en") or one["name"]) for one in public["departments"])
    busiest = sorted(departments.items(), key=lambda pair: (-pair[1], pair[0]))
    standing = _announced(release).where(col(ReleaseVisit.cancelled).is_(False)).subquery()
    return PublicChange(
        # Neither a number nor the random id of the release: how many there are is not for everybody.
        key=f"{round_.uid}-{int(release.sealed_at.timestamp())}",
        round_name=round_.name,
        period_first=round_.period_first,
        period_last=round_.period_last,
        sealed_at=release.sealed_at,
        counts=tuple((kind, kinds[kind]) for kind in Change if kinds[kind]),
        visits=session.exec(select(func.count()).select_from(standing)).one(),
        departments=tuple((*names, count) for names, count in busiest),
    )


def _announced(release: Release) -> Any:
    return select(ReleaseVisit).where(ReleaseVisit.release_id == release.id, col(ReleaseVisit.hidden).is_(False))


def _before(session: Session, release: Release, uids: Sequence[str]) -> dict[str, ReleaseVisit]:
    """The rows of these visits in the release of the same round before."""
    earlier = select(func.max(col(Release.number))).where(
        Release.round_id == release.round_id, Release.number < release.number
    )
    previous = session.exec(select(Release).where(col(Release.number) == earlier.scalar_subquery())).first()
    if previous is None:
        return {}
    found: dict[str, ReleaseVisit] = {}
    for part in chunks(uids):
        rows = session.exec(_announced(previous).where(col(ReleaseVisit.visit_uid).in_(part)))
        found |= {row.visit_uid: row for row in rows}
    return found
