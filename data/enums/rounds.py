"""Rounds, runs, proposals, visits, and what is said to them before approval. A leaf: only the standard library."""

from enum import StrEnum


class RoundKind(StrEnum):
    """How long a round is. OFF_PLAN: a year's visits that no plan foresaw (R25); it is never planned or released."""

    MONTH = "month"
    QUARTER = "quarter"
    OFF_PLAN = "off_plan"


class RoundStatus(StrEnum):
    OPEN = "open"
    FROZEN = "frozen"
    DRAWN = "drawn"
    SOLVING = "solving"
    PROPOSED = "proposed"
    APPROVED = "approved"
    PUBLISHED = "published"
    CLOSED = "closed"


class RequestStatus(StrEnum):
    PENDING = "pending"
    SCHEDULED = "scheduled"
    LEFT_OUT = "left_out"
    WITHDRAWN = "withdrawn"


class RunStatus(StrEnum):
    """Life of a solve run. OUTDATED: finished after the draft had changed; offered, never applied."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    FAILED = "failed"


class RunKind(StrEnum):
    """What a solve run is for: the round's draft, a question that touches no draft, or few changes of the draft."""

    PLAIN = "plain"
    WHAT_IF = "what_if"
    RESOLVE = "resolve"


class ProposalStatus(StrEnum):
    OFFERED = "offered"
    ADOPTED = "adopted"
    SUPERSEDED = "superseded"


class VisitStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CHECKED_IN = "checked_in"
    DONE = "done"
    CANCELLED = "cancelled"


class ApprovalStatus(StrEnum):
    """Life of an approval: it waits for its time, is sealed into a release, or is voided, cancelled or blocked."""

    WAITING = "waiting"
    PUBLISHED = "published"
    VOIDED = "voided"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"


class ConfirmationStatus(StrEnum):
    """What a body said to its part of a draft. LAPSED: silence, which is consent; UNANSWERED: an invited body's
    silence, which is none. REPLACED: its part was edited and it is asked anew."""

    WAITING = "waiting"
    CONSENTED = "consented"
    COUNTERED = "countered"
    REFUSED = "refused"
    LAPSED = "lapsed"
    UNANSWERED = "unanswered"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class CounterStatus(StrEnum):
    """What became of another day that a body proposed. DROPPED: overtaken by another edit of the visit."""

    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"
    DROPPED = "dropped"
