"""Shares of longer plans (年度 → 季度 → 月度): what of a task is planned, shared out and done, and the next share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import PlanSpan, PlanStatus, RequestStatus, Targeting, VisitStatus
from data.models import InspectionRequest, Plan, PlanTarget, PlanTask, Round, Site, Visit, VisitRequest
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import ConflictError, Fault, InvalidError, TransitionError
from scheduler.filing.access import require_clerk_of
from scheduler.filing.drafts import PlanDraft, TaskDraft
from scheduler.filing.plans import create_plan
from scheduler.filing.task_drafts import make_draft, target_uids
from scheduler.filing.tasks import add_task
from scheduler.permissions import Actor

_GIVEN_UP = (PlanStatus.WITHDRAWN, PlanStatus.REPLACED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a task is, in sites. `planned` is None for a ratio before its draw.

    `shared`: taken over by shorter plans; `asked`: requests of the own organisation; `left`: still to be planned, None
    where nobody can say yet.
    """

    planned: int | None
    shared: int
    asked: int
    scheduled: int
    left_out: int
    done: int
    round_name: str

    @property
    def left(self) -> int | None:
        if self.round_name:
            return self.left_out
        return None if self.planned is None else max(self.planned - self.shared, 0)


def task_progress(session: Session, plan: Plan) -> dict[int | None, Progress]:
    """Return {task key: progress} of a plan; a handful of queries however many tasks it has."""
    tasks = session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id)).all()
    ids = [task.id for task in tasks]
    named: dict[int | None, int] = dict(_counted(session, PlanTarget.task_id, sa.select(col(PlanTarget.task_id)), ids))
    requests = _requests(session, plan, ids)
    done = _done(session, plan, ids)
    rounds = dict(session.execute(sa.select(col(Round.id), col(Round.name))).all())  # type: ignore[arg-type]
    shared = _shared(session, ids)
    found = {}
    for task in tasks:
        counts = requests.get(task.id, {})
        planned = named.get(task.id, 0) if task.targeting is Targeting.NAMED else task.quantity
        asked = sum(counts.values())
        found[task.id] = Progress(
            planned=asked if planned is None and asked else planned,
            shared=shared.get(task.id, 0),
            asked=asked,
            scheduled=counts.get(RequestStatus.SCHEDULED, 0),
            left_out=counts.get(RequestStatus.LEFT_OUT, 0),
            done=done.get(task.id, 0),
            round_name=rounds.get(task.round_id, "") if task.round_id else "",
        )
    return found


def derive_plan(
    session: Session, clock: Clock, actor: Actor, parent: Plan, *, title: str, span: PlanSpan, first: date, last: date
) -> Plan:
    """Draft a shorter plan with the share of each task that falls into `first`..`last`, both included.

    Of a number, or of named sites, as large a part as the days are of those that remain, rounded half up, at least
    one and all in the last share; a ratio goes over whole. Sites that a round left out are named. Raises
    TransitionError unless the parent is filed, InvalidError "not_a_share", ConflictError "nothing_left".
    """
    require_clerk_of(actor, parent.organisation_id, "plan", parent.uid)
    if parent.status not in {PlanStatus.FILED, PlanStatus.IN_ROUND}:
        raise TransitionError(entity="plan", status=str(parent.status), event="derive")
    if first < parent.period_first or last > parent.period_last or last < first:
        raise InvalidError(Fault(field="period_first", code="not_a_share"))
    shares = _shares(session, parent, first, last)
    if not shares:
        raise ConflictError("nothing_left")
    draft = PlanDraft(
        title=title, kind=parent.kind, span=span, period_first=first, period_last=last, basis=parent.basis,
        lead_office=parent.lead_office, contact_name=parent.contact_name, contact_phone=parent.contact_phone,
        directed=parent.directed, publish_drawn=parent.publish_drawn, document_number=parent.document_number,
        trigger=parent.trigger, clue_number=parent.clue_number,
    )  # fmt: skip
    plan = create_plan(session, clock, actor, draft)
    plan.parent_id = parent.id
    session.add(plan)
    for task, share in shares:
        made = add_task(session, clock, actor, plan, share)
        made.parent_id = task.id
        session.add(made)
    session.flush()
    after = {"from": parent.uid, "tasks": [task.uid for task, _ in shares]}
    audit.record(session, clock, actor, "plan.derive", entity="plan", entity_uid=plan.uid, after=after)
    return plan


def _shares(session: Session, parent: Plan, first: date, last: date) -> list[tuple[PlanTask, TaskDraft]]:
    progress = task_progress(session, parent)
    tasks = session.exec(select(PlanTask).where(PlanTask.plan_id == parent.id).order_by(col(PlanTask.position)))
    found = []
    for task in tasks:
        window = max(task.first_date, first), min(task.last_date, last)
        change = _share(session, task, progress[task.id], *window) if window[0] <= window[1] else None
        if change is not None:
            dates = {"first_date": window[0], "last_date": window[1]}
            found.append((task, make_draft(session, task, **dates | change)))
    return found


