"""The worker: takes a queued run, solves it in a child process, and stores what came of it.

T1 takes the snapshot and commits; no transaction is open while the child solves; T2 looks again whether the draft is
still the same, checks the plan and stores it. A child that dies fails its run and touches nothing else.
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import RunKind
from data.models import Proposal, Round, SolveRun, Visit
from data.session import unit_of_work
from scheduler.clock import Clock
from scheduler.config import Settings
from scheduler.errors import ConflictError, DomainError
from scheduler.filing.draws.pools import officers_seed
from scheduler.planning.answers import answer_of, plan_of
from scheduler.planning.child import Crash, Message, Solve, Work, run_child, solve_here
from scheduler.planning.preparing import Prepared, prepare
from scheduler.planning.proposals import adopt_proposal, store_proposal
from scheduler.planning.run_queue import (
    MOST_LOSSES,
    beat,
    claim_run,
    end_run,
    held_run,
    release_lease,
    times_lost,
    write_steps,
)
from scheduler.planning.snapshot import Snapshot
from solver.checker import check
from solver.options import Progress
from solver.plan import SolveResult, SolveStatus

logger = logging.getLogger(__name__)

BEAT_SECONDS: Final = 1.0
"""How often progress is written and a wish to cancel is seen."""
POLL_SECONDS: Final = 1.0
"""How long an idle worker waits before it looks again."""
GRACE_SECONDS: Final = 10.0
"""How long a child that has sent its result may take to come to an end before it is killed."""
CANCEL_SECONDS: Final = 2.0
"""The same for one that is called off: nobody waits for its result any more."""
OVERRUN_SECONDS: Final = 30.0
"""How far a solve may run past its wall-clock limit, counted from its first sign of life, before it is called off."""
STEPS_PER_BEAT: Final = 20
"""Points of the progress curve kept from one beat: a curve, not a log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ticket:
    """A claimed run: what to do it with, its uid, and who holds it."""

    engine: sa.Engine
    clock: Clock
    uid: str
    holder: str


@dataclass(slots=True, kw_only=True)
class _Outcome:
    """What came out of the child. `result` None and no `crash`: it died without a word."""

    result: SolveResult | None = None
    crash: Crash | None = None
    exit_code: int | None = None
    lost: bool = False
    steps: list[Progress] = field(default_factory=list)


def run_worker(engine: sa.Engine, clock: Clock, settings: Settings, stop: threading.Event, *, holder: str = "") -> None:
    """Solve what is queued, one run at a time, until `stop` is set."""
    name = holder or f"worker-{multiprocessing.current_process().pid}"
    while not stop.is_set():
        try:
            worked = work_once(engine, clock, holder=name, settings=settings, stop=stop)
        except Exception:
            # A database that is away for a moment must not end the worker; the run's lease brings it back.
            logger.exception("worker failed holder=%s", name)
            worked = False
        if not worked:
            stop.wait(POLL_SECONDS)


def work_once(
    engine: sa.Engine,
    clock: Clock,
    *,
    holder: str,
    settings: Settings,
    stop: threading.Event | None = None,
    solver: Solve = solve_here,
) -> bool:
    """Solve one queued run to its end. Returns False when there was none to take."""
    with unit_of_work(engine) as session:
        uid = claim_run(session, clock, holder)
    if uid is None:
        return False
    ticket = _Ticket(engine=engine, clock=clock, uid=uid, holder=holder)
    prepared = _prepare(ticket, settings)
    if prepared is None:
        return True
    snapshot, work = prepared
    logger.info("run started run=%s requests=%s", uid, len(work.problem.requests))
    outcome = _Watch(ticket, stop or threading.Event()).solve(work, solver)
    if outcome.lost:
        logger.warning("run given up run=%s", uid)
        return True
    _finish(ticket, snapshot, outcome)
    return True


def _prepare(ticket: _Ticket, settings: Settings) -> tuple[Snapshot, Work] | None:
    """T1: take the snapshot; None when the run ended before it began."""
    clock = ticket.clock
    with unit_of_work(ticket.engine) as session:
        run = held_run(session, ticket.uid, ticket.holder)
        if run is None:
            return None
        if run.cancel_requested:
            end_run(session, clock, run, "cancel")
            return None
        if times_lost(run) >= MOST_LOSSES:
            end_run(session, clock, run, "fail", failure="worker_lost")
            return None
        try:
            prepared = prepare(session, run, session.get_one(Round, run.round_id))
        except ConflictError as error:
            end_run(session, clock, run, "fail", failure=error.code)
            return None
        snapshot = prepared.snapshot
        run.draft_version, run.problem_hash = snapshot.draft_version, snapshot.problem_hash
        run.draft_parts = prepared.parts
        session.add(run)
        if prepared.collisions:
            run.collisions = [list(pair) for pair in prepared.collisions]
            end_run(session, clock, run, "collide")
            return None
        return snapshot, _work(run, prepared, settings, officers_seed(session, run.round_id))


def _work(run: SolveRun, prepared: Prepared, settings: Settings, draw_seed: int | None) -> Work:
    """The run's own limits, else the settings'; a work limit alone keeps the run repeatable."""
    own = run.work is not None or run.seconds is not None
    return Work(
        problem=prepared.snapshot.problem,
        anchor=prepared.anchor,
        seed=run.seed,
        work=run.work if own else settings.solve_work or None,
        seconds=run.seconds if own else settings.solve_seconds or None,
        workers=settings.solve_workers,
        draw_seed=draw_seed,
    )


