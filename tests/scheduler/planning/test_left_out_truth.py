"""Every request that a solve leaves out has a reason, and what the reason claims is true by the checker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import ClosureKind, RequestStatus
from data.models import Closure, InspectionRequest, Recusal
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.planning.answers import plan_of
from scheduler.planning.board import draft_answer
from scheduler.planning.drafts import load_draft
from scheduler.planning.snapshot import Snapshot, take_snapshot
from solver import SolveOptions, SolveResult, solve
from solver.checker import check
from solver.plan import Plan
from solver.problem import Problem
from tests.factories import NOW, stored_id
from tests.scheduler.planning import worlds
from tests.scheduler.planning.worlds import World, fresh, make_world, march

FIRST, LAST = 2, 3
Left = dict[str, tuple[str, dict[str, str]]]
"""Request uid -> code, figures."""


def _search(problem: Problem, _options: SolveOptions) -> SolveResult:
    return solve(problem, SolveOptions(work=2))


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    """Eight whole-day requests within two days for four officers; one site is shut, one nobody may inspect."""
    with unit_of_work(sqlite_engine) as session:
        made = make_world(
            session, sites=8, organisations=1, officers=4, quarters=4, first_date=march(FIRST), last_date=march(LAST)
        )
        shut, shunned = made.sites[:2]
        session.add(
            Closure(site_id=stored_id(shut), first_date=march(1), last_date=march(6), kind=ClosureKind.SHUTDOWN)
        )
        session.add_all(
            Recusal(officer_id=stored_id(one), enterprise_id=shunned.enterprise_id, noted_on=march(1))
            for one in made.officers
        )
    worlds.solve(sqlite_engine, FixedClock(NOW), made, solver=_search)
    return made


def _read(engine: sa.Engine, world: World) -> tuple[Snapshot, Plan, Left]:
    with reading(engine) as session:
        round_ = fresh(session, world.round)
        snapshot = take_snapshot(session, round_)
        plan = plan_of(snapshot, draft_answer(session, snapshot, load_draft(session, round_)))
        rows = session.exec(select(InspectionRequest).where(InspectionRequest.status == RequestStatus.LEFT_OUT)).all()
        left = {row.uid: (row.reason_code, dict(part.split("=") for part in row.reason_detail.split())) for row in rows}
    return snapshot, plan, left


def _number(snapshot: Snapshot, uid: str) -> int:
    return snapshot.problem.requests.ids.tolist().index(uid)


def _window(snapshot: Snapshot, request: int) -> Iterable[int]:
    rows = snapshot.problem.requests
    return range(int(rows.first_day[request]), int(rows.last_day[request]) + 1)


def _broken_on(snapshot: Snapshot, plan: Plan, request: int, day: int) -> set[str]:
    """The rules that break when the request gets a visit of its own on a day; who goes is not asked."""
    placed = plan.request_visit.copy()
    placed[request] = plan.visits
    tried = replace(
        plan,
        request_visit=placed,
        visit_enterprise=np.append(plan.visit_enterprise, snapshot.problem.requests.enterprise[request]),
        visit_day=np.append(plan.visit_day, day),
        visit_start_quarter=np.append(plan.visit_start_quarter, 0),
        reasons={one: why for one, why in plan.reasons.items() if one != request},
        roster=None,
    )
    return {one.rule for one in check(snapshot.problem, tried, roster=False).violations}


def _able(snapshot: Snapshot, request: int, day: int) -> int:
    """How many officers of the body are there that day and need not leave the site to others."""
    problem = snapshot.problem
    assert problem.inspectors is not None
    there = problem.available()[:, day] & (problem.inspectors.department == problem.requests.department[request])
    site = problem.requests.enterprise[request]
    return int(there.sum()) - sum(bool(there[person]) for person, place in problem.recusals if place == site)


def test_every_request_left_out_has_a_true_reason(sqlite_engine: sa.Engine, world: World) -> None:
    snapshot, plan, left = _read(sqlite_engine, world)
    shut, shunned = world.requests[0].uid, world.requests[1].uid
    assert (left[shut][0], left[shunned][0]) == ("closed", "crew")
    assert {code for uid, (code, _) in left.items() if uid not in {shut, shunned}} == {"capacity"}
    for uid, (code, _figures) in left.items():
        request = _number(snapshot, uid)
        for day in _window(snapshot, request):
            broken = _broken_on(snapshot, plan, request, day)
            assert ("visit_enterprise_open" in broken) == (code == "closed")
            assert (_able(snapshot, request, day) < snapshot.problem.requests.inspectors[request]) == (code == "crew")
            assert code != "capacity" or "department_capacity" in broken


def test_figures_of_a_full_day_name_a_date_of_the_window_and_what_is_free(
    sqlite_engine: sa.Engine, world: World
) -> None:
    snapshot, plan, left = _read(sqlite_engine, world)
    requests = snapshot.problem.requests
    figures = [said for code, said in left.values() if code == "capacity"]
    assert figures != []
    for said in figures:
        day = [one.isoformat() for one in snapshot.days.dates].index(said["day"])
        assert march(FIRST) <= snapshot.days.dates[day] <= march(LAST)
        placed = np.flatnonzero(plan.request_day() == day)
        free = int(snapshot.problem.capacity_quarters()[0, day]) - int(requests.load[placed].sum())
        assert (int(said["free"]), int(said["load"])) == (free, 8)
        assert free < 8
