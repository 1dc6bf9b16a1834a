"""Filing in a browser: form and sheet lead to the same, faults are mended from the messages alone, and the long way."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect
from sqlmodel import col, select

from data.enums import PlanSource, PlanStatus, PlanTrigger
from data.models import Enterprise, InspectionRequest, Plan, PlanTask, Site
from data.session import make_engine, reading
from tests.journeys.accessibility import serious_findings
from tests.journeys.service import Login, Service
from tests.journeys.sheets import clerk_sheet, visit_row
from tests.journeys.test_round_in_browser import (
    all_logins,
    credit_code_of_sample_enterprise,
    import_and_submit,
    open_round,
    signed_in,
    upload,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Check = Callable[[Page], None]


def start_plan(page: Page, service: Service, *, title: str, kind: str, first: str, last: str, **fields: str) -> None:
    """Write the head of a plan; the first step of its first task comes next."""
    page.goto(f"{service.url}/plans/new")
    page.get_by_label("计划名称").fill(title)
    page.get_by_label("检查类型").select_option(kind)
    page.locator("[name=period_first]").fill(first)
    page.locator("[name=period_last]").fill(last)
    for name, value in fields.items():
        field = page.locator(f"[name={name}]")
        field.select_option(value) if name == "trigger" else field.fill(value)
    page.get_by_role("button", name="保存并继续").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("查什么")


def go_on(page: Page, heading: str) -> None:
    page.locator("button[value=next]:visible").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def name_target(page: Page, text: str) -> None:
    page.locator("[name=targeting][value=named]").check()
    page.locator("[name=site_uids]").fill(text)


def submit(page: Page, status: str) -> None:
    page.get_by_role("link", name="下一步").click()
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator(".lead")).to_contain_text(status)


def open_plan(page: Page, service: Service, title: str) -> None:
    page.goto(f"{service.url}/plans?text={title}")
    page.locator("td.row-head a").first.click()


def step_as(browser: Browser, service: Service, login: Login, title: str, button: str, status: str) -> None:
    with signed_in(browser, service, login) as page:
        open_plan(page, service, title)
        page.get_by_role("button", name=button).click()
        expect(page.locator(".lead")).to_contain_text(status)


def requests_by_source(service: Service) -> dict[PlanSource, list[tuple[object, ...]]]:
    engine = make_engine(service.database_url)
    with reading(engine) as session:
        rows = session.execute(
            sa.select(
                col(Plan.source), col(InspectionRequest.site_id), col(InspectionRequest.organisation_id),
                col(InspectionRequest.first_date), col(InspectionRequest.last_date), col(InspectionRequest.quarters),
                col(InspectionRequest.inspectors), col(InspectionRequest.joint), col(InspectionRequest.notice_mode),
            )
            .join(PlanTask, col(PlanTask.id) == col(InspectionRequest.task_id))
            .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
        ).all()  # fmt: skip
    engine.dispose()
    return {source: [tuple(row[1:]) for row in rows if row[0] is source] for source in PlanSource}


def test_form_and_sheet_lead_to_the_same_requests(browser: Browser, service: Service, accessible: Check) -> None:
    logins = all_logins(service, "--preset", "S", "--no-rounds")
    code = credit_code_of_sample_enterprise(service)
    service.start("serve")
    with signed_in(browser, service, logins["coordinator"]) as page:
        round_uid = open_round(page, service).rsplit("/", 1)[-1]

    with signed_in(browser, service, logins["clerk.scjg"]) as page:
        start_plan(page, service, title="网页填报计划", kind="random", first="2027-02-01", last="2027-02-28")
        accessible(page)
        page.get_by_label("任务名称").fill("食品安全检查")
        page.locator("[name=written_items]").fill("食品安全检查")
        go_on(page, "查哪些企业")
        accessible(page)
        name_target(page, code)
        go_on(page, "什么时候、和谁一起查")
        accessible(page)
        go_on(page, "提交前核对")
        accessible(page)
        submit(page, "待审核")
        accessible(page)

        upload(page, service, clerk_sheet([visit_row("1", "食品经营检查", code, "2月", "市场监管局")]))
        import_and_submit(page)

    for title in ("网页填报计划", "二月计划"):
        step_as(browser, service, logins["head.scjg"], title, "同意备案", "已备案")
    service.run("round", "freeze", round_uid, "--as", "coordinator")
    service.run("round", "draw", round_uid, "--as", "coordinator")

    found = requests_by_source(service)
    assert len(found[PlanSource.FORM]) == 1
    assert found[PlanSource.FORM] == found[PlanSource.SHEET]


def test_case_at_short_notice_is_mended_step_by_step_from_the_messages(
    browser: Browser, service: Service, accessible: Check
) -> None:
    logins = all_logins(service, "--preset", "S", "--no-rounds")
    engine = make_engine(service.database_url)
    with reading(engine) as session:
        name = session.exec(
            select(Enterprise.name).join(Site, col(Site.enterprise_id) == col(Enterprise.id)).order_by(col(Site.id))
        ).all()[0]
    engine.dispose()
    service.start("serve")

    with signed_in(browser, service, logins["clerk.scjg"]) as page:
        start_plan(page, service, title="投诉核查", kind="case", first="2026-11-24", last="2026-11-25")
        # A step without its name leads back to itself and says so at the field.
        page.locator("button[value=next]:visible").last.click()
        expect(page.locator(".error-summary")).to_contain_text("任务名称：请填写这一项。")
        accessible(page)
        page.get_by_label("任务名称").fill("投诉现场核查")
        go_on(page, "查哪些企业")
        # What was typed stays when the browser is closed in between.
        wrong = f"新{name}"
        name_target(page, wrong)
        page.get_by_role("button", name="保存，以后再填").click()

    with signed_in(browser, service, logins["clerk.scjg"]) as page:
        open_plan(page, service, "投诉核查")
        page.get_by_role("link", name="继续填写").click()
        assert page.locator("[name=site_uids]").input_value() == wrong
        page.locator("button[value=next]:visible").last.click()
        expect(page.locator(".error-summary")).to_contain_text("没有找到")
        accessible(page)
        page.locator("button[name=mend]").first.click()
        go_on(page, "什么时候、和谁一起查")
        page.get_by_label("必须单独检查，不与其他部门合并").check()
        page.locator("button[value=next]:visible").last.click()
        expect(page.locator(".error-summary")).to_contain_text("单独检查要写明理由。")
        page.get_by_label("单独检查的理由").fill("涉及举报人，须单独核查")
        go_on(page, "提交前核对")
        expect(page.locator("#plan-check")).to_contain_text("个案检查要写明触发来源")
        expect(page.locator("#plan-check")).to_contain_text("个案检查要填写线索编号")
        page.locator("#plan-check").get_by_role("link", name="修改计划").click()
        page.get_by_label("触发来源").select_option("complaint")
        page.get_by_label("线索编号").fill("12345-20261123-07")
        page.get_by_role("button", name="保存计划").click()
        page.get_by_role("link", name="提交前核对").click()
        expect(page.locator("#plan-check")).to_contain_text("没有妨碍提交的问题。")
        submit(page, "待审核")

    step_as(browser, service, logins["head.scjg"], "投诉核查", "同意备案", "已备案")
    engine = make_engine(service.database_url)
    with reading(engine) as session:
        plan = session.exec(select(Plan).where(Plan.title == "投诉核查")).one()
        assert (plan.status, plan.trigger, plan.clue_number) == (
            PlanStatus.FILED, PlanTrigger.COMPLAINT, "12345-20261123-07",
        )  # fmt: skip
        assert (plan.period_first, plan.round_id) == (date(2026, 11, 24), None)
    engine.dispose()


def test_special_campaign_goes_the_long_way(browser: Browser, service: Service, accessible: Check) -> None:
    logins = all_logins(service, "--preset", "S", "--no-rounds")
    code = credit_code_of_sample_enterprise(service)
    service.start("serve")
    title = "燃气安全专项"

    with signed_in(browser, service, logins["clerk.scjg"]) as page:
        start_plan(page, service, title=title, kind="special", first="2027-02-01", last="2027-02-28")
        page.get_by_label("任务名称").fill("燃气器具检查")
        go_on(page, "查哪些企业")
        name_target(page, code)
        go_on(page, "什么时候、和谁一起查")
        page.locator("[name=partner_codes]").select_option("YJ")
        go_on(page, "提交前核对")
        submit(page, "会签中")
        accessible(page)

    with signed_in(browser, service, logins["clerk.yj"]) as page:
        page.get_by_role("link", name=re.compile("会签")).first.click()
        page.get_by_role("link", name="会签", exact=True).click()
        accessible(page)
        page.locator("[name=inspectors]").fill("3")
        page.get_by_role("button", name="提交会签意见").click()
        expect(page.locator(".lead")).to_contain_text("待法制审核")

    step_as(browser, service, logins["legal.scjg"], title, "审核通过", "待审核")
    step_as(browser, service, logins["head.scjg"], title, "同意备案", "待区政府批准")
    step_as(browser, service, logins["approver"], title, "批准备案", "已备案")

    with signed_in(browser, service, logins["clerk.scjg"]) as page:
        open_plan(page, service, title)
        expect(page.locator(".lead")).to_contain_text("检备〔2027〕1号")
        assert serious_findings(page) == []
        page.get_by_role("button", name="变更计划").click()
        expect(page.locator(".lead")).to_contain_text("第 2 版")
        expect(page.locator("main")).to_contain_text("没有差别。")
