"""The work done on pages: plans, sheets, rounds, field work, administration."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import PlanStatus, Role, RoundStatus, UploadStatus, VisitStatus
from data.models import CalendarOverride, InboxMessage, Plan, PlanTask, Round, SheetUpload, SolveRun, User, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from tests.scheduler.filing.sheets import sheet
from tests.web.cast import Cast
from tests.web.conftest import As, Browser

PLAN = {
    "title": "四月餐饮检查",
    "kind": "random",
    "period_first": "2026-04-01",
    "period_last": "2026-04-30",
    "round_uid": "",
}
TASK = {
    "name": "餐饮服务检查",
    "targeting": "drawn",
    "ratio": "10",
    "first_date": "2026-04-01",
    "last_date": "2026-04-30",
    "notice_mode": "announced",
    "quarters": "",
    "priority": "5",
}


def find(engine: sa.Engine, table: type[Any], **values: Any) -> Any:
    with reading(engine) as session:
        statement = select(table)
        for name, value in values.items():
            statement = statement.where(getattr(table, name) == value)
        found = session.exec(statement).first()
        if found is not None:
            session.expunge(found)
        return found


def town_code(browser: Browser, path: str) -> str:
    return re.findall(r'<option value="(\d{12})"', browser.get(path).text)[0]


def test_plan_goes_from_form_to_filing(browse_as: As, web_engine: sa.Engine) -> None:
    clerk, head = browse_as(Role.CLERK), browse_as(Role.HEAD)
    where = clerk.post("/plans/new", PLAN, page="/plans/new").headers["Location"].split("/steps/")[0]
    task = TASK | {"town_code": town_code(clerk, f"{where}/tasks/new")}
    assert clerk.post(f"{where}/tasks/new", task, page=f"{where}/tasks/new").headers["Location"] == where
    assert clerk.post(f"{where}/submit").status_code == 303
    assert head.post(f"{where}/file").status_code == 303
    plan = find(web_engine, Plan, title="四月餐饮检查")
    assert plan.status is PlanStatus.FILED
    assert find(web_engine, PlanTask, plan_id=plan.id).ratio == 0.1


def test_form_with_faults_keeps_what_was_typed(browse_as: As, web_engine: sa.Engine) -> None:
    typed = PLAN | {"title": "写错日期的计划", "period_last": "2026-03-01"}
    answer = browse_as(Role.CLERK).post("/plans/new", typed, page="/plans/new")
    assert answer.status_code == 422
    assert "结束日期早于开始日期。" in answer.text
    assert 'value="写错日期的计划"' in answer.text
    assert "data-error-summary" in answer.text
    assert find(web_engine, Plan, title="写错日期的计划") is None


def test_drawn_task_without_share_says_so_at_its_field(browse_as: As, cast: Cast) -> None:
    clerk, path = browse_as(Role.CLERK), f"/plans/{cast.uids['plan']}/tasks/new"
    answer = clerk.post(path, TASK | {"ratio": "", "town_code": town_code(clerk, path)}, page=path)
    assert answer.status_code == 422
    assert "请填写比例或数量" in answer.text


def test_named_enterprise_that_is_unknown_is_told_by_name(browse_as: As, cast: Cast) -> None:
    clerk, path = browse_as(Role.CLERK), f"/plans/{cast.uids['plan']}/tasks/new"
    answer = clerk.post(path, TASK | {"targeting": "named", "site_uids": "查无此店有限公司"}, page=path)
    assert answer.status_code == 422
    assert "没有找到：查无此店有限公司" in answer.text


def test_stale_form_is_a_conflict_that_keeps_what_was_typed(browse_as: As, cast: Cast) -> None:
    clerk, path = browse_as(Role.CLERK), f"/plans/{cast.uids['plan']}/edit"
    assert clerk.post(path, PLAN | {"version": "1"}, page=path).status_code == 303
    answer = clerk.post(path, PLAN | {"version": "1", "title": "第二个人的标题"}, page=path)
    assert answer.status_code == 409
    assert "别人已经修改了这项内容" in answer.text
    assert "第二个人的标题" in answer.text
    assert "csrf_token" not in answer.text.split("您刚才填写的内容")[1].split("</dl>")[0]


def test_field_that_the_form_does_not_have_changes_nothing(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    clerk, path = browse_as(Role.CLERK), f"/plans/{cast.uids['plan']}/edit"
    clerk.post(path, PLAN | {"version": "1", "status": "filed", "organisation_id": "2", "id": "99"}, page=path)
    plan = find(web_engine, Plan, uid=cast.uids["plan"])
    assert plan.status is PlanStatus.DRAFT


def test_head_returns_a_plan_with_a_reason(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    head, path = browse_as(Role.HEAD), f"/plans/{cast.uids['submitted']}/return"
    assert head.post(path, {"reason": ""}, page=path).status_code == 422
    assert head.post(path, {"reason": "请补充依据", "version": "1"}, page=path).status_code == 303
    assert find(web_engine, Plan, uid=cast.uids["submitted"]).status is PlanStatus.RETURNED
    assert "请补充依据" in browse_as(Role.CLERK).get(f"/plans/{cast.uids['submitted']}").text


def test_filing_twice_is_a_conflict(browse_as: As, cast: Cast) -> None:
    head, path = browse_as(Role.HEAD), f"/plans/{cast.uids['submitted']}/file"
    assert head.post(path).status_code == 303
    assert head.post(path).status_code == 409


def upload(clerk: Browser, content: bytes, name: str = "四月计划.csv") -> Any:
    values = {"file": (io.BytesIO(content), name), "year": "2026", "round_uid": ""}
    return clerk.post("/uploads", values, page="/uploads", content_type="multipart/form-data")


def test_sheet_is_uploaded_mended_and_imported(browse_as: As, web_engine: sa.Engine) -> None:
    clerk = browse_as(Role.CLERK)
    rows = ({"initiators": "", "partners": ""}, {"initiators": "", "partners": "", "name": "二", "period": "适时"})
    where = upload(clerk, sheet(*rows)).headers["Location"]
    page = clerk.get(where).text
    assert "有问题" in page
    stored = find(web_engine, SheetUpload, filename="四月计划.csv")
    second = stored.reading["tasks"][1]["key"]
    values = {"row_key": second, "field": "period", "value": "2026年3月", "version": str(stored.version)}
    assert clerk.post(f"{where}/mend", values).status_code == 303
    first = stored.reading["tasks"][0]["key"]
    assert clerk.post(f"{where}/leave-out", {"row_key": first, "leave_out": "yes"}).status_code == 303
    done = clerk.post(f"{where}/import", {"kind": "special"})
    assert done.headers["Location"].startswith("/plans/"), done.text
    assert find(web_engine, SheetUpload, filename="四月计划.csv").status is UploadStatus.IMPORTED


def test_import_with_faults_names_them_and_changes_nothing(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    clerk = browse_as(Role.CLERK)
    answer = clerk.post(f"/uploads/{cast.uids['upload']}/import")
    assert answer.status_code == 422
    assert find(web_engine, SheetUpload, uid=cast.uids["upload"]).status is UploadStatus.READ


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [(b"", "a.csv", "空"), (b"<html></html>", "a.xlsx", "表格"), (b"x", "a.exe", "只接受")],
    ids=["empty", "html named xlsx", "program"],
)
def test_file_that_is_no_sheet_is_refused_in_words(browse_as: As, content: bytes, name: str, words: str) -> None:
    answer = upload(browse_as(Role.CLERK), content, name)
    assert answer.status_code == 422
    assert words in answer.text


def test_missing_file_is_told_at_its_field(browse_as: As) -> None:
    answer = browse_as(Role.CLERK).post("/uploads", {"year": ""}, page="/uploads")
    assert answer.status_code == 422
    assert "请选择一个文件。" in answer.text


def test_template_and_faulty_rows_are_workbooks(browse_as: As, cast: Cast) -> None:
    clerk = browse_as(Role.CLERK)
    for path in ("/uploads/template.xlsx", f"/uploads/{cast.uids['upload']}/faulty.xlsx"):
        answer = clerk.get(path)
        assert answer.data[:2] == b"PK"
        assert "attachment" in answer.headers["Content-Disposition"]


def test_coordinator_opens_a_round(browse_as: As, web_engine: sa.Engine) -> None:
    values = {
        "name": "六月轮次",
        "kind": "month",
        "period_first": "2026-06-01",
        "period_last": "2026-06-30",
        "filing_until": "2026-05-20T18:00",
    }
    answer = browse_as(Role.COORDINATOR).post("/rounds/new", values, page="/rounds/new")
    made = find(web_engine, Round, name="六月轮次")
    assert answer.headers["Location"] == f"/rounds/{made.uid}"
    assert made.filing_until.isoformat() == "2026-05-20T10:00:00+00:00"


def test_freeze_without_filed_plans_is_refused_in_words(browse_as: As, cast: Cast) -> None:
    answer = browse_as(Role.COORDINATOR).post(f"/rounds/{cast.uids['open_round']}/freeze")
    assert answer.status_code == 422
    assert "没有已备案的计划" in answer.text


def test_solve_is_queued_watched_and_called_off(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    coordinator = browse_as(Role.COORDINATOR)
    where = f"/rounds/{cast.uids['drawn_round']}"
    run = coordinator.post(f"{where}/solve", {"seconds": "5", "seed": "7"}).headers["Location"]
    assert 'hx-trigger="every 2s"' in coordinator.get(run).text or "refresh" in coordinator.get(run).text
    again = coordinator.post(f"{where}/solve", {"seconds": "5", "seed": "7"})
    assert again.status_code == 409
    assert coordinator.post(f"{run}/cancel").status_code == 303
    assert coordinator.get(f"{run}/progress", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert find(web_engine, SolveRun, seed=7).seconds == 5


def test_solve_with_a_foolish_limit_is_refused(browse_as: As, cast: Cast) -> None:
    path = f"/rounds/{cast.uids['drawn_round']}/solve"
    assert browse_as(Role.COORDINATOR).post(path, {"seconds": "0", "seed": "x"}).status_code == 422


def test_published_round_cannot_be_approved_again(browse_as: As, cast: Cast) -> None:
    path = f"/rounds/{cast.uids['round']}/approve"
    values = {"publish_at": "2026-03-01T09:00", "draft_hash": "x"}
    answer = browse_as(Role.APPROVER).post(path, values)
    assert answer.status_code == 409


def test_approval_of_an_old_draft_is_a_conflict(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    with unit_of_work(web_engine) as session:
        round_ = session.exec(select(Round).where(Round.uid == cast.uids["round"])).one()
        round_.status = RoundStatus.PROPOSED
        session.add(round_)
    approver, path = browse_as(Role.APPROVER), f"/rounds/{cast.uids['round']}/approve"
    assert "发布之后会发生什么" in approver.get(path).text
    answer = approver.post(path, {"publish_at": "2026-03-01T09:00", "draft_hash": "0" * 64})
    assert answer.status_code == 409
    assert "草案已经变动" in answer.text


def test_officer_checks_in_on_the_day(browse_as: As, cast: Cast, web_engine: sa.Engine, clock: FixedClock) -> None:
    visit = find(web_engine, Visit, uid=cast.uids["visit"])
    address, said = f"/field/visits/{visit.uid}/check-in", {"key": "from-the-test", "reason": "没有场所码"}
    early = browse_as(Role.OFFICER).post(address, said)
    assert early.status_code == 422
    assert "不能签到" in early.text
    # The day before there is nothing to send: the own items are there to prepare for, without a form.
    before = browse_as(Role.OFFICER).get(f"/field/visits/{visit.uid}").text
    assert ("的事项" in before, f"{visit.uid}/results" in before, "/close" in before) == (
        True,
        False,
        False,
    )
    clock.instant = clock.instant.replace(year=visit.day.year, month=visit.day.month, day=visit.day.day)
    assert f"/field/visits/{visit.uid}/results" in browse_as(Role.OFFICER).get(f"/field/visits/{visit.uid}").text
    assert browse_as(Role.OFFICER).post(address, said).status_code == 303
    assert find(web_engine, Visit, uid=visit.uid).status is VisitStatus.CHECKED_IN


def test_officer_finds_an_unclosed_visit_however_old(
    browse_as: As, cast: Cast, web_engine: sa.Engine, clock: FixedClock
) -> None:
    visit = find(web_engine, Visit, uid=cast.uids["visit"])
    clock.instant = clock.instant.replace(year=visit.day.year, month=visit.day.month, day=visit.day.day)
    said = {"key": "from-the-test", "reason": "没有场所码"}
    assert browse_as(Role.OFFICER).post(f"/field/visits/{visit.uid}/check-in", said).status_code == 303
    assert "等待填写结果和办结" not in browse_as(Role.OFFICER).get("/field/").text
    for days in (1, 60):
        clock.instant += timedelta(days=days)
        text = browse_as(Role.OFFICER).get("/field/").text
        assert ("等待填写结果和办结" in text, text.count(f'href="/field/visits/{visit.uid}"')) == (True, 1)


def test_enterprise_confirms_its_message(browse_as: As, web_engine: sa.Engine) -> None:
    firm = browse_as(Role.ENTERPRISE)
    uid = re.findall(r"/inbox/([0-9a-f]{32})", firm.get("/inbox").text)[0]
    assert find(web_engine, InboxMessage, uid=uid).read_at is None
    assert "确认收到" in firm.get(f"/inbox/{uid}").text
    assert firm.post(f"/inbox/{uid}/read").status_code == 303
    assert find(web_engine, InboxMessage, uid=uid).read_at is not None


def test_administrator_makes_an_account_and_shows_its_password_once(browse_as: As, web_engine: sa.Engine) -> None:
    admin = browse_as(Role.ADMINISTRATOR)
    values = {"username": "new.one", "display_name": "新人", "role": "supervisor", "organisation_id": ""}
    answer = admin.post("/accounts/new", values, page="/accounts/new")
    assert answer.status_code == 200
    assert '<p class="secret">' in answer.text
    made = find(web_engine, User, username="new.one")
    assert made.must_change_password
    assert admin.post(f"/accounts/{made.uid}/active", {"active": "no"}).status_code == 303
    assert not find(web_engine, User, username="new.one").active
    assert '<p class="secret">' in admin.post(f"/accounts/{made.uid}/password").text


def test_clerk_account_without_department_is_refused_at_its_field(browse_as: As) -> None:
    values = {"username": "new.clerk", "display_name": "新人", "role": "clerk", "organisation_id": ""}
    answer = browse_as(Role.ADMINISTRATOR).post("/accounts/new", values, page="/accounts/new")
    assert answer.status_code == 422
    assert "organisation_id-error-1" in answer.text


def test_working_days_are_uploaded_as_csv(browse_as: As, web_engine: sa.Engine) -> None:
    content = "日期,类型,说明,文号\n2027-01-02,工作日,调休,国办发明电〔2026〕1号\n".encode("gb18030")
    values = {"file": (io.BytesIO(content), "days.csv")}
    admin = browse_as(Role.ADMINISTRATOR)
    answer = admin.post("/working-calendar", values, page="/working-calendar", content_type="multipart/form-data")
    assert answer.status_code == 303
    with reading(web_engine) as session:
        assert [row.note for row in session.exec(select(CalendarOverride))] == ["调休"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("日期,说明\n2027-01-02,x\n", "缺少“类型”列"),
        ("日期,类型\n2027-02-30,工作日\n", "第 2 行的日期“2027-02-30”无效"),
        ("日期,类型\n2027-02-03,节日\n", "第 2 行的类型“节日”无效"),
        ("日期,类型\n", "没有数据"),
        ("", "没有数据"),
    ],
)
def test_bad_working_days_are_refused_whole(browse_as: As, web_engine: sa.Engine, content: str, words: str) -> None:
    values = {"file": (io.BytesIO(content.encode()), "days.csv")}
    admin = browse_as(Role.ADMINISTRATOR)
    answer = admin.post("/working-calendar", values, page="/working-calendar", content_type="multipart/form-data")
    assert answer.status_code == 422
    assert words in answer.text or "请选择一个文件" in answer.text
    assert find(web_engine, CalendarOverride) is None


def test_audit_chain_is_checked_on_a_page(browse_as: As) -> None:
    assert "前后相连，没有被改动或删除" in browse_as(Role.SUPERVISOR).get("/audit/chain").text
