"""What enterprises, sites, bodies and the registry of them can be. A leaf: imports only the standard library."""

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


class Mandate(StrEnum):
    """On what ground a body inspects (R01, R02): as an organ, authorised by law, or entrusted by another body."""

    ORGAN = "organ"
    AUTHORISED = "authorised"
    ENTRUSTED = "entrusted"


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


class DayKind(StrEnum):
    """What an uploaded row of the working calendar says of a date."""

    WORKING = "working"
    HOLIDAY = "holiday"
