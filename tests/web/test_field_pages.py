"""The officer's newer pages over HTTP: off plan, photo, orders, withdrawal, absences; what is typed is never lost."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from data.enums import PlanKind, PlanStatus, PlanTrigger, Role, RoundStatus
from data.models import ItemResult, OffPlanVisit, Plan, PlanTask, PublishedResult, ResultPhoto, Site, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.fieldwork.visits import item_key
from tests import factories
from tests.scheduler.fieldwork.test_pictures import JFIF, jpeg
from tests.web.conftest import SETTINGS, Browser, sign_in_token
from web import create_app


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One body with two officers, an item and a site; browsers by name of the person."""

    engine: sa.Engine
    browse: Callable[[str], Browser]
    people: dict[str, str]
    site: str
    credit_code: str
    item: str
    item_key: str
    colleague: str


@pytest.fixture
def office(sqlite_engine: sa.Engine) -> Office:
    clock = FixedClock(factories.NOW)
    with unit_of_work(sqlite_engine) as session:
        body, firm = factories.make_organisation(session), factories.make_enterprise(session)
        first, second = (factories.make_officer(session, body) for _ in range(2))
        site = factories.make_site(session, firm)
        item = factories.make_item(session, body, name="消防通道是否畅通的检查")
        owner = {"organisation_id": body.id}
        people = {
            "officer": factories.make_user(session, Role.OFFICER, officer_id=first.id, **owner).username,
            "clerk": factories.make_user(session, Role.CLERK, **owner).username,
            "head": factories.make_user(session, Role.HEAD, **owner).username,
            "supervisor": factories.make_user(session, Role.SUPERVISOR).username,
            "coordinator": factories.make_user(session, Role.COORDINATOR).username,
            "firm": factories.make_user(session, Role.ENTERPRISE, enterprise_id=firm.id).username,
        }
        found = (site.uid, firm.credit_code, item.uid, item_key(body.code, item.name), second.uid)
    app: Flask = create_app(SETTINGS, sqlite_engine, clock)

    def browse(name: str) -> Browser:
        client = app.test_client()
        client.set_cookie("onedoor", sign_in_token(sqlite_engine, clock, people[name]))
        return Browser(client)

    keys = ("site", "credit_code", "item", "item_key", "colleague")
    return Office(engine=sqlite_engine, browse=browse, people=people, **dict(zip(keys, found, strict=True)))


def off_plan(office: Office, browser: Browser) -> str:
    """Open a visit off plan; returns its uid."""
    form = {
        "site": office.credit_code, "trigger": PlanTrigger.COMPLAINT.value, "clue_number": "12345-77", "key": "k" * 20,
        "reason": "群众举报", "items": office.item, "officers": office.colleague,
    }  # fmt: skip
    assert browser.post("/off-plan/new", form, page="/off-plan/new").status_code == 303
    with reading(office.engine) as session:
        return session.exec(select(Visit.uid).join(OffPlanVisit, Visit.id == OffPlanVisit.visit_id)).one()  # type: ignore[arg-type]


def closed(office: Office) -> str:
    """An off-plan visit with an order to mend, closed."""
    officer, key = office.browse("officer"), office.item_key
    uid = off_plan(office, officer)
    page = f"/field/visits/{uid}"
    said = {f"outcome-{key}": "problem", f"measure-{key}": "ordered", f"text-{key}": "堆放杂物",
            f"mend-{key}": "2026-02-22", f"version-{key}": "0", "key": "r" * 20}  # fmt: skip
    assert officer.post(f"{page}/results", said, page=page).status_code == 303
    assert officer.post(f"{page}/close", {"key": "c" * 20}, page=page).status_code == 303
    return uid


