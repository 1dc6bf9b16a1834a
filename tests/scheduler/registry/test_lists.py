"""Lists: compared without effect, taken over whole or not at all, and a second time without change."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CreditClass, ListKind, ListStatus, RecordStatus, Role
from data.errors import NotFoundError
from data.models import (
    Absence,
    Closure,
    CreditClassMonth,
    Enterprise,
    InspectionItem,
    ListUpload,
    Officer,
    OfficerSkill,
    Recusal,
    Site,
)
from data.session import reading, unit_of_work
from data.sheets.lists import read_list
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError, NotPermittedError, TransitionError
from scheduler.permissions import Actor
from scheduler.registry import lists
from scheduler.registry.columns import COLUMNS
from scheduler.registry.comparison import insert_rows
from tests import factories
from tests.factories import NOW, credit_code

ENTERPRISE_HEADER = "统一社会信用代码,企业名称,信用风险分类,场所名称,地址,镇街,营业开始,营业结束"


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def send(
    session: Session, clock: FixedClock, actor: Actor, kind: ListKind, content: bytes, **values: Any
) -> ListUpload:
    return lists.receive_list(session, clock, actor, kind=kind, filename="名录.csv", content=content, **values)


def codes(upload: ListUpload) -> list[tuple[int, str, str]]:
    return [(fault["row"], fault["column"], fault["code"]) for fault in upload.outcome["faults"]]


@pytest.fixture
def keeper(session: Session) -> Actor:
    return factories.make_actor(session, Role.ADMINISTRATOR)


def test_list_of_enterprises_is_compared_without_effect_and_then_taken_over(
    session: Session, clock: FixedClock, keeper: Actor
) -> None:
    town = factories.make_town(session)
    old = factories.make_enterprise(session, name="旧名称有限公司")
    place = factories.make_site(session, old, town=town, name="老店", address="旧地址")
    content = csv(
        ENTERPRISE_HEADER,
        f"{old.credit_code},旧名称有限公司,,老店,新地址,{town.name},,",
        f"{credit_code(900)},新企业有限公司,C,新店,甲路1号,{town.name},9:00,17:30",
        f"{credit_code(900)},新企业有限公司,,二店,乙路2号,{town.name},,",
    )

    upload = send(session, clock, keeper, ListKind.ENTERPRISES, content)

    assert (upload.outcome["added"], upload.outcome["changed"], upload.outcome["faulty"]) == (3, 1, 0)
    assert session.exec(select(sa.func.count()).select_from(Enterprise)).one() == 1
    assert place.address == "旧地址"

    lists.apply_list(session, clock, keeper, upload)

    new = session.exec(select(Enterprise).where(Enterprise.credit_code == credit_code(900))).one()
    places = session.exec(select(Site).where(Site.enterprise_id == new.id).order_by(col(Site.id))).all()
    assert (new.name, new.credit_class, new.credit_month) == ("新企业有限公司", CreditClass.C, date(2026, 2, 1))
    assert [(one.name, one.opens_minute, one.closes_minute) for one in places] == [
        ("新店", 540, 1050),
        ("二店", 480, 1080),
    ]
    session.refresh(place)
    assert (place.address, place.version) == ("新地址", 2)
    assert upload.status is ListStatus.APPLIED


def test_same_list_a_second_time_changes_nothing(session: Session, clock: FixedClock, keeper: Actor) -> None:
    town = factories.make_town(session)
    content = csv(ENTERPRISE_HEADER, f"{credit_code(901)},甲企业,B,,甲路1号,{town.name},,")
    lists.apply_list(session, clock, keeper, send(session, clock, keeper, ListKind.ENTERPRISES, content))

    again = send(session, clock, keeper, ListKind.ENTERPRISES, content)

    assert (again.outcome["added"], again.outcome["changed"], again.outcome["same"]) == (0, 0, 1)


def test_every_fault_of_a_line_is_named_at_its_cell(session: Session, clock: FixedClock, keeper: Actor) -> None:
    town = factories.make_town(session)
    wrong = credit_code(902)[:-1] + ("0" if credit_code(902)[-1] != "0" else "1")
    content = csv(
        ENTERPRISE_HEADER,
        f"{wrong},甲,B,,,{town.name},,",
        f"{credit_code(903)},乙,E,,,没有的镇,18:00,9:00",
        f"{credit_code(904)},丙,B,一店,,{town.name},,",
        f"{credit_code(904)},丁,B,二店,,{town.name},25:00,",
        f"{credit_code(904)},丙,B,一店,,{town.name},,",
    )

    upload = send(session, clock, keeper, ListKind.ENTERPRISES, content)

    assert codes(upload) == [
        (2, "credit_code", "credit_code_check"),
        (3, "credit_class", "unknown_class"),
        (3, "town", "unknown_word"),
        (3, "closes", "closes_before_opens"),
        (5, "opens", "time_parsing"),
        (5, "name", "name_differs_above"),
        (6, "site", "row_twice"),
    ]


def test_faulty_lines_stop_the_whole_unless_they_are_left_out(
    session: Session, clock: FixedClock, keeper: Actor
) -> None:
    town = factories.make_town(session)
    content = csv(
        ENTERPRISE_HEADER, f"{credit_code(905)},甲,B,,,{town.name},,", f"{credit_code(906)},乙,B,,,没有的镇,,"
    )
    upload = send(session, clock, keeper, ListKind.ENTERPRISES, content)

    with pytest.raises(InvalidError) as error:
        lists.apply_list(session, clock, keeper, upload)
    assert [(fault.field, fault.code) for fault in error.value.faults] == [("file", "faulty_rows")]
    assert session.exec(select(Enterprise)).all() == []

    lists.apply_list(session, clock, keeper, upload, without_faulty=True)
    assert [one.name for one in session.exec(select(Enterprise))] == ["甲"]
    with pytest.raises(TransitionError):
        lists.apply_list(session, clock, keeper, upload, without_faulty=True)


def test_workbook_of_faulty_lines_is_read_again_as_it_is(session: Session, clock: FixedClock, keeper: Actor) -> None:
    town = factories.make_town(session)
    content = csv(ENTERPRISE_HEADER, f"{credit_code(907)},=甲,B,,,没有的镇,,")
    upload = send(session, clock, keeper, ListKind.ENTERPRISES, content)
    book = lists.faulty_list(session, clock, keeper, upload, say=lambda code, _: f"<{code}>")

    page = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
    assert [page.cell(3, 2).value, page.cell(3, 2).data_type] == ["=甲", "s"]
    assert page.cell(3, page.max_column).value == "镇街「没有的镇」：<unknown_word>"
    page.cell(3, [cell.value for cell in page[2]].index("镇街*") + 1).value = town.name
    stream = io.BytesIO()
    page.parent.save(stream)

    mended = lists.receive_list(
        session, clock, keeper, kind=ListKind.ENTERPRISES, filename="a.xlsx", content=stream.getvalue()
    )
    assert (mended.outcome["added"], mended.outcome["faulty"], mended.outcome["unknown"]) == (2, 0, [])


@pytest.mark.parametrize("kind", list(ListKind), ids=str)
def test_template_is_read_by_its_own_reader_and_its_example_is_not_taken(kind: ListKind) -> None:
    stream = io.BytesIO(lists.template_of(kind))
    book = openpyxl.load_workbook(stream)
    page = book.worksheets[0]
    header = next(row for row in page.iter_rows() if str(row[0].value).endswith("*"))
    page.cell(header[0].row + 2, 1).value = "X"
    out = io.BytesIO()
    book.save(out)

    found = read_list(out.getvalue(), filename="t.xlsx", columns=COLUMNS[kind])

    assert found.unknown == ()
    assert found.columns == tuple(column.name for column in COLUMNS[kind])
    assert len(found.rows) == 1


def test_classes_of_a_month_are_kept_and_the_newest_stands_at_the_enterprise(
    session: Session, clock: FixedClock, keeper: Actor
) -> None:
    firm = factories.make_enterprise(session)
    header = "信用代码,分类"
    newer = send(
        session, clock, keeper, ListKind.CREDIT_CLASSES, csv(header, f"{firm.credit_code},D级"), month=date(2026, 3, 9)
    )
    lists.apply_list(session, clock, keeper, newer)
    older = send(
        session, clock, keeper, ListKind.CREDIT_CLASSES, csv(header, f"{firm.credit_code},A"), month=date(2025, 12, 1)
    )
    lists.apply_list(session, clock, keeper, older)

    session.refresh(firm)
    months = session.exec(select(CreditClassMonth).order_by(col(CreditClassMonth.month))).all()
    assert [(one.month, one.credit_class) for one in months] == [
        (date(2025, 12, 1), CreditClass.A),
        (date(2026, 3, 1), CreditClass.D),
    ]
    assert (firm.credit_class, firm.credit_month) == (CreditClass.D, date(2026, 3, 1))


def test_department_keeps_its_own_officers_and_no_others(session: Session, clock: FixedClock) -> None:
    own, foreign = factories.make_organisation(session), factories.make_organisation(session)
    skill = factories.make_skill(session)
    stranger = factories.make_officer(session, foreign)
    clerk = factories.make_actor(session, Role.CLERK, organisation_id=own.id)
    content = csv(
        "执法证号,姓名,有效期至,专业资格,年度审验",
        f"JS001,合成甲,2028年12月31日,{skill.name},是",
        f"{stranger.certificate_number},{stranger.name},2028-12-31,,",
        "JS002,合成乙,2028-12-31,没有的资格,也许",
    )

    upload = send(session, clock, clerk, ListKind.OFFICERS, content)

    assert codes(upload) == [
        (3, "organisation", "foreign_officer"),
        (4, "reviewed", "yes_or_no"),
        (4, "skills", "unknown_skill"),
    ]
    lists.apply_list(session, clock, clerk, upload, without_faulty=True)
    officer = session.exec(select(Officer).where(Officer.certificate_number == "JS001")).one()
    assert (officer.organisation_id, officer.certificate_until) == (own.id, date(2028, 12, 31))
    assert session.exec(select(OfficerSkill.skill_id).where(OfficerSkill.officer_id == officer.id)).all() == [skill.id]
    with pytest.raises(NotPermittedError):
        send(session, clock, clerk, ListKind.ENTERPRISES, content)
    with pytest.raises(NotFoundError):
        lists.get_list(session, factories.make_actor(session, Role.CLERK, organisation_id=foreign.id), upload.uid)


def test_absences_recusals_and_closures_are_added_once(session: Session, clock: FixedClock, keeper: Actor) -> None:
    officer = factories.make_officer(session, factories.make_organisation(session))
    firm = factories.make_enterprise(session)
    sites = [factories.make_site(session, firm), factories.make_site(session, firm)]
    number, code = officer.certificate_number, firm.credit_code
    sent = {
        ListKind.ABSENCES: csv(
            "证号,开始日期,结束日期", f"{number},20260302,2026/3/6", f"{number},2026-03-02,2026-03-06"
        ),
        ListKind.RECUSALS: csv("证号,信用代码", f"{number},{code}"),
        ListKind.CLOSURES: csv("信用代码,开始日期,结束日期,类型", f"{code},2026-03-01,2026-03-15,安静期"),
    }
    for _ in range(2):
        for kind, content in sent.items():
            lists.apply_list(session, clock, keeper, send(session, clock, keeper, kind, content))

    absence = session.exec(select(Absence)).one()
    assert (absence.first_date, absence.last_date) == (date(2026, 3, 2), date(2026, 3, 6))
    assert session.exec(select(Recusal)).one().noted_on == NOW.date()
    assert sorted(one.site_id for one in session.exec(select(Closure))) == sorted(site.id or 0 for site in sites)


def test_items_are_known_by_their_codes(session: Session, clock: FixedClock, keeper: Actor) -> None:
    owner = factories.make_organisation(session)
    old = factories.make_item(session, owner, published_on=None)
    content = csv(
        "事项编码,事项名称,部门,检查依据,清单类别,时长（刻）,人数,公布日期",
        f"{old.code},{old.name},{owner.short_name},某条例第二条,重点监管,2,3,2026-01-10",
        f"NEW-1,新事项,{owner.name},某条例第三条,,3,1,",
    )

    upload = send(session, clock, keeper, ListKind.ITEMS, content)
    assert codes(upload) == [(3, "quarters", "unknown_word"), (3, "inspectors", "out_of_range")]
    lists.apply_list(session, clock, keeper, upload, without_faulty=True)

    item = session.exec(select(InspectionItem)).one()
    session.refresh(item)
    assert (item.quarters, item.inspectors, item.published_on, item.status) == (
        2,
        3,
        date(2026, 1, 10),
        RecordStatus.ACTIVE,
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a,b\n1,2\n", "list_header_missing"),
        (csv("证号,证号,开始日期,结束日期", "1,2,3,4"), "list_column_twice"),
        (csv("证号,开始日期,结束日期", ",,"), "list_empty"),
        (b"PK\x03\x04 not an archive", "not_a_workbook"),
    ],
    ids=["no-header", "column-twice", "no-lines", "no-sheet"],
)
def test_file_that_is_no_list_is_refused_with_its_reason(
    session: Session, clock: FixedClock, keeper: Actor, content: bytes, code: str
) -> None:
    with pytest.raises(InvalidError) as error:
        send(session, clock, keeper, ListKind.ABSENCES, content)

    assert [(fault.field, fault.code) for fault in error.value.faults] == [("file", code)]


def test_take_over_that_fails_half_way_leaves_nothing(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        town = factories.make_town(session)
        keeper = factories.make_actor(session, Role.ADMINISTRATOR)
        content = csv(ENTERPRISE_HEADER, f"{credit_code(908)},甲,B,,,{town.name},,")
        uid = send(session, clock, keeper, ListKind.ENTERPRISES, content).uid

    def break_down(session: Session) -> None:
        upload = lists.get_list(session, keeper, uid)
        lists.apply_list(session, clock, keeper, upload)
        assert session.exec(select(sa.func.count()).select_from(Site)).one() == 1
        insert_rows(session, Absence, [{"officer_id": None, "first_date": None, "last_date": None}])

    with pytest.raises(sa.exc.IntegrityError), unit_of_work(engine) as session:
        break_down(session)

    with reading(engine) as session:
        assert session.exec(select(sa.func.count()).select_from(Enterprise)).one() == 0
        assert session.exec(select(ListUpload.status)).one() is ListStatus.CHECKED