def _share(session: Session, task: PlanTask, progress: Progress, first: date, last: date) -> dict[str, Any] | None:
    """What a share says otherwise than its task; None when nothing of the task is left."""
    if task.round_id is not None:
        uids = _left_out_sites(session, task)
        return _naming(uids) if uids else None
    part = _part(task, first, last)
    if task.targeting is Targeting.NAMED:
        rest = sorted(set(target_uids(session, task)) - set(_shared_sites(session, task)))
        return _naming(rest[: _rounded(len(rest), part)]) if rest else None
    if task.quantity is None:
        return None if _is_shared(session, task) else {}
    left = progress.left or 0
    return {"quantity": _rounded(left, part)} if left else None


def _part(task: PlanTask, first: date, last: date) -> float:
    return ((last - first).days + 1) / ((task.last_date - first).days + 1)


def _rounded(left: int, part: float) -> int:
    return min(left, max(1, int(left * part + 0.5)))


def _naming(uids: Sequence[str]) -> dict[str, Any]:
    return {
        "targeting": Targeting.NAMED, "site_uids": tuple(uids), "ratio": None, "quantity": None,
        "ratio_by_class": None,
    }  # fmt: skip


def _children() -> Any:
    return (
        sa.select(PlanTask).join(Plan, col(Plan.id) == col(PlanTask.plan_id)).where(col(Plan.status).not_in(_GIVEN_UP))
    )


def _is_shared(session: Session, task: PlanTask) -> bool:
    return session.execute(_children().where(col(PlanTask.parent_id) == task.id)).first() is not None


def _shared(session: Session, ids: Sequence[int | None]) -> dict[int | None, int]:
    """{task key: sites that its shares plan}."""
    shares = session.execute(_children().where(col(PlanTask.parent_id).in_(ids))).scalars().all()
    named = dict(_counted(session, PlanTarget.task_id, sa.select(col(PlanTarget.task_id)), [s.id for s in shares]))
    found: dict[int | None, int] = {}
    for share in shares:
        size = named.get(share.id, 0) if share.targeting is Targeting.NAMED else share.quantity or 0
        found[share.parent_id] = found.get(share.parent_id, 0) + size
    return found


def _shared_sites(session: Session, task: PlanTask) -> list[str]:
    shares = _children().where(col(PlanTask.parent_id) == task.id).with_only_columns(col(PlanTask.id))
    statement = (
        sa.select(col(Site.uid))
        .join(PlanTarget, col(PlanTarget.site_id) == col(Site.id))
        .where(col(PlanTarget.task_id).in_(shares))
    )
    return list(session.execute(statement).scalars())


def _left_out_sites(session: Session, task: PlanTask) -> list[str]:
    statement = (
        sa.select(col(Site.uid))
        .join(InspectionRequest, col(InspectionRequest.site_id) == col(Site.id))
        .where(col(InspectionRequest.task_id) == task.id, col(InspectionRequest.status) == RequestStatus.LEFT_OUT)
        .distinct()
        .order_by(col(Site.uid))
    )
    again = set(_shared_sites(session, task))
    return [uid for uid in session.execute(statement).scalars() if uid not in again]


def _requests(session: Session, plan: Plan, ids: Sequence[int | None]) -> dict[int | None, dict[RequestStatus, int]]:
    rows = session.execute(
        sa.select(col(InspectionRequest.task_id), col(InspectionRequest.status), sa.func.count())
        .where(col(InspectionRequest.task_id).in_(ids))
        .where(col(InspectionRequest.organisation_id) == plan.organisation_id)
        .group_by(col(InspectionRequest.task_id), col(InspectionRequest.status))
    )
    found: dict[int | None, dict[RequestStatus, int]] = {}
    for task_id, status, number in rows:
        found.setdefault(task_id, {})[status] = number
    return found


def _done(session: Session, plan: Plan, ids: Sequence[int | None]) -> dict[int | None, int]:
    visited = (
        sa.select(col(InspectionRequest.task_id))
        .join(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .join(Visit, col(Visit.id) == col(VisitRequest.visit_id))
        .where(col(Visit.status).in_((VisitStatus.CHECKED_IN, VisitStatus.DONE)))
        .where(col(InspectionRequest.organisation_id) == plan.organisation_id)
    )
    return dict(_counted(session, InspectionRequest.task_id, visited, ids))


def _counted(session: Session, column: Any, statement: Any, ids: Sequence[int | None]) -> list[tuple[int | None, int]]:
    counted = statement.add_columns(sa.func.count()).where(col(column).in_(ids)).group_by(col(column))
    return [(key, number) for key, number in session.execute(counted)]
