"""Versions of a filed plan (变更): a new draft of it, the chain of versions, and what differs between two.

The old version stays in force until the new one is filed, and readable afterwards. What a round took is never changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from data.enums import PlanStatus, RoundStatus
from data.models import Plan, PlanTarget, PlanTask, PlanTaskItem, PlanTaskPartner, Round
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import ConflictError, TransitionError
from scheduler.filing.access import lock_organisation, require_clerk_of
from scheduler.filing.plan_steps import require_version, save_plan
from scheduler.permissions import Actor

_HEAD: Final = (
    "title", "kind", "span", "period_first", "period_last", "trigger", "clue_number", "basis", "document_number",
    "lead_office", "contact_name", "contact_phone", "directed", "publish_drawn",
)  # fmt: skip
_TASK: Final = (
    "name", "target_text", "targeting", "first_date", "last_date", "ratio", "quantity", "ratio_by_class", "quarters",
    "inspectors", "priority", "joint", "notice_mode", "hours", "onsite_reason", "explanation",
)  # fmt: skip
_COPIED_PLAN: Final = frozenset(Plan.model_fields) - {
    "id", "uid", "version", "status", "returned_reason", "created_by_id", "created_at", "submitted_at", "filed_by_id",
    "filed_at", "submission", "revision", "replaces_id", "round_id", "upload_id",
}  # fmt: skip
_COPIED_TASK: Final = frozenset(PlanTask.model_fields) - {"id", "uid", "plan_id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that differs: its name in the tables, and both values."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChange:
    """A task that is new (`before` None), gone (`after` None), or says something else."""

    name: str
    before: PlanTask | None
    after: PlanTask | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a version changes of the one before it."""

    earlier: Plan
    head: tuple[Change, ...]
    tasks: tuple[TaskChange, ...]

    def __bool__(self) -> bool:
        return bool(self.head or self.tasks)


def revise_plan(session: Session, clock: Clock, actor: Actor, plan: Plan, *, version: int | None = None) -> Plan:
    """Begin a new version of a filed plan, as a draft with all its tasks; those taken by rounds cannot be changed.

    Raises TransitionError unless it is filed, ConflictError "has_draft_version".
    """
    require_clerk_of(actor, plan.organisation_id, "plan", plan.uid)
    require_version(plan, version)
    if plan.status is not PlanStatus.FILED:
        raise TransitionError(entity="plan", status=str(plan.status), event="revise")
    lock_organisation(session, plan.organisation_id)
    if find_draft_version(session, plan) is not None:
        raise ConflictError("has_draft_version")
    round_ = session.get(Round, plan.round_id) if plan.round_id else None
    fresh = Plan(
        **{name: getattr(plan, name) for name in _COPIED_PLAN},
        revision=plan.revision + 1,
        replaces_id=plan.id,
        round_id=plan.round_id if round_ and round_.status is RoundStatus.OPEN else None,
        created_by_id=actor.user_id,
        created_at=clock.now(),
    )
    save_plan(session, fresh)
    _copy_tasks(session, plan, fresh)
    after = {"from": plan.uid, "revision": fresh.revision}
    audit.record(session, clock, actor, "plan.revise", entity="plan", entity_uid=fresh.uid, after=after)
    return fresh


def find_draft_version(session: Session, plan: Plan) -> Plan | None:
    """Return the version after this one that is still being written or decided on."""
    given_up = (PlanStatus.WITHDRAWN, PlanStatus.REPLACED)
    statement = select(Plan).where(Plan.replaces_id == plan.id, col(Plan.status).not_in(given_up))
    return session.exec(statement.order_by(col(Plan.id).desc())).first()


def list_versions(session: Session, plan: Plan) -> tuple[Plan, ...]:
    """Return the versions up to this one and the one after it, oldest first; only itself where there is no other."""
    chain = [plan]
    while chain[0].replaces_id is not None:
        chain.insert(0, session.get_one(Plan, chain[0].replaces_id))
    later = find_draft_version(session, plan)
    return (*chain, later) if later else tuple(chain)


def difference(session: Session, plan: Plan) -> Difference | None:
    """Return what a plan changes of the version that it replaces; None for a first version."""
    if plan.replaces_id is None:
        return None
    earlier = session.get_one(Plan, plan.replaces_id)
    old, new = (_by_line(session, one) for one in (earlier, plan))
    tasks = []
    for line in [*old, *(line for line in new if line not in old)]:
        before, after = old.get(line), new.get(line)
        changes = _task_changes(session, before, after) if before and after else ()
        if changes or before is None or after is None:
            name = (after or before).name  # type: ignore[union-attr]
            tasks.append(TaskChange(name=name, before=before, after=after, changes=changes))
    return Difference(earlier=earlier, head=_changes(earlier, plan, _HEAD), tasks=tuple(tasks))


def _copy_tasks(session: Session, plan: Plan, fresh: Plan) -> None:
    for task in session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id).order_by(col(PlanTask.position))):
        copy = PlanTask(**{name: getattr(task, name) for name in _COPIED_TASK}, plan_id=fresh.id)  # type: ignore[arg-type]
        session.add(copy)
        session.flush()
        for table in (PlanTaskItem, PlanTaskPartner, PlanTarget):
            for row in session.exec(select(table).where(table.task_id == task.id)):
                said = row.model_dump(exclude={"id", "task_id"})
                session.add(table(**said, task_id=copy.id))  # type: ignore[arg-type]
    session.flush()


def _by_line(session: Session, plan: Plan) -> dict[str, PlanTask]:
    tasks = session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id).order_by(col(PlanTask.position)))
    return {task.line_uid: task for task in tasks}


def _task_changes(session: Session, before: PlanTask, after: PlanTask) -> tuple[Change, ...]:
    changes = list(_changes(before, after, _TASK))
    for field, table, column in (
        ("items", PlanTaskItem, PlanTaskItem.text),
        ("partner_codes", PlanTaskPartner, PlanTaskPartner.organisation_id),
        ("site_uids", PlanTarget, PlanTarget.site_id),
    ):
        old, new = (_column(session, table, column, task) for task in (before, after))
        if old != new:
            changes.append(Change(field=field, before=len(old), after=len(new)))
    return tuple(changes)


def _column(session: Session, table: Any, column: Any, task: PlanTask) -> Sequence[Any]:
    return session.execute(sa.select(column).where(table.task_id == task.id).order_by(column)).scalars().all()


def _changes(before: SQLModel, after: SQLModel, names: Sequence[str]) -> tuple[Change, ...]:
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in names)
    return tuple(Change(field=name, before=old, after=new) for name, old, new in pairs if old != new)
