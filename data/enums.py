"""The words of the domain that are stored: every status, kind and mode. A leaf: imports only the standard library."""

from enum import StrEnum


class CreditClass(StrEnum):
    """Credit-risk class (信用风险分类) of an enterprise: A is disturbed least, D is seen first."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class TownKind(StrEnum):
    SUBDISTRICT = "subdistrict"
    TOWN = "town"
    ZONE = "zone"
    FARM = "farm"


class OrganisationKind(StrEnum):
    """What a body is. VERTICAL bodies answer to their own superior and can only be invited, never ordered."""

    DEPARTMENT = "department"
    TOWNSHIP = "township"
    VERTICAL = "vertical"
    COORDINATION = "coordination"
    GOVERNMENT = "government"


class Role(StrEnum):
    CLERK = "clerk"
    HEAD = "head"
    LEGAL = "legal"
    OFFICER = "officer"
    COORDINATOR = "coordinator"
    APPROVER = "approver"
    SUPERVISOR = "supervisor"
    ENTERPRISE = "enterprise"
    ADMINISTRATOR = "administrator"


class RecordStatus(StrEnum):
    """Whether a registry row is in use. History is kept: rows are closed, never deleted."""

    ACTIVE = "active"
    CLOSED = "closed"


class ClosureKind(StrEnum):
    """Why a site may not be visited for a while: quiet days (安静期), peak season, shutdown, examination."""

    QUIET = "quiet"
    PEAK = "peak"
    SHUTDOWN = "shutdown"
    EXAMINATION = "examination"


class ItemList(StrEnum):
    """Which of the three lists of R15 an inspection item is on."""

    UNDISTURBED = "undisturbed"
    FOCUS = "focus"
    RANDOM = "random"


class ScenarioRole(StrEnum):
    LEAD = "lead"
    PARTNER = "partner"


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


class ListKind(StrEnum):
    """What a list of the registry holds, one line each."""

    ENTERPRISES = "enterprises"
    CREDIT_CLASSES = "credit_classes"
    ITEMS = "items"
    OFFICERS = "officers"
    ABSENCES = "absences"
    RECUSALS = "recusals"
    CLOSURES = "closures"
    LICENCES = "licences"


class ListStatus(StrEnum):
    """Where an uploaded list stands: checked without effect, taken over whole, or given up."""

    CHECKED = "checked"
    APPLIED = "applied"
    DISCARDED = "discarded"


class RegistryChange(StrEnum):
    """What happened to an enterprise in the registry; its history is kept."""

    RENAMED = "renamed"
    MERGED = "merged"
    ABSORBED = "absorbed"
    SPLIT = "split"
    FOUNDED = "founded"
    CLOSED = "closed"
    REOPENED = "reopened"


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


class RoundKind(StrEnum):
    """What a round is over; CASE: one case that cannot wait, dispatched by itself."""

    MONTH = "month"
    QUARTER = "quarter"
    CASE = "case"


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


class FeedScope(StrEnum):
    ORGANISATION = "organisation"
    OFFICER = "officer"
    ENTERPRISE = "enterprise"
    DISTRICT = "district"


class DayKind(StrEnum):
    """What an uploaded row of the working calendar says of a date."""

    WORKING = "working"
    HOLIDAY = "holiday"


class Mandate(StrEnum):
    """On what ground a body inspects (R01, R02): as an organ, authorised by law, or entrusted by another body."""

    ORGAN = "organ"
    AUTHORISED = "authorised"
    ENTRUSTED = "entrusted"


class Severity(StrEnum):
    """What a broken rule does to a plan: HARD stops it, WARNING asks for a reason, NOTICE is only shown."""

    HARD = "hard"
    WARNING = "warning"
    NOTICE = "notice"


class CapHolder(StrEnum):
    """Whose inspections a cap counts together: one organ's, all of a level's (kind of body), or the district's."""

    ORGAN = "organ"
    LEVEL = "level"
    DISTRICT = "district"


class CapSubject(StrEnum):
    """What is counted: visits to an enterprise as a whole, or to one of its sites."""

    ENTERPRISE = "enterprise"
    SITE = "site"


class CapEventKind(StrEnum):
    """What happens to a place under a cap (b5). JOINED: it became part of a visit that is counted already (R35)."""

    OPENED = "opened"
    RESERVED = "reserved"
    BOUND = "bound"
    JOINED = "joined"
    USED = "used"
    RELEASED = "released"


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


class CancelReason(StrEnum):
    """Why a drawn site is not visited after all."""

    CLOSED = "closed"
    MOVED = "moved"
    DUPLICATE = "duplicate"
    EMERGENCY = "emergency"
    OTHER = "other"


class ApiScope(StrEnum):
    """What a program may do with its token, beside what the token's role allows."""

    PLANS_READ = "plans:read"
    PLANS_WRITE = "plans:write"
    REGISTRY_READ = "registry:read"
    ROUNDS_READ = "rounds:read"
    VISITS_READ = "visits:read"


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


class ArrivalMethod(StrEnum):
    """How a crew showed that it was there (R66): by the code of the site, or by hand with a reason."""

    CODE = "code"
    MANUAL = "manual"


class FieldDeed(StrEnum):
    """What is sent from the field; each time once, however often it is sent."""

    CHECK_IN = "check_in"
    RESULTS = "results"
    CLOSE = "close"


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
