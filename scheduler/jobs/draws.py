"""Job: apply the rules of draws with parties to deadlines that have passed."""

from __future__ import annotations

from sqlmodel import col, select

from data.enums import DrawStatus
from data.models import DrawProtocol
from data.session import reading, unit_of_work
from scheduler.filing.draws.protocol import settle
from scheduler.jobs.context import JobContext


def settle_draws(context: JobContext) -> int:
    """Returns how many draws went on or were aborted."""
    waiting = (DrawStatus.COMMITTING, DrawStatus.REVEALING, DrawStatus.READY)
    with reading(context.engine) as session:
        found = session.exec(select(DrawProtocol.id, DrawProtocol.status).where(col(DrawProtocol.status).in_(waiting)))
        before = dict(found.all())
    moved = 0
    for number, status in before.items():
        with unit_of_work(context.engine) as session:
            moved += settle(session, context.clock, None, session.get_one(DrawProtocol, number)) is not status
    return moved
