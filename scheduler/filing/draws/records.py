"""Draws that were made: finding them, with their tasks and plans. Reads only."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import DrawStatus
from data.errors import NotFoundError
from data.models import Draw, DrawParty, DrawProtocol, Plan, PlanTask, Round
from scheduler.filing.access import require_visible
from scheduler.permissions import Actor

LIVE = (DrawStatus.COMMITTING, DrawStatus.REVEALING, DrawStatus.READY)


def get_draw(session: Session, actor: Actor, uid: str) -> Draw:
    """Return a draw; a department sees those of its own tasks. Raises NotFoundError, for a foreign one too."""
    found = session.execute(
        sa.select(Draw, col(Plan.organisation_id))
        .join(PlanTask, col(PlanTask.id) == col(Draw.task_id))
        .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
        .where(col(Draw.uid) == uid)
    ).first()
    if found is None:
        raise NotFoundError("draw", uid)
    require_visible(actor, found[1], "draw", uid)
    return found[0]


def list_draws(session: Session, round_: Round) -> list[tuple[Draw, PlanTask, Plan]]:
    """Return the draws of a round with their tasks and plans, by organisation, plan and position."""
    statement = (
        select(Draw, PlanTask, Plan)
        .join(PlanTask, col(PlanTask.id) == col(Draw.task_id))
        .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
        .where(Draw.round_id == round_.id)
        .order_by(col(Plan.organisation_id), col(Plan.id), col(PlanTask.position))
    )
    return list(session.exec(statement).all())


def list_protocols(session: Session, round_: Round) -> list[DrawProtocol]:
    """Return every attempt at a draw of a round, the latest first; an aborted one stays for ever."""
    statement = select(DrawProtocol).where(DrawProtocol.round_id == round_.id)
    return list(session.exec(statement.order_by(col(DrawProtocol.attempt).desc())))


def find_live(session: Session, round_: Round) -> DrawProtocol | None:
    """Return the attempt that is under way."""
    statement = select(DrawProtocol).where(DrawProtocol.round_id == round_.id, col(DrawProtocol.status).in_(LIVE))
    return session.exec(statement).first()


def find_drawn(session: Session, round_id: int) -> DrawProtocol | None:
    """Return the attempt that led to the round's draw; None for rounds drawn before protocols were kept."""
    statement = select(DrawProtocol).where(DrawProtocol.round_id == round_id, DrawProtocol.status == DrawStatus.DRAWN)
    return session.exec(statement).first()


def list_parties(session: Session, protocol: DrawProtocol) -> list[DrawParty]:
    """Return the parties in the order in which they enter the seed."""
    statement = select(DrawParty).where(DrawParty.protocol_id == protocol.id).order_by(col(DrawParty.position))
    return list(session.exec(statement))
