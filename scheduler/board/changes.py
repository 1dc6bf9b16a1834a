"""What of a round's draft is not published yet: the same answer as the preview of a publication, without its cost.

The preview writes every visit as a whole document; here only the part is written that decides, from plain rows, by the
same functions. The two are held together by a test that changes everything a document is made of.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.models import PlanTask, ReleaseVisit
from scheduler.audit import sha256
from scheduler.board.rows import RoundRows
from scheduler.filing.caps.policy import CapTable
from scheduler.planning.drafts import CHUNK, DraftVisit
from scheduler.publishing.bodies import Document, Names, load_contacts, load_items, public_part, public_part_hash
from scheduler.publishing.body_facts import Facts
from scheduler.publishing.differences import Change, change_between
from scheduler.publishing.sealing import current_release

KEPT_HASHES: Final = 20_000
"""Hashes a process remembers, some ten boards: writing 2,000 parts anew costs more than reading them."""
_RELEASED: Final = ("visit_uid", "public_hash", "cancelled", "day", "hidden")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneVisit:
    """A visit that is released and no longer in the draft. `public`: the part of its body that was released."""

    uid: str
    day: date
    hidden: bool
    public: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpublished:
    """What the next release would change. `changes`: visit uid -> change; a visit as it was released is not in it.

    `released`: number of the release in force, None before the first. `before`: for moved visits, date and start as
    they were released. `gone`: the cancelled ones, which are in `changes` too.
    """

    released: int | None
    changes: Mapping[str, Change]
    before: Mapping[str, tuple[str, str]]
    gone: tuple[GoneVisit, ...]

    @property
    def count(self) -> int:
        return len(self.changes)


def unpublished(
    session: Session, round_id: int, rows: RoundRows, *, among: Collection[str] | None = None
) -> Unpublished:
    """Compare the draft with the release in force, visit by visit.

    `among`: uids of the visits that the rows were read for, None for all; no other visit is missed.
    """
    release = current_release(session, round_id)
    if release is None:
        return Unpublished(released=None, changes={one.visit.uid: Change.NEW for one in rows.draft}, before={}, gone=())
    previous = _released(session, release.id, among)
    present = {one.visit.uid: one for one in rows.draft}
    names = _load_names(session, rows)
    parts = {
        uid: _part(one, rows, names) for uid, one in present.items() if uid in previous and not previous[uid].cancelled
    }
    differing = [uid for uid, part in parts.items() if _hash_of(part) != previous[uid].public_hash]
    gone = [uid for uid, old in previous.items() if uid not in present and not old.cancelled]
    bodies = _bodies(session, release.id, [*differing, *gone])
    changes = {uid: Change.NEW for uid in present if uid not in previous or previous[uid].cancelled}
    for uid in differing:
        after = public_part(parts[uid].one, parts[uid].enterprise, names.names)
        changes[uid] = change_between(bodies[uid], after, same=False) or Change.CHANGED
    changes.update(dict.fromkeys(gone, Change.CANCELLED))
    return Unpublished(
        released=release.number,
        changes=changes,
        before={uid: (bodies[uid]["date"], bodies[uid]["starts"]) for uid in differing if changes[uid] is Change.MOVED},
        gone=tuple(
            GoneVisit(uid=uid, day=previous[uid].day, hidden=previous[uid].hidden, public=bodies[uid]) for uid in gone
        ),
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """Names that documents are written with; two are the same when their texts are, so that hashes can be kept."""

    text: str
    names: Names = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Part:
    """A visit's public part before it is written: `key` holds all that it is made of."""

    key: tuple[object, ...]
    one: DraftVisit = field(compare=False)
    enterprise: Any = field(compare=False)
    names: Names = field(compare=False)


@lru_cache(maxsize=KEPT_HASHES)
def _hash_of(part: _Part) -> str:
    return public_part_hash(public_part(part.one, part.enterprise, part.names))


def _part(one: DraftVisit, rows: RoundRows, names: _Names) -> _Part:
    enterprise = rows.enterprises[one.site.enterprise_id]
    visit = one.visit
    key = (
        (visit.day, visit.start_quarter, visit.quarters, visit.lead_organisation_id, visit.lead_officer_id),
        one.site,
        enterprise,
        tuple((request.organisation_id, request.task_id) for request in one.requests),
        tuple(slot.officer_id for slot in one.crew),
        names,
    )
    return _Part(key=key, one=one, enterprise=enterprise, names=names.names)


def _load_names(session: Session, rows: RoundRows) -> _Names:
    tasks = sorted({request.task_id for one in rows.draft for request in one.requests})
    titles = sa.select(col(PlanTask.id), col(PlanTask.name)).where(col(PlanTask.id).in_(tasks))
    names = Names(
        organisations=rows.organisations,
        officers=rows.officers,
        towns=rows.towns,
        enterprises=rows.enterprises,
        tasks=_by_id(session, titles),
        contacts=load_contacts(session, tasks),
        items=load_items(session, tasks),
        # The frequency is no part of what is compared.
        counts={},
        caps=CapTable(policies=(), exemptions={}),
        classes={},
        facts=Facts(plans={}, filers={}),
    )
    parts = (names.organisations, names.officers, names.towns, names.tasks)
    written = [[tuple(row) for row in part.values()] for part in parts]
    return _Names(
        text=sha256(repr([*written, sorted(names.items.items()), sorted(names.contacts.items())])), names=names
    )


def _by_id(session: Session, statement: Any) -> dict[int | None, Any]:
    return {row.id: row for row in session.execute(statement)}


def _released(session: Session, release_id: int | None, among: Collection[str] | None) -> dict[str, Any]:
    statement = (
        sa.select(*(ReleaseVisit.__table__.c[name] for name in _RELEASED))  # type: ignore[attr-defined]
        .where(col(ReleaseVisit.release_id) == release_id)
        .order_by(col(ReleaseVisit.visit_uid))
    )
    if among is not None:
        statement = statement.where(col(ReleaseVisit.visit_uid).in_(among))
    return {row.visit_uid: row for row in session.execute(statement)}


def _bodies(session: Session, release_id: int | None, uids: Sequence[str]) -> dict[str, Document]:
    """The public parts of these visits as they were released."""
    wanted = set(uids)
    if not wanted:
        return {}
    statement = sa.select(col(ReleaseVisit.visit_uid), col(ReleaseVisit.body)).where(
        col(ReleaseVisit.release_id) == release_id
    )
    if len(wanted) <= CHUNK:
        statement = statement.where(col(ReleaseVisit.visit_uid).in_(wanted))
    return {uid: json.loads(body)["public"] for uid, body in session.execute(statement) if uid in wanted}
