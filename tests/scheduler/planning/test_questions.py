from __future__ import annotations

import numpy as np
import pytest
import sqlalchemy as sa
from sqlmodel import Session

from data.enums import ProposalStatus, RoundStatus, RunKind, RunStatus
from data.models import Proposal, Round, SolveRun
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, LimitError, NotPermittedError
from scheduler.planning import runs, worker
from scheduler.planning.board import draft_hash
from scheduler.planning.preparing import Prepared, prepare
from scheduler.planning.questions import FACTORS, QuietDays, Resolve, WhatIf, resolve_of, what_if_of
from scheduler.planning.run_queue import claim_run, end_run, held_run
from scheduler.planning.runs import cancel_run, request_run
from scheduler.planning.snapshot import take_snapshot
from solver.options import SolveOptions
from solver.problem import NONE
from solver.resolving.resolve import resolve
from tests.factories import NOW, stored_id
from tests.scheduler.planning.solvers import collides, dies, greedy
from tests.scheduler.planning.worlds import SETTINGS, World, fresh, make_world, march, visits_of


def ask(engine: sa.Engine, clock: FixedClock, world: World, question: WhatIf | Resolve | None, **limits: int) -> str:
    with unit_of_work(engine) as session:
        round_ = fresh(session, world.round)
        return request_run(session, clock, world.coordinator, round_, question=question, **limits).uid


def begin(session: Session, clock: FixedClock) -> tuple[SolveRun, Prepared]:
    """Take the queued run and read what it needs."""
    uid = claim_run(session, clock, "test") or ""
    run = held_run(session, uid, "test")
    assert run is not None
    ready = prepare(session, run, session.get_one(Round, run.round_id))
    run.draft_version, run.draft_parts = ready.snapshot.draft_version, ready.parts
    return run, ready


def end(session: Session, clock: FixedClock, run: SolveRun, ready: Prepared) -> None:
    """Solve in this process and store what came of it."""
    problem, options = ready.snapshot.problem, SolveOptions()
    result = greedy(problem, options) if ready.anchor is None else resolve(problem, options, ready.anchor, greedy)
    worker._store(session, clock, run, ready.snapshot, result)


def work(engine: sa.Engine, clock: FixedClock) -> SolveRun:
    """Work the queued run off in this process."""
    with unit_of_work(engine) as session:
        run, ready = begin(session, clock)
        end(session, clock, run, ready)
        return run


def asked_problem(session: Session, world: World, question: WhatIf) -> tuple[object, object]:
    run = SolveRun(
        round_id=stored_id(world.round), kind=RunKind.WHAT_IF, parameters=question.model_dump(mode="json"),
        draft_version=0, seed=1, requested_by_id=1, requested_at=NOW,
    )  # fmt: skip
    round_ = fresh(session, world.round)
    return take_snapshot(session, round_).problem, prepare(session, run, round_).snapshot.problem


@pytest.mark.parametrize("question", [WhatIf(fewer_visits=2), WhatIf(officers_percent=50), Resolve(budget=3)], ids=str)
def test_question_never_touches_the_draft(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, question: WhatIf | Resolve
) -> None:
    with reading(sqlite_engine) as session:
        round_ = fresh(session, world.round)
        before = (draft_hash(session, round_), round_.draft_version, round_.status)
    ask(sqlite_engine, clock, world, question)
    run = work(sqlite_engine, clock)
    with reading(sqlite_engine) as session:
        round_ = fresh(session, world.round)
        assert (draft_hash(session, round_), round_.draft_version, round_.status) == before
        made = session.get_one(Proposal, 2)
        assert (run.status, made.status, made.run_id) == (RunStatus.FINISHED, ProposalStatus.OFFERED, run.id)


