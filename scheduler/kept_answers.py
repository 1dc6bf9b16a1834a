"""Answers kept under the key of a repeated request, so that it is done once. Knows no HTTP beyond status and headers.

The claim is the first thing written in the transaction of the request and its answer the last: both are committed
with the work or not at all. A second request with the same key waits at the unique constraint (SQLite: at the write
lock) until the first has ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.models import KeptAnswer
from scheduler.clock import Clock
from scheduler.errors import DomainError

KEPT_FOR: Final = timedelta(hours=24)
LONGEST_KEY: Final = 255
_CLAIMED: Final = 102
"""Status of a row whose request is still running; seen by nobody, because it is never committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """An answer to be given again."""

    status: int
    headers: dict[str, str]
    body: str


class KeyReusedError(DomainError):
    """The key was used for another request."""

    code = "key_reused"


def find_answer(session: Session, clock: Clock, *, token_id: int, key: str, request_hash: str) -> StoredAnswer | None:
    """Return the answer kept for this request. Raises KeyReusedError when the key came with another one."""
    row = session.exec(select(KeptAnswer).where(KeptAnswer.token_id == token_id, KeptAnswer.key == key)).first()
    if row is None or row.expires_at <= clock.now():
        return None
    if row.request_hash != request_hash:
        raise KeyReusedError
    return StoredAnswer(status=row.status, headers=dict(row.headers), body=row.body)


def claim_key(session: Session, clock: Clock, *, token_id: int, key: str, request_hash: str) -> KeptAnswer:
    """Take the key for a request that is about to run; fails on the unique constraint when another one has it."""
    outdated = (KeptAnswer.token_id == token_id, KeptAnswer.key == key, col(KeptAnswer.expires_at) <= clock.now())
    session.execute(sa.delete(KeptAnswer).where(*outdated))  # type: ignore[arg-type]
    row = KeptAnswer(
        token_id=token_id,
        key=key,
        request_hash=request_hash,
        status=_CLAIMED,
        created_at=clock.now(),
        expires_at=clock.now() + KEPT_FOR,
    )
    session.add(row)
    session.flush()
    return row


def keep_answer(session: Session, row: KeptAnswer, answer: StoredAnswer) -> None:
    """Write the answer beside its key."""
    row.status, row.headers, row.body = answer.status, dict(answer.headers), answer.body
    session.add(row)
    session.flush()


def forget_answers(session: Session, clock: Clock) -> int:
    """Delete the answers whose time is over; return how many went."""
    statement = sa.delete(KeptAnswer).where(col(KeptAnswer.expires_at) <= clock.now())
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]
