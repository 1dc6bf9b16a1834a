"""Solve runs as people see them: asking for one, calling it off, watching it. The worker is next door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select, update

from data.enums import RequestStatus, RoundStatus, RunKind, RunStatus
from data.models import InspectionRequest, Round, RunStep, SolveRun
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.errors import ConflictError, Fault, InvalidError, LimitError, NotFoundError, NotPermittedError
from scheduler.permissions import Actor, may_coordinate, may_see_all
from scheduler.planning.questions import LARGEST_SEED, LONGEST_SECONDS, Resolve, WhatIf
from scheduler.planning.run_queue import end_run
from scheduler.planning.worker import run_worker, work_once
from scheduler.transitions import ROUND, step

LIVE = (RunStatus.QUEUED, RunStatus.RUNNING)
WITH_A_DRAFT: Final = frozenset({RoundStatus.PROPOSED, RoundStatus.APPROVED, RoundStatus.PUBLISHED})
AN_HOUR: Final = timedelta(hours=1)
MOST_AN_HOUR: Final = 60
"""Runs that one person may ask for in an hour: one a minute is more than anybody can look at."""
MOST_WAITING: Final = 20
"""Runs of all rounds that may wait: with the usual minute each, a third of an hour."""


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
    question: WhatIf | Resolve | None = None,
) -> SolveRun:
    """Queue a solve of a round; with neither `seconds` nor `work` the settings' limits hold.

    A `question` leaves the round where it is: its proposal is only offered. Raises NotPermittedError, InvalidError,
    ConflictError ("run_live": one is under way; "nothing_to_schedule"; "no_draft": nothing to ask about),
    LimitError ("runs_too_many", "queue_full"), TransitionError.
    """
    if not may_coordinate(actor):
        raise NotPermittedError(action="run.request")
    _within_limits(session, clock, actor, seed=seed, seconds=seconds)
    if find_live_run(session, round_) is not None:
        raise ConflictError("run_live", round=round_.name)
    _refuse_empty(session, round_)
    if question is None:
        round_.status = step(ROUND, round_.status, "solve", entity="round")
    elif round_.status not in WITH_A_DRAFT:
        raise ConflictError("no_draft", status=str(round_.status))
    run = SolveRun(
        round_id=round_.id or 0,
        kind=_kind(question),
        parameters={} if question is None else question.model_dump(mode="json"),
        draft_version=round_.draft_version,
        seed=seed,
        work=work,
        seconds=seconds,
        requested_by_id=actor.user_id,
        requested_at=clock.now(),
    )
    session.add(round_)
    _add_alone(session, run, round_.name)
    after = {"round": round_.uid, "kind": str(run.kind), "seed": seed, "work": work, "seconds": seconds}
    after |= {"question": run.parameters} if run.parameters else {}
    record(session, clock, actor, "run.request", entity="run", entity_uid=run.uid, after=after)
    return run


def _refuse_empty(session: Session, round_: Round) -> None:
    wanted = select(col(InspectionRequest.id)).where(
        InspectionRequest.round_id == round_.id, InspectionRequest.status != RequestStatus.WITHDRAWN
    )
    if session.exec(wanted.limit(1)).first() is None:
        raise ConflictError("nothing_to_schedule", round=round_.name)


def _kind(question: WhatIf | Resolve | None) -> RunKind:
    if question is None:
        return RunKind.PLAIN
    return RunKind.WHAT_IF if isinstance(question, WhatIf) else RunKind.RESOLVE


def _within_limits(session: Session, clock: Clock, actor: Actor, *, seed: int, seconds: float | None) -> None:
    """One person asks for so many runs an hour, and the queue of all rounds is only so long."""
    if seconds is not None and not 0 < seconds <= LONGEST_SECONDS:
        raise InvalidError(Fault(field="seconds", code="out_of_range", params=(("max", LONGEST_SECONDS), ("min", 1))))
    if not 0 <= seed <= LARGEST_SEED:
        raise InvalidError(Fault(field="seed", code="out_of_range", params=(("max", LARGEST_SEED), ("min", 0))))
    recent = select(func.count(col(SolveRun.id))).where(
        SolveRun.requested_by_id == actor.user_id, SolveRun.requested_at > clock.now() - AN_HOUR
    )
    if session.exec(recent).one() >= MOST_AN_HOUR:
        raise LimitError("runs_too_many", most=MOST_AN_HOUR)
    waiting = select(func.count(col(SolveRun.id))).where(SolveRun.status == RunStatus.QUEUED)
    if session.exec(waiting).one() >= MOST_WAITING:
        raise LimitError("queue_full", most=MOST_WAITING)


def _add_alone(session: Session, run: SolveRun, round_name: str) -> None:
    """Write the run; the database itself refuses a second live one of a round, whoever looked first."""
    try:
        with session.begin_nested():
            session.add(run)
            session.flush()
    except IntegrityError as error:
        raise ConflictError("run_live", round=round_name) from error


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
