"""Who gets which paper: finds the sealed rows that a person may see, and has them set. Reads only.

An enterprise gets the notices of its own visits that it may see, and nothing else; departments and officers get papers
of visits they take part in; the district gets all. Whatever somebody may not see is not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from sqlmodel import Session, col, select

from data.enums import PrintKind, Role
from data.models import Enterprise, Officer, Organisation, Release, ReleaseVisit, Round, User
from data.sheets.export import rows_as_csv
from scheduler.config import Settings
from scheduler.errors import ConflictError, NotFoundError
from scheduler.permissions import Actor, is_official, may_see_all
from scheduler.planning.drafts import chunks
from scheduler.publishing.addresses import readers_among
from scheduler.publishing.documents.desk_papers import approval_content, brief_content
from scheduler.publishing.documents.field_papers import checklist_content, roster_content
from scheduler.publishing.documents.notices import notice_content, word_notice_content
from scheduler.publishing.documents.sealed import SealedVisit, sealed_visits
from scheduler.publishing.documents.sheet_words import WHOLE_DISTRICT, PaperLanguage, pick
from scheduler.publishing.documents.typesetting import Press, typeset
from scheduler.publishing.documents.word import fill
from scheduler.publishing.enterprise_view import get_enterprise_row
from scheduler.publishing.visibility import (
    find_off_plan,
    rows_for_officer,
    rows_for_organisation,
    rows_in_force,
    rows_of_release,
)


class Paper(StrEnum):
    """What can be printed of one visit."""

    NOTICE = "notice"
    APPROVAL = "approval"
    CHECKLIST = "checklist"


class Form(StrEnum):
    PDF = "pdf"
    DOCX = "docx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What printing needs from the settings: the office's templates and fonts, and the address in the QR codes."""

    press: Press
    base_url: str

    @classmethod
    def of(cls, settings: Settings) -> Office:
        return cls(press=Press(folder=Path(settings.data_folder)), base_url=settings.base_url)


def notice_for_enterprise(session: Session, actor: Actor, office: Office, uid: str, form: Form) -> bytes:
    """The enterprise's own notice. Raises NotFoundError for everything that it may not see."""
    (visit,) = sealed_visits(session, [get_enterprise_row(session, actor, uid, off_plan=True)])
    return print_notice(office, visit, form)


def print_notice(office: Office, visit: SealedVisit, form: Form) -> bytes:
    """One notice with its translation (PDF), or as a Word file to edit."""
    if form is Form.DOCX:
        return fill(office.press, "notice", word_notice_content(visit, base_url=office.base_url))
    return print_notices(office, [visit], english=True)


def print_notices(office: Office, visits: Sequence[SealedVisit], *, english: bool = False) -> bytes:
    """Some notices in one file; for many see `batches`."""
    papers = [notice_content(one, base_url=office.base_url) for one in visits]
    return typeset(office.press, "notice", {"foot": "", "english": english, "duplex": False, "papers": papers})


def paper_of_visit(
    session: Session, actor: Actor, office: Office, uid: str, *, paper: Paper, form: Form, language: PaperLanguage
) -> bytes:
    """One paper of a visit in force, for an official who may see it. Raises NotFoundError."""
    (visit,) = sealed_visits(session, [_row_in_force(session, actor, uid)])
    if paper is Paper.NOTICE:
        return print_notice(office, visit, form)
    if paper is Paper.CHECKLIST:
        if form is not Form.PDF:
            raise NotFoundError("paper", form)
        return typeset(office.press, "checklist", checklist_content([visit], language))
    own = None if may_see_all(actor) else _own_code(session, actor)
    content = approval_content([visit], department=own)
    if form is Form.DOCX:
        return fill(office.press, "approval", content["papers"][0])
    return typeset(office.press, "approval", content)


def roster_of_day(session: Session, actor: Actor, office: Office, day: date, language: PaperLanguage) -> bytes:
    """The actor's day on one sheet: an officer's own, a department's, or the district's."""
    owner, visits = _visits_of_day(session, actor, day, language)
    return typeset(office.press, "roster", roster_content(owner, day, visits, language))


def checklists_of_day(session: Session, actor: Actor, office: Office, day: date, language: PaperLanguage) -> bytes:
    """The checklists of the actor's day, in its order. Raises NotFoundError when nothing is to be checked."""
    _, visits = _visits_of_day(session, actor, day, language)
    content = checklist_content(visits, language)
    if not content["papers"]:
        raise NotFoundError("paper", day.isoformat())
    return typeset(office.press, "checklist", content)


