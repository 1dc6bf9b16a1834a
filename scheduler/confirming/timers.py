"""The clocks of R62 on a round: one working day for what one office decides, three for what several do. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from sqlmodel import Session, col, func, select

from data.enums import ConfirmationStatus, CounterStatus, RoundStatus
from data.models import AuditEvent, Confirmation, Round
from scheduler.clock import DISTRICT_ZONE, Clock
from scheduler.confirming.records import list_counters, list_live
from scheduler.filing.judging import rules_in_force
from scheduler.workdays import WorkCalendar, load_calendar

RULE_ID: Final = "R62"
_OWN, _SEVERAL = 1, 3
_ENDS: Final = time(23, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysToDecide:
    """Working days: `own` for one office, `several` across bodies."""

    own: int
    several: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """One clock that runs: `kind` is a stable code (draft, confirm, counter, approve); `count`: what waits for it."""

    kind: str
    since: datetime
    due: datetime
    count: int
    late: bool


def days_to_decide(session: Session, day: date) -> DaysToDecide:
    """What R62 says on a day; its published figures when the rule is switched off."""
    for rule in rules_in_force(session, day):
        if rule.code == RULE_ID:
            return DaysToDecide(own=rule.parameters["own_days"], several=rule.parameters["joint_days"])
    return DaysToDecide(own=_OWN, several=_SEVERAL)


def round_timers(session: Session, clock: Clock, round_: Round) -> tuple[Timer, ...]:
    """The clocks that run for a round now, what is due first.

    draft: drawn, and no draft yet. confirm: questions without an answer. counter: proposals of another day that the
    coordinator has not decided. approve: everything is said, the approver has not spoken.
    """
    days = days_to_decide(session, clock.now().astimezone(DISTRICT_ZONE).date())
    calendar = load_calendar(session)

    def timer(kind: str, since: datetime, due: datetime, count: int) -> Timer:
        return Timer(kind=kind, since=since, due=due, count=count, late=due < clock.now())

    if round_.status in {RoundStatus.DRAWN, RoundStatus.SOLVING}:
        since = _last(session, round_, "round.draw") or round_.frozen_at or round_.opened_at
        return (timer("draft", since, _after(calendar, since, days.own), 1),)
    if round_.status is not RoundStatus.PROPOSED:
        return ()
    live = list_live(session, round_.id)
    waiting = [one for one in live if one.status is ConfirmationStatus.WAITING]
    found = []
    if waiting:
        since = min(one.asked_at for one in waiting)
        found.append(timer("confirm", since, min(one.due for one in waiting), len(waiting)))
    counters = list_counters(session, live, CounterStatus.OPEN)
    if counters:
        answered = {one.id: one.answered_at or one.asked_at for one in live}
        since = min(answered[one.confirmation_id] for one in counters)
        found.append(timer("counter", since, _after(calendar, since, days.own), len(counters)))
    if live and not found:
        since = max(_closed_at(one) for one in live)
        found.append(timer("approve", since, _after(calendar, since, days.own), 1))
    return tuple(sorted(found, key=lambda one: (one.due, one.kind)))


def _closed_at(one: Confirmation) -> datetime:
    return one.answered_at or one.due


def _after(calendar: WorkCalendar, since: datetime, working_days: int) -> datetime:
    """The end of the day that lies so many working days after an instant."""
    day = calendar.add_workdays(since.astimezone(DISTRICT_ZONE).date(), working_days)
    return datetime.combine(day, _ENDS, DISTRICT_ZONE)


def _last(session: Session, round_: Round, action: str) -> datetime | None:
    statement = select(func.max(col(AuditEvent.at))).where(
        AuditEvent.entity_uid == round_.uid, AuditEvent.action == action
    )
    return session.exec(statement).one()
