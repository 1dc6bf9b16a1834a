"""What others decide on a submitted plan: partners, legal review, the head, the government. Writing is in `plans`."""

from __future__ import annotations

from sqlmodel import Session, col, select

from data.enums import PlanStatus, Verdict
from data.models import Organisation, Plan, PlanTask, Round
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import Fault, InvalidError, NotPermittedError, TransitionError
from scheduler.filing import stages
from scheduler.filing.access import (
    lock_organisation,
    require_clerk_of,
    require_filing_open,
    require_visible,
)
from scheduler.filing.caps.plan_caps import release_plan, reserve_plan
from scheduler.filing.plan_steps import note_step, require_version, save_plan
from scheduler.permissions import (
    Actor,
    Predicate,
    may_approve_specials,
    may_countersign,
    may_decide_plans,
    may_review_plans,
)
from scheduler.transitions import PLAN, step

_DECIDES: dict[PlanStatus, Predicate] = {
    PlanStatus.LEGAL_REVIEW: may_review_plans,
    PlanStatus.SUBMITTED: may_decide_plans,
    PlanStatus.GOVERNMENT_REVIEW: may_approve_specials,
}


def decides_now(actor: Actor, plan: Plan) -> bool:
    """Whether it is the actor's turn to decide on the plan."""
    predicate = _DECIDES.get(plan.status)
    if predicate is None or not predicate(actor):
        return False
    return may_approve_specials(actor) or actor.organisation_id == plan.organisation_id


def countersign_plan(
    session: Session,
    clock: Clock,
    actor: Actor,
    plan: Plan,
    *,
    agrees: bool,
    reason: str = "",
    quarters: int | None = None,
    inspectors: int | None = None,
) -> None:
    """Answer for a partner. Who agrees gets requests of its own on the plan's sites; who objects says why.

    `quarters` and `inspectors`: what the partner brings to each site, None for as much as the task asks. The plan goes
    on when all partners have answered. Raises NotFoundError, NotPermittedError, InvalidError.
    """
    if not may_countersign(actor):
        raise NotPermittedError
    # Of two partners who answer at once each would still wait for the other, and nobody took the plan on.
    session.refresh(plan, with_for_update=True)
    decision = stages.own_countersign(session, actor, plan)
    stages.require_uninvolved(session, actor, plan)
    faults = _effort_faults(quarters, inspectors)
    if faults:
        raise InvalidError(*faults)
    said = reason.strip() if agrees else stages.require_reason(reason)
    decision.quarters, decision.inspectors = quarters, inspectors
    verdict = Verdict.AGREED if agrees else Verdict.OBJECTED
    stages.answer(session, clock, actor, decision, verdict=verdict, reason=said)
    after = {"organisation": actor.organisation_id, "verdict": verdict}
    audit.record(
        session, clock, actor, "plan.countersign", entity="plan", entity_uid=plan.uid, after=after, reason=said
    )
    if stages.all_answered(session, plan):
        stages.go_on(session, clock, plan)


def go_on_without_partners(
    session: Session, clock: Clock, actor: Actor, plan: Plan, *, version: int | None = None
) -> None:
    """Take a plan on whose partners have let their time pass; they take no part.

    Raises ConflictError "partners_have_time", TransitionError.
    """
    require_clerk_of(actor, plan.organisation_id, "plan", plan.uid)
    require_version(plan, version)
    if plan.status is not PlanStatus.COUNTERSIGNING:
        raise TransitionError(entity="plan", status=str(plan.status), event="go_on")
    before = plan.status
    stages.close_questions(session, clock, plan)
    stages.go_on(session, clock, plan)
    note_step(session, clock, actor, "plan.go_on", plan, before=before)


def review_plan(session: Session, clock: Clock, actor: Actor, plan: Plan, *, version: int | None = None) -> None:
    """Pass a plan in legal review (法制审核). Raises NotPermittedError, TransitionError, StaleError."""
    _require_turn(actor, plan, PlanStatus.LEGAL_REVIEW, event="review")
    require_version(plan, version)
    before = plan.status
    stages.decide(session, clock, actor, plan, verdict=Verdict.AGREED)
    stages.go_on(session, clock, plan)
    note_step(session, clock, actor, "plan.review", plan, before=before)


def return_plan(
    session: Session, clock: Clock, actor: Actor, plan: Plan, *, reason: str, version: int | None = None
) -> None:
    """Send a plan back to its clerk, saying why, as whoever has to decide on it now.

    Raises NotPermittedError, TransitionError, InvalidError "required" without a reason.
    """
    _require_visible_turn(actor, plan)
    require_version(plan, version)
    status = step(PLAN, plan.status, "return", entity="plan")
    _require_decider(actor, plan)
    said = stages.require_reason(reason)
    stages.decide(session, clock, actor, plan, verdict=Verdict.OBJECTED, reason=said)
    before, plan.status, plan.returned_reason = plan.status, status, said
    save_plan(session, plan)
    release_plan(session, clock, plan, reason="return", actor_id=actor.user_id)
    note_step(session, clock, actor, "plan.return", plan, before=before, reason=said)


