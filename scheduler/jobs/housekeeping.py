"""Job: sweep out what has served its time, end solve runs that nobody works on and requests that nobody answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, select

from data.enums import RunStatus
from data.models import SolveRun
from data.session import reading, unit_of_work
from scheduler.accounts import forget_old
from scheduler.clock import Clock
from scheduler.exports.runs import forget_exports
from scheduler.fieldwork.duties import expire_duties
from scheduler.jobs.context import JobContext
from scheduler.kept_answers import forget_answers
from scheduler.planning.run_queue import end_run
from scheduler.portal.access_codes import forget_codes
from scheduler.publishing.concerns import forget_closed
from scheduler.publishing.documents.orders import forget_prints, sweep_files

GIVE_UP_RUNS: Final = timedelta(minutes=10)
"""A run whose worker has been silent for so long, with no other to take it over, will not be solved any more."""


SWEEPS: Final = (forget_old, forget_answers, forget_codes, forget_closed, forget_prints, forget_exports)
"""Each deletes what nobody needs any more, the audit trail least of all. Slips of ratings are not here: a used one is
deleted when it is used, and an unused one has no time by which it could be old, so that no time betrays who rated."""


def keep_house(context: JobContext) -> int:
    """Returns how many rows were removed or ended."""
    with unit_of_work(context.engine) as session:
        swept = sum(forget(session, context.clock) for forget in SWEEPS)
    with reading(context.engine) as session:
        swept += sweep_files(session, context.settings)
    with unit_of_work(context.engine) as session:
        swept += end_abandoned_runs(session, context.clock)
    with unit_of_work(context.engine) as session:
        return swept + expire_duties(session, context.clock)


def end_abandoned_runs(session: Session, clock: Clock) -> int:
    """Fail runs whose worker is gone, so that their rounds can go on."""
    statement = select(SolveRun).where(
        SolveRun.status == RunStatus.RUNNING, col(SolveRun.lease_until) < clock.now() - GIVE_UP_RUNS
    )
    runs = session.exec(statement.with_for_update()).all()
    for run in runs:
        end_run(session, clock, run, "fail", failure="worker_lost")
    return len(runs)
