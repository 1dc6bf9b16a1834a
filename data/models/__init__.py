"""Every table of the service. Import rows from here; tables hold columns and constraints, no behaviour."""

from data.models.attachments import Attachment
from data.models.caps import CapAccount, CapCheck, CapEvent, CapExemption, CapPolicy
from data.models.catalogue import InspectionItem, RequirementConflict, Scenario, ScenarioMember
from data.models.confirmations import Confirmation, CounterProposal
from data.models.delivery import Concern, Contact
from data.models.draws import CrewDraw, Draw, DrawCancellation, DrawList, DrawParty, DrawProtocol
from data.models.edits import BoardPresence, EditCommand
from data.models.exports import ExportFile, ExportMapping, ExportPart, ExportRun, PushBatch, PushDestination
from data.models.fieldwork import (
    CrewArrival,
    DutyRequest,
    FieldEntry,
    ItemResult,
    OffPlanVisit,
    OrderEnd,
    PublishedResult,
    ResultCorrection,
    ResultPhoto,
)
from data.models.lists import ListUpload, RegistryEvent
from data.models.officers import Absence, Officer, OfficerSkill, Recusal, Skill
from data.models.organisations import Organisation, OrganisationAlias, Town
from data.models.planning import Proposal, RunStep, SolveRun
from data.models.plans import (
    Plan,
    PlanDecision,
    PlanSketch,
    PlanTarget,
    PlanTask,
    PlanTaskItem,
    PlanTaskPartner,
    SheetUpload,
)
from data.models.policies import PlanJudgement, Rule, RuleOverride
from data.models.portal import AccessCode, Appeal, VisitReceipt
from data.models.printing import PrintOrder
from data.models.ratings import Rating, RatingIssue, RatingSlip, RatingText
from data.models.records import AuditEvent, AuditTip, CalendarOverride, Heartbeat, Lease
from data.models.registry import Closure, CreditClassMonth, Enterprise, FieldClass, InspectionRecord, Licence, Site
from data.models.releases import (
    Approval,
    FeedToken,
    InboxMessage,
    OutboxMessage,
    Release,
    ReleaseParty,
    ReleaseVisit,
    Told,
)
from data.models.rounds import InspectionRequest, Round
from data.models.tokens import ApiToken, ApiTokenScope, ApiTokenUse, KeptAnswer
from data.models.users import LoginFailure, User, UserSession
from data.models.visits import CrewSlot, Visit, VisitRequest

__all__ = [
    "Absence",
    "AccessCode",
    "ApiToken",
    "ApiTokenScope",
    "ApiTokenUse",
    "Appeal",
    "Approval",
    "Attachment",
    "AuditEvent",
    "AuditTip",
    "BoardPresence",
    "CalendarOverride",
    "CapAccount",
    "CapCheck",
    "CapEvent",
    "CapExemption",
    "CapPolicy",
    "Closure",
    "Concern",
    "Confirmation",
    "Contact",
    "CounterProposal",
    "CreditClassMonth",
    "CrewArrival",
    "CrewDraw",
    "CrewSlot",
    "Draw",
    "DrawCancellation",
    "DrawList",
    "DrawParty",
    "DrawProtocol",
    "DutyRequest",
    "EditCommand",
    "Enterprise",
    "ExportFile",
    "ExportMapping",
    "ExportPart",
    "ExportRun",
    "FeedToken",
    "FieldClass",
    "FieldEntry",
    "Heartbeat",
    "InboxMessage",
    "InspectionItem",
    "InspectionRecord",
    "InspectionRequest",
    "ItemResult",
    "KeptAnswer",
    "Lease",
    "Licence",
    "ListUpload",
    "LoginFailure",
    "OffPlanVisit",
    "Officer",
    "OfficerSkill",
    "OrderEnd",
    "Organisation",
    "OrganisationAlias",
    "OutboxMessage",
    "Plan",
    "PlanDecision",
    "PlanJudgement",
    "PlanSketch",
    "PlanTarget",
    "PlanTask",
    "PlanTaskItem",
    "PlanTaskPartner",
    "PrintOrder",
    "Proposal",
    "PublishedResult",
    "PushBatch",
    "PushDestination",
    "Rating",
    "RatingIssue",
    "RatingSlip",
    "RatingText",
    "Recusal",
    "RegistryEvent",
    "Release",
    "ReleaseParty",
    "ReleaseVisit",
    "RequirementConflict",
    "ResultCorrection",
    "ResultPhoto",
    "Round",
    "Rule",
    "RuleOverride",
    "RunStep",
    "Scenario",
    "ScenarioMember",
    "SheetUpload",
    "Site",
    "Skill",
    "SolveRun",
    "Told",
    "Town",
    "User",
    "UserSession",
    "Visit",
    "VisitReceipt",
    "VisitRequest",
]
