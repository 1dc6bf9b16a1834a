"""What enterprises ask for and say. A leaf: imports only the standard library."""

from enum import StrEnum


class AppealKind(StrEnum):
    """What an enterprise asks for: another day, that an officer stays away (R06), guidance (R63); or a complaint."""

    RESCHEDULE = "reschedule"
    RECUSAL = "recusal"
    GUIDANCE = "guidance"
    COMPLAINT = "complaint"


class AppealStatus(StrEnum):
    """Life of an appeal: it waits, is granted, declined or answered, or its enterprise takes it back."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class Ban(StrEnum):
    """What officers must never do in an enterprise (R67)."""

    GIFTS = "gifts"
    MEALS = "meals"
    COSTS = "costs"
    AGENTS = "agents"
    OWNER = "owner"
    SEIZURE = "seizure"
    QUOTAS = "quotas"
    DISGUISE = "disguise"


class RatingQuestion(StrEnum):
    """What an enterprise rates after a visit, one to five stars each."""

    CLARITY = "clarity"
    CONDUCT = "conduct"
    BURDEN = "burden"
    HELP = "help"
