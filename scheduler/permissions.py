"""Who may do what: one predicate a right, imported by name and worn by views; rows are asked about by owner.

A foreign object is not forbidden but not found: a view loads it through `visible_…` and answers 404.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data.enums import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person who acts: who it is, in which role, and whose rows are theirs.

    `api_token`: uid of the token when a program acts for that person.
    """

    user_id: int
    user_uid: str
    username: str
    display_name: str
    role: Role
    organisation_id: int | None = None
    officer_id: int | None = None
    enterprise_id: int | None = None
    language: str = "zh"
    must_change_password: bool = False
    api_token: str = ""


Predicate = Callable[[Actor], bool]

_FILING = frozenset({Role.CLERK, Role.LEGAL, Role.HEAD})
_COORDINATING = frozenset({Role.COORDINATOR, Role.APPROVER})
_DISTRICT = _COORDINATING | {Role.SUPERVISOR, Role.ADMINISTRATOR}
_OFFICIALS = _FILING | _DISTRICT | {Role.OFFICER}


def is_signed_in(actor: Actor) -> bool:
    """Anybody with an account."""
    return bool(actor.user_id)


def is_official(actor: Actor) -> bool:
    """Everybody but enterprises."""
    return actor.role in _OFFICIALS


def may_see_plans(actor: Actor) -> bool:
    """Departments see their own plans, the district sees all."""
    return actor.role in _FILING | _DISTRICT


def may_write_plans(actor: Actor) -> bool:
    """Clerks write plans and upload sheets for their own organisation."""
    return actor.role is Role.CLERK and actor.organisation_id is not None


def may_decide_plans(actor: Actor) -> bool:
    """Heads file or return what their clerks submitted."""
    return actor.role is Role.HEAD and actor.organisation_id is not None


def may_review_plans(actor: Actor) -> bool:
    """Legal reviewers (法制审核) pass or return plans of their own organisation."""
    return actor.role is Role.LEGAL and actor.organisation_id is not None


def may_countersign(actor: Actor) -> bool:
    """A partner's clerk or head answers for the organisation (会签)."""
    return actor.role in {Role.CLERK, Role.HEAD} and actor.organisation_id is not None


def may_confirm(actor: Actor) -> bool:
    """A department's clerk or head answers for its part of a draft (部门确认)."""
    return actor.role in {Role.CLERK, Role.HEAD} and actor.organisation_id is not None


def may_approve_specials(actor: Actor) -> bool:
    """The district government approves special campaigns (专项) that a head has agreed to (R23)."""
    return actor.role is Role.APPROVER


def may_send_back(actor: Actor) -> bool:
    """Whoever decides on plans may send one back instead."""
    return may_review_plans(actor) or may_decide_plans(actor) or may_approve_specials(actor)


def may_see_rounds(actor: Actor) -> bool:
    """Rounds are seen by departments and by the district."""
    return actor.role in _FILING | _DISTRICT


def may_coordinate(actor: Actor) -> bool:
    """Open, freeze, draw, solve, adopt."""
    return actor.role is Role.COORDINATOR


def may_approve(actor: Actor) -> bool:
    """Approve a draft that somebody else edited."""
    return actor.role is Role.APPROVER


def may_deliver(actor: Actor) -> bool:
    """Addresses of recipients, failed notices, notices on paper."""
    return actor.role in {Role.COORDINATOR, Role.ADMINISTRATOR}


def may_hand_over(actor: Actor) -> bool:
    """Note that a paper notice was handed over: who keeps messages, and clerks for visits of their organisation."""
    return may_deliver(actor) or (actor.role is Role.CLERK and actor.organisation_id is not None)


def may_see_all(actor: Actor) -> bool:
    """Rows of every organisation."""
    return actor.role in _DISTRICT


def may_see_calendar(actor: Actor) -> bool:
    """The visits' calendar: officers their own, departments their own, the district all."""
    return actor.role in _OFFICIALS


def may_see_registry(actor: Actor) -> bool:
    """The registry of enterprises, officers and items."""
    return actor.role in _FILING | _DISTRICT


