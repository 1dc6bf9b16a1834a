"""The planning problem of a round that edits are judged by, kept in memory while nothing but edits happens.

Reading a whole round takes most of a second, an edit may take a few hundredths. A problem is used again only while
the audit trail shows nothing but edits of this very round since it was read, and while what is counted cheaply
(requests, absences, recusals, closures) is as it was. The trail is a chain of hashes: a link that was rolled back, or
another database, is never taken for the one that was seen. Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import RequestStatus
from data.models import Absence, Closure, InspectionRequest, OfficerSkill, Recusal, Round
from scheduler.audit import canonical_json
from scheduler.filing.draws.pools import officers_seed
from scheduler.planning.answers import Numbers
from scheduler.planning.drafts import DRAFT_CHANGED
from scheduler.planning.editing.states import VisitState
from scheduler.planning.snapshot import Snapshot, take_snapshot
from scheduler.shelf import Shelf
from scheduler.trail import Deed, Link, deeds_since, newest_link
from solver.problem import Bools, Ints, Problem

VISIT_EDITED: Final = "visit.edit"
"""Action of the audit trail for one visit that an edit changed; its `draft.change` names the round."""


class Frame:
    """A problem without pins, and look-ups by public id. Never changed once made.

    `draw_seed`: of the officers' draw of the round (`solver.rostering.ranking`), None where nothing was drawn.
    """

    def __init__(self, snapshot: Snapshot, *, draw_seed: int | None = None) -> None:
        self.snapshot = snapshot
        self.draw_seed = draw_seed
        self.problem: Problem = snapshot.problem
        self.days = snapshot.days
        self.numbers = Numbers(self.problem)
        self.request_number: Mapping[str, int] = self.numbers.requests
        self.site_number: Mapping[str, int] = self.numbers.sites
        self.department_number = {str(uid): number for number, uid in enumerate(self.problem.departments.ids)}
        self.officer_number: Mapping[str, int] = self.numbers.people

    @cached_property
    def available(self) -> Bools:
        """Who is there, [I, T]."""
        return self.problem.available()

    @cached_property
    def capacity(self) -> Ints:
        """People-quarters, [D, T]."""
        return self.problem.capacity_quarters()

    @cached_property
    def recused(self) -> frozenset[tuple[int, int]]:
        """Pairs (officer, site)."""
        return frozenset((int(officer), int(site)) for officer, site in self.problem.recusals)

    @cached_property
    def named_departments(self) -> frozenset[int]:
        """Departments whose officers are known by name."""
        people = self.problem.inspectors
        if people is None:
            return frozenset()
        return frozenset(
            int(people.department[number]) for uid, number in self.officer_number.items() if "#" not in uid
        )

    @cached_property
    def request_department(self) -> Mapping[str, int]:
        """Uid of a request -> number of the body that asks."""
        requests = self.problem.requests
        return dict(zip(map(str, requests.ids), requests.department.tolist(), strict=True))

    @cached_property
    def officer_department(self) -> Mapping[str, int]:
        """Uid of an officer -> number of the body."""
        people = self.problem.inspectors
        return {} if people is None else dict(zip(map(str, people.ids), people.department.tolist(), strict=True))

    def bodies(self, visit: VisitState) -> frozenset[int]:
        """Numbers of the bodies whose day a visit is part of: they ask for some of it, or send somebody."""
        asking = [self.request_department.get(member.request) for member in visit.members]
        sent = [self.officer_department.get(officer) for member in visit.members for officer in member.officers]
        return frozenset(number for number in (*asking, *sent) if number is not None)

    def quarters(self, request: str) -> int:
        return int(self.problem.requests.quarters[self.request_number[request]])

    def organisation(self, request: str) -> str:
        """Code of the body that asks."""
        number = self.request_number[request]
        return str(self.problem.departments.ids[self.problem.requests.department[number]])

    def site(self, request: str) -> str:
        return str(self.problem.enterprises.ids[self.problem.requests.enterprise[self.request_number[request]]])

    def load(self, request: str) -> int:
        return int(self.problem.requests.load[self.request_number[request]])


@dataclass(frozen=True, slots=True)
class _Kept:
    link: Link
    stamp: str
    frame: Frame


MOST_FRAMES: Final = 6
"""Frames kept for a database: people edit this month, the last and the next."""
_SHELF: Final[Shelf[_Kept]] = Shelf(most=MOST_FRAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFrame:
    """A frame and how it was come by. `link`: the newest link now; `seen`: the one at which the frame was last good,
    None where it was read just now; `deeds`: what was done in between, edits of the round and nothing else."""

    frame: Frame
    link: Link
    seen: Link | None = None
    deeds: tuple[Deed, ...] = ()


def frame_of(session: Session, round_: Round) -> Frame:
    """Return the round's frame, from memory where that is safe.

    Raises ConflictError "nothing_to_schedule" as `take_snapshot` does.
    """
    return find_frame(session, round_).frame


def find_frame(session: Session, round_: Round) -> FoundFrame:
    """The same, with what the trail says of the time since. Raises as `frame_of` does."""
    round_id = round_.id or 0
    kept, link, stamp = _SHELF.find(session, round_id), newest_link(session), _stamp(session, round_)
    deeds = None if kept is None or kept.stamp != stamp else _edits_since(session, round_, kept.link, link)
    if kept is None or deeds is None:
        frame = Frame(take_snapshot(session, round_, pins=False), draw_seed=officers_seed(session, round_id))
        found = FoundFrame(frame=frame, link=link)
    else:
        found = FoundFrame(frame=kept.frame, link=link, seen=kept.link, deeds=deeds)
    _SHELF.put(session, round_id, _Kept(link=link, stamp=stamp, frame=found.frame))
    return found


def _edits_since(session: Session, round_: Round, seen: Link, newest: Link) -> tuple[Deed, ...] | None:
    """What was done since, where it was nothing but edits of this round; else None."""
    deeds = deeds_since(session, seen, newest)
    only_edits = deeds is not None and all(
        deed.action == VISIT_EDITED or (deed.action == DRAFT_CHANGED and deed.entity_uid == round_.uid)
        for deed in deeds
    )
    return deeds if only_edits else None


def _stamp(session: Session, round_: Round) -> str:
    """Cheap figures that change with most changes that no audit row tells of, and the round's own settings."""
    asked = sa.and_(
        col(InspectionRequest.round_id) == round_.id, col(InspectionRequest.status) != RequestStatus.WITHDRAWN
    )
    counts = [
        *_count_and_newest(InspectionRequest.id, asked),
        *(figure for key in (Closure.id, Absence.id, Recusal.id) for figure in _count_and_newest(key, sa.true())),
        sa.select(sa.func.count()).select_from(OfficerSkill).scalar_subquery(),
    ]
    figures = list(session.execute(sa.select(*counts)).one())
    settings = [round_.period_first, round_.period_last, round_.weights, round_.limits]
    return canonical_json([figures, settings])


def _count_and_newest(key: Any, where: Any) -> tuple[Any, Any]:
    return tuple(
        sa.select(figure).where(where).scalar_subquery() for figure in (sa.func.count(col(key)), sa.func.max(col(key)))
    )  # type: ignore[return-value]
