"""Asking departments for their part of a draft; asking anew after edits; taking the question back; silence.

Silence of a department is consent and is recorded as such. A vertical body answers to its own superior: it is invited,
its silence is recorded as no answer and is nobody's consent; the approver sees it and decides.

Editing goes on in many small steps. Whoever edits asks nobody: a job asks those whose part has changed, once the draft
has been left alone for ten minutes, or a coordinator does at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from sqlmodel import Session, col, func, select

from data.enums import Channel, ConfirmationStatus, CounterStatus, NoticeKind, OrganisationKind, RecipientKind
from data.enums import RoundStatus as Status
from data.models import AuditEvent, Confirmation, CounterProposal, Organisation, OutboxMessage, Round
from scheduler.audit import queue_up, record
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.confirming.parts import Part, part_hash, parts_of
from scheduler.confirming.records import list_counters, list_live
from scheduler.confirming.timers import days_to_decide
from scheduler.errors import Fault, InvalidError, NotPermittedError, TransitionError
from scheduler.permissions import Actor, may_coordinate
from scheduler.planning.drafts import DRAFT_CHANGED, draft_hash
from scheduler.transitions import CONFIRMATION, COUNTER, step
from scheduler.workdays import load_calendar

END_OF_DAY: Final = time(23, 59)
QUIET: Final = timedelta(minutes=10)
"""How long a draft is left alone before those whose part has changed are asked anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one asking did: questions sent, and questions that were overtaken by an edit."""

    asked: int
    replaced: int


def ask_departments(session: Session, clock: Clock, actor: Actor, round_: Round) -> Asked:
    """Ask every department with a visit in the draft; whoever was asked about the same part already is left alone.

    Raises NotPermittedError, TransitionError unless the round has a draft to confirm, InvalidError "no_visits".
    """
    if not may_coordinate(actor):
        raise NotPermittedError(action="round.ask")
    queue_up(session)
    if round_.status is not Status.PROPOSED:
        raise TransitionError(entity="round", status=str(round_.status), event="ask")
    parts = parts_of(session, round_)
    if not parts:
        raise InvalidError(Fault(field="visits", code="no_visits"))
    return _ask(session, clock, actor, round_, parts)


def renew(session: Session, clock: Clock, round_: Round) -> Asked:
    """Ask those anew whose part was edited since they were asked, in a round that asks at all. Safe to repeat."""
    if round_.status is not Status.PROPOSED or not list_live(session, round_.id):
        return Asked(asked=0, replaced=0)
    changed = last_change(session, round_)
    if changed is not None and clock.now() - changed < QUIET:
        return Asked(asked=0, replaced=0)
    queue_up(session)
    return _ask(session, clock, None, round_, parts_of(session, round_))


def last_change(session: Session, round_: Round) -> datetime | None:
    """When the draft was last changed by anybody."""
    statement = select(func.max(col(AuditEvent.at))).where(
        AuditEvent.entity_uid == round_.uid, AuditEvent.action == DRAFT_CHANGED
    )
    return session.exec(statement).one()


def _ask(session: Session, clock: Clock, actor: Actor | None, round_: Round, parts: dict[int, Part]) -> Asked:
    live = {one.organisation_id: one for one in list_live(session, round_.id)}
    stale = [one for body, one in live.items() if one.part_hash != part_hash(parts.get(body, {}))]
    _replace(session, clock, stale, parts)
    wanted = sorted(body for body in parts if body not in live or live[body] in stale)
    due = due_of(session, clock)
    hash_ = draft_hash(session, round_)
    vertical = _vertical(session)
    for body in wanted:
        one = Confirmation(
            round_id=round_.id or 0,
            organisation_id=body,
            number=_next_number(session, round_, body),
            draft_version=round_.draft_version,
            draft_hash=hash_,
            part=parts[body],
            part_hash=part_hash(parts[body]),
            invited=body in vertical,
            asked_by_id=actor.user_id if actor else None,
            asked_at=clock.now(),
            due=due,
        )
        session.add(one)
        session.flush()
        session.add(_message(clock, round_, one))
    session.flush()
    if wanted or stale:
        after = {"asked": len(wanted), "replaced": len(stale), "due": due.isoformat(), "draft_hash": hash_}
        record(session, clock, actor, "round.ask", entity="round", entity_uid=round_.uid, after=after)
    return Asked(asked=len(wanted), replaced=len(stale))


def _replace(session: Session, clock: Clock, stale: Iterable[Confirmation], parts: dict[int, Part]) -> None:
    """End overtaken questions. Another day that was proposed and is now the visit's day was taken, by an edit."""
    for one in stale:
        one.status = step(CONFIRMATION, one.status, "replace", entity="confirmation")
        session.add(one)
        for counter in list_counters(session, [one], CounterStatus.OPEN):
            visit = parts.get(one.organisation_id, {}).get(counter.visit_uid)
            taken = visit is not None and visit["day"] == counter.wanted_day.isoformat()
            settle_counter(session, clock, None, counter, event="take" if taken else "drop")
    session.flush()


