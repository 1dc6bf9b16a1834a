from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ProposalStatus, Role, RoundStatus, RunStatus
from data.models import Proposal, Round, RunStep, SolveRun, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, NotFoundError, NotPermittedError, StaleError, TransitionError
from scheduler.planning import worker
from scheduler.planning.drafts import touch_draft
from scheduler.planning.run_queue import LEASE, MOST_LOSSES, beat, claim_run, end_run, held_run, release_lease
from scheduler.planning.runs import cancel_run, get_run, list_runs, request_run, run_view
from scheduler.planning.snapshot import take_snapshot
from scheduler.planning.worker import work_once
from solver.options import Progress, SolveOptions
from tests.factories import NOW, make_actor, make_round
from tests.scheduler.planning import solvers
from tests.scheduler.planning.worlds import SETTINGS, World, fresh, make_world, solve, visits_of


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    with unit_of_work(sqlite_engine) as session:
        return make_world(session, sites=2, organisations=2)


def _request(engine: sa.Engine, clock: FixedClock, world: World) -> SolveRun:
    with unit_of_work(engine) as session:
        return request_run(session, clock, world.coordinator, fresh(session, world.round))


def _state(engine: sa.Engine, world: World) -> tuple[RunStatus, RoundStatus, str]:
    with reading(engine) as session:
        run = session.exec(select(SolveRun).order_by(SolveRun.id.desc())).first()
        return run.status, session.get_one(Round, world.round.id).status, run.failure


