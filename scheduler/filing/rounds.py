"""Coordination rounds: opening, freezing what was filed, and how a round stands. The draw is in `draws`."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import DrawStatus, PlanStatus, RequestStatus, RoundKind, RoundStatus
from data.errors import NotFoundError
from data.models import Draw, DrawProtocol, Enterprise, InspectionRequest, Organisation, Plan, PlanTask, Round, Site
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import ConflictError, Fault, InvalidError, NotPermittedError
from scheduler.permissions import Actor, may_coordinate, may_see_rounds
from scheduler.transitions import PLAN, ROUND, step

LONGEST_NAME: Final = 80
# A task of more days is shared out to plans of shorter spans before a round takes it (b1: annual, quarterly, monthly).
LONGEST_TAKEN_DAYS: Final = 93
GIVEN_UP: Final = (PlanStatus.WITHDRAWN, PlanStatus.REPLACED)
LONGEST_DAYS: Final = {RoundKind.MONTH: 31, RoundKind.QUARTER: 92}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFiling:
    """What one organisation has filed, or means to file, for a round."""

    organisation_id: int
    organisation_name: str
    plans: dict[PlanStatus, int]
    tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSummary:
    """How a round stands. Counts have no entry for what there is none of; `organisations` by code."""

    plans: dict[PlanStatus, int]
    organisations: tuple[OrganisationFiling, ...]
    tasks: int
    requests: dict[RequestStatus, int]
    draws: int
    drawn_sites: int
    filing_until: datetime
    period_first: date
    period_last: date


def open_round(
    session: Session,
    clock: Clock,
    actor: Actor,
    *,
    name: str,
    kind: RoundKind,
    period_first: date,
    period_last: date,
    filing_until: datetime,
) -> Round:
    """Open a round for filing over a period, both dates included.

    Raises NotPermittedError for anybody but a coordinator; InvalidError: "required", "too_long", "taken" (name),
    "period_backwards", "period_too_long", "round_overlaps" (period), "in_the_past", "after_period" (filing_until).
    """
    _require_coordinator(actor)
    faults = [
        *_name_faults(session, name.strip()),
        *_period_faults(session, kind, period_first, period_last),
        *_deadline_faults(clock, filing_until, period_last),
    ]
    if faults:
        raise InvalidError(*faults)
    round_ = Round(
        name=name.strip(),
        kind=kind,
        period_first=period_first,
        period_last=period_last,
        filing_until=filing_until,
        opened_by_id=actor.user_id,
        opened_at=clock.now(),
    )
    session.add(round_)
    session.flush()
    after = {"name": round_.name, "first": period_first, "last": period_last, "filing_until": filing_until.isoformat()}
    audit.record(session, clock, actor, "round.open", entity="round", entity_uid=round_.uid, after=after)
    return round_


def freeze_round(session: Session, clock: Clock, actor: Actor, round_: Round) -> None:
    """End filing: take every task of a filed plan that falls into the period, and fix tasks and registry by a hash.

    A plan stays filed while tasks of it remain for later rounds. Raises TransitionError unless the round is open,
    InvalidError "nothing_filed".
    """
    _require_coordinator(actor)
    status = step(ROUND, round_.status, "freeze", entity="round")
    plans = _take_tasks(session, round_)
    if not plans:
        waiting = sum(_count_plans(session, round_).values())
        raise InvalidError(Fault(field="plans", code="nothing_filed", params=(("waiting", waiting),)))
    round_.status, round_.frozen_at = status, clock.now()
    session.add(round_)
    session.flush()
    round_.frozen_hash = freeze_hash(session, round_)
    session.add(round_)
    after = {"frozen_hash": round_.frozen_hash, "plans": [plan.uid for plan in plans]}
    audit.record(session, clock, actor, "round.freeze", entity="round", entity_uid=round_.uid, after=after)


def refreeze_round(session: Session, clock: Clock, actor: Actor, round_: Round, *, reason: str) -> None:
    """Fix the registry anew before the draw, because it has changed since the freeze; says why.

    Raises TransitionError unless the round is frozen and not drawn yet, InvalidError "required" without a reason,
    ConflictError "lists_published" once a draw has begun: what parties commit to does not change any more.
    """
    _require_coordinator(actor)
    step(ROUND, round_.status, "draw", entity="round")
    live = select(DrawProtocol.id).where(
        DrawProtocol.round_id == round_.id, col(DrawProtocol.status) != DrawStatus.ABORTED
    )
    if session.exec(live).first() is not None:
        raise ConflictError("lists_published", round=round_.name)
    if not reason.strip():
        raise InvalidError(Fault(field="reason", code="required"))
    before = {"frozen_hash": round_.frozen_hash}
    round_.frozen_at, round_.frozen_hash = clock.now(), freeze_hash(session, round_)
    session.add(round_)
    audit.record(
        session, clock, actor, "round.refreeze", entity="round", entity_uid=round_.uid,
        before=before, after={"frozen_hash": round_.frozen_hash}, reason=reason.strip(),
    )  # fmt: skip


def freeze_hash(session: Session, round_: Round) -> str:
    """Return the SHA-256 over the round's plans with their tasks, and over what draws read of the registry."""
    tasks = session.execute(
        sa.select(col(Plan.uid), col(PlanTask.uid), col(PlanTask.fingerprint))
        .join(PlanTask, col(PlanTask.plan_id) == col(Plan.id))
        .where(col(PlanTask.round_id) == round_.id, col(Plan.status) != PlanStatus.REPLACED)
        .order_by(col(Plan.uid), col(PlanTask.uid))
    )
    sites = session.execute(
        sa.select(
            col(Site.uid),
            col(Site.status),
            col(Site.scenario_id),
            col(Site.town_id),
            col(Enterprise.credit_code),
            col(Enterprise.credit_class),
            col(Enterprise.whitelisted),
            col(Enterprise.status),
        )
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .order_by(col(Site.uid))
    )
    frozen = {"tasks": [list(row) for row in tasks], "sites": [list(row) for row in sites]}
    return audit.sha256(audit.canonical_json(frozen))


