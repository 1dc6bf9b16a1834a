"""FT21: pins that cannot all hold. The run says which and by what rule, and the board stays as it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ClosureKind, RoundStatus, RunKind, RunStatus
from data.models import Absence, Closure, CrewSlot, Officer, Proposal, Round, SolveRun, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.planning.board import draft_hash
from scheduler.planning.collisions import Collision, name_collisions
from scheduler.planning.editing.commands import MoveVisit, PinVisit
from scheduler.planning.questions import Resolve
from scheduler.planning.runs import get_run, request_run, run_view
from scheduler.planning.worker import work_once
from tests.factories import NOW, stored_id
from tests.scheduler.planning.editing.drafts import board, edit, solved_world, visit_at
from tests.scheduler.planning.worlds import SETTINGS, World, fresh, march

DAY = 25
Contradiction = Callable[[Session, World], list[str]]
"""Makes what is pinned impossible; returns the uids of the visits that the message has to name."""


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    """Two sites, one body of four officers; each visit takes two of them for a whole day."""
    return solved_world(sqlite_engine, sites=2, organisations=1, officers=4, quarters=4)


def _pin(session: Session, world: World, place: int, **pins: bool) -> Visit:
    """Bring a visit to DAY and pin it."""
    visit = visit_at(session, world, place)
    edit(session, world, MoveVisit(visit=visit.uid, day=march(DAY), start_quarter=0))
    edit(session, world, PinVisit(visit=visit.uid, **pins))
    return visit


def _leave(session: Session, officers: list[int], first: int, last: int) -> None:
    session.add_all(Absence(officer_id=one, first_date=march(first), last_date=march(last)) for one in officers)
    session.flush()


def _crew(session: Session, visit: Visit) -> list[int]:
    return sorted(set(session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id))))


def two_on_a_day_for_one(session: Session, world: World) -> list[str]:
    """Half of the officers go on leave: the day has people for one of the two visits."""
    visits = [_pin(session, world, place, day=True) for place in (0, 1)]
    _leave(session, [stored_id(one) for one in world.officers[:2]], DAY, DAY)
    return [one.uid for one in visits]


def crew_on_leave(session: Session, world: World) -> list[str]:
    visit = _pin(session, world, 0, crew=True)
    _leave(session, _crew(session, visit)[:1], 1, 31)
    return [visit.uid]


def crew_on_leave_on_the_pinned_day(session: Session, world: World) -> list[str]:
    visit = _pin(session, world, 0, crew=True, day=True)
    _leave(session, _crew(session, visit)[:1], DAY, DAY)
    return [visit.uid]


def closed_day(session: Session, world: World) -> list[str]:
    visit = _pin(session, world, 0, day=True)
    session.add(Closure(site_id=visit.site_id, first_date=march(DAY), last_date=march(DAY), kind=ClosureKind.SHUTDOWN))
    return [visit.uid]


CASES = [
    pytest.param(two_on_a_day_for_one, "department_capacity", id="two pins on a day with people for one"),
    pytest.param(crew_on_leave, "roster_present", id="pinned crew on leave all month"),
    pytest.param(crew_on_leave_on_the_pinned_day, "roster_present", id="pinned crew on leave on the pinned day"),
    pytest.param(closed_day, "visit_enterprise_open", id="pinned to a closed day"),
]


def _solve(engine: sa.Engine, world: World, question: Resolve | None = None) -> SolveRun:
    with unit_of_work(engine) as session:
        request_run(session, FixedClock(NOW), world.coordinator, fresh(session, world.round), question=question, work=2)
    assert work_once(engine, FixedClock(NOW), holder="w", settings=SETTINGS)
    with unit_of_work(engine) as session:
        return session.exec(select(SolveRun).order_by(col(SolveRun.id).desc())).all()[0]


def _told(session: Session, world: World, run: SolveRun) -> tuple[Collision, ...]:
    return name_collisions(session, run_view(session, get_run(session, world.coordinator, run.uid)).collisions)


@pytest.mark.parametrize(("contradict", "rule"), CASES)
def test_contradiction_is_named_and_the_board_stays(
    sqlite_engine: sa.Engine, world: World, contradict: Contradiction, rule: str
) -> None:
    with unit_of_work(sqlite_engine) as session:
        named = contradict(session, world)
        before, seal = board(session, world), draft_hash(session, fresh(session, world.round))
        offered = len(session.exec(select(Proposal)).all())
    run = _solve(sqlite_engine, world)
    with reading(sqlite_engine) as session:
        told = _told(session, world, run)
        assert (run.status, {one.rule for one in told}) == (RunStatus.INFEASIBLE, {rule})
        assert sorted(one.visit_uid for one in told) == sorted(named)
        assert all(one.pins for one in told)
        assert board(session, world) == before
        assert draft_hash(session, fresh(session, world.round)) == seal
        assert session.get_one(Round, world.round.id).status is RoundStatus.PROPOSED
        assert len(session.exec(select(Proposal)).all()) == offered


@pytest.mark.parametrize(("contradict", "rule"), CASES[:2])
def test_without_the_pins_there_is_a_plan(
    sqlite_engine: sa.Engine, world: World, contradict: Contradiction, rule: str
) -> None:
    """The control, and the way out that the message shows: loosen what it names."""
    with unit_of_work(sqlite_engine) as session:
        for uid in contradict(session, world)[-1:]:
            edit(session, world, PinVisit(visit=uid, day=False, crew=False))
    run = _solve(sqlite_engine, world)
    assert (run.status, rule in dict(run.collisions)) == (RunStatus.FINISHED, False)


def test_resolve_with_a_budget_names_the_pin_and_who_is_on_leave(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        (uid,) = crew_on_leave_on_the_pinned_day(session, world)
        visit = session.exec(select(Visit).where(Visit.uid == uid)).one()
        absent = session.get_one(Officer, _crew(session, visit)[0]).name
    run = _solve(sqlite_engine, world, Resolve(budget=5))
    with reading(sqlite_engine) as session:
        assert (run.kind, run.status) == (RunKind.RESOLVE, RunStatus.INFEASIBLE)
        assert {(one.visit_uid, one.away) for one in _told(session, world, run)} == {(uid, (absent,))}
