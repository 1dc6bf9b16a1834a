"""Job: ask those anew whose part of a draft was edited, and record silence when its time is over."""

from __future__ import annotations

from sqlmodel import col, select

from data.enums import RoundStatus
from data.models import Confirmation, Round
from data.session import reading, unit_of_work
from scheduler.confirming.asking import lapse_due, renew
from scheduler.confirming.records import OVER
from scheduler.jobs.context import JobContext


def settle_confirmations(context: JobContext) -> int:
    """Returns how many questions were asked anew or ended in silence."""
    with reading(context.engine) as session:
        asking = select(col(Confirmation.round_id)).where(col(Confirmation.status).not_in(OVER))
        statement = select(col(Round.id)).where(Round.status == RoundStatus.PROPOSED, col(Round.id).in_(asking))
        rounds = session.exec(statement.order_by(col(Round.id))).all()
    done = 0
    for number in rounds:
        with unit_of_work(context.engine) as session:
            round_ = session.get_one(Round, number)
            done += renew(session, context.clock, round_).asked
            done += lapse_due(session, context.clock, round_)
    return done
