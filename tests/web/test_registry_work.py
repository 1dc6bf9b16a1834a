"""The registry kept on pages: lists checked and taken over, enterprises renamed and closed, officers edited."""

from __future__ import annotations

import io
from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import CreditClass, ListStatus, RecordStatus, Role, ScenarioRole
from data.models import Absence, Enterprise, InspectionItem, ListUpload, Officer, Organisation, ScenarioMember
from data.session import reading, unit_of_work
from tests.factories import credit_code, make_officer
from tests.web.cast import Cast
from tests.web.conftest import As, Browser


def send(browser: Browser, kind: str, text: str, **values: str) -> str:
    """Upload a list and return where it leads."""
    form = {"kind": kind, "file": (io.BytesIO(text.encode()), "名单.csv"), **values}
    answer = browser.post(
        "/registry/lists", form, page="/registry/lists", content_type="multipart/form-data"
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def firm_of(engine: sa.Engine, cast: Cast) -> Enterprise:
    with reading(engine) as session:
        firm = session.exec(select(Enterprise).where(Enterprise.uid == cast.uids["enterprise"])).one()
        session.expunge(firm)
        return firm


def test_list_of_classes_is_shown_before_it_is_taken_over(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    keeper, firm = browse_as(Role.COORDINATOR), firm_of(web_engine, cast)
    lines = f"统一社会信用代码,信用风险分类,备注\n{firm.credit_code},D,无\n{credit_code(4242)},A,无\n"
    where = send(keeper, "credit_classes", lines, month="2026-03-15")

    shown = keeper.get(where).text
    assert "名录里没有这家企业" in shown
    assert "备注" in shown
    assert firm_of(web_engine, cast).credit_class is CreditClass.B
    assert keeper.post(f"{where}/apply").status_code == 422
    assert keeper.get(f"{where}/faulty.xlsx").data[:2] == b"PK"
    assert keeper.post(f"{where}/apply", {"without_faulty": "yes"}, page=where).status_code == 303

    after = firm_of(web_engine, cast)
    assert (after.credit_class, after.credit_month) == (CreditClass.D, date(2026, 3, 1))
    assert "B → D" in keeper.get(where).text
    with reading(web_engine) as session:
        assert session.exec(select(ListUpload.status)).one() is ListStatus.APPLIED


def test_wrong_file_keeps_the_chosen_kind_and_says_what_is_missing(browse_as: As) -> None:
    form = {"kind": "absences", "file": (io.BytesIO(b"a,b\n1,2\n"), "x.csv")}
    answer = browse_as(Role.HEAD).post(
        "/registry/lists", form, page="/registry/lists", content_type="multipart/form-data"
    )  # fmt: skip
    assert answer.status_code == 422
    assert "没有找到标题行" in answer.text
    assert '<option selected value="absences">' in answer.text


def test_department_offers_only_lists_of_its_officers(browse_as: As, cast: Cast) -> None:
    page = browse_as(Role.CLERK).get("/registry/lists").text
    assert 'value="officers"' in page
    assert 'value="enterprises"' not in page
    where = send(browse_as(Role.COORDINATOR), "absences", "执法证号,开始日期,结束日期\nX,2026-03-01,2026-03-02\n")
    assert browse_as(Role.CLERK).get(where).status_code == 404
    assert browse_as(Role.CLERK).get(f"{where}/faulty.xlsx").status_code == 404
    assert cast.users[Role.CLERK]


@pytest.mark.parametrize("kind", ["enterprises", "officers", "closures"])
def test_template_is_a_workbook(browse_as: As, kind: str) -> None:
    answer = browse_as(Role.CLERK).get(f"/registry/lists/template/{kind}.xlsx")
    assert (answer.status_code, answer.data[:2]) == (200, b"PK")


def test_enterprise_is_renamed_closed_and_opened_with_its_history_on_the_page(
    browse_as: As, web_engine: sa.Engine, cast: Cast
) -> None:
    keeper = browse_as(Role.ADMINISTRATOR)
    page = f"/registry/enterprises/{cast.uids['enterprise']}"
    version = str(firm_of(web_engine, cast).version)

    faulty = keeper.post(f"{page}/rename", {"name": "新名称", "version": version}, page=f"{page}/rename")
    assert faulty.status_code == 422
    assert 'value="新名称"' in faulty.text
    done = {"name": "新名称", "reason": "变更登记", "version": version}
    assert keeper.post(f"{page}/rename", done, page=f"{page}/rename").status_code == 303
    assert keeper.post(f"{page}/rename", done, page=f"{page}/rename").status_code == 409
    for deed, status in (("close", RecordStatus.CLOSED), ("reopen", RecordStatus.ACTIVE)):
        values = {"reason": "核实", "version": str(firm_of(web_engine, cast).version)}
        assert keeper.post(f"{page}/{deed}", values, page=f"{page}/{deed}").status_code == 303
        assert firm_of(web_engine, cast).status is status
    shown = keeper.get(page).text
    assert "→ 新名称" in shown
    assert "变更登记" in shown


def test_officer_is_edited_by_the_own_department_only(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    with unit_of_work(web_engine) as session:
        bodies = session.exec(select(Organisation).order_by(Organisation.code)).all()
        own, foreign = (make_officer(session, body).uid for body in bodies[:2])
    head = browse_as(Role.HEAD)
    with reading(web_engine) as session:
        owner = session.exec(select(Officer.organisation_id).where(Officer.uid == own)).one()
        if owner != bodies[0].id:
            own, foreign = foreign, own
    statuses = {head.get(f"/registry/officers/{uid}/edit").status_code for uid in (own, foreign)}
    assert statuses == {200, 404}
    mine = own if head.get(f"/registry/officers/{own}/edit").status_code == 200 else foreign
    page = f"/registry/officers/{mine}/edit"
    values = {"certificate_until": "2031-05-01", "training_hours": "48", "status": "active"}
    assert head.post(page, values, page=page).status_code == 303
    backwards = {"first": "2026-03-09", "last": "2026-03-02"}
    assert head.post(f"/registry/officers/{mine}/absences", backwards, page=page).status_code == 422
    right = {"first": "2026-03-02", "last": "2026-03-09"}
    assert head.post(f"/registry/officers/{mine}/absences", right, page=page).status_code == 303
    assert head.post(f"/registry/officers/{mine}/recusals", {"credit_code": "X"}, page=page).status_code == 422
    with reading(web_engine) as session:
        officer = session.exec(select(Officer).where(Officer.uid == mine)).one()
        assert (officer.certificate_until, officer.training_hours, officer.reviewed) == (date(2031, 5, 1), 48, False)
        assert session.exec(
            select(Absence.first_date, Absence.last_date).where(Absence.officer_id == officer.id)
        ).all() == [(date(2026, 3, 2), date(2026, 3, 9))]
    assert cast.users[Role.HEAD]


def test_scenario_and_item_are_edited(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    keeper = browse_as(Role.COORDINATOR)
    with reading(web_engine) as session:
        first, second = (str(number) for number in session.exec(select(Organisation.id)).all()[:2])
    page = f"/registry/scenarios/{cast.uids['scenario']}/edit"
    values = {"name": "餐饮", "name_en": "Catering", "notice_mode": "announced", "lead_id": first}
    assert keeper.post(page, values | {"partner_ids": first}, page=page).status_code == 422
    assert keeper.post(page, values | {"partner_ids": second}, page=page).status_code == 303
    page = f"/registry/items/{cast.uids['item']}/edit"
    item = {"name": "改过的事项", "listed": "focus", "quarters": "2", "inspectors": "3", "status": "active"}
    assert keeper.post(page, item | {"published_on": "2026-01-05"}, page=page).status_code == 422
    assert keeper.post(page, item | {"legal_basis": "某法"}, page=page).status_code == 303
    with reading(web_engine) as session:
        roles = dict(session.exec(select(ScenarioMember.organisation_id, ScenarioMember.role)).all())
        assert (roles[int(first)], roles[int(second)]) == (ScenarioRole.LEAD, ScenarioRole.PARTNER)
        stored = session.exec(select(InspectionItem).where(InspectionItem.uid == cast.uids["item"])).one()
        assert (stored.name, stored.quarters, stored.published_on) == ("改过的事项", 2, None)
