"""The rules of a draw with parties: what may be agreed upon before the lists are published, and what may not.

Knows no commitment and no secret; the course of a draw is in `protocol`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from data.enums import DrawFallback, DrawStatus, HashKind, Role, ValueFallback
from data.models import Draw, DrawParty, DrawProtocol, Plan, PlanTask, Round, User
from scheduler.clock import DISTRICT_ZONE, Clock
from scheduler.errors import Fault, InvalidError
from scheduler.filing.draws.records import list_protocols
from scheduler.permissions import Actor

FEWEST_PARTIES: Final = 2
MOST_PARTIES: Final = 9
LONGEST_NAME: Final = 80
LONGEST_TEXT: Final = 200
VALUE_PATIENCE: Final = timedelta(days=7)
NO_VALUE: Final = "no_value"
NOT_REVEALED: Final = "not_revealed"
"""How the reason of an abortion begins when a party kept its secret back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Who is to be a party: the account `username`, or whoever has `role`; exactly one of them."""

    name: str
    username: str = ""
    role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is fixed before the lists are published. `public_source` "" for none; `floor` a share as decimal text.

    `value_until`, `value_fallback`: when the public value must have been entered, and what happens when it has not.
    """

    seats: tuple[Seat, ...]
    commit_until: datetime
    reveal_until: datetime
    fallback: DrawFallback = DrawFallback.ABORT
    kind: HashKind = HashKind.SHA256
    public_source: str = ""
    public_at: datetime | None = None
    value_until: datetime | None = None
    value_fallback: ValueFallback = ValueFallback.ABORT
    floor: str = ""
    reason: str = ""

    @property
    def value_deadline(self) -> datetime | None:
        """When the value must have been entered; a week after it comes into being unless said otherwise."""
        if not self.public_source.strip() or self.public_at is None:
            return None
        return self.value_until or self.public_at + VALUE_PATIENCE


def read_seats(text: str) -> tuple[Seat, ...]:
    """Read one party a line, `name=user name` or `name=@role`, in the order of the seed; blank lines are skipped."""
    return tuple(_read_seat(line) for line in text.replace("＝", "=").splitlines() if line.strip())


def _read_seat(line: str) -> Seat:
    name, _, holder = (part.strip() for part in line.partition("="))
    if holder.startswith("@") and holder[1:] in set(Role):
        return Seat(name=name, role=Role(holder[1:]))
    return Seat(name=name, username=holder)


def require_rules(session: Session, clock: Clock, actor: Actor, round_: Round, rules: Rules) -> None:
    """Raise InvalidError on the fields of Rules.

    seats: "too_few_parties", "too_many_parties", "required", "too_long", "seat_twice", "own_seat", "no_such_account",
    "party_refused_before"; times: "in_the_past", "not_in_order", "after_round"; public_*: "value_needed",
    "value_too_early", "not_in_order", "choice_of_two", "required", "too_long"; floor: "ratio_text"; reason:
    "reason_for_second_draw", when this is not the first draw of the round or of one of its tasks.
    """
    earlier = list_protocols(session, round_)
    faults = [
        *_seat_faults(session, actor, rules, accounts_of(session, rules), earlier),
        *_time_faults(clock, rules),
        *_late_faults(round_, rules),
        *_value_faults(rules),
        *_reason_faults(session, round_, rules, earlier),
    ]
    if faults:
        raise InvalidError(*faults)


def accounts_of(session: Session, rules: Rules) -> dict[str, int]:
    """Return {user name: key} of the accounts that are named as parties and in use."""
    names = [seat.username for seat in rules.seats if seat.username]
    rows = session.exec(select(User).where(col(User.username).in_(names), col(User.active)))
    return {row.username: row.id or 0 for row in rows}


def _seat_faults(
    session: Session, actor: Actor, rules: Rules, accounts: dict[str, int], earlier: list[DrawProtocol]
) -> list[Fault]:
    seats = rules.seats
    if len(seats) < FEWEST_PARTIES:
        return [Fault(field="seats", code="too_few_parties", params=(("least", FEWEST_PARTIES),))]
    if len(seats) > MOST_PARTIES:
        return [Fault(field="seats", code="too_many_parties", params=(("most", MOST_PARTIES),))]
    faults = [code for seat in seats for code in _one_seat(actor, seat, accounts)]
    names = [seat.name.strip() for seat in seats]
    holders = [seat.username or str(seat.role) for seat in seats]
    if len(set(names)) < len(names) or len(set(holders)) < len(holders):
        faults.append(Fault(field="seats", code="seat_twice"))
    refused = _who_refused(session, earlier)
    faults += [
        Fault(field="seats", code="party_refused_before", params=(("party", seat.name),))
        for seat in seats
        if (accounts.get(seat.username), None if seat.username else seat.role) in refused
    ]
    return faults


