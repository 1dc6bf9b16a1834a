"""The journey of a decision: ask, counter-propose on a phone, decline, agree by keyboard, brief, approve."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from data.enums import ApprovalStatus, Role, RoundStatus
from data.models import Approval, Round
from data.session import reading
from tests.journeys.decisions import ask_all, reopen, settle_others
from tests.journeys.hands import fits
from tests.journeys.houses import DROPPED_FILES, House, at_the_desk_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings(DROPPED_FILES)]
PHONE = {"width": 390, "height": 844}


def own_question(page: Page, house: House) -> str:
    """The way of a clerk: desk, line, question."""
    page.goto(house.url)
    page.get_by_role("link", name="请本部门确认").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("确认检查安排")
    return page.url.rsplit("/", 1)[1]


def test_decision_goes_from_asking_to_approval(browser: Browser, house: House) -> None:
    uid = reopen(house)
    with at_the_desk_of(browser, house, Role.COORDINATOR) as page:
        page.goto(f"{house.url}/rounds/{uid}")
        page.get_by_role("button", name="征求部门意见").click()
        expect(page.locator("main")).to_contain_text("已向 3 个部门征求意见")
    with at_the_desk_of(browser, house, Role.CLERK) as page:
        page.set_viewport_size(PHONE)
        question = own_question(page, house)
        page.get_by_label("建议为部分检查改日期").check()
        first = page.locator("article.card").first
        first.get_by_text("建议改到另一天").click()
        first.get_by_label("建议日期").fill("2026-03-31")
        first.get_by_label("为什么").fill("企业停产检修")
        assert fits(page)
        page.get_by_role("button", name="提交答复").click()
        expect(page.locator("main")).to_contain_text("答复已记录")
        expect(page.locator("main")).to_contain_text("待处理")
    settle_others(house, question)
    with at_the_desk_of(browser, house, Role.COORDINATOR) as page:
        page.goto(house.url)
        page.get_by_role("link", name="改期建议等待处理").click()
        expect(page.locator("main")).to_contain_text("企业停产检修")
        page.get_by_role("link", name="不采纳").click()
        page.get_by_label("不采纳的理由").fill("企业当天另有安排")
        page.get_by_role("button", name="不采纳").click()
        expect(page.locator("main")).to_contain_text("已记录不采纳的理由")
        page.goto(house.url)
        expect(page.locator("main")).not_to_contain_text("改期建议等待处理")
    with at_the_desk_of(browser, house, Role.APPROVER) as page:
        page.goto(f"{house.url}/rounds/{uid}/brief")
        expect(page.locator(".brief")).to_contain_text("企业当天另有安排")
        paper = page.pdf(format="A4")
        assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") == 1
        page.get_by_role("link", name="审阅并批准").click()
        page.locator("[name=publish_at]").fill("2026-02-28T09:00")
        page.get_by_role("button", name="批准并定时发布").click()
        expect(page.locator("main")).to_contain_text("已批准，到时间自动发布")
    with reading(house.engine) as session:
        assert session.exec(select(Round.status).where(Round.uid == uid)).one() is RoundStatus.APPROVED
        statuses = session.exec(select(Approval.status)).all()
        assert sorted(statuses) == [ApprovalStatus.PUBLISHED, ApprovalStatus.WAITING]


def test_clerk_agrees_with_the_keyboard_only(browser: Browser, house: House) -> None:
    reopen(house)
    ask_all(house)
    with at_the_desk_of(browser, house, Role.CLERK) as page:
        own_question(page, house)
        page.locator("#content").focus()
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("() => document.activeElement.name === 'answer'"):
                break
        page.keyboard.press("Space")
        assert page.get_by_label("同意全部安排").is_checked()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("答复已记录")