def test_refused_visit_off_plan_keeps_what_was_typed(office: Office) -> None:
    officer = office.browse("officer")
    answer = officer.post("/off-plan/new", {"site": office.credit_code, "reason": "群众举报", "key": "k" * 20},
                          page="/off-plan/new")  # fmt: skip
    assert answer.status_code == 422
    for text in ("请选择触发来源", "请至少选择一个检查事项", "至少两名执法人员", "群众举报", office.credit_code):
        assert text in answer.text


def test_unknown_site_is_named_with_everything_else_that_is_wrong(office: Office) -> None:
    officer, form = office.browse("officer"), {"site": "没有这个场所", "key": "k" * 20}
    answer = officer.post("/off-plan/new", form, page="/off-plan/new")
    assert answer.status_code == 422
    for text in ("没有找到这个场所", "请选择触发来源", "请至少选择一个检查事项", "至少两名执法人员"):
        assert answer.text.count(text) == 1
    assert 'value="没有这个场所"' in answer.text


def test_visit_off_plan_is_shown_to_everybody_concerned(office: Office) -> None:
    uid = closed(office)
    assert "计划外" in office.browse("officer").get(f"/field/visits/{uid}").text
    assert "补办的计划" in office.browse("clerk").get(f"/visits/{uid}").text
    assert "12345-77" in office.browse("clerk").get("/off-plan/").text
    assert "群众举报" in office.browse("supervisor").get(f"/visits/{uid}").text
    assert "12345-77" in office.browse("supervisor").get("/oversight/off_plan").text
    assert "没有事先列入计划" in office.browse("firm").get(f"/my-enterprise/visits/{uid}").text


def test_order_is_followed_from_the_page(office: Office) -> None:
    uid, clerk = closed(office), office.browse("clerk")
    shown = clerk.get("/orders/").text
    assert "堆放杂物" in shown
    answer = clerk.post(f"/orders/visits/{uid}/review", page="/orders/")
    assert answer.status_code == 303
    assert "整改复查" in clerk.get(answer.headers["Location"]).text
    assert "已安排复查" in office.browse("officer").get(f"/field/visits/{uid}").text


def test_filed_review_of_papers_that_are_in_is_withdrawn_where_the_desk_leads(office: Office) -> None:
    uid, clerk, coordinator = closed(office), office.browse("clerk"), office.browse("coordinator")
    where = clerk.post(f"/orders/visits/{uid}/review", page="/orders/").headers["Location"]
    with unit_of_work(office.engine) as session:
        session.exec(select(Plan).where(Plan.kind == PlanKind.REVIEW)).one().status = PlanStatus.FILED
        order = session.exec(select(ItemResult.uid)).one()
    refused = clerk.post(f"{where}/recall", page=where)
    assert (refused.status_code, "还有整改要看" in refused.text) == (409, True)
    assert clerk.post(f"/orders/{order}/mended", {"note": "已看照片"}, page="/orders/").status_code == 303
    assert f'href="{where}"' in clerk.get("/").text
    assert (f'href="{where}"' in coordinator.get("/").text, "待撤销" in coordinator.get("/").text) == (True, True)
    shown = coordinator.get(where).text
    assert ("由申报部门的经办人撤销" in shown, f"{where}/recall" in shown) == (True, False)
    assert f"{where}/recall" in clerk.get(where).text
    assert clerk.post(f"{where}/recall", page=where).headers["Location"] == where
    assert "已作废" in clerk.get(where).text
    assert [f'href="{where}"' in one.get("/").text for one in (clerk, coordinator)] == [False, False]