def _one_seat(actor: Actor, seat: Seat, accounts: dict[str, int]) -> list[Fault]:
    if not seat.name.strip() or not (seat.username or seat.role):
        return [Fault(field="seats", code="required")]
    if len(seat.name.strip()) > LONGEST_NAME:
        return [Fault(field="seats", code="too_long")]
    if seat.username == actor.username or (not seat.username and seat.role is Role.COORDINATOR):
        return [Fault(field="seats", code="own_seat")]
    if seat.username and seat.username not in accounts:
        return [Fault(field="seats", code="no_such_account", params=(("name", seat.username),))]
    return []


def _who_refused(session: Session, earlier: list[DrawProtocol]) -> set[tuple[int | None, Role | None]]:
    """Who kept a secret back in an aborted draw of this round: it saw the others' secrets and has had its say."""
    ids = [one.id for one in earlier if one.status is DrawStatus.ABORTED]
    rows = session.exec(
        select(DrawParty).where(
            col(DrawParty.protocol_id).in_(ids), col(DrawParty.commitment) != "", col(DrawParty.revealed_at).is_(None)
        )
    )
    spoken = {one.id for one in earlier if one.abort_reason.startswith(NOT_REVEALED)}
    return {(row.user_id, row.role) for row in rows if row.protocol_id in spoken}


def _time_faults(clock: Clock, rules: Rules) -> list[Fault]:
    faults = []
    if rules.commit_until <= clock.now():
        faults.append(Fault(field="commit_until", code="in_the_past"))
    if rules.reveal_until <= rules.commit_until:
        faults.append(Fault(field="reveal_until", code="not_in_order"))
    return faults


def _late_faults(round_: Round, rules: Rules) -> list[Fault]:
    """What is drawn after the round is over cannot be visited any more."""
    params = (("last", round_.period_last.isoformat()),)
    times = {"commit_until": rules.commit_until, "reveal_until": rules.reveal_until, "value_until": rules.value_until}
    return [
        Fault(field=name, code="after_round", params=params)
        for name, at in times.items()
        if at is not None and at.astimezone(DISTRICT_ZONE).date() > round_.period_last
    ]


def _value_faults(rules: Rules) -> list[Fault]:
    faults = []
    source = rules.public_source.strip()
    if len(source) > LONGEST_TEXT:
        faults.append(Fault(field="public_source", code="too_long"))
    if rules.fallback is DrawFallback.PROCEED and not source:
        # Without it the last party could choose between the result with its secret and the one without.
        faults.append(Fault(field="public_source", code="value_needed"))
    elif rules.public_at is not None and not source:
        # A time alone would be dropped without a word.
        faults.append(Fault(field="public_source", code="required"))
    if source and rules.public_at is None:
        faults.append(Fault(field="public_at", code="required"))
    if rules.public_at is not None and rules.public_at <= rules.reveal_until:
        faults.append(Fault(field="public_at", code="value_too_early"))
    if rules.public_at is not None and rules.value_until is not None and rules.value_until <= rules.public_at:
        faults.append(Fault(field="value_until", code="not_in_order"))
    if rules.fallback is DrawFallback.PROCEED and rules.value_fallback is ValueFallback.WITHOUT:
        # Then the result with a secret kept back would be known before anybody had to decide on keeping it back.
        faults.append(Fault(field="value_fallback", code="choice_of_two"))
    if rules.floor.strip() and not _is_share(rules.floor.strip()):
        faults.append(Fault(field="floor", code="ratio_text"))
    return faults


def _is_share(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"[0-9.]{1,12}", text)) and 0 <= Decimal(text) <= 1
    except InvalidOperation:
        return False


def _reason_faults(session: Session, round_: Round, rules: Rules, earlier: list[DrawProtocol]) -> list[Fault]:
    if rules.reason.strip() or not (earlier or repeated_tasks(session, round_)):
        return []
    return [Fault(field="reason", code="reason_for_second_draw")]


def repeated_tasks(session: Session, round_: Round) -> list[tuple[PlanTask, Draw]]:
    """Return tasks of the round that an organisation had drawn before, word for word, with that draw; by task."""
    own, other = aliased(PlanTask), aliased(PlanTask)
    mine, theirs = aliased(Plan), aliased(Plan)
    same_body = col(theirs.organisation_id) == col(mine.organisation_id)
    statement = (
        sa.select(own, Draw)
        .join(mine, col(mine.id) == col(own.plan_id))
        .join(other, sa.and_(col(other.fingerprint) == col(own.fingerprint), col(other.id) != col(own.id)))
        .join(theirs, sa.and_(col(theirs.id) == col(other.plan_id), same_body))
        .join(Draw, col(Draw.task_id) == col(other.id))
        .where(col(mine.round_id) == round_.id)
        .order_by(col(own.id), col(Draw.id))
    )
    return [(task, draw) for task, draw in session.execute(statement)]
