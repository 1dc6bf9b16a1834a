"""Plans from draft to filed: who may write, submit, return and file them. For the rest see `tasks` and `plan_views`."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import PlanSource
from data.errors import NotFoundError, StaleError
from data.models import Plan, PlanTask, Round
from scheduler import audit
from scheduler.clock import Clock, today
from scheduler.errors import Fault, InvalidError, NotPermittedError
from scheduler.filing.access import (
    find_open_round,
    own_organisation,
    require_clerk_of,
    require_editable,
    require_filing_open,
    require_visible,
)
from scheduler.filing.caps.plan_caps import release_plan, reserve_plan
from scheduler.filing.drafts import PlanDraft, TaskDraft
from scheduler.filing.judging import submit_check
from scheduler.filing.plan_views import PlanDetails, PlanRow, TaskDetails, list_plans, plan_details
from scheduler.filing.tasks import TaskOrigin, add_task, add_tasks, edit_task, get_task, remove_task
from scheduler.permissions import Actor, may_decide_plans
from scheduler.transitions import PLAN, step

__all__ = [
    "PlanDetails",
    "PlanDraft",
    "PlanRow",
    "TaskDetails",
    "TaskDraft",
    "TaskOrigin",
    "add_task",
    "add_tasks",
    "create_plan",
    "discard_plan",
    "edit_plan",
    "edit_task",
    "file_plan",
    "get_plan",
    "get_task",
    "list_plans",
    "plan_details",
    "remove_task",
    "return_plan",
    "submission_faults",
    "submit_plan",
    "withdraw_plan",
]


def create_plan(
    session: Session,
    clock: Clock,
    actor: Actor,
    draft: PlanDraft,
    *,
    source: PlanSource = PlanSource.FORM,
    upload_id: int | None = None,
) -> Plan:
    """Add a draft of the clerk's own organisation. Raises NotPermittedError, InvalidError."""
    organisation_id = own_organisation(actor)
    round_ = find_open_round(session, clock, draft.round_uid)
    _require_touching(draft, round_)
    plan = Plan(
        organisation_id=organisation_id,
        round_id=round_.id if round_ else None,
        upload_id=upload_id,
        title=draft.title,
        year=draft.period_first.year,
        kind=draft.kind,
        source=source,
        period_first=draft.period_first,
        period_last=draft.period_last,
        created_by_id=actor.user_id,
        created_at=clock.now(),
    )
    session.add(plan)
    session.flush()
    after = draft.model_dump(mode="json")
    audit.record(session, clock, actor, "plan.create", entity="plan", entity_uid=plan.uid, after=after)
    return plan


def get_plan(session: Session, actor: Actor, uid: str) -> Plan:
    """Return a plan that the actor may see. Raises NotFoundError, for a foreign one too."""
    plan = session.exec(select(Plan).where(Plan.uid == uid)).first()
    if plan is None:
        raise NotFoundError("plan", uid)
    require_visible(actor, plan.organisation_id, "plan", uid)
    return plan


def edit_plan(session: Session, clock: Clock, actor: Actor, plan: Plan, draft: PlanDraft, *, version: int) -> None:
    """Change title, kind, period or round of a draft.

    Raises InvalidError: "tasks_outside_period" when a task would stand outside the new period; StaleError when the plan
    is no longer at `version`; TransitionError when it was submitted.
    """
    require_editable(actor, plan, version)
    current = session.get(Round, plan.round_id) if plan.round_id else None
    moved = draft.round_uid != (current.uid if current else None)
    round_ = find_open_round(session, clock, draft.round_uid) if moved else current
    _require_touching(draft, round_)
    _require_tasks_inside(session, plan, draft.period_first, draft.period_last)
    before = {name: getattr(plan, name) for name in ("title", "kind", "period_first", "period_last", "round_id")}
    plan.title, plan.kind, plan.year = draft.title, draft.kind, draft.period_first.year
    plan.period_first, plan.period_last = draft.period_first, draft.period_last
    plan.round_id = round_.id if round_ else None
    _save(session, plan)
    after = draft.model_dump(mode="json")
    audit.record(session, clock, actor, "plan.edit", entity="plan", entity_uid=plan.uid, before=before, after=after)


def submission_faults(session: Session, clock: Clock, plan: Plan) -> tuple[Fault, ...]:
    """Return what stands in the way of submitting a plan besides the rules, which `judging` looks at."""
    tasks = session.exec(select(sa.func.count()).where(PlanTask.plan_id == plan.id)).one()
    faults = []
    if not tasks:
        faults.append(Fault(field="tasks", code="no_tasks"))
    if plan.period_last < today(clock):
        faults.append(Fault(field="period_last", code="in_the_past"))
    if plan.round_id is not None:
        faults.extend(_round_faults(clock, session.get_one(Round, plan.round_id)))
    return tuple(faults)


