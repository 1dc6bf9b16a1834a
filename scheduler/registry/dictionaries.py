"""The dictionaries, edited one by one: scenarios with lead and partners (domain e), items, officers, their absences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ItemList, NoticeMode, RecordStatus, ScenarioRole
from data.errors import NotFoundError
from data.models import (
    Absence,
    Enterprise,
    InspectionItem,
    Officer,
    OfficerSkill,
    Organisation,
    Recusal,
    Scenario,
    ScenarioMember,
)
from scheduler import audit
from scheduler.clock import Clock, today
from scheduler.errors import Fault, InvalidError, NotPermittedError
from scheduler.permissions import Actor, may_keep_officers, may_keep_registry

MOST_WORDS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioDraft:
    """A scenario as edited. `lead_id`, `partner_ids`: ids of organisations."""

    name: str
    name_en: str
    industry_codes: str
    words: str
    notice_mode: NoticeMode
    lead_id: int | None
    partner_ids: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDraft:
    """The editable fields of an item: which list it is on (R15), whether it is published (R10), off-site (R13)."""

    name: str
    legal_basis: str
    listed: ItemList
    quarters: int
    inspectors: int
    offsite: bool
    published_on: date | None
    status: RecordStatus
    preparation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerDraft:
    """The editable fields of an officer."""

    certificate_until: date
    reviewed: bool
    training_hours: int
    skill_ids: Sequence[int]
    status: RecordStatus


def may_keep_officer(actor: Actor, officer: Officer) -> bool:
    """Whether the officer is the actor's to keep: of the own organisation, or anybody's for the coordinator."""
    own = may_keep_officers(actor) and actor.organisation_id == officer.organisation_id
    return may_keep_registry(actor) or own


def edit_scenario(session: Session, clock: Clock, actor: Actor, scenario: Scenario, draft: ScenarioDraft) -> None:
    """Change a scenario and who leads and joins. Raises InvalidError on "name", "lead_id" and "partner_ids"."""
    if not may_keep_registry(actor):
        raise NotPermittedError
    _check_scenario(session, scenario, draft)
    before = _scenario_state(session, scenario)
    scenario.name, scenario.name_en = draft.name, draft.name_en
    scenario.industry_codes, scenario.words = draft.industry_codes, draft.words
    scenario.notice_mode = draft.notice_mode
    session.add(scenario)
    session.execute(sa.delete(ScenarioMember).where(col(ScenarioMember.scenario_id) == scenario.id))
    if draft.lead_id:
        session.add(_member(scenario, draft.lead_id, ScenarioRole.LEAD))
    session.add_all(_member(scenario, number, ScenarioRole.PARTNER) for number in sorted(set(draft.partner_ids)))
    session.flush()
    after = _scenario_state(session, scenario)
    _record(session, clock, actor, "scenario.edit", "scenario", scenario.code, before, after)


def edit_item(session: Session, clock: Clock, actor: Actor, item: InspectionItem, draft: ItemDraft) -> None:
    """Change an item. Raises InvalidError on "name", "legal_basis" (a published item has one, R10), "inspectors"."""
    if not may_keep_registry(actor):
        raise NotPermittedError
    faults = [Fault(field=name, code="required") for name in ("name",) if not getattr(draft, name).strip()]
    if draft.published_on is not None and not draft.legal_basis.strip():
        faults.append(Fault(field="legal_basis", code="basis_needed"))
    if draft.quarters not in {1, 2, 4}:
        faults.append(Fault(field="quarters", code="unknown_choice"))
    if draft.inspectors < 2:
        faults.append(Fault(field="inspectors", code="greater_than_equal", params=(("ge", 2),)))
    if faults:
        raise InvalidError(*faults)
    fields = tuple(ItemDraft.__dataclass_fields__)
    before = {name: getattr(item, name) for name in fields}
    for name in fields:
        setattr(item, name, getattr(draft, name))
    session.add(item)
    session.flush()
    after = {name: getattr(item, name) for name in fields}
    _record(session, clock, actor, "item.edit", "item", item.uid, _plain(before), _plain(after))


def edit_officer(session: Session, clock: Clock, actor: Actor, officer: Officer, draft: OfficerDraft) -> None:
    """Change certificate, training, skills and status of an officer. Raises NotFoundError for a foreign one."""
    require_officer(actor, officer)
    if draft.training_hours < 0:
        raise InvalidError(Fault(field="training_hours", code="greater_than_equal", params=(("ge", 0),)))
    before = _officer_state(session, officer)
    officer.certificate_until, officer.reviewed = draft.certificate_until, draft.reviewed
    officer.training_hours, officer.status = draft.training_hours, draft.status
    session.add(officer)
    session.execute(sa.delete(OfficerSkill).where(col(OfficerSkill.officer_id) == officer.id))
    session.add_all(OfficerSkill(officer_id=officer.id or 0, skill_id=skill) for skill in sorted(set(draft.skill_ids)))
    session.flush()
    after = _officer_state(session, officer)
    _record(session, clock, actor, "officer.edit", "officer", officer.uid, before, after)


def add_absence(session: Session, clock: Clock, actor: Actor, officer: Officer, *, first: date, last: date) -> None:
    """Note days of absence; the cause is not kept. Raises InvalidError on "last" ("period_backwards")."""
    require_officer(actor, officer)
    if last < first:
        raise InvalidError(Fault(field="last", code="period_backwards"))
    session.add(Absence(officer_id=officer.id or 0, first_date=first, last_date=last))
    session.flush()
    after = {"first": first.isoformat(), "last": last.isoformat()}
    _record(session, clock, actor, "officer.absence", "officer", officer.uid, None, after)


def remove_absence(session: Session, clock: Clock, actor: Actor, officer: Officer, absence_id: int) -> None:
    """Take noted days of absence back. Raises NotFoundError."""
    require_officer(actor, officer)
    absence = session.get(Absence, absence_id)
    if absence is None or absence.officer_id != officer.id:
        raise NotFoundError("absence", str(absence_id))
    before = {"first": absence.first_date.isoformat(), "last": absence.last_date.isoformat()}
    session.delete(absence)
    session.flush()
    _record(session, clock, actor, "officer.presence", "officer", officer.uid, before, None)


def add_recusal(session: Session, clock: Clock, actor: Actor, officer: Officer, credit_code: str) -> None:
    """Keep an officer away from an enterprise (R06). Raises InvalidError on "credit_code"."""
    require_officer(actor, officer)
    code = credit_code.strip().upper()
    firm = session.exec(select(Enterprise).where(Enterprise.credit_code == code)).first()
    if firm is None:
        raise InvalidError(Fault(field="credit_code", code="unknown_enterprise", params=(("name", ""),)))
    there = select(Recusal).where(Recusal.officer_id == officer.id, Recusal.enterprise_id == firm.id)
    if session.exec(there).first() is not None:
        return
    session.add(Recusal(officer_id=officer.id or 0, enterprise_id=firm.id or 0, noted_on=today(clock)))
    session.flush()
    _record(session, clock, actor, "officer.recusal", "officer", officer.uid, None, {"enterprise": firm.uid})


def _check_scenario(session: Session, scenario: Scenario, draft: ScenarioDraft) -> None:
    faults = [] if draft.name.strip() else [Fault(field="name", code="required")]
    same = select(Scenario.id).where(Scenario.name == draft.name, Scenario.id != scenario.id)
    if session.exec(same).first() is not None:
        faults.append(Fault(field="name", code="taken"))
    wanted = {*draft.partner_ids, *([draft.lead_id] if draft.lead_id else [])}
    known = set(session.exec(select(Organisation.id).where(col(Organisation.id).in_(wanted))))
    if wanted - known:
        faults.append(Fault(field="partner_ids", code="unknown_choice"))
    if draft.lead_id in draft.partner_ids:
        faults.append(Fault(field="partner_ids", code="lead_is_partner"))
    if draft.partner_ids and not draft.lead_id:
        faults.append(Fault(field="lead_id", code="lead_needed"))
    if faults:
        raise InvalidError(*faults)


def _member(scenario: Scenario, organisation_id: int, role: ScenarioRole) -> ScenarioMember:
    return ScenarioMember(scenario_id=scenario.id or 0, organisation_id=organisation_id, role=role)


def _scenario_state(session: Session, scenario: Scenario) -> dict[str, Any]:
    members = session.exec(
        select(Organisation.code, ScenarioMember.role)
        .join(ScenarioMember, col(ScenarioMember.organisation_id) == col(Organisation.id))
        .where(ScenarioMember.scenario_id == scenario.id)
        .order_by(col(Organisation.code))
    )
    return {
        "name": scenario.name,
        "industry_codes": scenario.industry_codes,
        "words": scenario.words,
        "notice_mode": scenario.notice_mode,
        "members": dict(members.all()),
    }


def _officer_state(session: Session, officer: Officer) -> dict[str, Any]:
    skills = session.exec(
        select(OfficerSkill.skill_id).where(OfficerSkill.officer_id == officer.id).order_by(col(OfficerSkill.skill_id))
    )
    return {
        "certificate_until": officer.certificate_until.isoformat(),
        "reviewed": officer.reviewed,
        "training_hours": officer.training_hours,
        "status": officer.status,
        "skills": list(skills),
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def require_officer(actor: Actor, officer: Officer) -> None:
    """Raise NotFoundError unless the officer is the actor's to keep."""
    if not may_keep_officer(actor, officer):
        raise NotFoundError("officer", officer.uid)


def _record(  # noqa: PLR0917 -- a line of the audit trail, read in this order
    session: Session,
    clock: Clock,
    actor: Actor,
    action: str,
    entity: str,
    uid: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    audit.record(session, clock, actor, action, entity=entity, entity_uid=uid, before=before, after=after)
