"""Documents beside plans: known by their bytes, found by their id, seen by who sees the plan."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest
from sqlmodel import Session, select

from data.enums import AttachmentKind, Role
from data.errors import NotFoundError
from data.models import Attachment, AuditEvent, Organisation, Plan
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotPermittedError
from scheduler.filing import attachments
from scheduler.permissions import Actor
from tests.factories import make_actor, make_organisation, make_plan

PDF, PNG, JPG = b"%PDF-1.7\n1", b"\x89PNG\r\n\x1a\n1", b"\xff\xd8\xff\xe01"


def office(*members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in members:
            archive.writestr(name, "<x/>")
    return stream.getvalue()


DOCX, XLSX = office("word/document.xml"), office("[Content_Types].xml", "xl/workbook.xml")


@pytest.fixture
def clerk(session: Session) -> Actor:
    return make_actor(session, Role.CLERK, organisation_id=make_organisation(session).id)


@pytest.fixture
def plan(session: Session, clerk: Actor) -> Plan:
    return make_plan(session, session.get_one(Organisation, clerk.organisation_id))


def add(
    session: Session, clock: FixedClock, actor: Actor, plan: Plan, *, filename: str = "线索.pdf", content: bytes = PDF
) -> Attachment:
    kind = AttachmentKind.CLUE
    return attachments.attach(session, clock, actor, plan, kind=kind, filename=filename, content=content)


@pytest.mark.parametrize(
    ("filename", "content", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"), ("A.PNG", PNG, "image/png"), ("a.jpg", JPG, "image/jpeg"),
        ("a.jpeg", JPG, "image/jpeg"), ("a.docx", DOCX, attachments.MEDIA_TYPES[".docx"]),
        ("a.xlsx", XLSX, attachments.MEDIA_TYPES[".xlsx"]),
    ],
    ids=["pdf", "png", "jpg", "jpeg", "docx", "xlsx"],
)  # fmt: skip
def test_document_is_kept_by_what_its_bytes_are(
    session: Session, clock: FixedClock, clerk: Actor, plan: Plan, filename: str, content: bytes, media_type: str
) -> None:
    made = add(session, clock, clerk, plan, filename=filename, content=content)

    found = attachments.get_attachment(session, clerk, made.uid)
    assert (found.media_type, found.content, found.size) == (media_type, content, len(content))
    assert [one.uid for one in attachments.list_attachments(session, plan)] == [made.uid]
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "attachment.add")).one()
    assert (event.entity_uid, (event.after or {})["sha256"]) == (made.uid, made.sha256)


@pytest.mark.parametrize(
    ("filename", "content", "code"),
    [
        ("a.pdf", b"", "empty_file"), ("a.pdf", PDF + b"x" * attachments.LARGEST, "file_too_large"),
        ("a.exe", PDF, "file_type"), ("a.pdf", b"<html>", "file_type"), ("a.svg", b"<svg/>", "file_type"),
        ("a.png", PDF, "file_differs"), ("a.docx", XLSX, "file_differs"), ("a.zip", office("x"), "file_type"),
        ("a.docx", office("x"), "file_type"), ("a.docx", b"PK\x03\x04broken", "file_type"),
        ("a.xlsx", office("xl/workbook.xml", "xl/vbaProject.bin"), "file_type"), ("pdf", PDF, "file_type"),
        ("a.xlsx", office("xl/workbook.xml", *(f"m{n}" for n in range(attachments.MOST_MEMBERS))), "file_type"),
    ],
    ids=[
        "empty", "too large", "program", "page named pdf", "svg", "pdf named png", "sheet named text", "archive",
        "archive named docx", "broken archive", "macros", "no ending", "too many members",
    ],
)  # fmt: skip
def test_what_is_not_taken_is_refused_with_the_reason(
    session: Session, clock: FixedClock, clerk: Actor, plan: Plan, filename: str, content: bytes, code: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        add(session, clock, clerk, plan, filename=filename, content=content)
    assert [(one.field, one.code) for one in refused.value.faults] == [("file", code)]


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"), ("C:\\temp\\线索.pdf", "线索.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ('"><b>.pdf', "b.pdf"), ("...", "document"), ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
    ],
    ids=["path", "windows path", "header", "markup", "dots", "long"],
)  # fmt: skip
def test_name_is_shown_and_nothing_else(filename: str, shown: str) -> None:
    assert attachments.safe_name(filename) == shown


def test_same_bytes_twice_are_one_document(session: Session, clock: FixedClock, clerk: Actor, plan: Plan) -> None:
    first = add(session, clock, clerk, plan)
    assert add(session, clock, clerk, plan, filename="另一个名字.pdf").uid == first.uid


def test_plan_has_so_many_documents_at_most(session: Session, clock: FixedClock, clerk: Actor, plan: Plan) -> None:
    for number in range(attachments.MOST_A_PLAN):
        add(session, clock, clerk, plan, content=PDF + str(number).encode())
    with pytest.raises(InvalidError) as refused:
        add(session, clock, clerk, plan, content=PDF + b"more")
    assert refused.value.faults[0].code == "too_many_files"


def test_only_who_sees_the_plan_sees_its_documents(
    session: Session, clock: FixedClock, clerk: Actor, plan: Plan
) -> None:
    uid = add(session, clock, clerk, plan).uid
    foreign = make_actor(session, Role.CLERK, organisation_id=make_organisation(session).id)
    supervisor = make_actor(session, Role.SUPERVISOR)

    assert attachments.get_attachment(session, supervisor, uid).uid == uid
    with pytest.raises(NotFoundError) as hidden:
        attachments.get_attachment(session, foreign, uid)
    assert hidden.value.params == {"entity": "attachment", "key": uid}
    for actor in (foreign, supervisor):
        with pytest.raises(NotPermittedError):
            add(session, clock, actor, plan)


def test_removed_document_is_not_found_but_kept(session: Session, clock: FixedClock, clerk: Actor, plan: Plan) -> None:
    made = add(session, clock, clerk, plan)
    attachments.remove(session, clock, clerk, made)

    with pytest.raises(NotFoundError):
        attachments.get_attachment(session, clerk, made.uid)
    assert attachments.list_attachments(session, plan) == []
    assert session.exec(select(Attachment.content)).one() == PDF


def test_document_of_a_filed_plan_stays(session: Session, clock: FixedClock, clerk: Actor, plan: Plan) -> None:
    made = add(session, clock, clerk, plan)
    plan.filed_at = datetime(2026, 2, 20, tzinfo=UTC)
    with pytest.raises(ConflictError) as refused:
        attachments.remove(session, clock, clerk, made)
    assert refused.value.code == "plan_decided"
