"""Plans as their clerks write and submit them. What others decide is in `decisions`, tasks are in `tasks`."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import OrganisationKind, PlanKind, PlanSource
from data.errors import NotFoundError
from data.models import InspectionRecord, OffPlanVisit, Organisation, Plan, PlanSketch, PlanTask, Round
from scheduler import audit
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError
from scheduler.filing.access import (
    find_open_round,
    own_organisation,
    require_clerk_of,
    require_editable,
    require_filing_open,
    require_visible,
)
from scheduler.filing.caps.plan_caps import release_plan
from scheduler.filing.decisions import file_plan, return_plan
from scheduler.filing.drafts import PlanDraft, TaskDraft
from scheduler.filing.judging import submit_check
from scheduler.filing.plan_steps import note_step, require_version, save_plan
from scheduler.filing.plan_views import PlanDetails, PlanRow, TaskDetails, list_plans, plan_details
from scheduler.filing.stages import begin, is_partner, stage_faults
from scheduler.filing.tasks import TaskOrigin, add_task, add_tasks, edit_task, get_task, put_task, remove_task
from scheduler.permissions import Actor, may_countersign
from scheduler.transitions import PLAN, step
from scheduler.workdays import load_calendar

# R25 names no figure that could be read; two working days is the house's default.
BACK_FILING_WORKDAYS: Final = 2

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
    "kind_faults",
    "list_plans",
    "plan_details",
    "put_plan",
    "put_task",
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
    return put_plan(session, clock, actor, own_organisation(actor), draft, source=source, upload_id=upload_id)


def put_plan(
    session: Session,
    clock: Clock,
    actor: Actor,
    organisation_id: int,
    draft: PlanDraft,
    *,
    source: PlanSource = PlanSource.FORM,
    upload_id: int | None = None,
) -> Plan:
    """Add a draft for somebody whose right to do so was looked at before. Raises InvalidError."""
    round_ = find_open_round(session, clock, draft.round_uid)
    _require_touching(draft, round_)
    plan = Plan(
        organisation_id=organisation_id,
        round_id=_key_of(round_),
        upload_id=upload_id,
        source=source,
        created_by_id=actor.user_id,
        created_at=clock.now(),
        **_columns(session, draft, organisation_id, since=today(clock)),
    )
    session.add(plan)
    session.flush()
    after = draft.model_dump(mode="json")
    audit.record(session, clock, actor, "plan.create", entity="plan", entity_uid=plan.uid, after=after)
    return plan


def get_plan(session: Session, actor: Actor, uid: str) -> Plan:
    """Return a plan that the actor may see, as partner too. Raises NotFoundError for a foreign one."""
    plan = session.exec(select(Plan).where(Plan.uid == uid)).first()
    if plan is None:
        raise NotFoundError("plan", uid)
    if not (may_countersign(actor) and is_partner(session, plan, actor.organisation_id)):
        require_visible(actor, plan.organisation_id, "plan", uid)
    return plan


def edit_plan(session: Session, clock: Clock, actor: Actor, plan: Plan, draft: PlanDraft, *, version: int) -> None:
    """Change title, kind, period or round of a draft.

    Raises InvalidError: "tasks_outside_period" when a task would stand outside the new period, "visit_took_place" for
    what is filed after a visit and would no longer say so; StaleError when the plan
    is no longer at `version`; TransitionError when it was submitted.
    """
    require_editable(actor, plan, version)
    _require_true_to_visit(session, plan, draft)
    current = session.get(Round, plan.round_id) if plan.round_id else None
    moved = draft.round_uid != (current.uid if current else None)
    round_ = find_open_round(session, clock, draft.round_uid) if moved else current
    _require_touching(draft, round_)
    _require_tasks_inside(session, plan, draft.period_first, draft.period_last)
    since = plan.created_at.astimezone(DISTRICT_ZONE).date()
    columns = _columns(session, draft, plan.organisation_id, since=since) | {"round_id": _key_of(round_)}
    before = {name: getattr(plan, name) for name in columns if getattr(plan, name) != columns[name]}
    for name, value in columns.items():
        setattr(plan, name, value)
    save_plan(session, plan)
    after = draft.model_dump(mode="json")
    audit.record(session, clock, actor, "plan.edit", entity="plan", entity_uid=plan.uid, before=before, after=after)


def submission_faults(session: Session, clock: Clock, plan: Plan) -> tuple[Fault, ...]:
    """Return what stands in the way of submitting a plan: shown on its page, and refused by `submit_plan`."""
    faults = [
        *_task_faults(session, plan),
        *kind_faults(clock, plan),
        *_body_faults(session, clock, plan),
        *stage_faults(session, plan),
    ]
    if plan.round_id is not None and not plan.emergency:
        faults.extend(_round_faults(clock, session.get_one(Round, plan.round_id)))
    return tuple(faults)


def kind_faults(clock: Clock, plan: Plan) -> list[Fault]:
    """Return what the kind of the plan asks for and is not there: R25, the inspection that a follow-up follows.

    What set a case off is asked for by a rule of its own (R26).
    """
    faults = []
    if plan.kind is PlanKind.REVIEW and plan.reviewed_plan_id is None and not plan.reviewed_visit_uid:
        faults.append(Fault(field="review_of", code="review_missing"))
    if plan.emergency and plan.kind is not PlanKind.CASE:
        faults.append(Fault(field="emergency", code="only_cases"))
    if plan.emergency and not (plan.emergency_reason and plan.inspected_on):
        faults.append(Fault(field="emergency_reason", code="emergency_incomplete"))
    if plan.inspected_on and plan.inspected_on > today(clock):
        faults.append(Fault(field="inspected_on", code="in_the_future"))
    # R25: in an emergency the inspection comes first, so its days may have passed.
    if plan.period_last < today(clock) and not plan.emergency:
        faults.append(Fault(field="period_last", code="in_the_past"))
    return faults


def submit_plan(session: Session, clock: Clock, actor: Actor, plan: Plan, *, version: int | None = None) -> None:
    """Hand a plan to whoever is asked first: partners, legal review or the head (see `stages`).

    Raises InvalidError with everything that stands in the way, TransitionError.
    """
    require_clerk_of(actor, plan.organisation_id, "plan", plan.uid)
    require_version(plan, version)
    step(PLAN, plan.status, "submit", entity="plan")
    faults = submission_faults(session, clock, plan)
    if faults:
        raise InvalidError(*faults)
    submit_check(session, clock, plan)
    before, plan.submitted_at, plan.returned_reason = plan.status, clock.now(), ""
    begin(session, clock, plan)
    note_step(session, clock, actor, "plan.submit", plan, before=before)


def withdraw_plan(session: Session, clock: Clock, actor: Actor, plan: Plan, *, version: int | None = None) -> None:
    """Take a submitted plan back before it is filed; what was said to it is kept. Raises TransitionError."""
    require_clerk_of(actor, plan.organisation_id, "plan", plan.uid)
    require_version(plan, version)
    before, plan.status = plan.status, step(PLAN, plan.status, "withdraw", entity="plan")
    plan.submitted_at = None
    save_plan(session, plan)
    release_plan(session, clock, plan, reason="withdraw", actor_id=actor.user_id)
    note_step(session, clock, actor, "plan.withdraw", plan, before=before)


def discard_plan(session: Session, clock: Clock, actor: Actor, plan: Plan, *, version: int | None = None) -> None:
    """Give a draft up; it stays in the tables. Raises TransitionError, ConflictError "visit_took_place"."""
    require_clerk_of(actor, plan.organisation_id, "plan", plan.uid)
    require_version(plan, version)
    status = step(PLAN, plan.status, "discard", entity="plan")
    if _took_place(session, plan):
        raise ConflictError("visit_took_place")
    before, plan.status = plan.status, status
    save_plan(session, plan)
    release_plan(session, clock, plan, reason="discard", actor_id=actor.user_id)
    note_step(session, clock, actor, "plan.discard", plan, before=before)


def _took_place(session: Session, plan: Plan) -> bool:
    """Whether the plan is filed after a visit off plan (R25), which no edit undoes."""
    return session.exec(select(OffPlanVisit.visit_id).where(OffPlanVisit.plan_id == plan.id)).first() is not None


def _require_true_to_visit(session: Session, plan: Plan, draft: PlanDraft) -> None:
    wanted, stored = ((one.kind, one.emergency, one.inspected_on) for one in (draft, plan))
    if wanted != stored and _took_place(session, plan):
        raise InvalidError(Fault(field="inspected_on", code="visit_took_place"))


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


def _task_faults(session: Session, plan: Plan) -> list[Fault]:
    tasks = session.exec(select(sa.func.count()).where(PlanTask.plan_id == plan.id)).one()
    begun = session.exec(select(PlanSketch.typed).where(PlanSketch.plan_id == plan.id))
    # One that was opened and left empty holds nothing that could be lost.
    unfinished = sum(any("".join(values) for values in typed.values()) for typed in begun)
    faults = []
    if not tasks:
        faults.append(Fault(field="tasks", code="no_tasks"))
    if unfinished:
        faults.append(Fault(field="tasks", code="unfinished_tasks", params=(("count", unfinished),)))
    return faults


def _body_faults(session: Session, clock: Clock, plan: Plan) -> list[Fault]:
    # R01, R03: only an announced body inspects, a body that coordinates never does.
    organisation = session.get_one(Organisation, plan.organisation_id)
    if organisation.kind in {OrganisationKind.COORDINATION, OrganisationKind.GOVERNMENT}:
        return [Fault(field="organisation", code="body_may_not_inspect")]
    if organisation.announced_on is None or organisation.announced_on > today(clock):
        return [Fault(field="organisation", code="body_not_announced")]
    return []


def _columns(session: Session, draft: PlanDraft, organisation_id: int, *, since: date) -> dict[str, Any]:
    """What a draft puts into a plan's row. `since`: the day from which the time for back-filing runs (R25)."""
    said = draft.model_dump(exclude={"round_uid", "review_of"})
    due = load_calendar(session).add_workdays(draft.inspected_on or since, BACK_FILING_WORKDAYS)
    return (
        said
        | {"year": draft.period_first.year, "back_file_due": due if draft.emergency else None}
        | _reviewed(session, draft, organisation_id)
    )


def _reviewed(session: Session, draft: PlanDraft, organisation_id: int) -> dict[str, Any]:
    """The plan or visit that a follow-up follows; it has to be one of the own organisation."""
    kind, _, uid = (draft.review_of or "").partition(":")
    found: dict[str, Any] = {"reviewed_plan_id": None, "reviewed_visit_uid": ""}
    if not draft.review_of:
        return found
    if kind == "plan":
        statement = select(Plan.id).where(Plan.uid == uid, Plan.organisation_id == organisation_id)
        found["reviewed_plan_id"] = session.exec(statement).first()
    elif kind == "visit" and _was_there(session, uid, organisation_id):
        found["reviewed_visit_uid"] = uid
    if not any(found.values()):
        raise InvalidError(Fault(field="review_of", code="unknown_choice"))
    return found


def _was_there(session: Session, visit_uid: str, organisation_id: int) -> bool:
    recorded = select(InspectionRecord.id).where(
        InspectionRecord.visit_uid == visit_uid, InspectionRecord.organisation_id == organisation_id
    )
    return session.exec(recorded).first() is not None


def _key_of(round_: Round | None) -> int | None:
    return round_.id if round_ else None
