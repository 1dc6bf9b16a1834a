"""What people have pinned stays as it is through a new solve and its adoption (F09)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import ProposalStatus
from data.models import Proposal
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import RuleError
from scheduler.planning.adoption import broken_pins
from scheduler.planning.answers import Answer, AnswerDuty, AnswerVisit
from scheduler.planning.editing.commands import MoveVisit, PinVisit, SetCrew, SplitVisit
from scheduler.planning.editing.states import VisitState
from scheduler.planning.pins import PinnedVisit
from scheduler.planning.proposals import adopt_proposal
from scheduler.planning.snapshot import take_snapshot
from solver import SolveOptions, SolveResult, solve
from solver.problem import Problem
from tests.factories import NOW
from tests.scheduler.planning import worlds
from tests.scheduler.planning.editing.drafts import edit, members_of, solved_world, states_now, visit_at
from tests.scheduler.planning.worlds import World, fresh, march


def _search(problem: Problem, _options: SolveOptions) -> SolveResult:
    return solve(problem, SolveOptions(work=2))


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    """Moved late, split and staffed by hand: nothing that a solve would do by itself."""
    made = solved_world(sqlite_engine, sites=4, organisations=3)
    with unit_of_work(sqlite_engine) as session:
        first, second = visit_at(session, made, 0), visit_at(session, made, 1)
        leaving = members_of(session, made, first)[:1]
        edit(session, made, MoveVisit(visit=first.uid, day=march(25), start_quarter=0))
        edit(session, made, SplitVisit(visit=first.uid, requests=tuple(leaving), day=march(27), start_quarter=0))
        edit(session, made, MoveVisit(visit=second.uid, day=march(26), start_quarter=0))
    return made


def _solve_and_adopt(engine: sa.Engine, world: World) -> None:
    worlds.solve(engine, FixedClock(NOW), world, solver=_search)
    with unit_of_work(engine) as session:
        newest = session.exec(select(Proposal).order_by(Proposal.id.desc())).first()  # type: ignore[union-attr]
        assert newest is not None
        if newest.status is ProposalStatus.OFFERED:
            adopt_proposal(session, FixedClock(NOW), world.coordinator, newest)


def _pin(engine: sa.Engine, world: World, uid: str, **pins: bool) -> VisitState:
    with unit_of_work(engine) as session:
        edit(session, world, PinVisit(visit=uid, **pins))
        return states_now(session, world)[uid]


def _after(engine: sa.Engine, world: World, uid: str) -> VisitState:
    _solve_and_adopt(engine, world)
    with reading(engine) as session:
        return states_now(session, world)[uid]


def _uid(engine: sa.Engine, world: World, place: int) -> str:
    with reading(engine) as session:
        return visit_at(session, world, place).uid


def test_without_pins_the_solve_changes_what_was_edited(sqlite_engine: sa.Engine, world: World) -> None:
    """The control: where nothing is pinned, nothing is kept."""
    uid = _uid(sqlite_engine, world, 0)
    with reading(sqlite_engine) as session:
        before = states_now(session, world)[uid]
    after = _after(sqlite_engine, world, uid)
    assert after.day != before.day or after.requests != before.requests


@pytest.mark.parametrize(
    "pins", [{"day": True}, {"members": True}, {"day": True, "members": True, "crew": True}], ids=str
)
def test_pinned_visit_stays_as_it_is(sqlite_engine: sa.Engine, world: World, pins: dict[str, Any]) -> None:
    uid = _uid(sqlite_engine, world, 0)
    before = _pin(sqlite_engine, world, uid, **pins)
    after = _after(sqlite_engine, world, uid)
    if pins.get("day"):
        assert after.day == before.day
    if pins.get("members"):
        assert after.requests == before.requests
    if pins.get("crew"):
        assert after.members == before.members
    assert (after.day_pinned, after.crew_pinned, after.members_pinned) == (
        before.day_pinned,
        before.crew_pinned,
        before.members_pinned,
    )


def test_pinned_crew_goes_wherever_the_visit_goes(sqlite_engine: sa.Engine, world: World) -> None:
    uid = _uid(sqlite_engine, world, 1)
    with unit_of_work(sqlite_engine) as session:
        request = states_now(session, world)[uid].requests[0]
        body = next(row.organisation_id for row in world.requests if row.uid == request)
        own = sorted(one.uid for one in world.officers if one.organisation_id == body)
        edit(session, world, SetCrew(visit=uid, request=request, officers=(own[-1], own[-2])))
    before = _pin(sqlite_engine, world, uid, crew=True)
    after = _after(sqlite_engine, world, uid)
    assert {one.request: one.officers for one in before.members}.items() <= {
        one.request: one.officers for one in after.members
    }.items()


def test_pins_lock_separate_and_recuse_in_the_problem(sqlite_engine: sa.Engine, world: World) -> None:
    uid = _uid(sqlite_engine, world, 0)
    state = _pin(sqlite_engine, world, uid, members=True, crew=True)
    with reading(sqlite_engine) as session:
        round_ = fresh(session, world.round)
        free = take_snapshot(session, round_, pins=False).problem
        bound = take_snapshot(session, round_).problem
    number = {str(one): place for place, one in enumerate(bound.requests.ids)}
    locked = {str(bound.requests.ids[place]) for place in bound.requests.locked.nonzero()[0]}
    assert locked == set(state.requests)
    assert not free.requests.locked.any()
    assert (len(free.conflicts), len(bound.conflicts)) == (0, len(state.requests))
    assert {pair for row in bound.conflicts.tolist() for pair in row} >= {number[one] for one in state.requests}
    assert len(bound.recusals) == len(state.requests) * (6 - 2)


def test_proposal_from_before_a_pin_is_not_adopted(sqlite_engine: sa.Engine, world: World) -> None:
    uid = _uid(sqlite_engine, world, 1)
    worlds.solve(sqlite_engine, FixedClock(NOW), world, solver=_search)
    _pin(sqlite_engine, world, uid, day=True, members=True)
    with unit_of_work(sqlite_engine) as session:
        newest = session.exec(select(Proposal).order_by(Proposal.id.desc())).first()  # type: ignore[union-attr]
        assert newest is not None
        assert newest.status is ProposalStatus.OFFERED
        with pytest.raises(RuleError) as refused:
            adopt_proposal(session, FixedClock(NOW), world.coordinator, newest)
        assert {rule for rule, _, _ in refused.value.violations} <= {"request_locked", "pin_kept"}


def test_every_pin_that_an_answer_breaks_is_named() -> None:
    pin = PinnedVisit(
        uid="v",
        site="s",
        day="2026-03-25",
        day_pinned=True,
        members_pinned=True,
        requests=frozenset({"a", "b"}),
        crews={"a": frozenset({"x", "y"})},
    )
    visit = AnswerVisit(
        site="s", day="2026-03-25", start_quarter=0, quarters=1, unannounced=False, lead_organisation="O", lead="x",
        requests=["a", "b"],
    )  # fmt: skip
    duties = [AnswerDuty(request="a", officer=one, lead=int(one == "x")) for one in ("x", "y")]
    kept = Answer(visits=[visit], unscheduled=[], roster=duties)
    assert broken_pins([pin], kept) == ()
    moved = Answer(visits=[{**visit, "day": "2026-03-26", "requests": ["a"]}], unscheduled=[], roster=duties[:1])
    assert [detail.partition("=")[0] for _, _, detail in broken_pins([pin], moved)] == [
        "planned_day",
        "departments",
        "inspectors",
    ]