def may_keep_registry(actor: Actor) -> bool:
    """Enterprises, items, scenarios and everybody's officers."""
    return actor.role in {Role.COORDINATOR, Role.ADMINISTRATOR}


def may_keep_officers(actor: Actor) -> bool:
    """Officers of the own organisation: certificates, absences, recusals."""
    return actor.role in {Role.CLERK, Role.HEAD} and actor.organisation_id is not None


def may_keep_lists(actor: Actor) -> bool:
    """Lists of the registry: the coordinator all, departments those of their own officers."""
    return may_keep_registry(actor) or may_keep_officers(actor)


def may_audit(actor: Actor) -> bool:
    """The audit trail."""
    return actor.role in {Role.SUPERVISOR, Role.ADMINISTRATOR}


def may_administer(actor: Actor) -> bool:
    """Accounts, the working calendar, jobs."""
    return actor.role is Role.ADMINISTRATOR


def may_export(actor: Actor) -> bool:
    """Tables for other programs; of them only coordinators get unannounced visits."""
    return actor.role in {Role.COORDINATOR, Role.SUPERVISOR, Role.ADMINISTRATOR}


def may_read_policies(actor: Actor) -> bool:
    """The tables that the rules read: caps, exemptions, classes, mandates, conflicts, closures."""
    return actor.role in {Role.COORDINATOR, Role.ADMINISTRATOR}


def may_issue_tokens(actor: Actor) -> bool:
    """Keys for programs: heads for their organisation, administrators for any. No program issues another's key."""
    if actor.api_token:
        return False
    return may_administer(actor) or (actor.role is Role.HEAD and actor.organisation_id is not None)


def may_supervise(actor: Actor) -> bool:
    """Complaints and raw ratings: the supervisor alone, never the departments they are about."""
    return actor.role is Role.SUPERVISOR


def may_publish_results(actor: Actor) -> bool:
    """Results of the own organisation for everybody (R55): who inspects, publishes."""
    return actor.role in {Role.CLERK, Role.HEAD} and actor.organisation_id is not None


def may_follow_orders(actor: Actor) -> bool:
    """Orders to mend: officers those of their own visits, clerks and heads all of their organisation."""
    return is_officer(actor) or may_publish_results(actor)


def may_see_photos(actor: Actor) -> bool:
    """Photos of results: crews, clerks and heads those of their own, the supervisor all; enterprises none."""
    return may_follow_orders(actor) or may_supervise(actor)


def may_open_off_plan(actor: Actor) -> bool:
    """A visit that no plan foresaw: an officer on the spot, or a clerk who notes it for officers (R25)."""
    return is_officer(actor) or may_write_plans(actor)


def may_decide_duties(actor: Actor) -> bool:
    """Officers who cannot come (F29): clerks and heads decide for their own, the coordinator for all."""
    return may_keep_officers(actor) or may_coordinate(actor)


def may_see_duties(actor: Actor) -> bool:
    """Officers see their own requests, the others those that they decide."""
    return is_officer(actor) or may_decide_duties(actor)


def may_answer_appeals(actor: Actor) -> bool:
    """What enterprises ask for: the coordinator decides requests, the supervisor answers complaints."""
    return may_coordinate(actor) or may_supervise(actor)


def may_see_ratings(actor: Actor) -> bool:
    """Figures of ratings: heads see those of their own organisation, the supervisor all."""
    return may_supervise(actor) or may_decide_plans(actor)


def is_enterprise(actor: Actor) -> bool:
    """An enterprise's own account."""
    return actor.role is Role.ENTERPRISE and actor.enterprise_id is not None


def is_officer(actor: Actor) -> bool:
    """An officer's own account."""
    return actor.role is Role.OFFICER and actor.officer_id is not None


def owns_organisation(actor: Actor, organisation_id: int) -> bool:
    """Whether rows of this organisation are the actor's to see."""
    return may_see_all(actor) or actor.organisation_id == organisation_id
