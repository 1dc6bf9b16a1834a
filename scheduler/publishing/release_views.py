"""Releases as officials read them. An enterprise has no releases, only visits. Reads only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from data.enums import OutboxState
from data.models import OutboxMessage, Release, ReleaseVisit, Round, User
from scheduler.errors import NotFoundError
from scheduler.looks import remember_looks
from scheduler.permissions import Actor, is_official, may_see_all
from scheduler.planning.drafts import chunks
from scheduler.publishing.sealing import VisitDifference, differences, rows_of
from scheduler.publishing.visibility import rows_of_release


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedVisit:
    """A visit as released. `starts`: local hour and minute; `departments`: short names, the lead first."""

    visit_uid: str
    day: date
    starts: str
    minutes: int
    enterprise: str
    site: str
    town: str
    departments: tuple[str, ...]
    officers: tuple[str, ...]
    hidden: bool
    cancelled: bool
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """A release with the visits that the actor may see.

    `differences`: against the round's release before, only of those visits. `notices`: number by state, for the
    district. `figures`: as sealed, see `planning.figures`.
    """

    release: Release
    round_uid: str
    round_name: str
    approved_by: str
    visits: tuple[ReleasedVisit, ...]
    differences: tuple[VisitDifference, ...]
    notices: tuple[tuple[OutboxState, int], ...]
    figures: dict[str, Any]


def list_releases(session: Session, actor: Actor) -> list[Release]:
    """All releases, newest first, for officials; none for enterprises."""
    if not is_official(actor):
        return []
    return list(session.exec(select(Release).order_by(col(Release.number).desc())))


def round_names(session: Session, releases: Sequence[Release]) -> dict[int, str]:
    """The names of the rounds of some releases, by the round's key."""
    rounds = sorted({one.round_id for one in releases})
    return {
        key: name
        for part in chunks(rounds)
        for key, name in session.exec(select(Round.id, Round.name).where(col(Round.id).in_(part)))
        if key is not None
    }


def get_release(session: Session, actor: Actor, number: int) -> Release:
    """Raises NotFoundError for an unknown number and for enterprises."""
    found = session.exec(select(Release).where(Release.number == number)).first()
    if found is None or not is_official(actor):
        raise NotFoundError("release", number)
    return found


def release_view(session: Session, actor: Actor, release: Release) -> ReleaseView:
    """Read one release as the actor may see it."""
    rows = rows_of_release(session, actor, release)
    remember_looks(session, [row.visit_uid for row in rows if row.hidden])
    round_ = session.get_one(Round, release.round_id)
    return ReleaseView(
        release=release,
        round_uid=round_.uid,
        round_name=round_.name,
        approved_by=session.get_one(User, release.approved_by_id).display_name,
        visits=tuple(map(_released, rows)),
        differences=differences(rows_of(session, _before(session, release)), rows),
        notices=notice_counts(session, release) if may_see_all(actor) else (),
        figures=release.figures,
    )


def _before(session: Session, release: Release) -> Release | None:
    statement = select(Release).where(Release.round_id == release.round_id, Release.number < release.number)
    return session.exec(statement.order_by(col(Release.number).desc()).limit(1)).first()


def _released(row: ReleaseVisit) -> ReleasedVisit:
    public = json.loads(row.body)["public"]
    return ReleasedVisit(
        visit_uid=row.visit_uid,
        day=row.day,
        starts=public["starts"],
        minutes=public["minutes"],
        enterprise=public["enterprise"],
        site=public["site"],
        town=public["town"],
        departments=tuple(body["short"] for body in public["departments"]),
        officers=tuple(officer["name"] for officer in public["officers"]),
        hidden=row.hidden,
        cancelled=row.cancelled,
        sequence=row.sequence,
    )


def notice_counts(session: Session, release: Release) -> tuple[tuple[OutboxState, int], ...]:
    """How many notices of a release are in which state; every state is listed."""
    statement = (
        select(col(OutboxMessage.state), func.count())
        .where(OutboxMessage.release_id == release.id)
        .group_by(col(OutboxMessage.state))
    )
    counts = dict(session.exec(statement).all())
    return tuple((state, counts.get(state, 0)) for state in OutboxState)
