"""The journey in a browser: two clerks' sheets become one notice; the feed is read back by a foreign parser."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import vobject
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from data.enums import Role
from data.models import Enterprise, Officer, Site, User
from data.session import make_engine, reading, unit_of_work
from scheduler.accounts import create_user
from scheduler.clock import DISTRICT_ZONE, FixedClock
from tests.journeys.service import Login, Service
from tests.journeys.sheets import DAMAGED_PERIOD, MENDED_PERIOD, clerk_sheet, visit_row

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROUND = "二月轮次"
# Beyond the sample rounds; 2027 has no published calendar yet, so its working days are provisional.
FIRST, LAST = "2027-02-01", "2027-02-28"
PUBLISH_AT = datetime(2026, 11, 24, 8, 0, tzinfo=DISTRICT_ZONE)
PATIENCE_SECONDS = 90
PATIENCE_MS = PATIENCE_SECONDS * 1000


@contextmanager
def signed_in(browser: Browser, service: Service, login: Login) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(service.url)
    page.get_by_label("用户名").fill(login.username)
    page.get_by_label("密码").fill(login.password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1, name="工作台")).to_be_visible()
    yield page
    context.close()


def wait_for(text: str, page: Page) -> None:
    """Reload until the page says it: some things happen in another process."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while page.get_by_text(text).count() == 0:
        assert time.monotonic() < deadline, f"{text} never came: {page.url}\n{page.inner_text('main')[:2000]}"
        page.wait_for_timeout(500)
        page.reload()


def all_logins(service: Service, *words: str) -> dict[str, Login]:
    """Seed and return every printed login by user name."""
    service.run("db", "upgrade")
    found = re.findall(r"^\s+(\w+)\s+(\S+)\s+(\S+)\s{3}", service.run("db", "seed", *words), flags=re.MULTILINE)
    return {username: Login(role, username, password) for role, username, password in found}


def credit_code_of_sample_enterprise(service: Service) -> str:
    engine = make_engine(service.database_url)
    with reading(engine) as session:
        user = session.exec(select(User).where(User.role == Role.ENTERPRISE)).one()
        code = session.exec(select(Enterprise.credit_code).where(Enterprise.id == user.enterprise_id)).one()
        sites = session.exec(select(Site).where(Site.enterprise_id == user.enterprise_id)).all()
    engine.dispose()
    assert len(sites) == 1
    return code


def upload(page: Page, service: Service, content: bytes) -> None:
    page.goto(f"{service.url}/uploads")
    page.set_input_files("input[type=file]", {"name": "二月计划.xlsx", "mimeType": "", "buffer": content})
    page.get_by_label("年度").fill("2027")
    page.get_by_role("button", name="上传并核对").click()


def import_and_submit(page: Page) -> None:
    page.get_by_role("button", name="导入为计划").click()
    reason = page.locator("#finding-reason")
    if reason.count():
        reason.fill("年度计划已公布")
        page.get_by_role("button", name="保存理由").click()
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("main")).to_contain_text("待审核")


def file_first_plan(browser: Browser, service: Service, login: Login) -> None:
    with signed_in(browser, service, login) as page:
        page.goto(f"{service.url}/plans?status=submitted")
        page.locator("td.row-head a").first.click()
        page.get_by_role("button", name="同意备案").click()
        expect(page.locator("main")).to_contain_text("已备案")


def open_round(page: Page, service: Service) -> str:
    page.goto(f"{service.url}/rounds/new")
    page.get_by_label("名称").fill(ROUND)
    page.locator("[name=period_first]").fill(FIRST)
    page.locator("[name=period_last]").fill(LAST)
    page.locator("[name=filing_until]").fill("2026-11-30T18:00")
    page.get_by_role("button", name="开启轮次").click()
    expect(page.get_by_role("heading", level=1, name=ROUND)).to_be_visible()
    return page.url


def freeze_draw_and_solve(page: Page, round_url: str) -> None:
    page.goto(round_url)
    page.get_by_role("button", name="截止申报并冻结").click()
    page.get_by_role("button", name="随机抽取").click()
    page.get_by_role("button", name="开始求解").click()
    page.wait_for_url("**/runs/*")
    page.goto(round_url)
    wait_for("草案已形成", page)
    expect(page.locator("main")).to_contain_text("联合检查占比")