def submit_plan(session: Session, clock: Clock, actor: Actor, plan: Plan, *, version: int | None = None) -> None:
    """Hand a plan to the head. Raises InvalidError with everything that stands in the way, TransitionError."""
    require_clerk_of(actor, plan.organisation_id, "plan", plan.uid)
    _require_version(plan, version)
    status = step(PLAN, plan.status, "submit", entity="plan")
    faults = submission_faults(session, clock, plan)
    if faults:
        raise InvalidError(*faults)
    submit_check(session, clock, plan)
    before, plan.status, plan.submitted_at = plan.status, status, clock.now()
    plan.returned_reason = ""
    _save(session, plan)
    _note_step(session, clock, actor, "plan.submit", plan, before=before)


def withdraw_plan(session: Session, clock: Clock, actor: Actor, plan: Plan, *, version: int | None = None) -> None:
    """Take a submitted plan back before the head has decided. Raises TransitionError."""
    require_clerk_of(actor, plan.organisation_id, "plan", plan.uid)
    _require_version(plan, version)
    before, plan.status = plan.status, step(PLAN, plan.status, "withdraw", entity="plan")
    plan.submitted_at = None
    _save(session, plan)
    release_plan(session, clock, plan, reason="withdraw", actor_id=actor.user_id)
    _note_step(session, clock, actor, "plan.withdraw", plan, before=before)


def discard_plan(session: Session, clock: Clock, actor: Actor, plan: Plan, *, version: int | None = None) -> None:
    """Give a draft up. It stays in the tables as withdrawn. Raises TransitionError."""
    require_clerk_of(actor, plan.organisation_id, "plan", plan.uid)
    _require_version(plan, version)
    before, plan.status = plan.status, step(PLAN, plan.status, "discard", entity="plan")
    _save(session, plan)
    release_plan(session, clock, plan, reason="discard", actor_id=actor.user_id)
    _note_step(session, clock, actor, "plan.discard", plan, before=before)


def return_plan(
    session: Session, clock: Clock, actor: Actor, plan: Plan, *, reason: str, version: int | None = None
) -> None:
    """Send a submitted plan back to its clerk, saying why. Raises InvalidError "required" without a reason."""
    _require_head_of(actor, plan)
    _require_version(plan, version)
    status = step(PLAN, plan.status, "return", entity="plan")
    if not reason.strip():
        raise InvalidError(Fault(field="reason", code="required"))
    before, plan.status, plan.returned_reason = plan.status, status, reason.strip()
    _save(session, plan)
    release_plan(session, clock, plan, reason="return", actor_id=actor.user_id)
    _note_step(session, clock, actor, "plan.return", plan, before=before, reason=plan.returned_reason)


def file_plan(session: Session, clock: Clock, actor: Actor, plan: Plan, *, version: int | None = None) -> None:
    """File a submitted plan (备案), as the head of its organisation and never as its author.

    Raises NotPermittedError "creator_may_not_file", TransitionError, InvalidError "filing_closed", "cap_reached".
    """
    _require_head_of(actor, plan)
    _require_version(plan, version)
    if plan.created_by_id == actor.user_id:
        raise NotPermittedError("creator_may_not_file")
    status = step(PLAN, plan.status, "file", entity="plan")
    if plan.round_id is not None:
        require_filing_open(clock, session.get_one(Round, plan.round_id))
    reserve_plan(session, clock, plan, actor_id=actor.user_id)
    before, plan.status = plan.status, status
    plan.filed_by_id, plan.filed_at = actor.user_id, clock.now()
    _save(session, plan)
    _note_step(session, clock, actor, "plan.file", plan, before=before)


def _require_head_of(actor: Actor, plan: Plan) -> None:
    require_visible(actor, plan.organisation_id, "plan", plan.uid)
    if not may_decide_plans(actor) or actor.organisation_id != plan.organisation_id:
        raise NotPermittedError


def _require_version(plan: Plan, version: int | None) -> None:
    if version is not None and plan.version != version:
        raise StaleError(entity="plan", version=version)


def _require_touching(draft: PlanDraft, round_: Round | None) -> None:
    if round_ is None or (draft.period_first <= round_.period_last and round_.period_first <= draft.period_last):
        return
    period = (("first", round_.period_first.isoformat()), ("last", round_.period_last.isoformat()))
    raise InvalidError(Fault(field="period_first", code="outside_round", params=period))


def _require_tasks_inside(session: Session, plan: Plan, first: date, last: date) -> None:
    outside = (col(PlanTask.first_date) < first) | (col(PlanTask.last_date) > last)
    statement = select(PlanTask.position).where(PlanTask.plan_id == plan.id, outside).order_by(col(PlanTask.position))
    positions = session.exec(statement).all()
    if positions:
        numbers = "、".join(str(position) for position in positions)
        raise InvalidError(Fault(field="period_first", code="tasks_outside_period", params=(("tasks", numbers),)))


def _round_faults(clock: Clock, round_: Round) -> tuple[Fault, ...]:
    try:
        require_filing_open(clock, round_)
    except InvalidError as error:
        return error.faults
    return ()


def _save(session: Session, plan: Plan) -> None:
    session.add(plan)
    session.flush()


def _note_step(
    session: Session, clock: Clock, actor: Actor, action: str, plan: Plan, *, before: str, reason: str = ""
) -> None:
    audit.record(
        session, clock, actor, action, entity="plan", entity_uid=plan.uid,
        before={"status": before}, after={"status": plan.status}, reason=reason,
    )  # fmt: skip
