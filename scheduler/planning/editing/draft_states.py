"""The live visits of a round's draft as states, kept in memory and mended visit by visit. Judges and writes nothing.

An edit looks at the visits of two days, of which those matter that meet it; a draft of 2,000 visits takes some 100 ms
to read. It is used again only while the audit trail shows nothing but edits of this round, whose visits are then read
anew, and while the database has as many visits, changed as many times: a guard against writers that left no trail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import VisitStatus
from data.models import Round, Visit
from scheduler.planning.editing.area import read_area, read_visits
from scheduler.planning.editing.frame import MOST_FRAMES, VISIT_EDITED, FoundFrame, Frame, find_frame
from scheduler.planning.editing.states import VisitState
from scheduler.shelf import Shelf
from scheduler.trail import Link

MOST_MENDED: Final = 200
"""Visits above which the draft is read afresh."""


class DraftStates:
    """Live visits by uid, found by day, body, site and request. Never changed once made.

    `versions`: of the rows, by uid. A body is met by a visit where the body asks for a part of it or where somebody of
    the body goes.
    """

    def __init__(self, frame: Frame, visits: Mapping[str, VisitState], versions: Mapping[str, int]) -> None:
        self.frame = frame
        self.visits = dict(visits)
        self.versions = dict(versions)
        self._days: dict[date, tuple[str, ...]] = {}
        self._sites: dict[str, tuple[str, ...]] = {}
        self._requests: dict[str, str] = {}
        self._bodies: dict[str, frozenset[int]] = {}
        for state in self.visits.values():
            self._note(state)

    def mended(self, visits: Mapping[str, VisitState], versions: Mapping[str, int], gone: Iterable[str]) -> DraftStates:
        """The same draft after some visits were changed and others are gone."""
        found = object.__new__(DraftStates)
        found.frame = self.frame
        found.visits, found.versions = dict(self.visits), dict(self.versions)
        found._days, found._sites = dict(self._days), dict(self._sites)
        found._requests, found._bodies = dict(self._requests), dict(self._bodies)
        for uid in {*visits, *gone} & self.visits.keys():
            found._forget(self.visits[uid])
        found.versions.update(versions)
        for uid, state in visits.items():
            found.visits[uid] = state
            found._note(state)
        return found

    def _note(self, state: VisitState) -> None:
        self._days[state.day] = (*self._days.get(state.day, ()), state.uid)
        self._sites[state.site] = (*self._sites.get(state.site, ()), state.uid)
        self._requests.update(dict.fromkeys(state.requests, state.uid))
        self._bodies[state.uid] = self.frame.bodies(state)

    def _forget(self, state: VisitState) -> None:
        self._days[state.day] = tuple(uid for uid in self._days[state.day] if uid != state.uid)
        self._sites[state.site] = tuple(uid for uid in self._sites[state.site] if uid != state.uid)
        for request in state.requests:
            if self._requests.get(request) == state.uid:
                del self._requests[request]
        del self.visits[state.uid], self.versions[state.uid], self._bodies[state.uid]

    def visit_of(self, request: str) -> str | None:
        """The visit that a request is in."""
        return self._requests.get(request)

    def around(
        self, *, days: Collection[date], sites: Collection[str], bodies: Collection[int]
    ) -> dict[str, VisitState]:
        """Visits at some sites, and those on some days that some bodies are met by; by uid, in the order of uids."""
        uids = {uid for site in sites for uid in self._sites.get(site, ())}
        uids |= {uid for day in days for uid in self._days.get(day, ()) if not self._bodies[uid].isdisjoint(bodies)}
        return {uid: self.visits[uid] for uid in sorted(uids)}

    def visits_at(self, site: str) -> tuple[str, ...]:
        """The visits of a site."""
        return self._sites.get(site, ())

    def bodies_of(self, uid: str) -> frozenset[int]:
        """Numbers of the bodies that a visit is met by."""
        return self._bodies.get(uid, frozenset())


@dataclass(frozen=True, slots=True)
class _Kept:
    link: Link
    states: DraftStates


_SHELF: Final[Shelf[_Kept]] = Shelf(most=MOST_FRAMES)


def draft_states(session: Session, round_: Round) -> DraftStates:
    """The draft as this transaction sees it, from memory where that is safe.

    Raises ConflictError "nothing_to_schedule" as `take_snapshot` does.
    """
    found, round_id = find_frame(session, round_), round_.id or 0
    kept = _SHELF.find(session, round_id)
    states = None if kept is None else _mended(session, round_, kept, found)
    if states is None:
        states = DraftStates(found.frame, read_area(session, round_, days=None), _versions(session, round_, None))
    _SHELF.put(session, round_id, _Kept(found.link, states))
    return states


def _mended(session: Session, round_: Round, kept: _Kept, found: FoundFrame) -> DraftStates | None:
    """What is kept with the visits read anew that were edited since; None where it is not known that this is all."""
    if kept.states.frame is not found.frame or kept.link != found.seen:
        return None
    uids = {deed.entity_uid for deed in found.deeds if deed.action == VISIT_EDITED}
    if len(uids) > MOST_MENDED:
        return None
    states = kept.states
    if uids:
        visits = {uid: state for uid, state in read_visits(session, round_, uids).items() if state.alive}
        versions = _versions(session, round_, visits)
        states = states.mended({uid: visits[uid] for uid in versions}, versions, uids - versions.keys())
    return states if _agrees(session, round_, states) else None


def _versions(session: Session, round_: Round, uids: Collection[str] | None) -> dict[str, int]:
    """Uid -> version of live visits."""
    statement = sa.select(col(Visit.uid), col(Visit.version)).where(*_live(round_))
    if uids is not None:
        statement = statement.where(col(Visit.uid).in_(uids))
    return dict(session.execute(statement).all())  # type: ignore[arg-type]


def _agrees(session: Session, round_: Round, states: DraftStates) -> bool:
    counted = sa.select(sa.func.count(), sa.func.sum(col(Visit.version))).where(*_live(round_))
    found = session.execute(counted).one()
    return (found[0], found[1] or 0) == (len(states.visits), sum(states.versions.values()))


def _live(round_: Round) -> tuple[sa.ColumnElement[bool], ...]:
    return col(Visit.round_id) == round_.id, col(Visit.status) != VisitStatus.CANCELLED
