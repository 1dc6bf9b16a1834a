"""Every legal change of status, one table an aggregate; anything else raises."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeVar

from data.enums import (
    AppealStatus,
    ApprovalStatus,
    ConfirmationStatus,
    CorrectionStatus,
    CounterStatus,
    DrawStatus,
    DutyStatus,
    ExportState,
    ListStatus,
    PlanStatus,
    PrintStatus,
    ProposalStatus,
    PushState,
    RoundStatus,
    RunStatus,
    UploadStatus,
    VisitStatus,
)
from scheduler.errors import TransitionError

S = TypeVar("S", bound=StrEnum)
Table = dict[tuple[S, str], S]

PLAN: Final[Table[PlanStatus]] = {
    (PlanStatus.DRAFT, "submit"): PlanStatus.SUBMITTED,
    (PlanStatus.RETURNED, "submit"): PlanStatus.SUBMITTED,
    (PlanStatus.DRAFT, "ask_partners"): PlanStatus.COUNTERSIGNING,
    (PlanStatus.RETURNED, "ask_partners"): PlanStatus.COUNTERSIGNING,
    (PlanStatus.DRAFT, "ask_legal"): PlanStatus.LEGAL_REVIEW,
    (PlanStatus.RETURNED, "ask_legal"): PlanStatus.LEGAL_REVIEW,
    (PlanStatus.COUNTERSIGNING, "ask_legal"): PlanStatus.LEGAL_REVIEW,
    (PlanStatus.COUNTERSIGNING, "ask_head"): PlanStatus.SUBMITTED,
    (PlanStatus.LEGAL_REVIEW, "ask_head"): PlanStatus.SUBMITTED,
    (PlanStatus.SUBMITTED, "ask_government"): PlanStatus.GOVERNMENT_REVIEW,
    (PlanStatus.LEGAL_REVIEW, "return"): PlanStatus.RETURNED,
    (PlanStatus.SUBMITTED, "return"): PlanStatus.RETURNED,
    (PlanStatus.GOVERNMENT_REVIEW, "return"): PlanStatus.RETURNED,
    (PlanStatus.COUNTERSIGNING, "withdraw"): PlanStatus.DRAFT,
    (PlanStatus.LEGAL_REVIEW, "withdraw"): PlanStatus.DRAFT,
    (PlanStatus.SUBMITTED, "withdraw"): PlanStatus.DRAFT,
    (PlanStatus.GOVERNMENT_REVIEW, "withdraw"): PlanStatus.DRAFT,
    (PlanStatus.SUBMITTED, "file"): PlanStatus.FILED,
    (PlanStatus.GOVERNMENT_REVIEW, "file"): PlanStatus.FILED,
    (PlanStatus.FILED, "replace"): PlanStatus.REPLACED,
    (PlanStatus.FILED, "recall"): PlanStatus.WITHDRAWN,
    (PlanStatus.DRAFT, "discard"): PlanStatus.WITHDRAWN,
    (PlanStatus.RETURNED, "discard"): PlanStatus.WITHDRAWN,
    (PlanStatus.FILED, "freeze"): PlanStatus.IN_ROUND,
    (PlanStatus.IN_ROUND, "schedule"): PlanStatus.SCHEDULED,
}

ROUND: Final[Table[RoundStatus]] = {
    (RoundStatus.OPEN, "freeze"): RoundStatus.FROZEN,
    (RoundStatus.FROZEN, "draw"): RoundStatus.DRAWN,
    (RoundStatus.DRAWN, "solve"): RoundStatus.SOLVING,
    (RoundStatus.PROPOSED, "solve"): RoundStatus.SOLVING,
    (RoundStatus.SOLVING, "propose"): RoundStatus.PROPOSED,
    (RoundStatus.SOLVING, "give_up"): RoundStatus.DRAWN,
    (RoundStatus.PROPOSED, "approve"): RoundStatus.APPROVED,
    (RoundStatus.APPROVED, "reopen"): RoundStatus.PROPOSED,
    (RoundStatus.APPROVED, "publish"): RoundStatus.PUBLISHED,
    (RoundStatus.PUBLISHED, "amend"): RoundStatus.PROPOSED,
    (RoundStatus.PUBLISHED, "close"): RoundStatus.CLOSED,
}

DRAW: Final[Table[DrawStatus]] = {
    (DrawStatus.COMMITTING, "begin_revealing"): DrawStatus.REVEALING,
    (DrawStatus.COMMITTING, "abort"): DrawStatus.ABORTED,
    (DrawStatus.REVEALING, "end_revealing"): DrawStatus.READY,
    (DrawStatus.REVEALING, "abort"): DrawStatus.ABORTED,
    (DrawStatus.READY, "draw"): DrawStatus.DRAWN,
    (DrawStatus.READY, "abort"): DrawStatus.ABORTED,
}

RUN: Final[Table[RunStatus]] = {
    (RunStatus.QUEUED, "start"): RunStatus.RUNNING,
    (RunStatus.QUEUED, "cancel"): RunStatus.CANCELLED,
    (RunStatus.RUNNING, "finish"): RunStatus.FINISHED,
    (RunStatus.RUNNING, "collide"): RunStatus.INFEASIBLE,
    (RunStatus.RUNNING, "give_up"): RunStatus.UNKNOWN,
    (RunStatus.RUNNING, "cancel"): RunStatus.CANCELLED,
    (RunStatus.RUNNING, "fail"): RunStatus.FAILED,
}

PROPOSAL: Final[Table[ProposalStatus]] = {
    (ProposalStatus.OFFERED, "adopt"): ProposalStatus.ADOPTED,
    (ProposalStatus.OFFERED, "supersede"): ProposalStatus.SUPERSEDED,
    (ProposalStatus.ADOPTED, "supersede"): ProposalStatus.SUPERSEDED,
}

APPROVAL: Final[Table[ApprovalStatus]] = {
    (ApprovalStatus.WAITING, "publish"): ApprovalStatus.PUBLISHED,
    (ApprovalStatus.WAITING, "void"): ApprovalStatus.VOIDED,
    (ApprovalStatus.WAITING, "cancel"): ApprovalStatus.CANCELLED,
    (ApprovalStatus.WAITING, "block"): ApprovalStatus.BLOCKED,
}

CONFIRMATION: Final[Table[ConfirmationStatus]] = {
    (ConfirmationStatus.WAITING, "consent"): ConfirmationStatus.CONSENTED,
    (ConfirmationStatus.WAITING, "counter"): ConfirmationStatus.COUNTERED,
    (ConfirmationStatus.WAITING, "refuse"): ConfirmationStatus.REFUSED,
    (ConfirmationStatus.WAITING, "lapse"): ConfirmationStatus.LAPSED,
    (ConfirmationStatus.WAITING, "pass_by"): ConfirmationStatus.UNANSWERED,
    **{
        (status, event): after
        for event, after in (("replace", ConfirmationStatus.REPLACED), ("withdraw", ConfirmationStatus.WITHDRAWN))
        for status in (
            ConfirmationStatus.WAITING,
            ConfirmationStatus.CONSENTED,
            ConfirmationStatus.COUNTERED,
            ConfirmationStatus.REFUSED,
            ConfirmationStatus.LAPSED,
            ConfirmationStatus.UNANSWERED,
        )
    },
}

COUNTER: Final[Table[CounterStatus]] = {
    (CounterStatus.OPEN, "take"): CounterStatus.TAKEN,
    (CounterStatus.OPEN, "decline"): CounterStatus.DECLINED,
    (CounterStatus.OPEN, "drop"): CounterStatus.DROPPED,
}

VISIT: Final[Table[VisitStatus]] = {
    (VisitStatus.DRAFT, "publish"): VisitStatus.PUBLISHED,
    (VisitStatus.DRAFT, "begin_off_plan"): VisitStatus.CHECKED_IN,
    (VisitStatus.PUBLISHED, "check_in"): VisitStatus.CHECKED_IN,
    (VisitStatus.CHECKED_IN, "join"): VisitStatus.CHECKED_IN,
    (VisitStatus.CHECKED_IN, "record"): VisitStatus.CHECKED_IN,
    (VisitStatus.CHECKED_IN, "finish"): VisitStatus.DONE,
    (VisitStatus.DRAFT, "cancel"): VisitStatus.CANCELLED,
    (VisitStatus.PUBLISHED, "cancel"): VisitStatus.CANCELLED,
    (VisitStatus.CANCELLED, "restore"): VisitStatus.DRAFT,
    (VisitStatus.CANCELLED, "restore_published"): VisitStatus.PUBLISHED,
}

DUTY: Final[Table[DutyStatus]] = {
    (DutyStatus.ASKED, "agree"): DutyStatus.WAITING,
    (DutyStatus.ASKED, "refuse"): DutyStatus.REFUSED,
    (DutyStatus.ASKED, "withdraw"): DutyStatus.WITHDRAWN,
    (DutyStatus.ASKED, "expire"): DutyStatus.EXPIRED,
    (DutyStatus.WAITING, "accept"): DutyStatus.ACCEPTED,
    (DutyStatus.WAITING, "refuse"): DutyStatus.REFUSED,
    (DutyStatus.WAITING, "withdraw"): DutyStatus.WITHDRAWN,
    (DutyStatus.WAITING, "expire"): DutyStatus.EXPIRED,
}

CORRECTION: Final[Table[CorrectionStatus]] = {
    (CorrectionStatus.WAITING, "make"): CorrectionStatus.MADE,
    (CorrectionStatus.WAITING, "refuse"): CorrectionStatus.REFUSED,
    (CorrectionStatus.WAITING, "withdraw"): CorrectionStatus.WITHDRAWN,
}

APPEAL: Final[Table[AppealStatus]] = {
    (AppealStatus.WAITING, "accept"): AppealStatus.ACCEPTED,
    (AppealStatus.WAITING, "decline"): AppealStatus.DECLINED,
    (AppealStatus.WAITING, "answer"): AppealStatus.ANSWERED,
    (AppealStatus.WAITING, "withdraw"): AppealStatus.WITHDRAWN,
}

EXPORT: Final[Table[ExportState]] = {
    (ExportState.QUEUED, "start"): ExportState.RUNNING,
    (ExportState.RUNNING, "start"): ExportState.RUNNING,
    (ExportState.RUNNING, "finish"): ExportState.DONE,
    (ExportState.RUNNING, "fail"): ExportState.FAILED,
    (ExportState.FAILED, "retry"): ExportState.QUEUED,
}

PUSH: Final[Table[PushState]] = {
    (PushState.QUEUED, "claim"): PushState.CLAIMED,
    (PushState.CLAIMED, "claim"): PushState.CLAIMED,
    (PushState.CLAIMED, "accept"): PushState.SENT,
    (PushState.CLAIMED, "put_back"): PushState.QUEUED,
    (PushState.CLAIMED, "refuse"): PushState.DEAD,
    (PushState.DEAD, "retry"): PushState.QUEUED,
    (PushState.DEAD, "recut"): PushState.REPLACED,
    (PushState.DEAD, "skip"): PushState.SKIPPED,
}

UPLOAD: Final[Table[UploadStatus]] = {
    (UploadStatus.READ, "import"): UploadStatus.IMPORTED,
    (UploadStatus.READ, "discard"): UploadStatus.DISCARDED,
}


PRINT: Final[Table[PrintStatus]] = {
    (PrintStatus.QUEUED, "print"): PrintStatus.PRINTING,
    (PrintStatus.PRINTING, "finish"): PrintStatus.DONE,
    (PrintStatus.PRINTING, "fail"): PrintStatus.FAILED,
    (PrintStatus.QUEUED, "cancel"): PrintStatus.CANCELLED,
    (PrintStatus.PRINTING, "cancel"): PrintStatus.CANCELLED,
}

LIST: Final[Table[ListStatus]] = {
    (ListStatus.CHECKED, "apply"): ListStatus.APPLIED,
    (ListStatus.CHECKED, "discard"): ListStatus.DISCARDED,
}


def step(table: Table[S], status: S, event: str, *, entity: str) -> S:
    """Return the status that `event` leads to. Raises TransitionError when the table has no such step."""
    following = table.get((status, event))
    if following is None:
        raise TransitionError(entity=entity, status=str(status), event=event)
    return following


def can_step(table: Table[S], status: S, event: str) -> bool:
    """Say whether `event` is possible now; pages show only what is."""
    return (status, event) in table
