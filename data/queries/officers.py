"""Questions about officers: who there is, with which skills, who is away and who must withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import RecordStatus
from data.errors import NotFoundError
from data.models import Absence, Enterprise, Officer, OfficerSkill, Organisation, Recusal, Skill
from data.queries.pages import Page, contains, fetch_page


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerRow:
    """An officer in a list. `skills`: names in Chinese, sorted."""

    uid: str
    name: str
    organisation_id: int
    organisation_name: str
    certificate_number: str
    certificate_until: date
    reviewed: bool
    status: RecordStatus
    skills: tuple[str, ...]
    synthetic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerDetails:
    """An officer with skills, absences by first day, and the enterprises that must be left to others."""

    officer: Officer
    organisation: Organisation
    skills: tuple[Skill, ...]
    absences: tuple[Absence, ...]
    recused_from: tuple[Enterprise, ...]


def list_officers(
    session: Session,
    *,
    text: str = "",
    organisation_id: int | None = None,
    skill_id: int | None = None,
    status: RecordStatus | None = RecordStatus.ACTIVE,
    page: int = 1,
    per_page: int = 50,
) -> Page[OfficerRow]:
    """Return officers by organisation and name, whose name or certificate holds every word of `text`."""
    statement = (
        select(Officer, Organisation)
        .join(Organisation, col(Organisation.id) == col(Officer.organisation_id))
        .where(contains(text, (col(Officer.name), col(Officer.certificate_number))))
        .order_by(col(Organisation.code), col(Officer.name), col(Officer.id))
    )
    if organisation_id is not None:
        statement = statement.where(Officer.organisation_id == organisation_id)
    if status is not None:
        statement = statement.where(Officer.status == status)
    if skill_id is not None:
        holders = sa.select(col(OfficerSkill.officer_id)).where(col(OfficerSkill.skill_id) == skill_id)
        statement = statement.where(col(Officer.id).in_(holders))
    found = fetch_page(session, statement, page=page, per_page=per_page)
    skills = _skill_names(session, [officer.id for officer, _ in found.rows])
    rows = tuple(_officer_row(officer, owner, skills.get(officer.id, [])) for officer, owner in found.rows)
    return Page(rows=rows, page=found.page, per_page=found.per_page, total=found.total)


def get_officer(session: Session, uid: str) -> Officer:
    """Return the officer. Raises NotFoundError."""
    officer = session.exec(select(Officer).where(Officer.uid == uid)).first()
    if officer is None:
        raise NotFoundError("officer", uid)
    return officer


def officer_details(session: Session, officer: Officer) -> OfficerDetails:
    """Return everything that the page of an officer shows."""
    skills = session.exec(
        select(Skill)
        .join(OfficerSkill, col(OfficerSkill.skill_id) == col(Skill.id))
        .where(OfficerSkill.officer_id == officer.id)
        .order_by(col(Skill.code))
    )
    absences = session.exec(
        select(Absence).where(Absence.officer_id == officer.id).order_by(col(Absence.first_date), col(Absence.id))
    )
    recused = session.exec(
        select(Enterprise)
        .join(Recusal, col(Recusal.enterprise_id) == col(Enterprise.id))
        .where(Recusal.officer_id == officer.id)
        .order_by(col(Enterprise.name), col(Enterprise.id))
    )
    return OfficerDetails(
        officer=officer,
        organisation=session.get_one(Organisation, officer.organisation_id),
        skills=tuple(skills),
        absences=tuple(absences),
        recused_from=tuple(recused),
    )


def list_skills(session: Session) -> list[Skill]:
    """Return all skills by code."""
    return list(session.exec(select(Skill).order_by(col(Skill.code))))


def _skill_names(session: Session, ids: Sequence[int | None]) -> dict[int | None, list[str]]:
    rows = session.execute(
        sa.select(col(OfficerSkill.officer_id), col(Skill.name))
        .join(Skill, col(Skill.id) == col(OfficerSkill.skill_id))
        .where(col(OfficerSkill.officer_id).in_(ids))
    )
    names: dict[int | None, list[str]] = {}
    for officer_id, name in rows:
        names.setdefault(officer_id, []).append(name)
    return names


def _officer_row(officer: Officer, organisation: Organisation, skills: list[str]) -> OfficerRow:
    return OfficerRow(
        uid=officer.uid,
        name=officer.name,
        organisation_id=officer.organisation_id,
        organisation_name=organisation.short_name,
        certificate_number=officer.certificate_number,
        certificate_until=officer.certificate_until,
        reviewed=officer.reviewed,
        status=officer.status,
        skills=tuple(sorted(skills)),
        synthetic=officer.synthetic,
    )
