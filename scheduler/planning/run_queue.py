"""The queue of solve runs as rows: claiming by compare-and-swap, leases, progress, and how a run ends.

Every function is one short transaction of the caller. Knows no process and no solver.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select, update

from data.enums import RoundStatus, RunStatus
from data.models import Round, RunStep, SolveRun, Visit
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.leasing import lease_is_over
from scheduler.transitions import ROUND, RUN, step
from solver.options import Progress

LEASE: Final = timedelta(seconds=30)
"""How long a worker may be silent before another takes its run: many heartbeats, few minutes of waiting."""
MOST_LOSSES: Final = 3
"""How often a run may lose its worker before it is given up: it may be the run that kills them."""
_LOST: Final = "worker lost"


def claim_run(session: Session, clock: Clock, holder: str) -> str | None:
    """Take the oldest run that waits or whose worker fell silent; return its uid, None when there is none.

    The swap names the state that was read, so of two workers one gets the run.
    """
    free = _free(clock)
    found = session.exec(select(SolveRun).where(free).order_by(col(SolveRun.requested_at), col(SolveRun.id))).first()
    if found is None:
        return None
    log = found.log
    if found.status is RunStatus.RUNNING:
        log += f"{_LOST}: {found.lease_holder}\n"
    swapped = session.exec(
        update(SolveRun)
        .where(col(SolveRun.id) == found.id, _free(clock))
        .values(
            status=RunStatus.RUNNING,
            lease_holder=holder,
            lease_until=clock.now() + LEASE,
            started_at=clock.now(),
            log=log,
        )
        .execution_options(synchronize_session=False)
    )
    if swapped.rowcount != 1:
        return None
    session.refresh(found)
    return found.uid


def _free(clock: Clock) -> ColumnElement[bool]:
    waiting = col(SolveRun.status) == RunStatus.QUEUED
    silent = and_(col(SolveRun.status) == RunStatus.RUNNING, lease_is_over(col(SolveRun.lease_until), clock, LEASE))
    return or_(waiting, silent)


def times_lost(run: SolveRun) -> int:
    """How many workers this run has lost."""
    return run.log.count(_LOST)


def beat(session: Session, clock: Clock, uid: str, holder: str, steps: Iterable[Progress]) -> bool | None:
    """Renew the lease and write progress. Returns whether to call off the run; None when the lease is lost."""
    renewed = session.exec(
        update(SolveRun)
        .where(col(SolveRun.uid) == uid, *_held(holder))
        .values(lease_until=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )
    if renewed.rowcount != 1:
        return None
    run = session.exec(select(SolveRun).where(SolveRun.uid == uid)).one()
    write_steps(session, run, steps)
    return run.cancel_requested


def _held(holder: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(SolveRun.status) == RunStatus.RUNNING, col(SolveRun.lease_holder) == holder


def write_steps(session: Session, run: SolveRun, steps: Iterable[Progress]) -> None:
    """Append points to the progress curve and show the last one on the run."""
    position = session.exec(select(func.count(col(RunStep.id))).where(RunStep.run_id == run.id)).one()
    for offset, point in enumerate(steps):
        session.add(
            RunStep(
                run_id=run.id or 0,
                position=position + offset,
                seconds=point.seconds,
                score=point.score,
                bound=point.bound,
                gap=point.gap,
                phase=point.phase,
            )
        )
        run.phase, run.score, run.bound, run.gap = point.phase, point.score, point.bound, point.gap
    session.add(run)
    session.flush()


def release_lease(session: Session, clock: Clock, uid: str, holder: str) -> None:
    """Hand a run back at once, for a worker that has to stop."""
    session.exec(
        update(SolveRun)
        .where(col(SolveRun.uid) == uid, *_held(holder))
        .values(lease_until=clock.now() - LEASE)
        .execution_options(synchronize_session=False)
    )


def held_run(session: Session, uid: str, holder: str) -> SolveRun | None:
    """The run, locked, if this holder still has it."""
    statement = select(SolveRun).where(col(SolveRun.uid) == uid, *_held(holder)).with_for_update()
    return session.exec(statement).first()


def end_run(session: Session, clock: Clock, run: SolveRun, event: str, *, failure: str = "") -> None:
    """End a run by one of the events of its table, and take its round out of solving.

    A round goes on to "proposed" when there is something to look at: this run's proposal or an earlier draft.
    """
    before = run.status
    run.status = step(RUN, run.status, event, entity="run")
    run.finished_at = clock.now()
    run.lease_until = None
    run.failure = failure
    session.add(run)
    round_ = session.get_one(Round, run.round_id)
    if round_.status is RoundStatus.SOLVING:
        shown = event == "finish" or _has_draft(session, round_)
        round_.status = step(ROUND, round_.status, "propose" if shown else "give_up", entity="round")
        session.add(round_)
    session.flush()
    after = {"status": str(run.status), "failure": failure.partition("\n")[0]}
    record(
        session, clock, None, "run.end", entity="run", entity_uid=run.uid, before={"status": str(before)}, after=after
    )


def _has_draft(session: Session, round_: Round) -> bool:
    return session.exec(select(col(Visit.id)).where(Visit.round_id == round_.id).limit(1)).first() is not None
