"""What of the rounds waits on a desk: to file, to lead on step by step, to confirm, to approve. Only reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ApprovalStatus, ConfirmationStatus, PlanStatus, RoundStatus
from data.models import Approval, Plan, Round
from scheduler.clock import Clock
from scheduler.confirming.records import list_live
from scheduler.confirming.timers import Timer, round_timers
from scheduler.filing.stages import UNDER_WAY
from scheduler.filing.todos import Todo
from scheduler.permissions import Actor
from scheduler.publishing.sealing import current_release

_COORDINATORS_CLOCKS: Final = {"confirm": "round_awaited", "counter": "round_counters"}
_SENT: Final = frozenset({*UNDER_WAY, PlanStatus.FILED, PlanStatus.IN_ROUND, PlanStatus.SCHEDULED})
_NEXT_STEP: Final = {
    RoundStatus.FROZEN: "round_to_draw",
    RoundStatus.DRAWN: "round_to_solve",
    RoundStatus.SOLVING: "round_solving",
    RoundStatus.PROPOSED: "round_proposed",
}


def rounds_to_lead(session: Session, clock: Clock) -> list[Todo]:
    """The next step of every round that is not published yet, and what its clocks wait for (R62)."""
    rounds = session.exec(select(Round).order_by(col(Round.period_first), col(Round.id))).all()
    live = [round_ for round_ in rounds if round_.status not in {RoundStatus.PUBLISHED, RoundStatus.CLOSED}]
    todos = [todo for one in live for todo in _next_steps(session, clock, one)]
    if not any(one.status is RoundStatus.OPEN for one in live):
        todos.append(Todo(kind="round_to_open", count=1, route_name="rounds.create"))
    return todos


def _next_steps(session: Session, clock: Clock, round_: Round) -> list[Todo]:
    if round_.status is RoundStatus.OPEN:
        return [_round_to_freeze(session, clock, round_)]
    if round_.status not in _NEXT_STEP:
        return []
    timers, params = round_timers(session, clock, round_), {"round": round_.name}
    clocks = [
        Todo(
            kind=_COORDINATORS_CLOCKS[timer.kind], count=timer.count, route_name="confirmations.index", uid=round_.uid,
            due=timer.due, params=params,
        )
        for timer in timers if timer.kind in _COORDINATORS_CLOCKS
    ]  # fmt: skip
    if clocks:
        return clocks
    unasked = round_.status is RoundStatus.PROPOSED and not timers and current_release(session, round_.id or 0) is None
    kind = "round_to_ask" if unasked else _NEXT_STEP[round_.status]
    due = _due_of("draft", timers)
    return [Todo(kind=kind, count=1, route_name="rounds.show", uid=round_.uid, due=due, params=params)]


def _round_to_freeze(session: Session, clock: Clock, round_: Round) -> Todo:
    filed = session.exec(
        select(sa.func.count())
        .select_from(Plan)
        .where(Plan.status == PlanStatus.FILED, Plan.period_first <= round_.period_last)
        .where(Plan.period_last >= round_.period_first)
        .where(sa.or_(col(Plan.round_id) == round_.id, col(Plan.round_id).is_(None)))
    ).one()
    kind = "round_to_freeze" if clock.now() > round_.filing_until else "round_filing"
    params = {"round": round_.name, "filed": filed}
    return Todo(kind=kind, count=1, route_name="rounds.show", uid=round_.uid, due=round_.filing_until, params=params)


def rounds_to_file(session: Session, clock: Clock, actor: Actor) -> list[Todo]:
    """Rounds open for filing to which the clerk's organisation has sent nothing yet."""
    sent = sa.select(col(Plan.round_id)).where(
        col(Plan.organisation_id) == actor.organisation_id,
        col(Plan.status).in_(_SENT),
        col(Plan.round_id).is_not(None),
    )
    rounds = session.exec(
        select(Round)
        .where(Round.status == RoundStatus.OPEN, col(Round.filing_until) >= clock.now(), col(Round.id).not_in(sent))
        .order_by(col(Round.filing_until), col(Round.id))
    )
    return [
        Todo(
            kind="round_to_file",
            count=1,
            route_name="rounds.show",
            uid=one.uid,
            due=one.filing_until,
            params={"round": one.name},
        )
        for one in rounds
    ]


def parts_to_confirm(session: Session, clock: Clock, actor: Actor) -> list[Todo]:
    """Parts of drafts that wait for the actor's organisation; they leave the desk when answered or over."""
    rounds = session.exec(select(Round).where(Round.status == RoundStatus.PROPOSED).order_by(col(Round.id))).all()
    return [
        Todo(
            kind="round_part_to_confirm",
            count=1,
            route_name="confirmations.show",
            uid=one.uid,
            due=one.due,
            params={"round": round_.name, "visits": len(one.part)},
        )
        for round_ in rounds
        for one in list_live(session, round_.id)
        if one.organisation_id == actor.organisation_id
        and one.status is ConfirmationStatus.WAITING
        and one.due >= clock.now()
    ]


def drafts_to_approve(session: Session, clock: Clock) -> list[Todo]:
    """Drafts that wait for the approver, each with its clock."""
    waiting = session.exec(
        select(Round).where(Round.status == RoundStatus.PROPOSED).order_by(col(Round.period_first), col(Round.id))
    ).all()
    return [todo for one in waiting for todo in _to_approve(session, clock, one)]


def _to_approve(session: Session, clock: Clock, round_: Round) -> list[Todo]:
    """A draft to approve, with its clock; nothing while departments are still to be heard."""
    timers = round_timers(session, clock, round_)
    if any(timer.kind in _COORDINATORS_CLOCKS for timer in timers):
        return []
    due = _due_of("approve", timers)
    params = {"round": round_.name}
    return [Todo(kind="round_to_approve", count=1, route_name="rounds.show", uid=round_.uid, due=due, params=params)]


def releases_blocked(session: Session) -> list[Todo]:
    """Rounds whose latest approval led to no release."""
    return [
        Todo(kind="release_blocked", count=1, route_name="rounds.show", uid=one.uid, params={"round": one.name})
        for _, one in _approvals(session, ApprovalStatus.BLOCKED)
    ]


def releases_ahead(session: Session) -> list[Todo]:
    """Approved rounds that wait for their time."""
    return [
        Todo(
            kind="release_ahead",
            count=1,
            route_name="rounds.show",
            uid=one.uid,
            due=approval.publish_at,
            params={"round": one.name},
        )
        for approval, one in _approvals(session, ApprovalStatus.WAITING)
    ]


def _approvals(session: Session, status: ApprovalStatus) -> Sequence[tuple[Approval, Round]]:
    latest = sa.select(sa.func.max(col(Approval.id))).group_by(col(Approval.round_id))
    statement = (
        select(Approval, Round)
        .join(Round, col(Round.id) == col(Approval.round_id))
        .where(Approval.status == status, col(Approval.id).in_(latest))
        .order_by(col(Approval.publish_at), col(Approval.id))
    )
    return session.exec(statement).all()


def _due_of(kind: str, timers: Sequence[Timer]) -> datetime | None:
    return next((timer.due for timer in timers if timer.kind == kind), None)
