"""How several parties make a seed that none of them can choose: publish lists, commit, reveal, draw.

Nobody may reveal before everybody has committed or the time for it is over, so no commitment is made in knowledge of
a secret. What happens when a party keeps its secret back is fixed before: either the draw goes on with the party's
commitment in the secret's place, and then a public value is needed that does not exist before the secrets are in, so
that keeping back is no choice between known results; or the draw is aborted, for everybody to see. The last secret
ends the draw by itself where no public value is awaited: nobody can look at the result first and then not press.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import DrawFallback, DrawMode, DrawStatus, ValueFallback
from data.errors import NotFoundError
from data.models import DrawList, DrawParty, DrawProtocol, Round
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import ConflictError, Fault, InvalidError, NotPermittedError
from scheduler.filing.draw_method import Contribution, Sources, Terms, commitment_of, digest
from scheduler.filing.draws.lists import publish_lists
from scheduler.filing.draws.records import list_parties, list_protocols
from scheduler.filing.draws.results import SECRET_BYTES, DrawOutcome, draw_from_lists, require_drawable
from scheduler.filing.draws.rules import LONGEST_TEXT, NO_VALUE, NOT_REVEALED, Rules, accounts_of, require_rules
from scheduler.permissions import Actor, may_coordinate
from scheduler.transitions import DRAW, step

SHORTEST_SECRET: Final = 8
"""Shorter ones could be found by trying before they are revealed; the salt helps, but costs nothing either."""
LONGEST_SALT: Final = 64


def open_draw(session: Session, clock: Clock, actor: Actor, round_: Round, rules: Rules) -> DrawProtocol:
    """Publish the lists of a frozen round and call upon the parties to commit.

    Raises what `draw_round` raises, and what `require_rules` raises.
    """
    require_drawable(session, actor, round_)
    digest(rules.kind, "")
    earlier = list_protocols(session, round_)
    accounts = accounts_of(session, rules)
    require_rules(session, clock, actor, round_, rules)
    protocol = DrawProtocol(
        round_id=round_.id or 0,
        attempt=len(earlier) + 1,
        reason=rules.reason.strip(),
        mode=DrawMode.PARTIES,
        status=DrawStatus.COMMITTING,
        kind=rules.kind,
        fallback=rules.fallback,
        floor=rules.floor.strip(),
        blind=secrets.token_hex(SECRET_BYTES),
        opened_by_id=actor.user_id,
        opened_at=clock.now(),
        commit_until=rules.commit_until,
        reveal_until=rules.reveal_until,
        public_source=rules.public_source.strip(),
        public_at=rules.public_at,
        value_until=rules.value_deadline,
        value_fallback=rules.value_fallback,
    )
    session.add(protocol)
    session.flush()
    for position, seat in enumerate(rules.seats, 1):
        user_id = accounts.get(seat.username)
        session.add(
            DrawParty(
                protocol_id=protocol.id or 0,
                position=position,
                name=seat.name.strip(),
                user_id=user_id,
                role=None if user_id else seat.role,
            )
        )
    lists = publish_lists(session, round_, protocol, _terms(protocol, [seat.name.strip() for seat in rules.seats]))
    after = {"round": round_.uid, "attempt": protocol.attempt, "list_hashes": sorted(one.list_hash for one in lists)}
    _note(session, clock, actor, "draw.open", protocol, after=after | {"parties": [seat.name for seat in rules.seats]})
    return protocol


def get_protocol(session: Session, uid: str) -> DrawProtocol:
    """Return a draw's protocol; anybody may. Raises NotFoundError."""
    found = session.exec(select(DrawProtocol).where(DrawProtocol.uid == uid)).first()
    if found is None:
        raise NotFoundError("draw", uid)
    return found


def get_protocol_of(session: Session, party: DrawParty) -> DrawProtocol:
    """Return the draw that a party belongs to."""
    return session.get_one(DrawProtocol, party.protocol_id)


