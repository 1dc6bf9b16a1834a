"""The planning problem of a round that edits are judged by, and what shows cheaply whether it still holds. Reads only.

Reading a whole round takes most of a second, an edit may take a few hundredths: see `draft_states` for how long a
problem is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import RequestStatus
from data.models import Absence, Closure, InspectionRequest, OfficerSkill, Recusal, Round, Visit
from scheduler.audit import canonical_json
from scheduler.filing.draws.pools import officers_seed
from scheduler.planning.answers import Numbers
from scheduler.planning.editing.states import VisitState
from scheduler.planning.snapshot import Snapshot, take_snapshot
from solver.problem import Bools, Ints, Problem


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

    @cached_property
    def department_officers(self) -> Mapping[int, tuple[str, ...]]:
        """Number of a body -> uids of its people, in the order of the problem."""
        found: dict[int, tuple[str, ...]] = {}
        for uid, department in self.officer_department.items():
            found[department] = (*found.get(department, ()), uid)
        return found

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


def read_frame(session: Session, round_: Round) -> Frame:
    """Read a round's frame. Raises ConflictError "nothing_to_schedule" as `take_snapshot` does."""
    return Frame(take_snapshot(session, round_, pins=False), draw_seed=officers_seed(session, round_.id or 0))


def stamp_of(session: Session, round_: Round) -> str:
    """Cheap figures that change with most changes that no audit row tells of, and the round's own settings.

    Visits of other rounds count where their period meets this one: they take days of sites and of officers.
    """
    place = {"round_id": round_.id, "first": round_.period_first, "last": round_.period_last}
    figures = list(session.execute(_FIGURES, place).one())
    settings = [round_.period_first, round_.period_last, round_.weights, round_.limits]
    return canonical_json([figures, settings])


def _count_and_newest(key: Any, where: Any) -> tuple[Any, Any]:
    return tuple(
        sa.select(figure).where(where).scalar_subquery() for figure in (sa.func.count(col(key)), sa.func.max(col(key)))
    )  # type: ignore[return-value]


def _figures() -> sa.Select[Any]:
    own: sa.BindParameter[Any] = sa.bindparam("round_id")
    asked = sa.and_(col(InspectionRequest.round_id) == own, col(InspectionRequest.status) != RequestStatus.WITHDRAWN)
    meeting = sa.select(col(Round.id)).where(
        col(Round.id) != own,
        col(Round.period_first) <= sa.bindparam("last", type_=sa.Date),
        col(Round.period_last) >= sa.bindparam("first", type_=sa.Date),
    )
    elsewhere = col(Visit.round_id).in_(meeting)
    return sa.select(
        *_count_and_newest(InspectionRequest.id, asked),
        sa.select(sa.func.count()).where(asked, col(InspectionRequest.locked)).scalar_subquery(),
        *(figure for key in (Closure.id, Absence.id, Recusal.id) for figure in _count_and_newest(key, sa.true())),
        sa.select(sa.func.count()).select_from(OfficerSkill).scalar_subquery(),
        *_count_and_newest(Visit.id, elsewhere),
        sa.select(sa.func.sum(col(Visit.version))).where(elsewhere).scalar_subquery(),
    )


_FIGURES: Final = _figures()
"""Made once: every edit asks three times."""
