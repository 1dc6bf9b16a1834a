"""Two runs of one round with the same seed and work give the same plan, and what is proven of it is kept.

Seconds are no such limit: there the clock decides how far the search comes.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from data.models import Proposal, Round, SolveRun
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.config import Settings
from scheduler.planning.editing.commands import MoveVisit
from scheduler.planning.editing.undoing import undo
from scheduler.planning.proofs import draft_proof
from scheduler.planning.runs import request_run
from scheduler.planning.worker import work_once
from tests.factories import NOW, make_round
from tests.scheduler.planning.editing.drafts import CLOCK, edit, solved_world, visit_at
from tests.scheduler.planning.worlds import World, fresh, make_world, march


def _solve(engine: sa.Engine, world: World, *, workers: int, seed: int = 7) -> None:
    with unit_of_work(engine) as session:
        round_ = session.get_one(Round, world.round.id)
        request_run(session, FixedClock(NOW), world.coordinator, round_, seed=seed, work=2)
    assert work_once(engine, FixedClock(NOW), holder="w", settings=Settings(solve_workers=workers))


@pytest.mark.slow
def test_two_runs_of_a_round_give_the_same_plan_on_any_number_of_workers(sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=12, organisations=3)
    _solve(sqlite_engine, world, workers=1)
    _solve(sqlite_engine, world, workers=2)
    _solve(sqlite_engine, world, workers=1, seed=8)
    with reading(sqlite_engine) as session:
        first, second, other = session.exec(select(Proposal).order_by(col(Proposal.id))).all()
        problems = set(session.exec(select(SolveRun.problem_hash)))
        assert len(problems) == 1
        assert (first.answer_hash, first.score, first.bound) == (second.answer_hash, second.score, second.bound)
        # The control: hashes do tell plans apart, for another seed draws other people.
        assert other.answer_hash != first.answer_hash


def test_proof_of_a_draft_is_that_of_its_proposal_and_counts_later_edits(sqlite_engine: sa.Engine) -> None:
    world = solved_world(sqlite_engine, sites=2, organisations=2)
    with unit_of_work(sqlite_engine) as session:
        adopted = session.exec(select(Proposal)).one()
        visit = visit_at(session, world, 0)
        edit(session, world, MoveVisit(visit=visit.uid, day=march(25), start_quarter=0))
        proof = draft_proof(session, fresh(session, world.round))
        assert proof is not None
        assert (proof.score, proof.bound, proof.gap) == (adopted.score, adopted.bound, adopted.gap)
        assert proof.edits == 1
        undo(session, CLOCK, world.coordinator, fresh(session, world.round))
        undone = draft_proof(session, fresh(session, world.round))
        assert undone is not None
        assert undone.edits == 0
        assert draft_proof(session, make_round(session)) is None