def rows_to_print(session: Session, actor: Actor, release: Release, kind: PrintKind) -> list[ReleaseVisit]:
    """The rows of a release whose notices an order prints, in the order of the pages.

    NOTICES: the announced, living visits that the actor may see. UNREACHABLE: those of enterprises that no account
    reaches, cancelled ones too, for whoever sees all. Raises NotFoundError when the actor sees none, ConflictError
    "everybody_reached".
    """
    rows = [row for row in rows_of_release(session, actor, release) if not row.hidden]
    if kind is PrintKind.NOTICES:
        rows = [row for row in rows if not row.cancelled]
    if not rows or (kind is PrintKind.UNREACHABLE and not may_see_all(actor)):
        raise NotFoundError("paper", release.number)
    if kind is PrintKind.UNREACHABLE:
        readers = readers_among(session, sorted({row.enterprise_id for row in rows}))
        rows = [row for row in rows if row.enterprise_id not in readers]
    if not rows:
        raise ConflictError("everybody_reached")
    return rows


def brief_of_release(
    session: Session, actor: Actor, office: Office, release: Release, language: PaperLanguage
) -> bytes:
    """The brief of a release for those who decide. Raises NotFoundError for everybody else."""
    if not may_see_all(actor):
        raise NotFoundError("paper", release.number)
    approver = session.get_one(User, release.approved_by_id).display_name
    name = session.get_one(Round, release.round_id).name
    content = brief_content(release, name, approver, _of_release(session, actor, release), language)
    return typeset(office.press, "brief", content)


def address_lines(session: Session, rows: Sequence[ReleaseVisit]) -> bytes:
    """Where each notice has to go, as CSV, in the order of the pages."""
    visits = sealed_visits(session, rows)
    numbers = sorted({row.enterprise_id for row in rows})
    firms = {
        firm.id: firm
        for part in chunks(numbers)
        for firm in session.exec(select(Enterprise).where(col(Enterprise.id).in_(part)))
    }
    headers = ("序号", "文号", "企业", "地址", "联系人", "电话")
    lines = []
    for place, (row, visit) in enumerate(zip(rows, visits, strict=True), start=1):
        firm = firms[row.enterprise_id]
        lines.append(
            (
                place,
                visit.number,
                visit.public["enterprise"],
                visit.public["address"],
                firm.contact_name,
                firm.contact_phone,
            )
        )
    return rows_as_csv(headers, lines)


def _of_release(session: Session, actor: Actor, release: Release) -> list[SealedVisit]:
    return sealed_visits(session, rows_of_release(session, actor, release))


def _row_in_force(session: Session, actor: Actor, uid: str) -> ReleaseVisit:
    found = session.exec(rows_in_force().where(col(ReleaseVisit.visit_uid) == uid)).first()
    if found is not None and is_official(actor):
        release = session.get_one(Release, found.release_id)
        if any(row.id == found.id for row in rows_of_release(session, actor, release)):
            return found  # type: ignore[no-any-return]
    off_plan = find_off_plan(session, actor, uid) if found is None else None
    if off_plan is not None:
        return off_plan
    raise NotFoundError("visit", uid)


def _visits_of_day(session: Session, actor: Actor, day: date, language: PaperLanguage) -> tuple[str, list[SealedVisit]]:
    owner, rows = _rows_from(session, actor, day, language)
    return owner, sealed_visits(session, [row for row in rows if row.day == day])


def _rows_from(
    session: Session, actor: Actor, day: date, language: PaperLanguage
) -> tuple[str, Sequence[ReleaseVisit]]:
    if actor.role is Role.OFFICER and actor.officer_id is not None:
        officer = session.get_one(Officer, actor.officer_id)
        return officer.name, rows_for_officer(session, officer, since=day)
    if may_see_all(actor):
        own = rows_in_force().where(col(ReleaseVisit.day) == day).order_by(col(ReleaseVisit.visit_uid))
        return pick(WHOLE_DISTRICT, language), session.exec(own).all()
    if is_official(actor) and actor.organisation_id is not None:
        body = session.get_one(Organisation, actor.organisation_id)
        return pick((body.name, body.name_en or body.name), language), rows_for_organisation(session, body, since=day)
    raise NotFoundError("paper", day.isoformat())


def _own_code(session: Session, actor: Actor) -> str | None:
    return session.get_one(Organisation, actor.organisation_id).code if actor.organisation_id is not None else None
