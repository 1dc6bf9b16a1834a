"""The way of a plan from its clerk to its filing (备案): who is asked, in which order, and what they said.

Partners countersign (会签), legal reviews (法制审核) what must be, the head decides, the government approves special
campaigns (专项, R23). Nobody decides at a stage of a plan that they wrote, nor at two stages of one submission.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import OrganisationKind, PlanKind, PlanStage, PlanStatus, Role, Verdict
from data.errors import NotFoundError
from data.models import AuditEvent, Organisation, Plan, PlanDecision, PlanTask, PlanTaskPartner, User
from scheduler.clock import Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError, NotPermittedError
from scheduler.permissions import Actor
from scheduler.transitions import PLAN, step
from scheduler.workdays import load_calendar

# R62: a joint team of several departments is agreed within three working days.
COUNTERSIGN_WORKDAYS: Final = 3
UNDER_WAY: Final = frozenset(
    {PlanStatus.COUNTERSIGNING, PlanStatus.LEGAL_REVIEW, PlanStatus.SUBMITTED, PlanStatus.GOVERNMENT_REVIEW}
)
STAGE_OF: Final = {
    PlanStatus.COUNTERSIGNING: PlanStage.COUNTERSIGN,
    PlanStatus.LEGAL_REVIEW: PlanStage.LEGAL,
    PlanStatus.SUBMITTED: PlanStage.HEAD,
    PlanStatus.GOVERNMENT_REVIEW: PlanStage.GOVERNMENT,
}
_EVENT: Final = {
    PlanStage.COUNTERSIGN: "ask_partners",
    PlanStage.LEGAL: "ask_legal",
    PlanStage.HEAD: "ask_head",
    PlanStage.GOVERNMENT: "ask_government",
}
# What makes a person an author of a plan, besides having begun it.
_WRITING: Final = (
    "plan.create", "plan.edit", "plan.add_task", "plan.add_tasks", "plan.edit_task", "plan.remove_task", "plan.submit",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """One stage as the page shows it. `person` is "" before somebody has decided."""

    stage: PlanStage
    organisation_name: str
    verdict: Verdict
    reason: str
    person: str
    decision: PlanDecision


def stages_of(session: Session, plan: Plan) -> tuple[PlanStage, ...]:
    """Return the stages that this plan goes through, in order."""
    stages = [PlanStage.HEAD]
    if needs_legal(session, plan):
        stages.insert(0, PlanStage.LEGAL)
    if partner_ids(session, plan):
        stages.insert(0, PlanStage.COUNTERSIGN)
    if needs_government(session, plan):
        stages.append(PlanStage.GOVERNMENT)
    return tuple(stages)


def needs_legal(session: Session, plan: Plan) -> bool:
    """Whether legal review is required: special campaigns, and whatever brings people who are no officers (R05)."""
    if plan.kind is PlanKind.SPECIAL:
        return True
    helped = sa.select(sa.func.count()).where(col(PlanTask.plan_id) == plan.id, col(PlanTask.assistants) > 0)
    return bool(session.execute(helped).scalar_one())


def needs_government(session: Session, plan: Plan) -> bool:
    """Whether the district government has to approve: special campaigns of all but vertical bodies (R23)."""
    return plan.kind is PlanKind.SPECIAL and not is_vertical(session, plan)


def is_vertical(session: Session, plan: Plan) -> bool:
    """Whether the plan's body answers to a superior of its own, who approves its special campaigns."""
    return session.get_one(Organisation, plan.organisation_id).kind is OrganisationKind.VERTICAL


def partner_ids(session: Session, plan: Plan) -> tuple[int, ...]:
    """Return the organisations that tasks of the plan want beside it, by key."""
    statement = (
        sa.select(col(PlanTaskPartner.organisation_id))
        .join(PlanTask, col(PlanTask.id) == col(PlanTaskPartner.task_id))
        .where(col(PlanTask.plan_id) == plan.id)
    )
    return tuple(session.execute(statement.distinct().order_by(col(PlanTaskPartner.organisation_id))).scalars())


def stage_faults(session: Session, plan: Plan) -> list[Fault]:
    """Return what would leave the plan stuck on its way: nobody to review it, no document of the superior."""
    faults = []
    if needs_legal(session, plan):
        reviewers = select(User.id).where(User.role == Role.LEGAL, User.organisation_id == plan.organisation_id)
        if session.exec(reviewers.where(col(User.active))).first() is None:
            faults.append(Fault(field="kind", code="no_legal_reviewer"))
    if plan.kind is PlanKind.SPECIAL and is_vertical(session, plan) and not plan.document_number:
        faults.append(Fault(field="document_number", code="superior_document_missing"))
    return faults


