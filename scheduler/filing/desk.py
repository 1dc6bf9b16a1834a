"""The desk (待办): what waits for a person now, by role, and where it is done. Only reads; the words are the web's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import (
    Channel,
    DrawStatus,
    OutboxState,
    PlanStatus,
    Role,
    UploadStatus,
    VisitStatus,
)
from data.models import Concern, CrewSlot, OutboxMessage, Plan, Round, SheetUpload, Visit
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.fieldwork.corrections import waiting_corrections
from scheduler.fieldwork.duties import waiting_duties
from scheduler.fieldwork.idle_reviews import idle_reviews
from scheduler.fieldwork.orders import waiting_orders
from scheduler.fieldwork.publication import due_results
from scheduler.fieldwork.withdrawals import own_publications
from scheduler.filing.draws.protocol import own_seats
from scheduler.filing.round_todos import (
    drafts_to_approve,
    parts_to_confirm,
    releases_ahead,
    releases_blocked,
    rounds_to_file,
    rounds_to_lead,
)
from scheduler.filing.stages import plans_to_countersign
from scheduler.filing.todos import Todo
from scheduler.oversight.overview import count_warnings
from scheduler.permissions import Actor
from scheduler.portal.appeals import waiting_appeals
from scheduler.publishing.enterprise_view import enterprise_visits
from scheduler.publishing.inbox import unread_count
from scheduler.publishing.paper_notices import waiting_papers

DAYS_AHEAD: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What waits for one person: what is due first, then by kind."""

    todos: tuple[Todo, ...]


def desk(session: Session, clock: Clock, actor: Actor) -> Desk:
    """Return what waits for the actor now."""
    todos = [*_BY_ROLE[actor.role](session, clock, actor), *_seats(session, actor), *_messages(session, actor)]
    last = datetime.max.replace(tzinfo=clock.now().tzinfo)
    return Desk(todos=tuple(sorted(todos, key=lambda todo: (todo.due or last, todo.kind, todo.uid or ""))))


def _of_clerk(session: Session, clock: Clock, actor: Actor) -> list[Todo]:
    uploads = _own_uploads(session, actor)
    drafts, returned = (_own_plans(session, actor, status) for status in (PlanStatus.DRAFT, PlanStatus.RETURNED))
    return [
        *_rows("upload_to_finish", "uploads", uploads),
        *_rows("plan_to_submit", "plans", [plan.uid for plan in drafts]),
        *_rows("plan_returned", "plans", [plan.uid for plan in returned]),
        *_countersigning(session, actor),
        *_emergencies(session, actor),
        *rounds_to_file(session, clock, actor),
        *parts_to_confirm(session, clock, actor),
        *_results_to_publish(session, clock, actor),
        *_orders_to_follow(session, clock, actor),
        *_idle_reviews(session, actor),
        *_duties(session, clock, actor),
        *_papers_to_carry(session, actor),
    ]


def _papers_to_carry(session: Session, actor: Actor) -> list[Todo]:
    """Paper notices about visits of the clerk's organisation, to be there before the first of these visits (N5)."""
    waiting = waiting_papers(session, actor)
    if not waiting:
        return []
    due = _end_of(waiting[0].day - timedelta(days=1))
    only = waiting[0].visit_uid if len(waiting) == 1 else None
    route_name = "visits.show" if only else "documents.index"
    return [Todo(kind="notice_to_hand_over", count=len(waiting), route_name=route_name, uid=only, due=due)]


def _orders_to_follow(session: Session, clock: Clock, actor: Actor) -> list[Todo]:
    """Orders to mend whose day is near or gone, and that nobody follows yet."""
    waiting = list(waiting_orders(session, clock, actor))
    if not waiting:
        return []
    due = _end_of(min(one.mend_by for one in waiting))
    return [Todo(kind="order_to_follow", count=len(waiting), route_name="orders.index", due=due)]


def _idle_reviews(session: Session, actor: Actor) -> list[Todo]:
    """Re-inspections that look at nothing any more; for who cannot withdraw one, only to be watched."""
    return [
        Todo(
            kind="review_idle" if one.is_for(actor) else "review_idle_elsewhere",
            count=1,
            route_name="plans.show",
            uid=one.plan.uid,
            params={"plan": one.plan.title},
        )
        for one in idle_reviews(session, actor)
    ]


def _duties(session: Session, clock: Clock, actor: Actor) -> list[Todo]:
    """Officers who cannot come and wait for the actor's word (F29)."""
    waiting = waiting_duties(session, clock, actor)
    kind = "duty_to_answer" if actor.role is Role.OFFICER else "duty_to_decide"
    due = min((one.request.until for one in waiting), default=None)
    return [Todo(kind=kind, count=len(waiting), route_name="duties.index", due=due)] if waiting else []


