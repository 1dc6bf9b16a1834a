"""The tables that the rules read, kept on pages: looked at first, changed, ended, and refused at the field."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import CreditClass, Mandate, Role
from data.models import CapExemption, CapPolicy, Closure, Enterprise, FieldClass, Organisation, RequirementConflict
from data.session import reading
from tests.web.cast import Cast
from tests.web.conftest import As

CAP = {
    "holder": "organ", "subject": "enterprise", "most": "1", "hard": "y", "credit_class": "A", "organisation_kind": "",
    "organisation_code": "", "scenario_code": "", "item_code": "", "first_year": "", "last_year": "",
}  # fmt: skip


def test_cap_is_looked_at_and_then_replaced(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    browser, path = browse_as(Role.ADMINISTRATOR), f"/policies/caps/{cast.uids['cap']}"
    form = CAP | {"most": "5", "reason": "统一规定", "source": "大政办发〔2026〕1号"}

    seen = browser.post(path, form | {"preview": "yes"}, page=path)
    assert (seen.status_code, "对照近一年的检查" in seen.text, 'value="5"' in seen.text) == (200, True, True)
    with reading(web_engine) as session:
        assert session.exec(select(CapPolicy).where(CapPolicy.uid == cast.uids["cap"])).one().active

    answer = browser.post(path, form, page=path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/policies/caps")
    with reading(web_engine) as session:
        made = session.exec(select(CapPolicy).where(CapPolicy.replaces_uid == cast.uids["cap"])).one()
        assert (made.most, made.source) == (5, "大政办发〔2026〕1号")
    late = browser.post(path, form | {"most": "6"}, page=path)
    assert late.status_code == 409


@pytest.mark.parametrize(
    ("change", "field", "text"),
    [
        ({"reason": ""}, "reason", "请填写这一项。"),
        ({"most": "两次"}, "most", "不是有效的整数。"),
        ({"item_code": "X-404"}, "item_code", "没有编号为“X-404”的检查事项。"),
        ({"first_year": "2027", "last_year": "2026"}, "last_year", "结束年度早于开始年度。"),
        ({"credit_class": "B"}, "holder", "适用范围相同的上限已经有一条"),
    ],
    ids=["reason", "number", "item", "years", "twice"],
)
def test_cap_that_makes_no_sense_is_answered_at_its_field(
    browse_as: As, cast: Cast, change: dict[str, str], field: str, text: str
) -> None:
    path = f"/policies/caps/{cast.uids['cap']}"
    answer = browse_as(Role.ADMINISTRATOR).post(path, CAP | {"most": "5", "reason": "试"} | change, page=path)

    assert answer.status_code == 422
    error = answer.text.split(f'id="{field}-error-1">')[1]
    assert error.startswith(text)
    for name, typed in change.items():
        assert not typed or typed in answer.text, name


def test_cap_is_ended_with_a_reason(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    browser, path = browse_as(Role.ADMINISTRATOR), f"/policies/caps/{cast.uids['cap']}"

    assert browser.post(path, CAP | {"end": "yes", "reason": ""}, page=path).status_code == 422
    assert browser.post(path, CAP | {"end": "yes", "reason": "不再适用"}, page=path).status_code == 303
    with reading(web_engine) as session:
        assert not session.exec(select(CapPolicy).where(CapPolicy.uid == cast.uids["cap"])).one().active
    assert "已停用 1 条" in browser.get("/policies/caps").text


def test_new_cap_for_a_department_stands_in_the_list(browse_as: As, cast: Cast) -> None:
    browser, path = browse_as(Role.ADMINISTRATOR), "/policies/caps/new"
    form = CAP | {"organisation_code": cast.uids["body"], "most": "", "first_year": "2027", "reason": "试行"}

    assert browser.post(path, form, page=path).status_code == 303
    page = browser.get("/policies/caps").text
    assert "2027 – …" in page


def test_exemption_is_added_changed_and_struck(browse_as: As, web_engine: sa.Engine) -> None:
    browser, path = browse_as(Role.ADMINISTRATOR), "/policies/exemptions/new"
    form = {"kind": "case", "trigger": "audit", "capped": "y", "source": "", "reason": "试行"}

    refused = browser.post(path, form, page=path)
    assert refused.status_code == 422
    assert "不计数的检查不能受限。" in refused.text
    assert browser.post(path, form | {"counted": "y"}, page=path).status_code == 303
    with reading(web_engine) as session:
        number = session.exec(select(CapExemption.id).where(CapExemption.trigger == "audit")).one()
    there = f"/policies/exemptions/{number}"
    assert browser.post(there, {"kind": "case", "trigger": "audit", "reason": "改"}, page=there).status_code == 303
    assert (
        browser.post(there, {"kind": "case", "trigger": "", "end": "yes", "reason": "删"}, page=there).status_code
        == 303
    )
    assert browser.get(there).status_code == 404


def test_field_class_is_given_by_credit_code(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    browser, path = browse_as(Role.ADMINISTRATOR), f"/policies/classes/{cast.uids['field_class']}"
    form = {"scenario_code": cast.uids["scenario"], "credit_class": "D", "month": "2026-02-10", "reason": "复评"}

    refused = browser.post("/policies/classes/new", form | {"credit_code": "没有"}, page=path)
    assert (refused.status_code, "没有" in refused.text) == (422, True)
    assert browser.post(path, form | {"credit_code": cast.uids["firm_code"]}, page=path).status_code == 303
    with reading(web_engine) as session:
        assert session.exec(select(FieldClass)).one().credit_class is CreditClass.D
    ended = form | {"credit_code": cast.uids["firm_code"], "end": "yes"}
    assert browser.post(path, ended, page=path).status_code == 303
    with reading(web_engine) as session:
        assert session.exec(select(FieldClass)).all() == []


def test_mandate_of_a_body_is_changed(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    browser, path = browse_as(Role.ADMINISTRATOR), f"/policies/mandates/{cast.uids['body']}"
    form = {"mandate": "authorised", "announced_on": "2025-06-01", "entrusted_by_code": "", "reason": "法规授权"}

    entrusted = browser.post(path, form | {"mandate": "entrusted"}, page=path)
    assert entrusted.status_code == 422
    assert 'id="entrusted_by_code-error-1">请填写这一项。' in entrusted.text
    assert browser.post(path, form, page=path).status_code == 303
    with reading(web_engine) as session:
        body = session.exec(select(Organisation).where(Organisation.code == cast.uids["body"])).one()
        assert body.mandate is Mandate.AUTHORISED


def test_conflict_is_settled_on_its_page(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    browser, path = browse_as(Role.ADMINISTRATOR), f"/policies/conflicts/{cast.uids['conflict']}"
    page = browser.get(path).text
    codes = [
        page.split(f'name="{name}"')[1].split('value="')[1].split('"')[0] for name in ("first_code", "second_code")
    ]
    form = {"first_code": codes[0], "second_code": codes[1], "subject": "密闭还是通风", "resolution": "机械通风"}

    assert browser.post(path, form, page=path).status_code == 422
    settled = form | {"decided_by": "区政府办公室", "decided_on": "2026-02-20"}
    assert browser.post(path, settled, page=path).status_code == 303
    assert "机械通风" in browser.get("/policies/conflicts").text
    assert browser.post(path, settled | {"end": "yes"}, page=path).status_code == 422
    assert browser.post(path, settled | {"end": "yes", "reason": "重复"}, page=path).status_code == 303
    with reading(web_engine) as session:
        assert session.exec(select(RequirementConflict)).all() == []


def test_coordinator_notes_days_without_visits_and_strikes_them(
    browse_as: As, cast: Cast, web_engine: sa.Engine
) -> None:
    browser, path = browse_as(Role.COORDINATOR), "/policies/closures"
    with reading(web_engine) as session:
        code = session.exec(select(Enterprise.credit_code).where(Enterprise.uid == cast.uids["enterprise"])).one()
    form = {"credit_code": code, "kind": "peak", "first_date": "2026-06-01", "last_date": "2026-05-01"}

    assert "结束日期早于开始日期。" in browser.post(path, form, page=path).text
    assert browser.post(path, form | {"last_date": "2026-06-05"}, page=path).status_code == 303
    with reading(web_engine) as session:
        rows = session.exec(select(Closure.id)).all()
    assert rows
    assert browser.post(f"/policies/closures/{rows[0]}/remove", page=path).status_code == 303
    with reading(web_engine) as session:
        assert len(session.exec(select(Closure)).all()) == len(rows) - 1


def test_tabs_of_the_tables_are_for_those_who_may_read_them(browse_as: As) -> None:
    assert "/policies/caps" in browse_as(Role.COORDINATOR).get("/policies").text
    assert "/policies/caps" not in browse_as(Role.CLERK).get("/policies").text
    assert "/policies/caps/new" not in browse_as(Role.COORDINATOR).get("/policies/caps").text
