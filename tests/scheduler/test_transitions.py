"""Changes of status: what the tables allow happens, anything else raises, and no status is a trap by accident."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest

from data.enums import (
    AppealStatus,
    ApprovalStatus,
    CorrectionStatus,
    ExportState,
    PlanStatus,
    PrintStatus,
    ProposalStatus,
    PushState,
    RoundStatus,
    RunStatus,
    UploadStatus,
    VisitStatus,
)
from scheduler import transitions
from scheduler.errors import TransitionError

TABLES: dict[str, tuple[Mapping[tuple[Any, str], Any], type[StrEnum], set[StrEnum]]] = {
    "plan": (transitions.PLAN, PlanStatus, {PlanStatus.SCHEDULED, PlanStatus.REPLACED, PlanStatus.WITHDRAWN}),
    "round": (transitions.ROUND, RoundStatus, {RoundStatus.CLOSED}),
    "run": (
        transitions.RUN,
        RunStatus,
        {RunStatus.FINISHED, RunStatus.INFEASIBLE, RunStatus.UNKNOWN, RunStatus.CANCELLED, RunStatus.FAILED},
    ),
    "proposal": (transitions.PROPOSAL, ProposalStatus, {ProposalStatus.SUPERSEDED}),
    "appeal": (transitions.APPEAL, AppealStatus, set(AppealStatus) - {AppealStatus.WAITING}),
    "correction": (transitions.CORRECTION, CorrectionStatus, set(CorrectionStatus) - {CorrectionStatus.WAITING}),
    "approval": (transitions.APPROVAL, ApprovalStatus, set(ApprovalStatus) - {ApprovalStatus.WAITING}),
    "visit": (transitions.VISIT, VisitStatus, {VisitStatus.DONE}),
    "print": (transitions.PRINT, PrintStatus, {PrintStatus.DONE, PrintStatus.FAILED, PrintStatus.CANCELLED}),
    "export": (transitions.EXPORT, ExportState, {ExportState.DONE}),
    "push": (transitions.PUSH, PushState, {PushState.SENT, PushState.REPLACED, PushState.SKIPPED}),
    "upload": (transitions.UPLOAD, UploadStatus, {UploadStatus.IMPORTED, UploadStatus.DISCARDED}),
}


@pytest.mark.parametrize(("table", "statuses", "ends"), TABLES.values(), ids=TABLES)
def test_every_status_has_a_way_on_but_the_ends(
    table: Mapping[tuple[Any, str], Any], statuses: type[StrEnum], ends: set[StrEnum]
) -> None:
    assert {status for status, _ in table} == set(statuses) - ends


@pytest.mark.parametrize(("table", "statuses", "ends"), TABLES.values(), ids=TABLES)
def test_every_status_can_be_reached(
    table: Mapping[tuple[Any, str], Any], statuses: type[StrEnum], ends: set[StrEnum]
) -> None:
    first = next(iter(statuses))
    reached, frontier = {first}, [first]
    while frontier:
        here = frontier.pop()
        following = {after for (status, _), after in table.items() if status is here} - reached
        reached |= following
        frontier += following

    assert reached == set(statuses)


def test_legal_step_leads_on() -> None:
    assert transitions.step(transitions.PLAN, PlanStatus.DRAFT, "submit", entity="plan") is PlanStatus.SUBMITTED
    assert transitions.can_step(transitions.PLAN, PlanStatus.DRAFT, "submit")


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (PlanStatus.DRAFT, "file"),
        (PlanStatus.FILED, "submit"),
        (PlanStatus.WITHDRAWN, "submit"),
        (PlanStatus.DRAFT, ""),
    ],
)
def test_illegal_step_raises_and_says_where_it_stood(status: PlanStatus, event: str) -> None:
    with pytest.raises(TransitionError) as error:
        transitions.step(transitions.PLAN, status, event, entity="plan")

    assert error.value.params == {"entity": "plan", "status": str(status), "event": event}
    assert not transitions.can_step(transitions.PLAN, status, event)
