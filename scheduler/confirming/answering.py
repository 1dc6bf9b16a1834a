"""Answers of departments, and the coordinator's answer to another day that they propose.

A counter-proposal is taken by an ordinary edit of the visit: the draft's own rules then hold for it as for any edit,
and everybody in the visit is asked anew. Declining it needs a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session

from data.enums import ConfirmationStatus, CounterStatus, RoundStatus
from data.models import Confirmation, CounterProposal, Round
from scheduler.audit import queue_up, record
from scheduler.clock import Clock
from scheduler.confirming.asking import settle_counter
from scheduler.confirming.parts import part_hash, parts_of
from scheduler.confirming.records import list_counters, list_live, round_of
from scheduler.errors import ConflictError, Fault, InvalidError, NotPermittedError
from scheduler.permissions import Actor, may_confirm, may_coordinate
from scheduler.transitions import CONFIRMATION, step
from scheduler.workdays import load_calendar

LONGEST_REASON: Final = 500
_ANSWERABLE: Final = frozenset({RoundStatus.PROPOSED, RoundStatus.SOLVING})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnotherDay:
    """A day that a department would rather have for one visit, and why."""

    day: date
    reason: str


def consent(session: Session, clock: Clock, actor: Actor, one: Confirmation, *, reason: str = "") -> None:
    """Agree to the whole part. Raises as `_open_for`."""
    _open_for(session, clock, actor, one)
    _answer(session, clock, actor, one, event="consent", reason=reason)


def refuse(session: Session, clock: Clock, actor: Actor, one: Confirmation, *, reason: str) -> None:
    """Refuse the part, saying why. Raises as `_open_for`; InvalidError "required" without a reason."""
    _open_for(session, clock, actor, one)
    if not reason.strip():
        raise InvalidError(Fault(field="reason", code="required"))
    _answer(session, clock, actor, one, event="refuse", reason=reason)


def propose_days(
    session: Session,
    clock: Clock,
    actor: Actor,
    one: Confirmation,
    *,
    days: Mapping[str, AnotherDay],
    reason: str = "",
) -> list[CounterProposal]:
    """Propose another day for some visits (by uid) and agree to the others.

    Raises as `_open_for`; InvalidError with the field "day_<visit uid>": "unknown_visit", "same_day",
    "not_a_workday", "day_outside_round"; "nothing_proposed" (field "days") without a day.
    """
    _open_for(session, clock, actor, one)
    _refuse_days(session, one, days)
    made = [
        CounterProposal(
            confirmation_id=one.id or 0,
            visit_uid=uid,
            day=date.fromisoformat(one.part[uid]["day"]),
            wanted_day=wanted.day,
            reason=wanted.reason,
        )
        for uid, wanted in sorted(days.items())
    ]
    session.add_all(made)
    told = {uid: str(wanted.day) for uid, wanted in days.items()}
    _answer(session, clock, actor, one, event="counter", reason=reason, days=told)
    return made


def decline_counter(session: Session, clock: Clock, actor: Actor, counter: CounterProposal, *, reason: str) -> None:
    """Leave the visit where it is, saying why.

    Raises NotPermittedError, InvalidError "required" without a reason, TransitionError once it is settled.
    """
    if not may_coordinate(actor):
        raise NotPermittedError(action="counter.decline")
    if not reason.strip():
        raise InvalidError(Fault(field="reason", code="required"))
    settle_counter(session, clock, actor, counter, event="decline", reason=reason.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOpen:
    """What stands between a draft and its approval. `edited`: organisations whose part was edited after they spoke."""

    awaited: tuple[int, ...]
    edited: tuple[int, ...]
    counters: int

    @property
    def anything(self) -> bool:
        return bool(self.awaited or self.edited or self.counters)


def still_open(session: Session, round_: Round) -> StillOpen:
    """Whom an approval has to wait for; nobody in a round that asks nobody."""
    live = list_live(session, round_.id)
    if not live:
        return StillOpen(awaited=(), edited=(), counters=0)
    parts = parts_of(session, round_)
    asked = {one.organisation_id for one in live}
    edited = {one.organisation_id for one in live if one.part_hash != part_hash(parts.get(one.organisation_id, {}))}
    awaited = {one.organisation_id for one in live if one.status is ConfirmationStatus.WAITING} - edited
    return StillOpen(
        awaited=tuple(sorted(awaited)),
        edited=tuple(sorted(edited | (parts.keys() - asked))),
        counters=len(list_counters(session, live, CounterStatus.OPEN)),
    )


def _open_for(session: Session, clock: Clock, actor: Actor, one: Confirmation) -> None:
    """Raises NotPermittedError, ConflictError: "confirmation_withdrawn", "confirmation_replaced" (also when the part
    has been edited and the new question is still to come), "confirmation_over" (answered, lapsed, or too late)."""
    if not may_confirm(actor) or actor.organisation_id != one.organisation_id:
        raise NotPermittedError(action="confirmation.answer")
    queue_up(session)
    round_ = round_of(session, one)
    if one.status is ConfirmationStatus.WITHDRAWN:
        raise ConflictError("confirmation_withdrawn", round=round_.name)
    part = parts_of(session, round_).get(one.organisation_id, {})
    if one.status is ConfirmationStatus.REPLACED or one.part_hash != part_hash(part):
        raise ConflictError("confirmation_replaced", round=round_.name)
    if one.status is not ConfirmationStatus.WAITING or one.due < clock.now() or round_.status not in _ANSWERABLE:
        raise ConflictError("confirmation_over", round=round_.name)


def _refuse_days(session: Session, one: Confirmation, days: Mapping[str, AnotherDay]) -> None:
    if not days:
        raise InvalidError(Fault(field="days", code="nothing_proposed"))
    round_, calendar = round_of(session, one), load_calendar(session)
    faults = []
    for uid, wanted in sorted(days.items()):
        field = f"day_{uid}"
        if uid not in one.part:
            faults.append(Fault(field=field, code="unknown_visit"))
        elif wanted.day.isoformat() == one.part[uid]["day"]:
            faults.append(Fault(field=field, code="same_day"))
        elif not round_.period_first <= wanted.day <= round_.period_last:
            span = (("first", str(round_.period_first)), ("last", str(round_.period_last)))
            faults.append(Fault(field=field, code="day_outside_round", params=span))
        elif not calendar.is_workday(wanted.day):
            faults.append(Fault(field=field, code="not_a_workday"))
    if faults:
        raise InvalidError(*faults)


def _answer(
    session: Session,
    clock: Clock,
    actor: Actor,
    one: Confirmation,
    *,
    event: str,
    reason: str,
    days: dict[str, str] | None = None,
) -> None:
    before = one.status
    one.status = step(CONFIRMATION, one.status, event, entity="confirmation")
    one.answered_by_id, one.answered_at, one.reason = actor.user_id, clock.now(), reason.strip()
    session.add(one)
    session.flush()
    after = {"status": one.status, "part_hash": one.part_hash} | ({"days": days} if days else {})
    record(
        session, clock, actor, "confirmation.answer", entity="confirmation", entity_uid=one.uid,
        before={"status": before}, after=after, reason=one.reason,
    )  # fmt: skip