def test_review_in_a_round_has_the_coordinators_form_on_its_page(office: Office) -> None:
    uid, clerk, coordinator = closed(office), office.browse("clerk"), office.browse("coordinator")
    where = clerk.post(f"/orders/visits/{uid}/review", page="/orders/").headers["Location"]
    with unit_of_work(office.engine) as session:
        plan = session.exec(select(Plan).where(Plan.kind == PlanKind.REVIEW)).one()
        task = session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id)).one()
        round_ = factories.make_round(session, status=RoundStatus.PROPOSED)
        plan.status, task.round_id = PlanStatus.IN_ROUND, round_.id
        site = session.exec(select(Site).where(Site.uid == office.site)).one()
        asked = factories.make_request(session, round_, task, site).uid
        target = f"/board/edits/{round_.uid}/apply"
        order = session.exec(select(ItemResult.uid)).one()
    assert clerk.post(f"/orders/{order}/mended", {"note": "已看照片"}, page="/orders/").status_code == 303
    assert f'href="{where}"' in coordinator.get("/").text
    assert (target in clerk.get(where).text, "由区级协调员剔除" in clerk.get(where).text) == (False, True)
    assert all(text in coordinator.get(where).text for text in (target, asked))
    said = {"kind": "exclude", "request": asked, "reason": "整改已办结"}
    assert coordinator.post(target, said, page=where).status_code == 303
    assert f'href="{where}"' not in coordinator.get("/").text


def test_photo_is_sent_and_shown_to_its_own_only(office: Office) -> None:
    officer = office.browse("officer")
    page = f"/field/visits/{off_plan(office, officer)}"
    form = {"item": office.item_key, "key": "p" * 20, "photo": (io.BytesIO(jpeg(JFIF)), "a.jpg")}
    answer = officer.post(f"{page}/photos", form, page=page, content_type="multipart/form-data")
    assert answer.status_code == 303
    with reading(office.engine) as session:
        uid = session.exec(select(ResultPhoto.uid)).one()
    statuses = [office.browse(name).get(f"/result-photos/{uid}").status_code for name in office.people]
    assert dict(zip(office.people, statuses, strict=True)) == {
        "officer": 200, "clerk": 200, "head": 200, "supervisor": 200, "coordinator": 403, "firm": 403,
    }  # fmt: skip


def test_refused_photo_is_named_where_it_is_chosen_again(office: Office) -> None:
    officer = office.browse("officer")
    page = f"/field/visits/{off_plan(office, officer)}"
    form = {"item": office.item_key, "key": "q" * 20, "photo": (io.BytesIO(b"GIF89a"), "通道.gif")}
    answer = officer.post(f"{page}/photos", form, page=page, content_type="multipart/form-data")
    assert (answer.status_code, "通道.gif没有保存，请重新选择照片。" in answer.text) == (422, True)
    assert f'value="{office.item_key}" selected' in answer.text
    said = {f"outcome-{office.item_key}": "conforms", f"version-{office.item_key}": "0", "key": "r" * 20}
    assert officer.post(f"{page}/results", said, page=page).status_code == 303
    assert officer.post(f"{page}/close", {"key": "c" * 20}, page=page).status_code == 303
    late = {"item": office.item_key, "key": "s" * 20, "photo": (io.BytesIO(jpeg(JFIF)), "通道.jpg")}
    answer = officer.post(f"{page}/photos", late, page=page, content_type="multipart/form-data")
    assert (answer.status_code, "通道.jpg" in answer.text, "没有保留，请重新选择" in answer.text) == (409, True, True)


def test_publication_is_taken_back_by_two_and_leaves_a_trace(office: Office) -> None:
    uid, clerk, head = closed(office), office.browse("clerk"), office.browse("head")
    assert clerk.post(f"/own-results/{uid}", page="/own-results").status_code == 303
    with reading(office.engine) as session:
        row = session.exec(select(PublishedResult)).one()
        published, name = row.uid, row.enterprise_name
    named = clerk.post(f"/own-results/{published}/ask-withdrawal", {"reason": name}, page="/own-results")
    assert (named.status_code, "不要写企业名称" in named.text) == (422, True)
    asked = clerk.post(f"/own-results/{published}/ask-withdrawal", {"reason": "事项有误"}, page="/own-results")
    assert asked.status_code == 303
    assert clerk.post(f"/own-results/{published}/withdraw", {"agrees": "1"}, page="/own-results").status_code == 409
    assert head.post(f"/own-results/{published}/withdraw", {"agrees": "1"}, page="/own-results").status_code == 303
    public, data = head.get("/results").text, head.get("/results.json").get_json()
    assert ("事项有误" in public, name in public, data["results"], len(data["withdrawn"])) == (True, False, [], 1)


