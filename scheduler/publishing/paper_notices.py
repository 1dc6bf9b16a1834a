"""Which paper notices about visits in force still wait for somebody to carry them. Only reads; noting that one was
handed over is next door, in `dispatches`. A cancelled visit is on no board; what a page of its paper needs is here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from data.enums import Channel, OutboxState, RecipientKind, VisitStatus
from data.models import Organisation, OutboxMessage, ReleaseVisit, Visit
from scheduler.permissions import Actor, may_deliver, may_hand_over
from scheduler.planning.drafts import chunks
from scheduler.publishing.visibility import names_organisation, rows_in_force


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPaper:
    """A notice on paper, by the first visit of the actor that it speaks of; `uid` is the message's."""

    uid: str
    visit_uid: str
    day: date
    site: str
    enterprise: str
    cancelled: bool
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneVisit:
    """A visit as it was last released. `cancelled`: the release in force says so; else only the draft has lost it."""

    uid: str
    day: date
    starts: str
    site: str
    enterprise: str
    address: str
    cancelled: bool


def waiting_papers(session: Session, actor: Actor) -> tuple[WaitingPaper, ...]:
    """The paper notices that the actor may note as handed over, by the day of the visit; one line a notice.

    Clerks get those that name a visit of their organisation, a cancelled one too.
    """
    if not may_hand_over(actor):
        return ()
    messages = _queued(session)
    named = {line["visit"] for one in messages for line in one.payload.get("changes", [])}
    own = {row.visit_uid: row for part in chunks(sorted(named)) for row in session.exec(_own(session, actor, part))}
    found = (_paper(one, own) for one in messages)
    return tuple(sorted((one for one in found if one), key=lambda one: (one.day, one.visit_uid, one.written_at)))


def _queued(session: Session) -> list[OutboxMessage]:
    statement = select(OutboxMessage).where(
        OutboxMessage.channel == Channel.PRINT,
        OutboxMessage.state == OutboxState.QUEUED,
        OutboxMessage.recipient_kind == RecipientKind.ENTERPRISE,
    )
    return list(session.exec(statement.order_by(col(OutboxMessage.id))))


def _own(session: Session, actor: Actor, uids: Sequence[str]) -> Any:
    statement = rows_in_force().where(col(ReleaseVisit.visit_uid).in_(uids))
    if may_deliver(actor):
        return statement
    body = session.get(Organisation, actor.organisation_id)
    return statement.where(names_organisation(body.code if body else "-"))


def find_gone_visit(session: Session, actor: Actor, visit_uid: str) -> GoneVisit | None:
    """A visit that an enterprise was told of and that is on no board any more; None for every other one.

    For who keeps messages, and for clerks of a department that took part.
    """
    alive = select(col(Visit.id)).where(Visit.uid == visit_uid, Visit.status != VisitStatus.CANCELLED)
    if not may_hand_over(actor) or session.exec(alive).first() is not None:
        return None
    row: ReleaseVisit | None = session.exec(_own(session, actor, [visit_uid])).first()
    if row is None or row.hidden:
        return None
    public = json.loads(row.body)["public"]
    return GoneVisit(
        uid=visit_uid,
        day=row.day,
        starts=public["starts"],
        site=public["site"],
        enterprise=public["enterprise"],
        address=public["address"],
        cancelled=row.cancelled,
    )


def readable_letter(session: Session, actor: Actor, message: OutboxMessage) -> str:
    """The words of a paper notice, for who may know of every visit in it; an empty text for the others."""
    named = {line["visit"] for line in message.payload.get("changes", [])}
    own = {row.visit_uid for row in session.exec(_own(session, actor, sorted(named)))}
    text: str = message.payload.get("letter", {}).get("text", "")
    return text if may_hand_over(actor) and named <= own else ""


def _paper(message: OutboxMessage, own: dict[str, ReleaseVisit]) -> WaitingPaper | None:
    """The earliest visit of those the message names and the actor takes part in; None for another's notice."""
    rows = [own[line["visit"]] for line in message.payload.get("changes", []) if line["visit"] in own]
    if not rows:
        return None
    row = min(rows, key=lambda one: (one.day, one.visit_uid))
    public = json.loads(row.body)["public"]
    return WaitingPaper(
        uid=message.uid,
        visit_uid=row.visit_uid,
        day=row.day,
        site=public["site"],
        enterprise=public["enterprise"],
        cancelled=row.cancelled,
        written_at=message.created_at,
    )