def get_party(session: Session, actor: Actor, uid: str) -> DrawParty:
    """Return the actor's own seat. Raises NotFoundError for everybody else's."""
    found = session.exec(select(DrawParty).where(DrawParty.uid == uid)).first()
    if found is None or not holds_seat(actor, found):
        raise NotFoundError("draw_party", uid)
    return found


def own_seats(session: Session, actor: Actor) -> list[tuple[DrawParty, DrawProtocol]]:
    """Return the seats of the actor in draws that wait for commitments or secrets, oldest first."""
    mine = sa.or_(col(DrawParty.user_id) == actor.user_id, col(DrawParty.role) == actor.role)
    statement = (
        select(DrawParty, DrawProtocol)
        .join(DrawProtocol, col(DrawProtocol.id) == col(DrawParty.protocol_id))
        .where(col(DrawProtocol.status).in_([DrawStatus.COMMITTING, DrawStatus.REVEALING]), mine)
        .order_by(col(DrawParty.id))
    )
    return [(party, protocol) for party, protocol in session.exec(statement) if holds_seat(actor, party)]


def holds_seat(actor: Actor, party: DrawParty) -> bool:
    """Whether the actor speaks for a party. Who prepares the draw never does, whatever the seat says."""
    if may_coordinate(actor):
        return False
    return party.user_id == actor.user_id if party.user_id is not None else party.role == actor.role


def pledge(session: Session, clock: Clock, actor: Actor, party: DrawParty, commitment: str) -> None:
    """Bind a party to a secret by its hash, once.

    Raises NotPermittedError, TransitionError, ConflictError "too_late" and "already_committed", InvalidError
    "not_a_hash" and "commitment_copied".
    """
    protocol = _locked(session, party.protocol_id)
    _require_seat(actor, party)
    if protocol.status is not DrawStatus.COMMITTING:
        step(DRAW, protocol.status, "commit", entity="draw")
    _require_time(clock, protocol.commit_until)
    if party.commitment:
        raise ConflictError("already_committed", party=party.name)
    text = commitment.strip().lower()
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise InvalidError(Fault(field="commitment", code="not_a_hash"))
    parties = list_parties(session, protocol)
    if any(other.commitment == text for other in parties):
        raise InvalidError(Fault(field="commitment", code="commitment_copied"))
    party.commitment, party.committed_at, party.committed_by_id = text, clock.now(), actor.user_id
    session.add(party)
    _note(session, clock, actor, "draw.commit", protocol, after={"party": party.name, "commitment": text})
    if all(one.commitment for one in parties):
        _go(session, protocol, "begin_revealing")


def reveal(session: Session, clock: Clock, actor: Actor, party: DrawParty, *, secret: str, salt: str) -> None:
    """Open what a party committed to. The last secret draws, unless a public value is awaited.

    Raises NotPermittedError, TransitionError, ConflictError "too_late", "already_revealed" and "never_committed",
    InvalidError "wrong_secret", "secret_too_short", "too_long" and "bad_characters".
    """
    protocol = _locked(session, party.protocol_id)
    _require_seat(actor, party)
    if protocol.status is not DrawStatus.REVEALING:
        step(DRAW, protocol.status, "reveal", entity="draw")
    _require_time(clock, protocol.reveal_until)
    if not party.commitment:
        raise ConflictError("never_committed", party=party.name)
    if party.revealed_at is not None:
        raise ConflictError("already_revealed", party=party.name)
    _require_secret(protocol, party, secret.strip(), salt.strip())
    party.secret, party.salt, party.revealed_at = secret.strip(), salt.strip(), clock.now()
    session.add(party)
    _note(session, clock, actor, "draw.reveal", protocol, after={"party": party.name, "secret": party.secret})
    if all(one.revealed_at is not None or not one.commitment for one in list_parties(session, protocol)):
        _secrets_are_in(session, clock, actor, protocol)


