"""What a person can do to the draft: one frozen value a deed, and its JSON. Knows no table and judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveVisit:
    """Bring a visit to another day or quarter (改期). `visit`: uid; `start_quarter`: 0..3."""

    visit: str
    day: date
    start_quarter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PinVisit:
    """Say what a new solve must leave as it is (固定); None leaves that pin alone."""

    visit: str
    day: bool | None = None
    crew: bool | None = None
    members: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitVisit:
    """Give some requests of a visit a visit of their own (拆分)."""

    visit: str
    requests: tuple[str, ...]
    day: date
    start_quarter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinVisits:
    """Put all requests of `other` into `keep` (合并); both are at one site."""

    keep: str
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRequest:
    """Add a request to a visit, or give one that was left out a new visit on a day (排入).

    With `visit` the day and the quarter are that visit's and need not be given.
    """

    request: str
    visit: str | None = None
    day: date | None = None
    start_quarter: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOut:
    """Set a request aside (暂缓): it is left out and can be placed again."""

    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcludeRequest:
    """Withdraw a request from the round (剔除). `reason`: a CancelReason where it was drawn, else free text."""

    request: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCrew:
    """Say who goes for one request. `officers`: uids, as many as the request needs; `pin`: a new solve keeps them."""

    visit: str
    request: str
    officers: tuple[str, ...]
    pin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLead:
    """Say which body leads, and which officer of the visit's crew where it is known by name."""

    visit: str
    organisation: str = ""
    officer: str = ""


Command = MoveVisit | PinVisit | SplitVisit | JoinVisits | PlaceRequest | TakeOut | ExcludeRequest | SetCrew | SetLead
"""Every deed that `log.apply_edit` takes."""

KINDS: Final[Mapping[str, type[Command]]] = {
    "move": MoveVisit,
    "pin": PinVisit,
    "split": SplitVisit,
    "join": JoinVisits,
    "place": PlaceRequest,
    "take_out": TakeOut,
    "exclude": ExcludeRequest,
    "set_crew": SetCrew,
    "set_lead": SetLead,
}
_NAMES: Final = {made: name for name, made in KINDS.items()}


def kind_of(command: Command) -> str:
    """The stable name of a deed."""
    return _NAMES[type(command)]


def command_json(command: Command) -> dict[str, Any]:
    """Write a command in plain values, its kind among them."""
    plain = {
        name: value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
        for name, value in asdict(command).items()
    }
    return {"kind": kind_of(command), **plain}


def visit_named(command: Command) -> str | None:
    """The visit whose version the person saw; None for deeds on a request that is in no visit."""
    if isinstance(command, JoinVisits):
        return command.keep
    return None if isinstance(command, TakeOut | ExcludeRequest) else command.visit


def request_named(command: Command) -> str | None:
    """The request that a deed is about; None where it is about a whole visit."""
    return command.request if isinstance(command, PlaceRequest | TakeOut | ExcludeRequest | SetCrew) else None
