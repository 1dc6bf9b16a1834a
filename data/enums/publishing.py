"""Who is told what, and how. A leaf: imports only the standard library."""

from enum import StrEnum


class RecipientKind(StrEnum):
    ENTERPRISE = "enterprise"
    ORGANISATION = "organisation"
    OFFICER = "officer"


class Channel(StrEnum):
    """How a message reaches its recipient. GATEWAY: a web hook to SMS and the like; PRINT: paper, by hand."""

    INBOX = "inbox"
    EMAIL = "email"
    GATEWAY = "gateway"
    PRINT = "print"


class NoticeKind(StrEnum):
    """What a notice tells of: see the classes of difference between what was told and what is released."""

    RELEASE = "release"
    CHECK_IN = "check_in"
    CONFIRMATION = "confirmation"
    REMINDER = "reminder"
    ANSWER = "answer"


class OutboxState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    DEAD = "dead"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class ConcernKind(StrEnum):
    """Why a visit that was released, or stands in a draft, deserves a second look: the rows behind it have changed."""

    CREDIT_CLASS = "credit_class"
    ENTERPRISE = "enterprise"
    ABSENCE = "absence"
    CERTIFICATE = "certificate"
    OFFICER = "officer"


class PrintKind(StrEnum):
    """What is printed of a whole release. UNREACHABLE: notices of enterprises without an account, with a list."""

    NOTICES = "notices"
    UNREACHABLE = "unreachable"


class PrintStatus(StrEnum):
    QUEUED = "queued"
    PRINTING = "printing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class FeedScope(StrEnum):
    ORGANISATION = "organisation"
    OFFICER = "officer"
    ENTERPRISE = "enterprise"
    DISTRICT = "district"