def settle(session: Session, clock: Clock, actor: Actor | None, protocol: DrawProtocol) -> DrawStatus:
    """Apply the rules to deadlines that have passed; nothing happens before. Returns where the draw stands then.

    `actor` None stands for the service.
    """
    protocol = _locked(session, protocol.id or 0)
    parties = list_parties(session, protocol)
    if protocol.status is DrawStatus.COMMITTING and _past(clock, protocol.commit_until):
        missing = [one.name for one in parties if not one.commitment]
        if protocol.fallback is DrawFallback.ABORT or len(missing) == len(parties):
            _abort(session, clock, actor, protocol, reason="not_committed", missing=missing)
            return protocol.status
        _go(session, protocol, "begin_revealing")
    if protocol.status is DrawStatus.REVEALING and _past(clock, protocol.reveal_until):
        missing = [one.name for one in parties if one.commitment and one.revealed_at is None]
        if missing and protocol.fallback is DrawFallback.ABORT:
            _abort(session, clock, actor, protocol, reason=NOT_REVEALED, missing=missing)
        else:
            _secrets_are_in(session, clock, actor, protocol)
    if protocol.status is DrawStatus.READY and _past(clock, protocol.value_until):
        _do_without_value(session, clock, actor, protocol)
    return protocol.status


def finish(
    session: Session, clock: Clock, actor: Actor, protocol: DrawProtocol, *, value: str, origin: str
) -> DrawOutcome:
    """Take the public value and draw. `origin` says where it can be read.

    Raises NotPermittedError, TransitionError, ConflictError "value_not_there_yet" and "too_late",
    InvalidError "required", "too_long".
    """
    if not may_coordinate(actor):
        raise NotPermittedError
    protocol = _locked(session, protocol.id or 0)
    step(DRAW, protocol.status, "draw", entity="draw")
    if protocol.public_at is not None and clock.now() < protocol.public_at:
        raise ConflictError("value_not_there_yet", at=protocol.public_at.isoformat())
    _require_time(clock, protocol.value_until)
    faults = [
        Fault(field=field, code="too_long" if text.strip() else "required")
        for field, text, most in (("value", value, LONGEST_TEXT), ("origin", origin, 2 * LONGEST_TEXT))
        if not text.strip() or len(text.strip()) > most
    ]
    if faults:
        raise InvalidError(*faults)
    protocol.public_value, protocol.public_origin = value.strip(), origin.strip()
    _note(
        session, clock, actor, "draw.value", protocol, after={"value": protocol.public_value, "origin": origin.strip()}
    )
    return _draw(session, clock, actor, protocol)


def abort(session: Session, clock: Clock, actor: Actor, protocol: DrawProtocol, reason: str) -> None:
    """Call a draw off while nobody can know its result: before the first secret may be revealed.

    Raises NotPermittedError, TransitionError, InvalidError "required".
    """
    if not may_coordinate(actor):
        raise NotPermittedError
    protocol = _locked(session, protocol.id or 0)
    if protocol.status is not DrawStatus.COMMITTING:
        step(DRAW, protocol.status, "call_off", entity="draw")
    if not reason.strip():
        raise InvalidError(Fault(field="reason", code="required"))
    _abort(session, clock, actor, protocol, reason=reason.strip(), missing=[])


def _secrets_are_in(session: Session, clock: Clock, actor: Actor | None, protocol: DrawProtocol) -> None:
    _go(session, protocol, "end_revealing")
    if not protocol.public_source:
        _draw(session, clock, actor, protocol)


def _do_without_value(session: Session, clock: Clock, actor: Actor | None, protocol: DrawProtocol) -> None:
    """The value was not entered in time: what was chosen before anybody committed holds.

    Whoever may enter the value could also leave it: with "without" that is a choice between two results, for everybody
    to see, as the value itself is public. Therefore "abort" is the rule where nothing else was chosen.
    """
    if protocol.value_fallback is ValueFallback.ABORT:
        _abort(session, clock, actor, protocol, reason=NO_VALUE, missing=[])
        return
    _note(session, clock, actor, "draw.without_value", protocol, after={"source": protocol.public_source})
    _draw(session, clock, actor, protocol)


