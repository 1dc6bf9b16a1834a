"""Solve runs with their progress, and the proposals they end in."""

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from data.enums import ProposalStatus, RunKind, RunStatus
from data.models.columns import Versioned, check, enum_field, fk, json_field, text_field, uid_field, utc_field

LIVE_RUN: Final = "status IN ('queued', 'running')"


class SolveRun(SQLModel, table=True):
    """One run of the solver over a round's snapshot. The row is also the queue: a worker claims it by a lease.

    `draft_version`: the round's at the snapshot; a result for an older draft is offered, never applied.
    `problem_hash`: of the canonical problem; `seed` and `work` repeat the run, `seconds` is a wall-clock limit.
    `parameters`: what a run that is not plain asks, as `planning.questions` writes it. `draft_parts`: site uid -> hash
    of that site's visits in the draft at the snapshot, so that later it is known which sites were touched since.
    The database itself lets a round have one run that waits or is being solved.
    """

    __table_args__ = (
        check("seconds", "seconds IS NULL OR seconds > 0"),
        sa.Index(
            "uq_solverun_live",
            "round_id",
            unique=True,
            sqlite_where=sa.text(LIVE_RUN),
            postgresql_where=sa.text(LIVE_RUN),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    round_id: int = fk("round.id")
    kind: RunKind = enum_field(RunKind, default=RunKind.PLAIN)
    status: RunStatus = enum_field(RunStatus, default=RunStatus.QUEUED, index=True)
    draft_version: int
    parameters: dict[str, Any] = json_field(default_factory=dict)
    draft_parts: dict[str, str] = json_field(default_factory=dict)
    seed: int
    work: int | None = None
    seconds: float | None = None
    problem_hash: str = Field(default="", max_length=64)
    requested_by_id: int = fk("user.id")
    requested_at: datetime = utc_field()
    started_at: datetime | None = utc_field(default=None)
    finished_at: datetime | None = utc_field(default=None)
    lease_until: datetime | None = utc_field(default=None)
    lease_holder: str = Field(default="", max_length=64)
    cancel_requested: bool = False
    phase: str = Field(default="", max_length=40)
    score: float | None = None
    bound: float | None = None
    gap: float | None = None
    collisions: list[Any] = json_field(default_factory=list)
    failure: str = text_field(default="")
    log: str = text_field(default="")


class RunStep(SQLModel, table=True):
    """One point of a run's progress curve."""

    __table_args__ = (sa.UniqueConstraint("run_id", "position"),)

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = fk("solverun.id")
    position: int
    seconds: float
    score: float | None = None
    bound: float | None = None
    gap: float | None = None
    phase: str = Field(default="", max_length=40)


class Proposal(Versioned, table=True):
    """A complete answer to a round, offered to the coordinator.

    `answer`: canonical JSON {"visits": [...], "unscheduled": [...], "roster": [...]} with uids and ISO dates;
    `parts`: the score by term. A proposal is never changed after it is written, but for its status.
    """

    id: int | None = Field(default=None, primary_key=True)
    uid: str = uid_field()
    round_id: int = fk("round.id")
    run_id: int = fk("solverun.id")
    status: ProposalStatus = enum_field(ProposalStatus, default=ProposalStatus.OFFERED)
    draft_version: int
    solve_status: str = Field(max_length=16)
    score: float
    bound: float
    gap: float
    parts: dict[str, float] = json_field(default_factory=dict)
    answer: str = text_field()
    answer_hash: str = Field(max_length=64)
    created_at: datetime = utc_field()
    adopted_by_id: int | None = fk("user.id", default=None)
    adopted_at: datetime | None = utc_field(default=None)
