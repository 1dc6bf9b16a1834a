"""What an enterprise opens its pages with, for a letter that leaves the house or is printed: link and short code.

It is computed at that moment and kept nowhere: neither the outbox, nor its pages, nor the log hold it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from data.enums import Channel, RecipientKind
from data.models import OutboxMessage
from scheduler.clock import Clock
from scheduler.permissions import Actor, may_deliver
from scheduler.planning.drafts import chunks
from scheduler.portal.access_codes import IssuedCode, find_opening, find_openings
from scheduler.publishing.addresses import Ways
from scheduler.publishing.calendar_words import clean

CODE_IN_MESSAGE = "code"
"""In a message's payload: the public id of its access code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """`link`: opens at once, for a QR code; `code`: to type at `door`, beside the credit code."""

    link: str
    door: str
    code: str


def find_opening_of(session: Session, clock: Clock, message: OutboxMessage, ways: Ways) -> Opening | None:
    """The opening that belongs into a message; None for a message without one, or whose code opens nothing now."""
    uid = message.payload.get(CODE_IN_MESSAGE)
    issued = find_opening(session, clock, uid, key=ways.key) if uid and ways.key else None
    return _opening(issued, ways) if issued else None


def openings_on_paper(session: Session, clock: Clock, enterprises: Iterable[int], ways: Ways) -> dict[int, Opening]:
    """Enterprise -> what its newest paper notice opens its pages with; only those that are told on paper."""
    codes: dict[int, str] = {}
    for part in chunks(sorted(set(enterprises)) if ways.key else []):
        statement = select(OutboxMessage).where(
            OutboxMessage.channel == Channel.PRINT,
            OutboxMessage.recipient_kind == RecipientKind.ENTERPRISE,
            col(OutboxMessage.recipient_id).in_(part),
        )
        for message in session.exec(statement.order_by(col(OutboxMessage.id))):
            if uid := message.payload.get(CODE_IN_MESSAGE):
                codes[message.recipient_id] = uid
    issued = find_openings(session, clock, codes.values(), key=ways.key)
    return {number: _opening(issued[uid], ways) for number, uid in codes.items() if uid in issued}


def _opening(issued: IssuedCode, ways: Ways) -> Opening:
    door = f"{ways.base_url}/enter"
    return Opening(link=f"{door}/{issued.secret}", door=door, code=issued.printed)


def paper_opening(session: Session, clock: Clock, actor: Actor, message: OutboxMessage, ways: Ways) -> Opening | None:
    """The opening for the page that a paper notice is printed from; None for any other message, and for who only reads
    what was sent.
    """
    if message.channel is not Channel.PRINT or not may_deliver(actor):
        return None
    return find_opening_of(session, clock, message, ways)


def opening_text(opening: Opening | None) -> str:
    """The lines that a letter gets at its end; an empty text without an opening."""
    if opening is None:
        return ""
    typed = f"或在 {opening.door} 输入统一社会信用代码和访问码 {opening.code}"
    typed += f" Or type credit code and access code {opening.code} there."
    lines = (f"不用密码，直接打开 Open without a password: {opening.link}", typed)
    return "".join("\n" + clean(line) for line in lines)
