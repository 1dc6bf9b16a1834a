"""Plans of inspections: kinds, life, stages, rules. A leaf: imports only the standard library."""

from enum import StrEnum


class PlanKind(StrEnum):
    """Kind of an inspection plan (R20): daily 日常, special 专项, case 个案, review 复查, random draw 双随机."""

    DAILY = "daily"
    SPECIAL = "special"
    CASE = "case"
    REVIEW = "review"
    RANDOM = "random"


class PlanTrigger(StrEnum):
    """What sets a single case off (R26): inspections on a clue, on request, or for a superior."""

    COMPLAINT = "complaint"
    ASSIGNED = "assigned"
    MONITORING = "monitoring"
    APPLICATION = "application"
    LICENCE = "licence"
    RECTIFICATION = "rectification"
    MEDIA = "media"
    AUDIT = "audit"
    SUPERIOR = "superior"


class PlanSpan(StrEnum):
    """How far a plan reaches: monthly plans are derived from quarterly ones, those from the annual one (R21)."""

    SINGLE = "single"
    ANNUAL = "annual"
    QUARTERLY = "quarterly"
    MONTHLY = "monthly"


class PlanStage(StrEnum):
    """Who has a say before a plan is filed: partners (会签), legal review (法制审核), the head, the government."""

    COUNTERSIGN = "countersign"
    LEGAL = "legal"
    HEAD = "head"
    GOVERNMENT = "government"


class Verdict(StrEnum):
    """What was said at a stage. LAPSED: nothing, until the plan went on without an answer."""

    WAITING = "waiting"
    AGREED = "agreed"
    OBJECTED = "objected"
    LAPSED = "lapsed"


class VisitHours(StrEnum):
    """When on a day a check makes sense: any time, while open, at night, or while producing."""

    ANY = "any"
    OPEN = "open"
    NIGHT = "night"
    PRODUCTION = "production"


class PlanStatus(StrEnum):
    """Life of a plan. SUBMITTED waits for the head; REPLACED: a newer version of it was filed."""

    DRAFT = "draft"
    COUNTERSIGNING = "countersigning"
    LEGAL_REVIEW = "legal_review"
    SUBMITTED = "submitted"
    GOVERNMENT_REVIEW = "government_review"
    RETURNED = "returned"
    FILED = "filed"
    IN_ROUND = "in_round"
    SCHEDULED = "scheduled"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


class PlanSource(StrEnum):
    FORM = "form"
    SHEET = "sheet"
    API = "api"


class AttachmentKind(StrEnum):
    """What a document beside a plan is: where a case comes from, who has allowed it, how it is to be done."""

    CLUE = "clue"
    APPROVAL = "approval"
    SCHEME = "scheme"
    OTHER = "other"


class UploadStatus(StrEnum):
    READ = "read"
    IMPORTED = "imported"
    DISCARDED = "discarded"


class Targeting(StrEnum):
    """How the sites of a task are found: named in the plan, or drawn from the frozen registry."""

    NAMED = "named"
    DRAWN = "drawn"


class NoticeMode(StrEnum):
    """Whether the enterprise is told beforehand (预告) or not (突击)."""

    ANNOUNCED = "announced"
    UNANNOUNCED = "unannounced"


class Severity(StrEnum):
    """What a broken rule does to a plan: HARD stops it, WARNING asks for a reason, NOTICE is only shown."""

    HARD = "hard"
    WARNING = "warning"
    NOTICE = "notice"
