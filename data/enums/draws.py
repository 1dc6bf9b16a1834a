"""Random draws: how they are made, and why somebody is left out. A leaf: imports only the standard library."""

from enum import StrEnum


class HashKind(StrEnum):
    """The hash function of a draw; the names are those of hashlib."""

    SHA256 = "sha256"
    SM3 = "sm3"


class DrawMode(StrEnum):
    """Who makes the seed of a draw: the service alone, or several parties who committed beforehand."""

    ONE_PARTY = "one_party"
    PARTIES = "parties"


class DrawStatus(StrEnum):
    """Life of a draw: parties commit, reveal; READY waits for the public value; then it is drawn, or aborted."""

    COMMITTING = "committing"
    REVEALING = "revealing"
    READY = "ready"
    DRAWN = "drawn"
    ABORTED = "aborted"


class DrawFallback(StrEnum):
    """What happens when a party keeps its secret back; fixed before anybody commits."""

    PROCEED = "proceed"
    ABORT = "abort"


class ValueFallback(StrEnum):
    """What happens when nobody enters the public value in time; fixed before anybody commits."""

    WITHOUT = "without"
    ABORT = "abort"


class ExclusionReason(StrEnum):
    """Why a site that a task aims at is not in the list: closed, white list (R38), quiet all along, cap, recusal."""

    CLOSED = "closed"
    WHITELISTED = "whitelisted"
    QUIET = "quiet"
    CAP = "cap"
    RECUSED = "recused"


class CrewReason(StrEnum):
    """Why an officer whom the draw ranked before somebody who goes does not go."""

    NOT_SERVING = "not_serving"
    CERTIFICATE = "certificate"
    SKILL = "skill"
    RECUSED = "recused"
    ABSENT = "absent"
    BUSY = "busy"
    TRAVEL = "travel"
    EVENNESS = "evenness"
    BY_HAND = "by_hand"
    KEPT = "kept"


class CancelReason(StrEnum):
    """Why a drawn site is not visited after all. `CAP`: said by the service alone, when it draws (R30)."""

    CLOSED = "closed"
    MOVED = "moved"
    DUPLICATE = "duplicate"
    EMERGENCY = "emergency"
    CAP = "cap"
    OTHER = "other"
