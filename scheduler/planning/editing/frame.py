"""The planning problem of a round that edits are judged by, kept in memory while nothing but edits happens.

Reading a whole round takes most of a second, an edit may take a few hundredths. A problem is used again only while
the audit trail shows nothing but edits of this very round since it was read, and while what is counted cheaply
(requests, absences, recusals, closures) is as it was. The trail is a chain of hashes: a link that was rolled back, or
another database, is never taken for the one that was seen. Reads only.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlmodel import Session, func, select

from data.enums import RequestStatus
from data.models import Absence, Closure, InspectionRequest, OfficerSkill, Recusal, Round
from scheduler.audit import canonical_json
from scheduler.planning.drafts import DRAFT_CHANGED
from scheduler.planning.snapshot import Snapshot, take_snapshot
from scheduler.trail import Link, deeds_since, newest_link
from solver.problem import Bools, Ints, Problem

VISIT_EDITED: Final = "visit.edit"
"""Action of the audit trail for one visit that an edit changed; its `draft.change` names the round."""


class Frame:
    """A problem without pins, and look-ups by public id. Never changed once made."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.problem: Problem = snapshot.problem
        self.days = snapshot.days
        self.request_number = _numbers(self.problem.requests.ids)
        self.site_number = _numbers(self.problem.enterprises.ids)
        self.department_number = _numbers(self.problem.departments.ids)
        people = self.problem.inspectors
        self.officer_number: Mapping[str, int] = {} if people is None else _numbers(people.ids)

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


class _Shelf:
    """Frames by database and round, for all threads of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: WeakKeyDictionary[Any, dict[int, _Kept]] = WeakKeyDictionary()

    def find(self, pool: Any, round_id: int) -> _Kept | None:
        with self._lock:
            return self._kept.get(pool, {}).get(round_id)

    def put(self, pool: Any, round_id: int, kept: _Kept) -> None:
        with self._lock:
            self._kept.setdefault(pool, {})[round_id] = kept


_SHELF: Final = _Shelf()


def frame_of(session: Session, round_: Round) -> Frame:
    """Return the round's frame, from memory where that is safe.

    Raises ConflictError "nothing_to_schedule" as `take_snapshot` does.
    """
    pool = session.get_bind().engine.pool
    round_id = round_.id or 0
    kept, link, stamp = _SHELF.find(pool, round_id), newest_link(session), _stamp(session, round_)
    if kept is not None and kept.stamp == stamp and _only_edits_since(session, round_, kept.link, link):
        frame = kept.frame
    else:
        frame = Frame(take_snapshot(session, round_, pins=False))
    _SHELF.put(pool, round_id, _Kept(link=link, stamp=stamp, frame=frame))
    return frame


def _only_edits_since(session: Session, round_: Round, seen: Link, newest: Link) -> bool:
    deeds = deeds_since(session, seen, newest)
    return deeds is not None and all(
        deed.action == VISIT_EDITED or (deed.action == DRAFT_CHANGED and deed.entity_uid == round_.uid)
        for deed in deeds
    )


def _stamp(session: Session, round_: Round) -> str:
    """Cheap figures that change with most changes that no audit row tells of, and the round's own settings."""
    asked = select(func.count(), func.max(InspectionRequest.id)).where(
        InspectionRequest.round_id == round_.id, InspectionRequest.status != RequestStatus.WITHDRAWN
    )
    figures = [tuple(session.execute(asked).one())]
    keys = (Closure.id, Absence.id, Recusal.id)
    figures += [tuple(session.execute(select(func.count(), func.max(key))).one()) for key in keys]
    figures.append(tuple(session.execute(select(func.count()).select_from(OfficerSkill)).one()))
    settings = [round_.period_first, round_.period_last, round_.weights, round_.limits]
    return canonical_json([figures, settings])


def _numbers(ids: Any) -> dict[str, int]:
    return {str(uid): number for number, uid in enumerate(ids)}
