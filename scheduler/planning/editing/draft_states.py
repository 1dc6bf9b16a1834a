"""The live visits of a round's draft as states, kept in memory and mended visit by visit. Judges and writes nothing.

An edit looks at the visits of two days, of which those matter that meet it; a draft of 2,000 visits takes some 100 ms
to read, its frame most of a second. Both are kept with the link of the audit trail at which they were seen. A frame is
used again while the trail shows nothing since that could change it, and while what is counted cheaply is as it was; a
draft while all that was done since are edits, whose visits are then read anew, and while the database has as many
visits, changed as many times: a guard against writers that left no trail. People who edit at once each see another
newest link, so a few drafts are kept, and an older one never drives out a newer one. What has to be read is read by
one thread at a time. The trail is a chain of hashes: a link that was rolled back, or another database, is never taken
for the one that was seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import VisitStatus
from data.models import Round, Visit
from scheduler.planning.drafts import DRAFT_CHANGED, VISIT_EDITED
from scheduler.planning.editing.area import read_area, read_visits
from scheduler.planning.editing.frame import Frame, read_frame, stamp_of
from scheduler.planning.editing.states import VisitState
from scheduler.shelf import Shelf
from scheduler.single_file import SingleFile
from scheduler.trail import Deed, Link, deeds_since, links_known, newest_link

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
class _Seen:
    link: Link
    states: DraftStates


@dataclass(frozen=True, slots=True, kw_only=True)
class _Era:
    """As long as one frame was good: since the link of its birth. `seen`: the draft at some links, used last first."""

    birth: Link
    stamp: str
    frame: Frame
    seen: tuple[_Seen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """How the present comes about from what is kept. `states`: None where the draft itself has to be read."""

    era: _Era
    states: DraftStates | None
    deeds: tuple[Deed, ...]


MOST_ROUNDS: Final = 6
"""Rounds kept for a database: people edit this month, the last and the next."""
MOST_ERAS: Final = 2
"""Frames kept for a round: one that a writer saw who was rolled back must not drive out the one that is good."""
MOST_SEEN: Final = 12
"""Drafts kept for a frame, some 0.6 MB each: of as many people who edit at once each sees another newest link."""
MOST_TRIES: Final = 3
"""Times to look again where somebody's edit came between two queries."""
PATIENCE_SECONDS: Final = 5.0
"""How long a thread waits for another that reads the same round: several times what the largest round takes."""
_SHELF: Final[Shelf[tuple[_Era, ...]]] = Shelf(most=MOST_ROUNDS)
_LINE: Final = SingleFile(patience_seconds=PATIENCE_SECONDS)
_EDITS: Final = frozenset({VISIT_EDITED, DRAFT_CHANGED})
FRAME_STAYS: Final = _EDITS | frozenset(
    {
        "approval.block",
        "approval.cancel",
        "approval.void",
        "confirmation.answer",
        "confirmation.lapse",
        "draft.restore",
        "proposal.adopt",
        "proposal.adopt_part",
        "proposal.store",
        "release.seal",
        "round.approve",
        "run.cancel",
        "run.end",
        "run.request",
        "visit.arrive",
        "visit.check_in",
        "visit.confirm",
        "visit.photo",
        "visit.record",
    }
)
"""Actions that change nothing a frame is made of, or, where they are edits of another round, what `stamp_of` counts."""


def draft_states(session: Session, round_: Round) -> DraftStates:
    """The draft as this transaction sees it, from memory where that is safe.

    Where it has to be read, the threads of this process read a round one after the other, and who waited takes what was
    read, also where the trail has gone on by edits since. No deadlock: whoever is at the head of the line only reads,
    which waits for no row's lock in either database, and has written before what its session holds. A writer in the
    line holds the lock of the trail while waiting, as it would while reading; PATIENCE_SECONDS is the most.

    Raises ConflictError "nothing_to_schedule" as `take_snapshot` does.
    """
    found = _look(session, round_)
    if found.states is not None:
        return _read(session, round_, found)
    session.flush()
    with _LINE.take(session, round_.id or 0):
        return _read(session, round_, _look(session, round_))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What memory has for a link: nothing, a frame, or the draft too."""

    link: Link
    era: _Era | None
    states: DraftStates | None


def _look(session: Session, round_: Round) -> _Found:
    for _ in range(MOST_TRIES):
        link = newest_link(session)
        course = _find_course(session, round_, link)
        states = None if course is None else _mended(session, round_, course)
        if states is not None or newest_link(session) == link:
            break
    return _Found(link=link, era=None if course is None else course.era, states=states)


def _read(session: Session, round_: Round, found: _Found) -> DraftStates:
    """Read what memory does not have, and keep the whole for the link that was looked at."""
    era = found.era or _read_era(session, round_, found.link)
    states = found.states
    if states is None:
        states = DraftStates(era.frame, read_area(session, round_, days=None), _versions(session, round_, None))
    _keep(session, round_, era, _Seen(found.link, states))
    return states


def _find_course(session: Session, round_: Round, link: Link) -> _Course | None:
    """What is kept and still good at a link; None where the frame has to be read."""
    stamp = stamp_of(session, round_)
    for era in _SHELF.find(session, round_.id or 0) or ():
        start = _nearest(session, era, link) if era.stamp == stamp else None
        deeds = None if start is None else deeds_since(session, start[0], link)
        if start is not None and deeds is not None and all(deed.action in FRAME_STAYS for deed in deeds):
            return _Course(era=era, states=start[1], deeds=deeds)
    return None


def _nearest(session: Session, era: _Era, link: Link) -> tuple[Link, DraftStates | None] | None:
    """The newest link of an era that is no newer than `link` and in the same trail, and the draft seen there."""
    states = {one.link: one.states for one in era.seen}
    if link in states:
        return link, states[link]
    older = [one for one in (era.birth, *states) if one.number <= link.number]
    newest = max(links_known(session, older), key=lambda one: one.number, default=None)
    return None if newest is None else (newest, states.get(newest))


def _mended(session: Session, round_: Round, course: _Course) -> DraftStates | None:
    """What is kept with the visits read anew that were edited since; None where it is not known that this is all."""
    states = course.states
    edited = {deed.entity_uid for deed in course.deeds if deed.action == VISIT_EDITED}
    if states is None or len(edited) > MOST_MENDED or any(deed.action not in _EDITS for deed in course.deeds):
        return None
    visits = {uid: state for uid, state in read_visits(session, round_, edited).items() if state.alive}
    if edited:
        versions = _versions(session, round_, visits)
        states = states.mended({uid: visits[uid] for uid in versions}, versions, edited - versions.keys())
    return states if _agrees(session, round_, states) else None


def _read_era(session: Session, round_: Round, link: Link) -> _Era:
    """Read a frame; where another thread has read the same meanwhile, its frame is taken."""
    stamp, frame = stamp_of(session, round_), read_frame(session, round_)
    kept = _SHELF.find(session, round_.id or 0) or ()
    found = _Era(birth=link, stamp=stamp, frame=frame)
    return next((one for one in kept if (one.birth, one.stamp) == (link, stamp)), found)


def _keep(session: Session, round_: Round, era: _Era, now: _Seen) -> None:
    def with_it(eras: tuple[_Era, ...] | None) -> tuple[_Era, ...]:
        own = next((one for one in eras or () if one.frame is era.frame), era)
        others = tuple(one for one in eras or () if one.frame is not era.frame)
        seen = (now, *(one for one in own.seen if one.link != now.link))[:MOST_SEEN]
        return (replace(own, seen=seen), *others)[:MOST_ERAS]

    _SHELF.change(session, round_.id or 0, with_it)


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