def test_requested_run_waits_and_its_round_is_solving(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    _request(sqlite_engine, clock, world)
    assert _state(sqlite_engine, world) == (RunStatus.QUEUED, RoundStatus.SOLVING, "")


def test_second_live_run_of_a_round_is_a_conflict(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    _request(sqlite_engine, clock, world)
    with pytest.raises(ConflictError) as refused:
        _request(sqlite_engine, clock, world)
    assert refused.value.code == "run_live"


def test_two_requests_at_once_make_one_run(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        world = make_world(session, sites=1)
    barrier, outcomes = threading.Barrier(2), []

    def ask() -> None:
        barrier.wait()
        try:
            outcomes.append(_request(engine, clock, world).status)
        except (ConflictError, StaleError) as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert outcomes.count(RunStatus.QUEUED) == 1
    with reading(engine) as session:
        assert len(session.exec(select(SolveRun.id)).all()) == 1


def test_round_without_requests_cannot_be_solved(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session, pytest.raises(ConflictError):
        request_run(session, clock, world.coordinator, make_round(session, status=RoundStatus.DRAWN))


def test_open_round_cannot_be_solved(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        fresh(session, world.round).status = RoundStatus.OPEN
    with pytest.raises(TransitionError):
        _request(sqlite_engine, clock, world)


def test_only_coordinators_ask_and_only_the_district_looks(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    run = _request(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        clerk = make_actor(session, Role.CLERK)
        with pytest.raises(NotPermittedError):
            request_run(session, clock, clerk, world.round)
        with pytest.raises(NotPermittedError):
            cancel_run(session, clock, clerk, run)
        with pytest.raises(NotFoundError):
            get_run(session, clerk, run.uid)
        assert list_runs(session, clerk, world.round) == []
        assert [one.uid for one in list_runs(session, world.approver, world.round)] == [run.uid]


def test_cancelled_while_waiting_ends_at_once(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    run = _request(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        cancel_run(session, clock, world.coordinator, get_run(session, world.coordinator, run.uid))
    assert _state(sqlite_engine, world) == (RunStatus.CANCELLED, RoundStatus.DRAWN, "")
    with unit_of_work(sqlite_engine) as session, pytest.raises(ConflictError):
        cancel_run(session, clock, world.coordinator, get_run(session, world.coordinator, run.uid))


def test_claims_by_many_workers_give_each_run_to_one(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        worlds = [make_world(session, sites=1, organisations=1) for _ in range(4)]
    for world in worlds:
        _request(engine, clock, world)
    claimed: list[str] = []
    barrier = threading.Barrier(3)

    def work(name: str) -> None:
        barrier.wait()
        for _ in range(8):
            with unit_of_work(engine) as session:
                uid = claim_run(session, clock, name)
            if uid is not None:
                claimed.append(uid)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(claimed) == len(set(claimed)) == 4


def test_silent_worker_loses_its_run_after_the_lease(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    run = _request(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        assert claim_run(session, clock, "first") == run.uid
        assert claim_run(session, clock, "second") is None
    clock.instant += LEASE + timedelta(seconds=1)
    with unit_of_work(sqlite_engine) as session:
        assert claim_run(session, clock, "second") == run.uid
    with unit_of_work(sqlite_engine) as session:
        assert beat(session, clock, run.uid, "first", []) is None
        assert beat(session, clock, run.uid, "second", []) is False
        assert held_run(session, run.uid, "first") is None


def test_run_that_loses_every_worker_is_given_up(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    run = _request(sqlite_engine, clock, world)
    for number in range(MOST_LOSSES):
        with unit_of_work(sqlite_engine) as session:
            assert claim_run(session, clock, f"w{number}") == run.uid
            release_lease(session, clock, run.uid, f"w{number}")
    assert work_once(sqlite_engine, clock, holder="last", settings=SETTINGS)
    assert _state(sqlite_engine, world) == (RunStatus.FAILED, RoundStatus.DRAWN, "worker_lost")


def test_progress_is_appended_and_shown(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    run = _request(sqlite_engine, clock, world)
    points = [Progress(seconds=n, score=10.0 - n, bound=1.0, gap=0.5, phase=f"p{n}") for n in range(3)]
    with unit_of_work(sqlite_engine) as session:
        claim_run(session, clock, "w")
    for point in points:
        with unit_of_work(sqlite_engine) as session:
            beat(session, clock, run.uid, "w", [point])
    with reading(sqlite_engine) as session:
        view = run_view(session, get_run(session, world.coordinator, run.uid))
        positions = session.exec(select(RunStep.position).order_by(RunStep.position)).all()
    assert list(positions) == [0, 1, 2]
    assert (view.status, view.phase, view.score, view.seconds) == (RunStatus.RUNNING, "p2", 8.0, 2)
    assert view.live


@pytest.mark.parametrize(
    ("solver", "status", "round_status", "failure"),
    [
        pytest.param(solvers.collides, RunStatus.INFEASIBLE, RoundStatus.DRAWN, "", id="locks collide"),
        pytest.param(solvers.gives_up, RunStatus.UNKNOWN, RoundStatus.DRAWN, "", id="nothing found"),
        pytest.param(
            solvers.breaks_rules, RunStatus.FAILED, RoundStatus.DRAWN, "plan_breaks_rules count=5", id="bad plan"
        ),
        pytest.param(solvers.greedy, RunStatus.FINISHED, RoundStatus.PROPOSED, "", id="good plan"),
    ],
)
def test_end_of_a_run_by_its_result(
    sqlite_engine: sa.Engine,
    clock: FixedClock,
    world: World,
    solver: object,
    status: RunStatus,
    round_status: RoundStatus,
    failure: str,
) -> None:
    solve(sqlite_engine, clock, world, solver=solver)
    found = _state(sqlite_engine, world)
    assert (found[0], found[1], found[2].split(" ")[0]) == (status, round_status, failure.split(" ", maxsplit=1)[0])


def test_colliding_requests_are_named(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    run = solve(sqlite_engine, clock, world, solver=solvers.collides)
    with reading(sqlite_engine) as session:
        view = run_view(session, get_run(session, world.coordinator, run.uid))
    assert view.collisions[0][1] == "request_locked"
    assert view.collisions[0][0] in {request.uid for request in world.requests}


def test_failed_second_run_leaves_the_draft_and_the_round_proposed(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    solve(sqlite_engine, clock, world)
    with reading(sqlite_engine) as session:
        before = {(visit.uid, visit.day, visit.version) for visit in visits_of(session, world)}
    solve(sqlite_engine, clock, world, solver=solvers.gives_up)
    with reading(sqlite_engine) as session:
        assert {(visit.uid, visit.day, visit.version) for visit in visits_of(session, world)} == before
    assert _state(sqlite_engine, world) == (RunStatus.UNKNOWN, RoundStatus.PROPOSED, "")


def test_result_for_an_older_draft_is_offered_not_adopted(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    _request(sqlite_engine, clock, world)
    from_older = _solve_while_the_draft_changes(sqlite_engine, clock, world)
    with reading(sqlite_engine) as session:
        assert session.exec(select(Proposal.status)).one() is ProposalStatus.OFFERED
        assert session.exec(select(Visit)).all() == []
        assert from_older < session.get_one(Round, world.round.id).draft_version


def _solve_while_the_draft_changes(engine: sa.Engine, clock: FixedClock, world: World) -> int:
    """Work off the waiting run, while somebody touches the draft between snapshot and result."""
    with unit_of_work(engine) as session:
        uid = claim_run(session, clock, "w") or ""
        snapshot = take_snapshot(session, fresh(session, world.round))
    with unit_of_work(engine) as session:
        touch_draft(session, clock, world.coordinator, fresh(session, world.round))
    with unit_of_work(engine) as session:
        run = held_run(session, uid, "w")
        worker._store(session, clock, run, snapshot, solvers.greedy(snapshot.problem, SolveOptions()))
    return snapshot.draft_version


def test_run_that_is_over_cannot_end_again(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    run = solve(sqlite_engine, clock, world)
    with Session(sqlite_engine) as session, pytest.raises(TransitionError):
        end_run(session, clock, session.get_one(SolveRun, run.id), "fail")