def begin(session: Session, clock: Clock, plan: Plan) -> None:
    """Hand a draft to whoever is asked first. Raises TransitionError."""
    first = stages_of(session, plan)[0]
    event = "submit" if first is PlanStage.HEAD else _EVENT[first]
    plan.status = step(PLAN, plan.status, event, entity="plan")
    plan.submission += 1
    session.add(plan)
    session.flush()
    _ask(session, clock, plan, first)


def go_on(session: Session, clock: Clock, plan: Plan) -> bool:
    """Take the plan to its next stage; False when there is none left and it can be filed."""
    stages = stages_of(session, plan)
    following = stages[stages.index(STAGE_OF[plan.status]) + 1 :]
    if not following:
        return False
    plan.status = step(PLAN, plan.status, _EVENT[following[0]], entity="plan")
    session.add(plan)
    session.flush()
    _ask(session, clock, plan, following[0])
    return True


def decide(
    session: Session, clock: Clock, actor: Actor, plan: Plan, *, verdict: Verdict, reason: str = ""
) -> PlanDecision:
    """Note what the actor says at the present stage, for the plan's own organisation or the government.

    Raises NotPermittedError "creator_may_not_file", "editor_may_not_decide", "decided_already" (X-06).
    """
    require_uninvolved(session, actor, plan)
    decision = _waiting(session, plan, STAGE_OF[plan.status], plan.organisation_id)
    if decision is None:
        # Plans submitted before stages were kept have nothing written down yet.
        decision = _decision(clock, plan, STAGE_OF[plan.status], plan.organisation_id)
    return answer(session, clock, actor, decision, verdict=verdict, reason=reason)


def answer(
    session: Session, clock: Clock, actor: Actor, decision: PlanDecision, *, verdict: Verdict, reason: str
) -> PlanDecision:
    """Write an answer down."""
    decision.verdict, decision.reason = verdict, reason
    decision.decided_by_id, decision.decided_at = actor.user_id, clock.now()
    session.add(decision)
    session.flush()
    return decision


def own_countersign(session: Session, actor: Actor, plan: Plan) -> PlanDecision:
    """Return the question to the actor's organisation. Raises NotFoundError when it was not asked or has answered."""
    decision = _waiting(session, plan, PlanStage.COUNTERSIGN, actor.organisation_id)
    if plan.status is not PlanStatus.COUNTERSIGNING or decision is None:
        raise NotFoundError("plan", plan.uid)
    return decision


def all_answered(session: Session, plan: Plan) -> bool:
    """Whether no partner is still to answer."""
    return not _open_questions(session, plan)


def close_questions(session: Session, clock: Clock, plan: Plan) -> tuple[int, ...]:
    """Let the unanswered questions to partners lapse; returns their organisations.

    Raises ConflictError "partners_have_time" before the last day for an answer has passed.
    """
    waiting = _open_questions(session, plan)
    latest = max((one.due for one in waiting if one.due), default=None)
    if latest is not None and today(clock) <= latest:
        raise ConflictError("partners_have_time", due=latest.isoformat())
    for one in waiting:
        one.verdict = Verdict.LAPSED
        session.add(one)
    session.flush()
    return tuple(one.organisation_id for one in waiting)


def may_go_on(session: Session, clock: Clock, plan: Plan) -> bool:
    """Whether the last day for the partners' answers has passed."""
    waiting = _open_questions(session, plan) if plan.status is PlanStatus.COUNTERSIGNING else []
    return bool(waiting) and all(one.due is not None and one.due < today(clock) for one in waiting)


def require_uninvolved(session: Session, actor: Actor, plan: Plan) -> None:
    """Raise NotPermittedError for whoever wrote on the plan or decided at another stage of this submission (X-06)."""
    if plan.created_by_id == actor.user_id:
        raise NotPermittedError("creator_may_not_file")
    wrote = select(AuditEvent.id).where(
        AuditEvent.entity_uid == plan.uid,
        AuditEvent.actor_id == actor.user_id,
        col(AuditEvent.action).in_(_WRITING),
    )
    if session.exec(wrote).first() is not None:
        raise NotPermittedError("editor_may_not_decide")
    decided = select(PlanDecision.id).where(
        PlanDecision.plan_id == plan.id,
        PlanDecision.submission == plan.submission,
        PlanDecision.decided_by_id == actor.user_id,
    )
    if session.exec(decided).first() is not None:
        raise NotPermittedError("decided_already")


