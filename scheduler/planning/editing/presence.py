"""Who has a round open besides oneself. A row a person, renewed while the page is open; old rows count for nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, select

from data.models import BoardPresence, Round, User
from scheduler.clock import Clock
from scheduler.permissions import Actor

SEEN_FOR: Final = timedelta(seconds=30)


def note_presence(session: Session, clock: Clock, actor: Actor, round_: Round) -> tuple[str, ...]:
    """Say that this person is here; return the names of the others who are."""
    own = select(BoardPresence).where(BoardPresence.round_id == round_.id, BoardPresence.user_id == actor.user_id)
    row = session.exec(own).first() or BoardPresence(
        round_id=round_.id or 0, user_id=actor.user_id, seen_at=clock.now()
    )
    row.seen_at = clock.now()
    session.add(row)
    session.flush()
    return others_present(session, clock, actor, round_)


def others_present(session: Session, clock: Clock, actor: Actor, round_: Round) -> tuple[str, ...]:
    """Names of the others who have had the round open within the last half minute, in order."""
    statement = (
        select(User.display_name)
        .join(BoardPresence, col(BoardPresence.user_id) == col(User.id))
        .where(
            BoardPresence.round_id == round_.id,
            BoardPresence.user_id != actor.user_id,
            BoardPresence.seen_at > clock.now() - SEEN_FOR,
        )
    )
    return tuple(session.exec(statement.order_by(col(User.display_name))))