def file_plan(session: Session, clock: Clock, actor: Actor, plan: Plan, *, version: int | None = None) -> None:
    """Agree to a submitted plan, as the head of its organisation: it is filed (备案), or goes on to the government.

    Raises NotPermittedError for its authors (X-06), TransitionError, InvalidError "filing_closed", "taken_meanwhile",
    "cap_reached".
    """
    _require_turn(actor, plan, PlanStatus.SUBMITTED, event="file")
    lock_organisation(session, plan.organisation_id)
    require_version(plan, version)
    before = plan.status
    stages.decide(session, clock, actor, plan, verdict=Verdict.AGREED)
    if stages.go_on(session, clock, plan):
        note_step(session, clock, actor, "plan.agree", plan, before=before)
        return
    _file(session, clock, actor, plan)
    note_step(session, clock, actor, "plan.file", plan, before=before)


def approve_special(session: Session, clock: Clock, actor: Actor, plan: Plan, *, version: int | None = None) -> None:
    """Approve a special campaign for the district government; it is filed. Raises as `file_plan` does."""
    _require_turn(actor, plan, PlanStatus.GOVERNMENT_REVIEW, event="file")
    lock_organisation(session, plan.organisation_id)
    require_version(plan, version)
    before = plan.status
    stages.decide(session, clock, actor, plan, verdict=Verdict.AGREED)
    _file(session, clock, actor, plan)
    note_step(session, clock, actor, "plan.approve", plan, before=before)


def _file(session: Session, clock: Clock, actor: Actor, plan: Plan) -> None:
    if plan.round_id is not None and not plan.emergency:
        require_filing_open(clock, session.get_one(Round, plan.round_id))
    organisation = lock_organisation(session, plan.organisation_id)
    earlier = session.get(Plan, plan.replaces_id) if plan.replaces_id else None
    if earlier is not None:
        _replace(session, clock, actor, earlier, plan)
    reserve_plan(session, clock, plan, actor_id=actor.user_id)
    plan.status = step(PLAN, plan.status, "file", entity="plan")
    plan.filed_by_id, plan.filed_at = actor.user_id, clock.now()
    plan.file_number = earlier.file_number if earlier else _file_number(session, organisation, plan)
    save_plan(session, plan)


def _file_number(session: Session, organisation: Organisation, plan: Plan) -> str:
    """The next number of the organisation and year; a new version keeps that of the first."""
    statement = select(Plan.file_number).where(Plan.organisation_id == plan.organisation_id, Plan.year == plan.year)
    numbers = set(session.exec(statement.where(col(Plan.file_number) != "")))
    return f"{organisation.short_name}检备〔{plan.year}〕{len(numbers) + 1}号"


def _replace(session: Session, clock: Clock, actor: Actor, earlier: Plan, plan: Plan) -> None:
    """Let the new version take the place of the old one, which stays readable; what a round took stays as it was."""
    session.refresh(earlier)
    own = {task.line_uid: task for task in session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id))}
    taken = select(PlanTask).where(PlanTask.plan_id == earlier.id, col(PlanTask.round_id).is_not(None))
    faults = []
    for old in session.exec(taken.order_by(col(PlanTask.position))):
        new = own.get(old.line_uid)
        if new is None or new.fingerprint != old.fingerprint:
            faults.append(Fault(field="tasks", code="taken_meanwhile", params=(("name", old.name),)))
        else:
            new.round_id = old.round_id
            session.add(new)
    if faults:
        raise InvalidError(*faults)
    before, earlier.status = earlier.status, step(PLAN, earlier.status, "replace", entity="plan")
    save_plan(session, earlier)
    # The new version asks for its own places: what the old one had reserved is free for it.
    release_plan(session, clock, earlier, reason="replace", actor_id=actor.user_id)
    note_step(session, clock, actor, "plan.replace", earlier, before=before)


def _require_turn(actor: Actor, plan: Plan, status: PlanStatus, *, event: str) -> None:
    """Raise unless the plan is at `status` and its decision is the actor's."""
    require_visible(actor, plan.organisation_id, "plan", plan.uid)
    if not _DECIDES[status](actor) or not (may_approve_specials(actor) or _owns(actor, plan)):
        raise NotPermittedError
    if plan.status is not status:
        raise TransitionError(entity="plan", status=str(plan.status), event=event)


def _require_visible_turn(actor: Actor, plan: Plan) -> None:
    require_visible(actor, plan.organisation_id, "plan", plan.uid)
    if not any(predicate(actor) for predicate in _DECIDES.values()):
        raise NotPermittedError


def _require_decider(actor: Actor, plan: Plan) -> None:
    if not decides_now(actor, plan):
        raise NotPermittedError


def _owns(actor: Actor, plan: Plan) -> bool:
    return actor.organisation_id == plan.organisation_id


def _effort_faults(quarters: int | None, inspectors: int | None) -> list[Fault]:
    faults = []
    if quarters not in {None, 1, 2, 4}:
        faults.append(Fault(field="quarters", code="literal_error"))
    # R04: never fewer than two officers.
    if inspectors is not None and inspectors < 2:
        faults.append(Fault(field="inspectors", code="greater_than_equal", params=(("ge", 2),)))
    return faults