def settle_counter(
    session: Session, clock: Clock, actor: Actor | None, counter: CounterProposal, *, event: str, reason: str = ""
) -> None:
    """Say what became of a counter-proposal. Raises TransitionError once it is settled."""
    queue_up(session)
    session.refresh(counter)
    before = counter.status
    counter.status = step(COUNTER, counter.status, event, entity="counter_proposal")
    counter.settled_at, counter.settled_reason = clock.now(), reason
    counter.settled_by_id = actor.user_id if actor else None
    session.add(counter)
    session.flush()
    record(
        session, clock, actor, "counter.settle", entity="counter_proposal", entity_uid=counter.uid,
        before={"status": before, "day": counter.day.isoformat()},
        after={"status": counter.status, "wanted_day": counter.wanted_day.isoformat(), "visit": counter.visit_uid},
        reason=reason,
    )  # fmt: skip


def withdraw(session: Session, clock: Clock, actor: Actor, round_: Round, *, reason: str) -> int:
    """Take the question back from everybody; answers after that are refused. Returns how many questions ended.

    Raises NotPermittedError, InvalidError "required" without a reason, TransitionError when nobody is asked.
    """
    if not may_coordinate(actor):
        raise NotPermittedError(action="round.stop_asking")
    if not reason.strip():
        raise InvalidError(Fault(field="reason", code="required"))
    queue_up(session)
    live = list_live(session, round_.id)
    if not live or round_.status is not Status.PROPOSED:
        raise TransitionError(entity="confirmation", status=str(round_.status), event="withdraw")
    for one in live:
        one.status = step(CONFIRMATION, one.status, "withdraw", entity="confirmation")
        session.add(one)
    for counter in list_counters(session, live, CounterStatus.OPEN):
        settle_counter(session, clock, actor, counter, event="drop")
    session.flush()
    after = {"questions": len(live)}
    record(
        session, clock, actor, "round.stop_asking", entity="round", entity_uid=round_.uid, after=after, reason=reason
    )
    return len(live)


def lapse_due(session: Session, clock: Clock, round_: Round) -> int:
    """Record silence: a department's is consent, an invited body's is no answer. Returns how many. Safe to repeat."""
    if round_.status is not Status.PROPOSED:
        return 0
    queue_up(session)
    silent = [
        one
        for one in list_live(session, round_.id)
        if one.status is ConfirmationStatus.WAITING and one.due < clock.now()
    ]
    for one in silent:
        one.status = step(CONFIRMATION, one.status, "pass_by" if one.invited else "lapse", entity="confirmation")
        session.add(one)
        session.flush()
        after = {"status": one.status, "due": one.due.isoformat()}
        record(
            session, clock, None, "confirmation.lapse", entity="confirmation", entity_uid=one.uid,
            before={"status": ConfirmationStatus.WAITING}, after=after,
        )  # fmt: skip
    return len(silent)


def due_of(session: Session, clock: Clock) -> datetime:
    """The end of the last working day for an answer to a question that is asked now (R62, several bodies)."""
    day = load_calendar(session).add_workdays(today(clock), days_to_decide(session, today(clock)).several)
    return datetime.combine(day, END_OF_DAY, DISTRICT_ZONE)


def _vertical(session: Session) -> set[int | None]:
    kind = Organisation.kind == OrganisationKind.VERTICAL
    return set(session.exec(select(col(Organisation.id)).where(kind)))


def _next_number(session: Session, round_: Round, body: int) -> int:
    statement = select(func.max(col(Confirmation.number))).where(
        Confirmation.round_id == round_.id, Confirmation.organisation_id == body
    )
    return (session.exec(statement).one() or 0) + 1


def _message(clock: Clock, round_: Round, one: Confirmation) -> OutboxMessage:
    payload: dict[str, Any] = {
        "round": round_.name,
        "release": None,
        "changes": [],
        "confirmation": one.uid,
        "visits": len(one.part),
        "due": one.due.isoformat(),
        "invited": one.invited,
    }
    return OutboxMessage(
        dedupe_key=f"confirmation:{one.uid}",
        kind=NoticeKind.CONFIRMATION,
        channel=Channel.INBOX,
        recipient_kind=RecipientKind.ORGANISATION,
        recipient_id=one.organisation_id,
        payload=payload,
        created_at=clock.now(),
        not_before=clock.now(),
    )