def plans_to_countersign(session: Session, organisation_id: int | None) -> list[tuple[Plan, date | None]]:
    """Return the plans of others on which an organisation is to answer, with the last day for it."""
    statement = (
        sa.select(Plan, col(PlanDecision.due))
        .join(PlanDecision, col(PlanDecision.plan_id) == col(Plan.id))
        .where(col(Plan.status) == PlanStatus.COUNTERSIGNING, col(PlanDecision.submission) == col(Plan.submission))
        .where(col(PlanDecision.organisation_id) == organisation_id, col(PlanDecision.verdict) == Verdict.WAITING)
        .where(col(PlanDecision.stage) == PlanStage.COUNTERSIGN)
        .order_by(col(PlanDecision.due), col(Plan.id))
    )
    return [(plan, due) for plan, due in session.execute(statement)]


def is_partner(session: Session, plan: Plan, organisation_id: int | None) -> bool:
    """Whether an organisation was asked to countersign the plan as last submitted: then it may read it."""
    asked = select(PlanDecision.id).where(
        PlanDecision.plan_id == plan.id,
        PlanDecision.submission == plan.submission,
        PlanDecision.stage == PlanStage.COUNTERSIGN,
        PlanDecision.organisation_id == organisation_id,
    )
    return session.exec(asked).first() is not None


def list_stages(session: Session, plan: Plan) -> tuple[StageView, ...]:
    """Return what was asked and said in the last submission, in the order of the stages."""
    rows = session.execute(
        sa.select(PlanDecision, Organisation, User)
        .join(Organisation, col(Organisation.id) == col(PlanDecision.organisation_id))
        .outerjoin(User, col(User.id) == col(PlanDecision.decided_by_id))
        .where(col(PlanDecision.plan_id) == plan.id, col(PlanDecision.submission) == plan.submission)
        .order_by(col(PlanDecision.id))
    )
    return tuple(
        StageView(
            stage=decision.stage,
            organisation_name=organisation.short_name,
            verdict=decision.verdict,
            reason=decision.reason,
            person=user.display_name if user else "",
            decision=decision,
        )
        for decision, organisation, user in rows
    )


def require_reason(reason: str) -> str:
    """Return the reason without blanks around it. Raises InvalidError "required" for none."""
    if not reason.strip():
        raise InvalidError(Fault(field="reason", code="required"))
    return reason.strip()


def _ask(session: Session, clock: Clock, plan: Plan, stage: PlanStage) -> None:
    if stage is not PlanStage.COUNTERSIGN:
        session.add(_decision(clock, plan, stage, plan.organisation_id))
    else:
        due = load_calendar(session).add_workdays(today(clock), COUNTERSIGN_WORKDAYS)
        session.add_all(_decision(clock, plan, stage, key, due=due) for key in partner_ids(session, plan))
    session.flush()


def _decision(
    clock: Clock, plan: Plan, stage: PlanStage, organisation_id: int, *, due: date | None = None
) -> PlanDecision:
    return PlanDecision(
        plan_id=plan.id,  # type: ignore[arg-type]
        submission=plan.submission,
        stage=stage,
        organisation_id=organisation_id,
        asked_at=clock.now(),
        due=due,
    )


def _waiting(session: Session, plan: Plan, stage: PlanStage, organisation_id: int | None) -> PlanDecision | None:
    return session.exec(
        select(PlanDecision).where(
            PlanDecision.plan_id == plan.id,
            PlanDecision.submission == plan.submission,
            PlanDecision.stage == stage,
            PlanDecision.organisation_id == organisation_id,
            PlanDecision.verdict == Verdict.WAITING,
        )
    ).first()


def _open_questions(session: Session, plan: Plan) -> Sequence[PlanDecision]:
    return session.exec(
        select(PlanDecision)
        .where(PlanDecision.plan_id == plan.id, PlanDecision.submission == plan.submission)
        .where(PlanDecision.stage == PlanStage.COUNTERSIGN, PlanDecision.verdict == Verdict.WAITING)
        .order_by(col(PlanDecision.organisation_id))
    ).all()