def test_sliders_multiply_the_prices_of_the_round(sqlite_engine: sa.Engine, world: World) -> None:
    asked = WhatIf(fewer_visits=1, shorter_trips=-1, risk_earlier=2, fewer_changes=3)
    with reading(sqlite_engine) as session:
        own, other = asked_problem(session, world, asked)
    old, new = own.weights, other.weights
    assert new.visit == tuple(2 * price for price in old.visit)
    assert new.trip == old.trip / 2
    assert new.delay == (*old.delay[:2], *(4 * price for price in old.delay[2:]))
    assert new.move == 8 * old.move
    assert new.unscheduled == old.unscheduled


def test_price_of_changes_counts_from_the_draft(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        own, other = asked_problem(session, world, WhatIf(fewer_changes=1))
        assert (own.requests.planned_day == NONE).all()
        dates = {other.dates[day] for day in other.requests.planned_day}
        assert dates == {visit.day.isoformat() for visit in visits_of(session, world)}


def test_quiet_days_close_the_sites_they_name_only(sqlite_engine: sa.Engine, world: World) -> None:
    chosen = world.sites[0].uid
    with reading(sqlite_engine) as session:
        quiet = QuietDays(first=march(2), last=march(4), sites=(chosen,))
        own, other = asked_problem(session, world, WhatIf(quiet_days=(quiet,)))
        everywhere = QuietDays(first=march(2), last=march(4))
        _, all_closed = asked_problem(session, world, WhatIf(quiet_days=(everywhere,)))
        nowhere = QuietDays(first=march(2), last=march(4), town="nowhere")
        _, none_closed = asked_problem(session, world, WhatIf(quiet_days=(nowhere,)))
    place = [str(uid) for uid in own.enterprises.ids].index(chosen)
    assert other.closures.tolist() == [[place, 0, 2]]
    assert len(all_closed.closures) == 3
    assert len(none_closed.closures) == 0


def test_fewer_officers_are_absent_on_every_day(sqlite_engine: sa.Engine, world: World) -> None:
    code = world.organisations[0].code
    with reading(sqlite_engine) as session:
        own, half = asked_problem(session, world, WhatIf(officers_percent=50))
        _, without = asked_problem(session, world, WhatIf(absent_bodies=(code,)))
    assert own.people_present().min() > 0
    assert half.available().sum() == own.available().sum() / 2
    body = [str(one) for one in own.departments.ids].index(code)
    assert without.people_present()[body].max() == 0
    assert without.people_present()[1 - body].min() > 0


def test_lot_of_absent_officers_is_the_same_for_the_same_seed(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        first = asked_problem(session, world, WhatIf(officers_percent=50))[1]
        again = asked_problem(session, world, WhatIf(officers_percent=50))[1]
    assert np.array_equal(first.absences, again.absences)


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"fewer_visits": 9}, "fewer_visits", "less_than_equal"),
        ({"bribe": 1}, "bribe", "extra_forbidden"),
        ({"officers_percent": 0}, "officers_percent", "greater_than_equal"),
        ({"quiet_days": [{"first": "2026-03-09", "last": "2026-03-02"}]}, "quiet_days.0", "period_backwards"),
        ({"quiet_days": [{"first": "soon", "last": "2026-03-02"}]}, "quiet_days.0.first", "date_from_datetime_parsing"),
    ],
    ids=["beyond the scale", "unknown", "nobody", "backwards", "no date"],
)
def test_question_that_cannot_be_read_names_the_place(values: dict[str, object], field: str, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        what_if_of(values)
    assert [(one.field, one.code) for one in refused.value.faults] == [(field, code)]


def test_negative_budget_is_refused() -> None:
    with pytest.raises(InvalidError) as refused:
        resolve_of({"budget": -1})
    assert refused.value.faults[0].field == "budget"


def test_middle_of_every_slider_changes_nothing(sqlite_engine: sa.Engine, world: World) -> None:
    assert FACTORS[0] == 1.0
    with reading(sqlite_engine) as session:
        own, other = asked_problem(session, world, WhatIf())
    assert own.weights == other.weights
    assert np.array_equal(own.closures, other.closures)
    assert np.array_equal(own.capacity, other.capacity)
    assert not WhatIf().assumes


def test_round_without_a_draft_cannot_be_asked(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(sqlite_engine) as session:
        bare = make_world(session, sites=1)
    with pytest.raises(ConflictError) as refused:
        ask(sqlite_engine, clock, bare, WhatIf())
    assert refused.value.code == "no_draft"


def test_question_waits_behind_no_other_run_of_its_round(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    ask(sqlite_engine, clock, world, WhatIf())
    for question in (WhatIf(), Resolve(budget=1), None):
        with pytest.raises(ConflictError) as refused:
            ask(sqlite_engine, clock, world, question)
        assert refused.value.code == "run_live"


def test_cancelled_question_leaves_the_round_where_it_was(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    uid = ask(sqlite_engine, clock, world, WhatIf())
    with unit_of_work(sqlite_engine) as session:
        cancel_run(session, clock, world.coordinator, runs.get_run(session, world.coordinator, uid))
    with reading(sqlite_engine) as session:
        assert runs.get_run(session, world.coordinator, uid).status is RunStatus.CANCELLED
        assert fresh(session, world.round).status is RoundStatus.PROPOSED
    ask(sqlite_engine, clock, world, WhatIf())


def test_only_coordinators_ask(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session, pytest.raises(NotPermittedError):
        request_run(session, clock, world.approver, fresh(session, world.round), question=WhatIf())


@pytest.mark.parametrize("limits", [{"seconds": 99_999}, {"seconds": 0}, {"seed": -1}], ids=str)
def test_limits_beyond_the_allowed_are_refused(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, limits: dict[str, int]
) -> None:
    with pytest.raises(InvalidError):
        ask(sqlite_engine, clock, world, WhatIf(), **limits)


def test_one_person_asks_for_so_many_runs_an_hour(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "MOST_AN_HOUR", 2)
    uid = ask(sqlite_engine, clock, world, WhatIf())
    with unit_of_work(sqlite_engine) as session:
        end_run(session, clock, runs.get_run(session, world.coordinator, uid), "cancel")
    with pytest.raises(LimitError) as refused:
        ask(sqlite_engine, clock, world, WhatIf())
    assert (refused.value.code, refused.value.params) == ("runs_too_many", {"most": 2})
    clock.instant += runs.AN_HOUR
    ask(sqlite_engine, clock, world, WhatIf())


def test_queue_of_all_rounds_is_only_so_long(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "MOST_WAITING", 1)
    ask(sqlite_engine, clock, world, WhatIf())
    with unit_of_work(sqlite_engine) as session:
        other = make_world(session, sites=1)
    with pytest.raises(LimitError) as refused:
        ask(sqlite_engine, clock, other, None)
    assert refused.value.code == "queue_full"


@pytest.mark.parametrize(
    ("solver", "status"), [(dies, RunStatus.FAILED), (collides, RunStatus.INFEASIBLE)], ids=["killed", "infeasible"]
)
def test_question_that_fails_leaves_board_and_round(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, solver: object, status: RunStatus
) -> None:
    with reading(sqlite_engine) as session:
        before = draft_hash(session, fresh(session, world.round))
    uid = ask(sqlite_engine, clock, world, WhatIf())
    assert worker.work_once(sqlite_engine, clock, holder="w", settings=SETTINGS, solver=solver)  # type: ignore[arg-type]
    with reading(sqlite_engine) as session:
        run, round_ = runs.get_run(session, world.coordinator, uid), fresh(session, world.round)
        assert (run.status, round_.status) == (status, RoundStatus.PROPOSED)
        assert draft_hash(session, round_) == before


def test_budget_zero_offers_the_draft_as_it_is(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    ask(sqlite_engine, clock, world, Resolve(budget=0))
    run = work(sqlite_engine, clock)
    with reading(sqlite_engine) as session:
        offered = session.get_one(Proposal, 2)
        first = session.get_one(Proposal, 1)
        assert run.status is RunStatus.FINISHED
        assert offered.answer_hash == first.answer_hash