def _results_to_publish(session: Session, clock: Clock, actor: Actor) -> list[Todo]:
    """Results of closed visits to be published, with the first day for it (R55), and what others ask of them."""
    due = due_results(session, clock, actor)
    asked = sum(one.asked and not one.own_wish for one in own_publications(session, actor))
    wrong = waiting_corrections(session, actor)
    todos = [Todo(kind="withdrawal_to_decide", count=asked, route_name="results.due")] if asked else []
    todos += [Todo(kind="correction_to_decide", count=wrong, route_name="corrections.index")] if wrong else []
    if not due:
        return todos
    first = min(one.due for one in due)
    return [*todos, Todo(kind="result_to_publish", count=len(due), route_name="results.due", due=first)]


def _of_head(session: Session, clock: Clock, actor: Actor) -> list[Todo]:
    plans = _own_plans(session, actor, PlanStatus.SUBMITTED)
    rounds = {plan.round_id for plan in plans}
    deadline = session.exec(select(sa.func.min(Round.filing_until)).where(col(Round.id).in_(rounds))).one()
    decisions = _rows("plan_to_decide", "plans", [plan.uid for plan in plans], due=deadline)
    own = [*_countersigning(session, actor), *_emergencies(session, actor), *parts_to_confirm(session, clock, actor)]
    return [*decisions, *own, *_results_to_publish(session, clock, actor), *_duties(session, clock, actor)]


def _of_legal(session: Session, _clock: Clock, actor: Actor) -> list[Todo]:
    plans = _own_plans(session, actor, PlanStatus.LEGAL_REVIEW)
    return _rows("plan_to_review", "plans", [plan.uid for plan in plans])


def _of_coordinator(session: Session, clock: Clock, actor: Actor) -> list[Todo]:
    asked = [*_appeals(session, actor, "appeal_to_answer"), *_duties(session, clock, actor)]
    rounds = rounds_to_lead(session, clock)
    return [*rounds, *asked, *_idle_reviews(session, actor), *_of_keeper(session, clock, actor)]


def _appeals(session: Session, actor: Actor, kind: str) -> list[Todo]:
    """What enterprises ask the actor for; due when the first answer is."""
    count, due = waiting_appeals(session, actor)
    return [Todo(kind=kind, count=count, route_name="appeals.index", due=due)] if count else []


def _of_approver(session: Session, clock: Clock, _actor: Actor) -> list[Todo]:
    specials = session.exec(
        select(Plan.uid).where(Plan.status == PlanStatus.GOVERNMENT_REVIEW).order_by(col(Plan.id))
    ).all()
    rounds = [*drafts_to_approve(session, clock), *releases_blocked(session), *releases_ahead(session)]
    return [*_rows("plan_to_approve", "plans", specials), *rounds]


def _of_officer(session: Session, clock: Clock, actor: Actor) -> list[Todo]:
    day = today(clock)
    return [
        *_under_way(session, actor),
        *_own_visits(session, actor, "visit_today", day, day),
        *_own_visits(session, actor, "visit_ahead", day + timedelta(days=1), day + timedelta(days=DAYS_AHEAD)),
        *_orders_to_follow(session, clock, actor),
        *_duties(session, clock, actor),
    ]


def _of_enterprise(session: Session, clock: Clock, actor: Actor) -> list[Todo]:
    # Asked of what the enterprise may see: a hidden visit is in no count.
    ahead = [
        visit
        for visit in enterprise_visits(session, actor)
        if visit.starts_at > clock.now() and not visit.cancelled and not visit.arrived
    ]
    if not ahead:
        return []
    first = min(visit.starts_at for visit in ahead)
    return [Todo(kind="visit_announced", count=len(ahead), route_name="portal.show", due=first)]


def _of_keeper(session: Session, _clock: Clock, _actor: Actor) -> list[Todo]:
    dead = session.exec(
        select(sa.func.count()).select_from(OutboxMessage).where(OutboxMessage.state == OutboxState.DEAD)
    ).one()
    failed = {"state": OutboxState.DEAD.value}
    undelivered = (
        [Todo(kind="notice_undelivered", count=dead, route_name="outbox.index", narrowed=failed)] if dead else []
    )
    return [*undelivered, *_paper_and_concerns(session), *releases_blocked(session)]


def _paper_and_concerns(session: Session) -> list[Todo]:
    """Notices that wait to be carried to somebody (N5), and visits that deserve a second look (FT34)."""
    paper = session.exec(
        select(sa.func.count())
        .select_from(OutboxMessage)
        .where(OutboxMessage.channel == Channel.PRINT, OutboxMessage.state == OutboxState.QUEUED)
    ).one()
    visits = session.exec(
        select(sa.func.count(sa.distinct(col(Concern.visit_uid)))).where(col(Concern.closed_at).is_(None))
    ).one()
    queued = {"channel": Channel.PRINT.value, "state": OutboxState.QUEUED.value}
    todos = [Todo(kind="notice_to_hand_over", count=paper, route_name="outbox.index", narrowed=queued)] if paper else []
    return [*todos, Todo(kind="concern_open", count=visits, route_name="outbox.concerns")] if visits else todos