def approve(page: Page, round_url: str) -> None:
    page.goto(round_url)
    page.get_by_role("link", name="审阅并批准").click()
    page.locator("[name=publish_at]").fill(PUBLISH_AT.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_role("button", name="批准并定时发布").click()
    expect(page.locator("main")).to_contain_text("自动发布")


def test_two_sheets_become_one_announced_visit(browser: Browser, service: Service, tmp_path: Path) -> None:
    logins = all_logins(service, "--preset", "S", "--no-rounds")
    code = credit_code_of_sample_enterprise(service)
    service.start("serve", "jobs", "worker")

    with signed_in(browser, service, logins["coordinator"]) as page:
        round_url = open_round(page, service)

    with signed_in(browser, service, logins["clerk.scjg"]) as page:
        damaged = visit_row("食品经营许可情况的检查", code, DAMAGED_PERIOD, "市场监管局")
        upload(page, service, clerk_sheet([damaged]))
        expect(page.locator("main")).to_contain_text("还有 1 行有问题")
        field = page.locator("input[id^='mend-'][id$='-period']")
        assert field.input_value() == DAMAGED_PERIOD
        field.fill(MENDED_PERIOD.replace("12月", "2月"))
        field.locator("xpath=following-sibling::button[1]").click()
        import_and_submit(page)

    with signed_in(browser, service, logins["clerk.yj"]) as page:
        row = visit_row("危险作业安全管理情况检查", code, "2月", "应急局")
        upload(page, service, clerk_sheet([row], department="应急局"))
        import_and_submit(page)

    file_first_plan(browser, service, logins["head.scjg"])
    file_first_plan(browser, service, logins["head.yj"])

    with signed_in(browser, service, logins["coordinator"]) as page:
        freeze_draw_and_solve(page, round_url)
        page.goto(f"{round_url}/approve")
        expect(page.get_by_role("button", name="批准并定时发布")).to_have_count(0)

    with signed_in(browser, service, logins["approver"]) as page:
        approve(page, round_url)

    with signed_in(browser, service, logins["enterprise"]) as page:
        page.goto(f"{service.url}/inbox")
        expect(page.locator("main")).to_contain_text("没有消息")

    service.set_clock(PUBLISH_AT + timedelta(minutes=1))

    with signed_in(browser, service, logins["enterprise"]) as page:
        page.goto(f"{service.url}/inbox")
        wait_for("未读", page)
        assert page.locator("tbody tr").count() == 1
        page.locator("tbody a").click()
        expect(page.locator("article")).to_have_count(1)
        expect(page.locator("article")).to_contain_text("市场监管局")
        expect(page.locator("article")).to_contain_text("应急局")
        names = re.findall(r"(\S+)\s+示例[A-Z]+\d+", page.locator("article").inner_text())
    assert names

    feed = officer_feed(browser, service, logins, names)
    events = list(vobject.readOne(feed).vevent_list)
    assert len(events) == 1
    assert events[0].dtstart.value.date().strftime("%Y-%m") == "2027-02"
    (tmp_path / "feed.ics").write_text(feed, encoding="utf-8")


def officer_feed(browser: Browser, service: Service, logins: dict[str, Login], names: list[str]) -> str:
    """Give the first officer of the crew an account, issue a feed address on the page, and fetch the feed."""
    officer_login = Login("officer", "officer.journey", "a-long-enough-password-1")
    make_officer_account(service, officer_login, names[0])
    with signed_in(browser, service, officer_login) as page:
        page.get_by_role("link", name="日历订阅", exact=True).click()
        page.get_by_role("button", name="生成订阅地址").first.click()
        address = page.locator("p.secret").inner_text()
    assert re.fullmatch(r"http://\S+\.ics", address)
    with urllib.request.urlopen(address) as response:
        return str(response.read().decode("utf-8"))


def make_officer_account(service: Service, login: Login, name: str) -> None:
    engine = make_engine(service.database_url)
    with unit_of_work(engine) as session:
        officer = session.exec(select(Officer).where(Officer.name == name)).first()
        assert officer is not None
        create_user(
            session,
            FixedClock(PUBLISH_AT),
            None,
            username=login.username,
            display_name=name,
            password=login.password,
            role=Role.OFFICER,
            officer_id=officer.id,
            must_change_password=False,
        )
    engine.dispose()