class _Watch:
    """Starts the child and stands beside it: passes on progress, keeps the lease, calls it off."""

    def __init__(self, ticket: _Ticket, stop: threading.Event) -> None:
        self.ticket, self.stop = ticket, stop
        self.outcome = _Outcome()
        self.kill_at: float | None = None
        self.due_at: float | None = None
        self.seconds: float | None = None

    def solve(self, work: Work, solver: Solve) -> _Outcome:
        context = multiprocessing.get_context("spawn")
        theirs: Connection
        ours, theirs = context.Pipe(duplex=False)
        cancelled = context.Event()
        child = context.Process(
            target=run_child, args=(theirs, cancelled, work, solver), name=f"solve-{self.ticket.uid}"
        )
        child.start()
        theirs.close()
        self.seconds = work.seconds
        try:
            self._listen(ours, cancelled)
        finally:
            if child.is_alive():
                child.join(timeout=GRACE_SECONDS if self._ended_by_itself() else 0)
            if child.is_alive():
                child.kill()
            child.join()
            ours.close()
        self.outcome.exit_code = child.exitcode
        child.close()
        return self.outcome

    def _ended_by_itself(self) -> bool:
        """Whether the child has said its last word, so that it only has to be let go."""
        return self.outcome.result is not None or self.outcome.crash is not None

    def _listen(self, pipe: Connection, cancelled: Any) -> None:
        """Read until the result, the end of the pipe (the child is gone), or the loss of the run."""
        due = time.monotonic() + BEAT_SECONDS
        while True:
            try:
                if pipe.poll(max(0.0, due - time.monotonic())) and self._take(pipe.recv()):
                    return
            except (EOFError, OSError):
                return
            if time.monotonic() >= due:
                due = time.monotonic() + BEAT_SECONDS
                if not self._beat(cancelled):
                    return

    def _take(self, message: Message) -> bool:
        """Keep a message; True for the last one."""
        if isinstance(message, Progress):
            if self.due_at is None and self.seconds is not None:
                self.due_at = time.monotonic() + self.seconds + OVERRUN_SECONDS
            self.outcome.steps.append(message)
            return False
        if isinstance(message, Crash):
            self.outcome.crash = message
        else:
            self.outcome.result = message
        return True

    def _beat(self, cancelled: Any) -> bool:
        """Tell the database that we are here; False when the run is not ours any more or has to be let go."""
        steps, self.outcome.steps = self.outcome.steps[-STEPS_PER_BEAT:], []
        ticket = self.ticket
        with unit_of_work(ticket.engine) as session:
            if self.stop.is_set():
                release_lease(session, ticket.clock, ticket.uid, ticket.holder)
                self.outcome.lost = True
                return False
            wanted = beat(session, ticket.clock, ticket.uid, ticket.holder, steps)
        if wanted is None:
            self.outcome.lost = True
            return False
        if self.due_at is not None and time.monotonic() > self.due_at:
            cancelled.set()
        if wanted:
            cancelled.set()
            self.kill_at = self.kill_at or time.monotonic() + CANCEL_SECONDS
        return self.kill_at is None or time.monotonic() < self.kill_at


def _finish(ticket: _Ticket, snapshot: Snapshot, outcome: _Outcome) -> None:
    """T2: store what came out, if the run is still ours."""
    clock = ticket.clock
    with unit_of_work(ticket.engine) as session:
        run = held_run(session, ticket.uid, ticket.holder)
        if run is None:
            return
        write_steps(session, run, outcome.steps[-STEPS_PER_BEAT:])
        if run.cancel_requested:
            end_run(session, clock, run, "cancel")
        elif outcome.crash is not None:
            run.log += outcome.crash.trace
            end_run(session, clock, run, "fail", failure=outcome.crash.error)
        elif outcome.result is None:
            end_run(session, clock, run, "fail", failure=f"child_died exit_code={outcome.exit_code}")
        else:
            _store(session, clock, run, snapshot, outcome.result)
    logger.info("run ended run=%s", ticket.uid)


def _store(session: Session, clock: Clock, run: SolveRun, snapshot: Snapshot, result: SolveResult) -> None:
    run.log += "\n".join(result.log)
    run.bound, run.score, run.gap = result.bound, result.score, result.gap
    if result.status is SolveStatus.INFEASIBLE:
        run.collisions = [list(pair) for pair in result.collisions]
        end_run(session, clock, run, "collide")
        return
    if result.plan is None:
        end_run(session, clock, run, "give_up")
        return
    # The plan is judged as it will be stored: written in public ids and read back.
    verdict = check(snapshot.problem, plan_of(snapshot, answer_of(snapshot, result.plan)))
    if not verdict.valid:
        run.log += "".join(f"\n{v.rule} {v.subject} {v.detail}" for v in verdict.violations)
        end_run(session, clock, run, "fail", failure=f"plan_breaks_rules count={len(verdict.violations)}")
        return
    round_ = session.get_one(Round, run.round_id)
    first = run.kind is RunKind.PLAIN and not _planned_before(session, round_)
    proposal = store_proposal(session, clock, run, snapshot, result)
    end_run(session, clock, run, "finish")
    if first and round_.draft_version == snapshot.draft_version:
        _adopt_first(session, clock, run, proposal)


def _planned_before(session: Session, round_: Round) -> bool:
    return session.exec(select(col(Visit.id)).where(Visit.round_id == round_.id).limit(1)).first() is not None


def _adopt_first(session: Session, clock: Clock, run: SolveRun, proposal: Proposal) -> None:
    """A round without any draft takes its first proposal; a refusal leaves it on offer and says so in the log."""
    try:
        with session.begin_nested():
            adopt_proposal(session, clock, None, proposal)
    except DomainError as error:
        run.log += f"\nnot adopted: {error.code}"
        session.add(run)