def list_rounds(session: Session, actor: Actor) -> list[Round]:
    """Return all planned rounds, the latest period first. Raises NotPermittedError for officers and enterprises."""
    if not may_see_rounds(actor):
        raise NotPermittedError
    planned = select(Round).where(Round.kind != RoundKind.OFF_PLAN)
    return list(session.exec(planned.order_by(col(Round.period_first).desc(), col(Round.id).desc())))


def get_round(session: Session, actor: Actor, uid: str) -> Round:
    """Return the round. Raises NotFoundError, also for those who may not see rounds."""
    found = session.exec(select(Round).where(Round.uid == uid)).first() if may_see_rounds(actor) else None
    if found is None:
        raise NotFoundError("round", uid)
    return found


def round_summary(session: Session, round_: Round, *, organisation_id: int | None = None) -> RoundSummary:
    """Count what belongs to a round; `organisation_id` leaves one organisation's share.

    While the round is open, plans of no round that touch its period count too: they would be taken at the freeze.
    """
    organisations = _filings(session, round_, organisation_id)
    requests = _count_requests(session, round_, organisation_id)
    draws = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(col(Draw.drawn)), 0)).where(
        col(Draw.round_id) == round_.id
    )
    if organisation_id is not None:
        owners = sa.select(col(PlanTask.id)).join(Plan, col(Plan.id) == col(PlanTask.plan_id))
        draws = draws.where(col(Draw.task_id).in_(owners.where(col(Plan.organisation_id) == organisation_id)))
    number, sites = session.execute(draws).one()
    plans: dict[PlanStatus, int] = {}
    for filing in organisations:
        for status, count in filing.plans.items():
            plans[status] = plans.get(status, 0) + count
    return RoundSummary(
        plans=plans,
        organisations=organisations,
        tasks=sum(filing.tasks for filing in organisations),
        requests=requests,
        draws=number,
        drawn_sites=sites,
        filing_until=round_.filing_until,
        period_first=round_.period_first,
        period_last=round_.period_last,
    )


def _require_coordinator(actor: Actor) -> None:
    if not may_coordinate(actor):
        raise NotPermittedError


def _name_faults(session: Session, name: str) -> list[Fault]:
    if not name:
        return [Fault(field="name", code="required")]
    if len(name) > LONGEST_NAME:
        return [Fault(field="name", code="too_long", params=(("most", LONGEST_NAME),))]
    taken = session.exec(select(Round.id).where(Round.name == name)).first()
    return [Fault(field="name", code="taken")] if taken is not None else []


def _period_faults(session: Session, kind: RoundKind, first: date, last: date) -> list[Fault]:
    if kind not in LONGEST_DAYS:
        return [Fault(field="kind", code="unknown_choice")]
    if last < first:
        return [Fault(field="period_last", code="period_backwards")]
    if (last - first).days >= LONGEST_DAYS[kind]:
        return [Fault(field="period_last", code="period_too_long", params=(("days", LONGEST_DAYS[kind]),))]
    # Two rounds over the same days would hand out the same people twice.
    other = session.exec(
        select(Round.name)
        .where(Round.period_first <= last, Round.period_last >= first, Round.kind != RoundKind.OFF_PLAN)
        .order_by(col(Round.id))
    ).first()
    return [Fault(field="period_first", code="round_overlaps", params=(("round", other),))] if other else []


def _deadline_faults(clock: Clock, filing_until: datetime, period_last: date) -> list[Fault]:
    if filing_until.tzinfo is None:
        return [Fault(field="filing_until", code="no_time_zone")]
    if filing_until <= clock.now():
        return [Fault(field="filing_until", code="in_the_past")]
    return [Fault(field="filing_until", code="after_period")] if filing_until.date() > period_last else []