def _of_supervisor(session: Session, clock: Clock, actor: Actor) -> list[Todo]:
    found = count_warnings(session, clock, actor)
    warnings = [Todo(kind="warning_open", count=found, route_name="oversight.index")] if found else []
    complaints = _appeals(session, actor, "complaint_to_answer")
    return [*warnings, *complaints, *_of_keeper(session, clock, actor)]


_BY_ROLE: Final[dict[Role, Callable[[Session, Clock, Actor], list[Todo]]]] = {
    Role.CLERK: _of_clerk,
    Role.HEAD: _of_head,
    Role.LEGAL: _of_legal,
    Role.OFFICER: _of_officer,
    Role.COORDINATOR: _of_coordinator,
    Role.APPROVER: _of_approver,
    Role.SUPERVISOR: _of_supervisor,
    Role.ENTERPRISE: _of_enterprise,
    Role.ADMINISTRATOR: _of_keeper,
}


def _rows(kind: str, area: str, uids: Sequence[str], *, due: datetime | None = None) -> list[Todo]:
    """One line for any number of rows; a single one is led to directly."""
    if not uids:
        return []
    if len(uids) == 1:
        return [Todo(kind=kind, count=1, route_name=f"{area}.show", uid=uids[0], due=due)]
    return [Todo(kind=kind, count=len(uids), route_name=f"{area}.index", due=due)]


def _seats(session: Session, actor: Actor) -> list[Todo]:
    """Draws in which the person is a party and has not done its part yet."""
    todos = []
    for party, protocol in own_seats(session, actor):
        committing = protocol.status is DrawStatus.COMMITTING
        if not party.commitment if committing else party.commitment and party.revealed_at is None:
            kind = "round_seat_to_commit" if committing else "round_seat_to_reveal"
            due = protocol.commit_until if committing else protocol.reveal_until
            params = {"party": party.name}
            todos.append(
                Todo(kind=kind, count=1, route_name="draw_parties.seat", uid=party.uid, due=due, params=params)
            )
    return todos


def _messages(session: Session, actor: Actor) -> list[Todo]:
    unread = unread_count(session, actor)
    return [Todo(kind="message_unread", count=unread, route_name="inbox.index")] if unread else []


def _own_uploads(session: Session, actor: Actor) -> Sequence[str]:
    return session.exec(
        select(SheetUpload.uid)
        .where(SheetUpload.organisation_id == actor.organisation_id, SheetUpload.status == UploadStatus.READ)
        .order_by(col(SheetUpload.id))
    ).all()


def _own_plans(session: Session, actor: Actor, status: PlanStatus) -> Sequence[Plan]:
    return session.exec(
        select(Plan).where(Plan.organisation_id == actor.organisation_id, Plan.status == status).order_by(col(Plan.id))
    ).all()


def _countersigning(session: Session, actor: Actor) -> list[Todo]:
    waiting = plans_to_countersign(session, actor.organisation_id)
    due = min((day for _, day in waiting if day), default=None)
    return _rows("plan_to_countersign", "plans", [plan.uid for plan, _ in waiting], due=_end_of(due))


def _emergencies(session: Session, actor: Actor) -> list[Todo]:
    """Inspections that came first and whose papers are still to be filed (R25), the most urgent day first."""
    plans = session.exec(
        select(Plan)
        .where(Plan.organisation_id == actor.organisation_id, col(Plan.emergency), col(Plan.filed_at).is_(None))
        .where(Plan.status != PlanStatus.WITHDRAWN)
        .order_by(col(Plan.back_file_due), col(Plan.id))
    ).all()
    due = _end_of(plans[0].back_file_due) if plans else None
    return _rows("plan_to_back_file", "plans", [plan.uid for plan in plans], due=due)


def _end_of(day: date | None) -> datetime | None:
    return datetime.combine(day, time(23, 59), DISTRICT_ZONE) if day else None


def _under_way(session: Session, actor: Actor) -> list[Todo]:
    """Visits of the officer that were checked in and are not closed."""
    going = sa.select(col(CrewSlot.visit_id)).where(col(CrewSlot.officer_id) == actor.officer_id)
    found = sa.select(sa.func.count(col(Visit.id))).where(
        col(Visit.status) == VisitStatus.CHECKED_IN, col(Visit.id).in_(going)
    )
    visits = session.execute(found).scalar_one()
    return [Todo(kind="visit_to_close", count=visits, route_name="fieldwork.index")] if visits else []


def _own_visits(session: Session, actor: Actor, kind: str, first: date, last: date) -> list[Todo]:
    visits = session.exec(
        select(sa.func.count(sa.distinct(col(Visit.id))))
        .join(CrewSlot, col(CrewSlot.visit_id) == col(Visit.id))
        .where(CrewSlot.officer_id == actor.officer_id, Visit.status == VisitStatus.PUBLISHED)
        .where(Visit.day >= first, Visit.day <= last)
    ).one()
    return [Todo(kind=kind, count=visits, route_name="fieldwork.index")] if visits else []
