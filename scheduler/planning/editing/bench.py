"""The part of a draft that a command works on: what it was, what it becomes. Judges nothing and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from data.enums import RequestStatus
from scheduler.errors import ConflictError, NotFoundError
from scheduler.planning.editing.crews import staffed
from scheduler.planning.editing.frame import Frame
from scheduler.planning.editing.states import RequestState, Rows, VisitState
from scheduler.transitions import VISIT, can_step, step

SET_ASIDE = "set_aside"
"""Reason of a request that a person took out of the draft and may place again."""


class Bench:
    """`before` and `after`: visits of the area by uid; requests that a command changes, likewise."""

    def __init__(self, frame: Frame, area: Rows) -> None:
        self.frame = frame
        self.before = area
        self.visits: dict[str, VisitState] = dict(area.visits)
        self.requests: dict[str, RequestState] = dict(area.requests)
        self.withdrawn: set[str] = set()

    def visit(self, uid: str) -> VisitState:
        """A visit that may be changed. Raises NotFoundError; ConflictError "visit_under_way" once a crew is there."""
        found = self.visits.get(uid)
        if found is None or not found.alive:
            raise NotFoundError("visit", uid)
        if not can_step(VISIT, found.status, "cancel"):
            raise ConflictError("visit_under_way", status=str(found.status))
        return found

    def request(self, uid: str) -> RequestState:
        """A live request. Raises NotFoundError; ConflictError "request_withdrawn"."""
        found = self.requests.get(uid)
        if found is None:
            raise NotFoundError("request", uid)
        if found.status is RequestStatus.WITHDRAWN:
            raise ConflictError("request_withdrawn")
        return found

    def visit_of(self, request: str) -> VisitState | None:
        """The visit that a request is in."""
        return next((one for one in self.visits.values() if one.alive and request in one.requests), None)

    def put(self, visit: VisitState, *, staff: bool = True) -> None:
        """Lay down a visit as it becomes: its length from its requests, a crew where asked for; an empty one goes."""
        if not visit.members:
            gone = step(VISIT, visit.status, "cancel", entity="visit")
            self.visits[visit.uid] = replace(
                visit, status=gone, day_pinned=False, crew_pinned=False, members_pinned=False, lead_officer=""
            )
            return
        long = max(self.frame.quarters(member.request) for member in visit.members)
        shaped = replace(visit, quarters=long, members=tuple(sorted(visit.members, key=lambda one: one.request)))
        self.visits[visit.uid] = staffed(self.frame, shaped, self._others(visit.uid)) if staff else shaped

    def _others(self, uid: str) -> Iterable[VisitState]:
        return (one for one in self.visits.values() if one.uid != uid and one.alive)

    def mark(self, uid: str, status: RequestStatus, code: str = "", detail: str = "") -> None:
        """Say where a request stands now."""
        self.requests[uid] = RequestState(uid=uid, status=status, reason_code=code, reason_detail=detail)

    def touched(self) -> tuple[Rows, Rows]:
        """What has changed, as it was and as it is."""
        visits = [uid for uid, state in self.visits.items() if self.before.visits.get(uid) != state]
        requests = [uid for uid, state in self.requests.items() if self.before.requests.get(uid) != state]
        return (
            Rows(
                visits={uid: self.before.visits[uid] for uid in sorted(visits) if uid in self.before.visits},
                requests={uid: self.before.requests[uid] for uid in sorted(requests)},
            ),
            Rows(
                visits={uid: self.visits[uid] for uid in sorted(visits)},
                requests={uid: self.requests[uid] for uid in sorted(requests)},
            ),
        )

    def is_workday(self, day: date) -> bool:
        return self.frame.days.number(day) >= 0