def _take_tasks(session: Session, round_: Round) -> list[Plan]:
    """Hand the round its tasks; returns the plans that they are of. A plan without tasks left goes in whole."""
    filed = select(Plan).where(Plan.status == PlanStatus.FILED, _belongs(round_)).order_by(col(Plan.id))
    plans = {plan.id: plan for plan in session.exec(filed.with_for_update())}
    tasks = session.exec(
        select(PlanTask)
        .where(col(PlanTask.plan_id).in_(list(plans)), col(PlanTask.round_id).is_(None))
        .order_by(col(PlanTask.plan_id), col(PlanTask.position))
    ).all()
    shared = _shared_out(session, [task.id for task in tasks])
    left = {task.plan_id for task in tasks if not _falls_into(task, round_, shared)}
    taken = [task for task in tasks if _falls_into(task, round_, shared)]
    for task in taken:
        task.round_id = round_.id
    touched = [plans[key] for key in dict.fromkeys(task.plan_id for task in taken)]
    for plan in touched:
        if plan.id not in left:
            plan.status, plan.round_id = step(PLAN, plan.status, "freeze", entity="plan"), round_.id
    session.add_all([*taken, *touched])
    session.flush()
    return touched


def _falls_into(task: PlanTask, round_: Round, shared: Container[int | None]) -> bool:
    """Whether a round takes a task: its window touches the period and nobody shares it out to shorter plans.

    A task of more than a quarter is a frame for such plans: what nobody shared out falls into its last month.
    """
    if task.id in shared or task.first_date > round_.period_last or task.last_date < round_.period_first:
        return False
    return (task.last_date - task.first_date).days < LONGEST_TAKEN_DAYS or task.last_date <= round_.period_last


def _shared_out(session: Session, task_ids: Sequence[int | None]) -> frozenset[int | None]:
    """Tasks of which a plan that was not given up has taken a share."""
    statement = (
        sa.select(col(PlanTask.parent_id))
        .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
        .where(col(PlanTask.parent_id).in_(task_ids), col(Plan.status).not_in(GIVEN_UP))
    )
    return frozenset(session.execute(statement).scalars())


def _belongs(round_: Round) -> Any:
    """Plans of a round: those with tasks in it; while it is open, those that it would take a task of."""
    own = sa.select(col(PlanTask.plan_id)).where(col(PlanTask.round_id) == round_.id)
    if round_.status is not RoundStatus.OPEN:
        return sa.and_(col(Plan.id).in_(own), col(Plan.status) != PlanStatus.REPLACED)
    touches = sa.and_(col(Plan.period_first) <= round_.period_last, col(Plan.period_last) >= round_.period_first)
    other = sa.select(col(Round.id)).where(col(Round.status) == RoundStatus.OPEN, col(Round.id) != round_.id)
    # R25: after an emergency there is nothing left to schedule.
    return sa.and_(
        touches,
        sa.or_(col(Plan.round_id).is_(None), col(Plan.round_id).not_in(other)),
        col(Plan.emergency).is_(False),
    )


def _count_plans(session: Session, round_: Round) -> dict[PlanStatus, int]:
    rows = session.execute(
        sa.select(col(Plan.status), sa.func.count()).where(_belongs(round_)).group_by(col(Plan.status))
    )
    return {status: count for status, count in rows if status not in GIVEN_UP}


def _filings(session: Session, round_: Round, organisation_id: int | None) -> tuple[OrganisationFiling, ...]:
    counted = sa.select(sa.func.count()).where(col(PlanTask.plan_id) == col(Plan.id))
    if round_.status is not RoundStatus.OPEN:
        counted = counted.where(col(PlanTask.round_id) == round_.id)
    tasks = counted.scalar_subquery()
    statement = (
        sa.select(Organisation, col(Plan.status), tasks)
        .join(Plan, col(Plan.organisation_id) == col(Organisation.id))
        .where(_belongs(round_), col(Plan.status).not_in(GIVEN_UP))
        .order_by(col(Organisation.code))
    )
    if organisation_id is not None:
        statement = statement.where(col(Plan.organisation_id) == organisation_id)
    found: dict[int, tuple[str, dict[PlanStatus, int], list[int]]] = {}
    for organisation, status, number in session.execute(statement):
        _, plans, numbers = found.setdefault(organisation.id, (organisation.short_name, {}, []))
        plans[status] = plans.get(status, 0) + 1
        numbers.append(number)
    return tuple(
        OrganisationFiling(organisation_id=key, organisation_name=name, plans=plans, tasks=sum(numbers))
        for key, (name, plans, numbers) in found.items()
    )


def _count_requests(session: Session, round_: Round, organisation_id: int | None) -> dict[RequestStatus, int]:
    statement = sa.select(col(InspectionRequest.status), sa.func.count()).where(
        col(InspectionRequest.round_id) == round_.id
    )
    if organisation_id is not None:
        statement = statement.where(col(InspectionRequest.organisation_id) == organisation_id)
    return dict(session.execute(statement.group_by(col(InspectionRequest.status))).all())  # type: ignore[arg-type]
