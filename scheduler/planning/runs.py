"""Solve runs as people see them: asking for one, calling it off, watching it. The worker is next door."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select, update

from data.enums import RequestStatus, RunStatus
from data.models import InspectionRequest, Round, RunStep, SolveRun
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.errors import ConflictError, NotFoundError, NotPermittedError
from scheduler.permissions import Actor, may_coordinate, may_see_all
from scheduler.planning.run_queue import end_run
from scheduler.planning.worker import run_worker, work_once
from scheduler.transitions import ROUND, step

LIVE = (RunStatus.QUEUED, RunStatus.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPoint:
    """One point of the progress curve: seconds since the start, best score, proven bound, gap, phase."""

    seconds: float
    score: float | None
    bound: float | None
    gap: float | None
    phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run as a page shows it. `seconds`: since it was started, up to its end; 0 while it waits.

    `collisions`: (request uid, rule id) that cannot hold together. `failure`: a code with figures.
    """

    uid: str
    status: RunStatus
    phase: str
    seconds: float
    score: float | None
    bound: float | None
    gap: float | None
    steps: tuple[RunPoint, ...]
    collisions: tuple[tuple[str, str], ...]
    cancel_requested: bool
    failure: str

    @property
    def live(self) -> bool:
        return self.status in LIVE


def request_run(
    session: Session,
    clock: Clock,
    actor: Actor,
    round_: Round,
    *,
    seed: int = 0,
    seconds: float | None = None,
    work: int | None = None,
) -> SolveRun:
    """Queue a solve of a round; with neither `seconds` nor `work` the settings' limits hold.

    Raises NotPermittedError, ConflictError ("run_live": one is under way; "nothing_to_schedule"), TransitionError.
    """
    if not may_coordinate(actor):
        raise NotPermittedError(action="run.request")
    if find_live_run(session, round_) is not None:
        raise ConflictError("run_live", round=round_.name)
    wanted = select(col(InspectionRequest.id)).where(
        InspectionRequest.round_id == round_.id, InspectionRequest.status != RequestStatus.WITHDRAWN
    )
    if session.exec(wanted.limit(1)).first() is None:
        raise ConflictError("nothing_to_schedule", round=round_.name)
    round_.status = step(ROUND, round_.status, "solve", entity="round")
    run = SolveRun(
        round_id=round_.id or 0,
        draft_version=round_.draft_version,
        seed=seed,
        work=work,
        seconds=seconds,
        requested_by_id=actor.user_id,
        requested_at=clock.now(),
    )
    session.add_all([round_, run])
    session.flush()
    after = {"round": round_.uid, "seed": seed, "work": work, "seconds": seconds}
    record(session, clock, actor, "run.request", entity="run", entity_uid=run.uid, after=after)
    return run


def cancel_run(session: Session, clock: Clock, actor: Actor, run: SolveRun) -> None:
    """Call a run off: one that waits ends at once, one that runs when its worker sees the wish.

    Raises NotPermittedError, ConflictError "run_over".
    """
    if not may_coordinate(actor):
        raise NotPermittedError(action="run.cancel")
    wished = session.exec(
        update(SolveRun)
        .where(col(SolveRun.id) == run.id, col(SolveRun.status).in_(LIVE))
        .values(cancel_requested=True)
        .execution_options(synchronize_session=False)
    )
    session.refresh(run)
    if wished.rowcount != 1:
        raise ConflictError("run_over", status=str(run.status))
    record(session, clock, actor, "run.cancel", entity="run", entity_uid=run.uid)
    if run.status is RunStatus.QUEUED:
        end_run(session, clock, run, "cancel")


def find_live_run(session: Session, round_: Round) -> SolveRun | None:
    """The run of a round that waits or is being solved."""
    return session.exec(select(SolveRun).where(SolveRun.round_id == round_.id, col(SolveRun.status).in_(LIVE))).first()


def list_runs(session: Session, actor: Actor, round_: Round) -> list[SolveRun]:
    """The runs of a round, newest first; only the district sees them."""
    if not may_see_all(actor):
        return []
    return list(session.exec(select(SolveRun).where(SolveRun.round_id == round_.id).order_by(col(SolveRun.id).desc())))


def get_run(session: Session, actor: Actor, uid: str) -> SolveRun:
    """Raises NotFoundError for an unknown uid and for whoever may not see runs."""
    found = session.exec(select(SolveRun).where(SolveRun.uid == uid)).first()
    if found is None or not may_see_all(actor):
        raise NotFoundError("run", uid)
    return found


def run_view(session: Session, run: SolveRun) -> RunView:
    """Read a run with its curve."""
    rows = session.exec(select(RunStep).where(RunStep.run_id == run.id).order_by(col(RunStep.position))).all()
    steps = tuple(
        RunPoint(seconds=row.seconds, score=row.score, bound=row.bound, gap=row.gap, phase=row.phase) for row in rows
    )
    return RunView(
        uid=run.uid,
        status=run.status,
        phase=run.phase,
        seconds=_seconds(run, steps),
        score=run.score,
        bound=run.bound,
        gap=run.gap,
        steps=steps,
        collisions=tuple((str(request), str(rule)) for request, rule in run.collisions),
        cancel_requested=run.cancel_requested,
        failure=run.failure,
    )


def _seconds(run: SolveRun, steps: tuple[RunPoint, ...]) -> float:
    if run.started_at is None:
        return 0.0
    if run.finished_at is not None:
        return (run.finished_at - run.started_at).total_seconds()
    return steps[-1].seconds if steps else 0.0


__all__ = [
    "RunPoint",
    "RunView",
    "cancel_run",
    "find_live_run",
    "get_run",
    "list_runs",
    "request_run",
    "run_view",
    "run_worker",
    "work_once",
]