def test_absence_is_asked_for_and_granted(office: Office) -> None:
    officer, head = office.browse("officer"), office.browse("head")
    late = officer.post("/duties/", {"kind": "days", "first": "2026-01-01", "reason": "培训"}, page="/duties/")
    assert (late.status_code, "培训" in late.text) == (422, True)
    assert "请假：从哪天：时间已经过去。" in late.text
    unsaid = officer.post("/duties/", {"first": "2026-03-02", "reason": "培训"}, page="/duties/")
    assert (unsaid.status_code, "哪种情况：请填写这一项" in unsaid.text) == (422, True)
    asked = {"kind": "days", "first": "2026-03-02", "last": "2026-03-03", "reason": "培训"}
    assert officer.post("/duties/", asked, page="/duties/").status_code == 303
    shown = head.get("/duties/").text
    assert "等您答复" in shown
    again = officer.post("/duties/", {**asked, "last": "2026-03-02"}, page="/duties/")
    assert (again.status_code, "的请假已经提出，正等答复" in again.text) == (422, True)
    assert again.text.count('id="duty-') == 1
    longer = officer.post("/duties/", {**asked, "last": "2026-03-04"}, page="/duties/")
    assert longer.status_code == 303
    uid = shown.split('id="duty-')[1][:32]
    assert head.post(f"/duties/{uid}/decide", {"verdict": "refuse"}, page="/duties/").status_code == 422
    assert head.post(f"/duties/{uid}/decide", {"verdict": "accept"}, page="/duties/").status_code == 303
    assert "已同意" in officer.get("/duties/").text
    waiting = officer.get("/duties/").text.split("/withdraw")[0][-32:]
    assert officer.post(f"/duties/{waiting}/withdraw", page="/duties/").status_code == 303
    noted = officer.post("/duties/", asked, page="/duties/")
    assert (noted.status_code, "已记为不能参加" in noted.text) == (422, True)


def test_wrong_result_is_corrected_by_two_and_the_public_page_says_so(office: Office) -> None:
    uid, clerk, head = closed(office), office.browse("clerk"), office.browse("head")
    key, page = office.item_key, f"/corrections/visits/{uid}"
    assert clerk.post(f"/own-results/{uid}", page="/own-results").status_code == 303
    form = {"item": key, f"outcome-{key}": "conforms", f"version-{key}": "1"}
    silent = clerk.post(page, {**form, "reason": " "}, page=page)
    assert (silent.status_code, "请填写这一项" in silent.text) == (422, True)
    empty = clerk.post(page, {"item": key, "reason": "误选，当时已清走"}, page=page)
    assert (empty.status_code, "误选，当时已清走" in empty.text) == (422, True)
    assert clerk.post(page, {**form, "reason": "误选，当时已清走"}, page=page).status_code == 303
    shown = head.get("/corrections/").text
    correction = shown.split('id="correction-')[1][:32]
    decide = f"/corrections/{correction}/decide"
    assert head.post(decide, {"agrees": "0"}, page="/corrections/").status_code == 422
    assert clerk.post(decide, {"agrees": "1"}, page="/corrections/").status_code == 409
    assert head.post(decide, {"agrees": "1"}, page="/corrections/").status_code == 303
    public, data = head.get("/results").text, head.get("/results.json").get_json()
    assert ("原公示为“发现问题”" in public, "当时已清走" in public) == (True, False)
    (line,) = data["results"]
    assert (line["outcome"], line["corrected_from"]) == ("conforms", "problem")
    assert "已更正" in office.browse("officer").get(page).text
    assert office.browse("supervisor").get(page).status_code == 403
