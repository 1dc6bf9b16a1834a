"""What every channel is given and gives back, and the two ways in which it can fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scheduler.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message on its way out. `key`: the same at every attempt, so that a receiver can tell a repetition."""

    key: str
    address: str
    subject: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the other side answered: kept as the proof that it took the message."""

    reference: str


class RefusedError(DomainError):
    """The other side will never take this message: wrong address, wrong form. Params: answer."""

    code = "channel_refused"


class UnreachableError(DomainError):
    """The other side did not take it now (`sure`), or nobody knows whether it did. Params: answer."""

    code = "channel_unreachable"

    def __init__(self, *, answer: str, sure: bool = False) -> None:
        super().__init__(answer=answer)
        self.sure = sure


class Sender(Protocol):
    """A channel. `send` holds no database transaction, ends within the channel's time limit, and may be repeated."""

    def send(self, letter: Letter) -> Receipt:
        """Hand the letter over. Raises RefusedError (never again) or UnreachableError (try again)."""
        ...
