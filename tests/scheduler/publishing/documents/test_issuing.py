"""Who gets which paper, from sealed rows alone; on both databases where rows decide."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from sqlmodel import Session, select

from data.enums import PrintKind, Role, VisitStatus
from data.models import Release, Visit
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, NotFoundError
from scheduler.permissions import Actor
from scheduler.publishing.documents.issuing import (
    Form,
    Office,
    Paper,
    address_lines,
    brief_of_release,
    checklists_of_day,
    notice_for_enterprise,
    paper_of_visit,
    roster_of_day,
    rows_to_print,
)
from scheduler.publishing.documents.sheet_words import PaperLanguage
from scheduler.publishing.documents.typesetting import Press
from tests.factories import make_actor, stored_id
from tests.scheduler.planning.worlds import World, fresh, hide, make_world, march, publish, solve
from tests.scheduler.publishing.edits import move, visit_to

ZH = PaperLanguage.CHINESE


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(press=Press(folder=tmp_path), base_url="https://onedoor.test")


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def firm(session: Session, world: World, place: int) -> Actor:
    return make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(world.enterprises[place]))


def clerk(session: Session, world: World, place: int) -> Actor:
    return make_actor(session, Role.CLERK, organisation_id=stored_id(world.organisations[place]))


def hidden_visit(session: Session, world: World) -> Visit:
    lead = stored_id(world.organisations[2])
    return session.exec(select(Visit).where(Visit.round_id == world.round.id, Visit.lead_organisation_id == lead)).one()


def test_papers_of_a_published_round_on_both_databases(engine: sa.Engine, clock: FixedClock, office: Office) -> None:
    with unit_of_work(engine) as session:
        world = make_world(session, sites=2, organisations=2, officers=6)
        hide(session, world, world.sites[0])
    solve(engine, clock, world)
    publish(engine, clock, world)
    with unit_of_work(engine) as session:
        release = session.exec(select(Release)).one()
        brief = text_of(brief_of_release(session, world.coordinator, office, release, ZH))
        assert "共安排入企3次，其中联合检查2次" in brief
        assert "突击" in brief
        assert len(rows_to_print(session, world.coordinator, release, PrintKind.NOTICES)) == 2
        deaf = rows_to_print(session, world.coordinator, release, PrintKind.UNREACHABLE)
        lines = list(csv.reader(io.StringIO(address_lines(session, deaf).decode("utf-8-sig"))))
        owners = {stored_id(one): one.name for one in world.enterprises}
        assert [line[2] for line in lines[1:]] == [owners[row.enterprise_id] for row in deaf]
        assert set(owners.values()) == {line[2] for line in lines[1:]}
        firm(session, world, 0), firm(session, world, 1)
        with pytest.raises(ConflictError, match="everybody_reached"):
            rows_to_print(session, world.coordinator, release, PrintKind.UNREACHABLE)


def test_enterprise_gets_its_own_announced_notices_only(
    sqlite_engine: sa.Engine, published: World, office: Office
) -> None:
    with unit_of_work(sqlite_engine) as session:
        own, other = firm(session, published, 0), firm(session, published, 1)
        visit, hidden = visit_to(session, published, 0), hidden_visit(session, published)
        assert published.enterprises[0].name in text_of(
            notice_for_enterprise(session, own, office, visit.uid, Form.PDF)
        )
        for actor, uid in ((other, visit.uid), (own, hidden.uid), (other, hidden.uid), (own, "0" * 32)):
            with pytest.raises(NotFoundError):
                notice_for_enterprise(session, actor, office, uid, Form.PDF)
        hidden.status = VisitStatus.CHECKED_IN
        session.add(hidden)
        session.flush()
        assert "行政检查通知书" in text_of(notice_for_enterprise(session, own, office, hidden.uid, Form.PDF))


def test_notice_is_what_was_sealed_and_not_the_draft(
    sqlite_engine: sa.Engine, published: World, office: Office
) -> None:
    with unit_of_work(sqlite_engine) as session:
        own, visit = firm(session, published, 0), visit_to(session, published, 0)
        before = notice_for_enterprise(session, own, office, visit.uid, Form.PDF)
        move(session, visit, march(30))
        fresh(session, published.enterprises[0]).name = "改了名字"
        session.flush()
        assert notice_for_enterprise(session, own, office, visit.uid, Form.PDF) == before


def test_changed_visit_is_printed_anew_with_its_number(
    sqlite_engine: sa.Engine, published: World, office: Office, republish: Callable[..., int]
) -> None:
    republish(lambda session: move(session, visit_to(session, published, 0), march(30)))
    with unit_of_work(sqlite_engine) as session:
        own = firm(session, published, 0)
        text = text_of(notice_for_enterprise(session, own, office, visit_to(session, published, 0).uid, Form.PDF))
    assert "第1次变更" in text
    assert "3月30日" in text


@pytest.mark.parametrize("paper", list(Paper), ids=str)
def test_officials_get_papers_of_visits_they_take_part_in(
    sqlite_engine: sa.Engine, published: World, office: Office, paper: Paper
) -> None:
    with unit_of_work(sqlite_engine) as session:
        hidden = hidden_visit(session, published)
        for actor in (published.coordinator, clerk(session, published, 2)):
            printed = paper_of_visit(session, actor, office, hidden.uid, paper=paper, form=Form.PDF, language=ZH)
            assert fresh(session, published.sites[0]).name in text_of(printed) or paper is Paper.APPROVAL
        for stranger in (clerk(session, published, 0), firm(session, published, 0)):
            with pytest.raises(NotFoundError):
                paper_of_visit(session, stranger, office, hidden.uid, paper=paper, form=Form.PDF, language=ZH)


def test_approval_form_of_a_department_is_its_own_part(
    sqlite_engine: sa.Engine, published: World, office: Office
) -> None:
    with unit_of_work(sqlite_engine) as session:
        uid = visit_to(session, published, 0).uid
        whole, own = (
            PdfReader(
                io.BytesIO(
                    paper_of_visit(session, actor, office, uid, paper=Paper.APPROVAL, form=Form.PDF, language=ZH)
                )
            )
            for actor in (published.coordinator, clerk(session, published, 1))
        )
        assert (len(whole.pages), len(own.pages)) == (2, 1)
        text = re.sub(r"\s", "", own.pages[0].extract_text())
        assert published.organisations[1].name in text
        assert "拟检查时间" in text


def test_roster_holds_the_owners_day_and_nothing_else(
    sqlite_engine: sa.Engine, published: World, office: Office
) -> None:
    with unit_of_work(sqlite_engine) as session:
        hidden = hidden_visit(session, published)
        team = text_of(roster_of_day(session, clerk(session, published, 2), office, hidden.day, ZH))
        others = text_of(roster_of_day(session, clerk(session, published, 0), office, hidden.day, ZH))
        assert "突击" in team
        assert "突击" not in others
        with pytest.raises(NotFoundError):
            roster_of_day(session, firm(session, published, 0), office, hidden.day, ZH)
        with pytest.raises(NotFoundError):
            checklists_of_day(session, clerk(session, published, 0), office, date(2027, 1, 4), ZH)
        assert "检查记录表" in text_of(checklists_of_day(session, clerk(session, published, 2), office, hidden.day, ZH))


def test_release_papers_are_for_who_sees_the_release(
    sqlite_engine: sa.Engine, published: World, office: Office
) -> None:
    with unit_of_work(sqlite_engine) as session:
        release = session.exec(select(Release)).one()
        secret_keeper = clerk(session, published, 2)
        with pytest.raises(NotFoundError):
            rows_to_print(session, secret_keeper, release, PrintKind.NOTICES)
        for stranger in (secret_keeper, firm(session, published, 0)):
            with pytest.raises(NotFoundError):
                brief_of_release(session, stranger, office, release, ZH)
            with pytest.raises(NotFoundError):
                rows_to_print(session, stranger, release, PrintKind.UNREACHABLE)