def _draw(session: Session, clock: Clock, actor: Actor | None, protocol: DrawProtocol) -> DrawOutcome:
    round_ = session.get_one(Round, protocol.round_id)
    return draw_from_lists(session, clock, actor, round_, protocol, sources_of_protocol(session, protocol))


def sources_of_protocol(session: Session, protocol: DrawProtocol) -> Sources:
    """Return what the seed of a draw with parties comes from, as things stand."""
    hashes = session.exec(select(col(DrawList.list_hash)).where(DrawList.protocol_id == protocol.id))
    return Sources(
        kind=protocol.kind,
        list_hashes=tuple(sorted(hashes)),
        contributions=tuple(contribution_of(one) for one in list_parties(session, protocol)),
        public_value=protocol.public_value,
    )


def contribution_of(party: DrawParty) -> Contribution:
    """Return what a party adds to the seed as things stand."""
    return Contribution(name=party.name, commitment=party.commitment, salt=party.salt, secret=party.secret)


def _terms(protocol: DrawProtocol, names: list[str]) -> Terms:
    return Terms(
        kind=protocol.kind,
        draw=protocol.uid,
        mode=protocol.mode,
        fallback=protocol.fallback,
        parties=tuple(names),
        public_source=protocol.public_source,
        value_fallback=protocol.value_fallback if protocol.value_until else None,
        value_until=protocol.value_until.isoformat() if protocol.value_until else "",
    )


def _go(session: Session, protocol: DrawProtocol, event: str) -> None:
    protocol.status = step(DRAW, protocol.status, event, entity="draw")
    session.add(protocol)
    session.flush()


def _abort(
    session: Session, clock: Clock, actor: Actor | None, protocol: DrawProtocol, *, reason: str, missing: list[str]
) -> None:
    protocol.abort_reason, protocol.ended_at = (
        ": ".join([reason, *([", ".join(missing)] if missing else [])]),
        clock.now(),
    )
    _go(session, protocol, "abort")
    _note(session, clock, actor, "draw.abort", protocol, after={"missing": missing}, reason=reason)


def _note(
    session: Session,
    clock: Clock,
    actor: Actor | None,
    action: str,
    protocol: DrawProtocol,
    *,
    after: dict[str, object],
    reason: str = "",
) -> None:
    audit.record(session, clock, actor, action, entity="draw", entity_uid=protocol.uid, after=after, reason=reason)


def _locked(session: Session, protocol_id: int) -> DrawProtocol:
    """The row, locked: the last two parties must not each believe that the other is still missing."""
    statement = select(DrawProtocol).where(DrawProtocol.id == protocol_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one()


def _require_seat(actor: Actor, party: DrawParty) -> None:
    if not holds_seat(actor, party):
        raise NotPermittedError


def _require_time(clock: Clock, until: datetime | None) -> None:
    if _past(clock, until):
        raise ConflictError("too_late", until=until.isoformat() if until else "")


def _past(clock: Clock, until: datetime | None) -> bool:
    return until is not None and clock.now() > until


def _require_secret(protocol: DrawProtocol, party: DrawParty, secret: str, salt: str) -> None:
    if len(secret) < SHORTEST_SECRET:
        raise InvalidError(Fault(field="secret", code="secret_too_short", params=(("least", SHORTEST_SECRET),)))
    if len(secret) > LONGEST_TEXT or len(salt) > LONGEST_SALT:
        raise InvalidError(Fault(field="secret", code="too_long"))
    if "|" in secret + salt or not (secret + salt).isprintable():
        raise InvalidError(Fault(field="secret", code="bad_characters"))
    if commitment_of(protocol.kind, secret, salt) != party.commitment:
        raise InvalidError(Fault(field="secret", code="wrong_secret"))
