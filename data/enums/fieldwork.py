"""Arrivals, results and duties of officers. A leaf: imports only the standard library."""

from enum import StrEnum


class ArrivalMethod(StrEnum):
    """How a crew showed that it was there (R66): by the code of the site, or by hand with a reason."""

    CODE = "code"
    MANUAL = "manual"


class FieldDeed(StrEnum):
    """What is sent from the field; each time once, however often it is sent."""

    CHECK_IN = "check_in"
    RESULTS = "results"
    CLOSE = "close"
    OFF_PLAN = "off_plan"
    PHOTO = "photo"


class ItemOutcome(StrEnum):
    """What came of one item of a visit (d7)."""

    CONFORMS = "conforms"
    PROBLEM = "problem"
    UNCHECKED = "unchecked"


class ItemMeasure(StrEnum):
    """What is done about a problem: mended at once, ordered to be mended by a day, handed over, told to others."""

    ADVICE = "advice"
    CORRECTED = "corrected"
    ORDERED = "ordered"
    TRANSFERRED = "transferred"
    REPORTED = "reported"
    OTHER = "other"


class UncheckedReason(StrEnum):
    """Why an item was not checked."""

    NO_ACTIVITY = "no_activity"
    CLOSED = "closed"
    GONE = "gone"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    NO_TIME = "no_time"
    OTHER = "other"


class OrderEnding(StrEnum):
    """How an order to mend ended: seen at a re-inspection, shown by papers, ordered anew, or taken elsewhere."""

    MENDED = "mended"
    SHOWN = "shown"
    ORDERED_AGAIN = "ordered_again"
    TRANSFERRED = "transferred"
    UNMENDED = "unmended"
    REVOKED = "revoked"
    """The result behind it was corrected: nothing was to be mended."""


class CorrectionStatus(StrEnum):
    """Life of a correction of a result. WAITING: one person has asked, another one of the body decides."""

    WAITING = "waiting"
    MADE = "made"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class DutyKind(StrEnum):
    """What an officer asks for: to be away on days, to be spared one visit, or that a colleague goes instead."""

    DAYS = "days"
    VISIT = "visit"
    SWAP = "swap"


class DutyStatus(StrEnum):
    """Life of such a request. ASKED: the colleague has not answered yet; EXPIRED: nobody answered in time."""

    ASKED = "asked"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
