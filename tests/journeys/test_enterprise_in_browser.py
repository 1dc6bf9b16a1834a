"""An enterprise on a phone: in by the code of its notice, reads, confirms, asks for another day, rates after the visit.

The page is 390 px wide and scripts are switched off: an old phone has to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from data.enums import Role, VisitStatus
from data.models import Enterprise, Rating, RatingSlip, User, Visit
from data.session import reading, unit_of_work
from scheduler.portal.access_codes import issue_code
from scheduler.publishing.outbox import deliver_due
from tests.journeys.houses import DROPPED_FILES, House, at_the_desk_of
from tests.web.conftest import SETTINGS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings(DROPPED_FILES)]

SMALLEST_TARGET = 44
SMALLEST_FONT = 16
MOST_BYTES = 150_000
# What a finger aims at: everything that can be pressed and is seen. A mark in a label is hit through its label.
TARGETS = """() => [...document.querySelectorAll("a, button, summary, select, textarea, input, .big-choices label")]
  .filter((one) => one.checkVisibility() && !one.matches(".skip-link, [type=hidden], [type=radio]"))
  .map((one) => [one.innerText.trim() || one.name, Math.round(one.getBoundingClientRect().height)])"""
FONTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), parent = walker.currentNode.parentElement;
    if (text && parent.checkVisibility() && !parent.matches("script, noscript, noscript *"))
      found.push([text.slice(0, 20), parseFloat(getComputedStyle(parent).fontSize)]);
  }
  return found;
}"""


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 390, "height": 800}, java_script_enabled=False
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def small_targets(browser: Browser, house: House) -> Iterator[Page]:
    """The same phone with scripts, to measure what fingers have to hit."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 360, "height": 740})
    context.add_cookies([{"name": "onedoor", "value": house.secrets[Role.ENTERPRISE], "url": house.url}])
    yield context.new_page()
    context.close()


def notice_of(house: House) -> tuple[str, str]:
    """What stands on the notice of the cast's enterprise: (credit code, access code)."""
    with unit_of_work(house.engine) as session:
        user = session.exec(select(User).where(User.username == house.cast.users[Role.ENTERPRISE])).one()
        owner = session.get_one(Enterprise, user.enterprise_id)
        return owner.credit_code, issue_code(session, house.clock, None, owner, settings=SETTINGS).printed


def test_enterprise_reads_confirms_asks_and_rates(house: House, browser: Browser, phone: Page) -> None:
    credit_code, code = notice_of(house)
    phone.goto(f"{house.url}/enter")
    phone.get_by_label("统一社会信用代码").fill(credit_code.lower())
    phone.get_by_label("访问码").fill(code)
    phone.get_by_role("button", name="进入").click()
    expect(phone.get_by_text(re.compile(r"今年 \d+ 次，原本 \d+ 次。"))).to_be_visible()
    phone.goto(f"{house.url}/my-enterprise/visits/{house.cast.uids['visit']}")
    expect(phone.get_by_role("heading", name="请准备")).to_be_visible()
    phone.get_by_role("button", name="确认收到").click()
    expect(phone.get_by_text("已确认收到：")).to_be_visible()

    phone.get_by_role("link", name="申请改到别的日子").click()
    day = phone.locator("input[name=day]").last
    wanted = day.get_attribute("value") or ""
    day.check()
    phone.get_by_label("原因（可以不填）").fill("当天盘点")
    phone.get_by_role("button", name="提交申请").click()
    expect(phone.get_by_text("申请已提交")).to_be_visible()

    with at_the_desk_of(browser, house, Role.COORDINATOR) as desk:
        desk.goto(house.url)
        desk.get_by_text("件企业诉求等待答复").click()
        desk.get_by_role("row", name=re.compile("申请改期")).get_by_role("link").click()
        desk.get_by_role("button", name="同意", exact=True).click()
        expect(desk.get_by_text("已同意改期")).to_be_visible()
    deliver_due(house.engine, house.clock, holder="journey")
    with reading(house.engine) as session:
        moved = session.exec(select(Visit).where(Visit.uid == house.cast.uids["visit"])).one().day
    assert moved.isoformat() == wanted
    phone.goto(f"{house.url}/inbox")
    phone.get_by_role("link", name=re.compile("申请改期 · 已同意")).click()
    expect(phone.get_by_text("以那次通知为准")).to_be_visible()

    with unit_of_work(house.engine) as session:
        session.exec(select(Visit).where(Visit.uid == house.cast.uids["visit"])).one().status = VisitStatus.CHECKED_IN
    phone.goto(f"{house.url}/my-enterprise/visits/{house.cast.uids['visit']}")
    phone.get_by_role("button", name="匿名评价这次检查").click()
    for question in ("clarity", "conduct", "burden", "help"):
        phone.locator(f"input[name={question}]").nth(3).check()
    phone.get_by_role("button", name="提交评价").click()
    expect(phone.get_by_role("heading", level=1, name="谢谢您的评价")).to_be_visible()
    with reading(house.engine) as session:
        assert {row.stars for row in session.exec(select(Rating))} == {4}
        assert session.exec(select(RatingSlip)).all() == []
    with at_the_desk_of(browser, house, Role.SUPERVISOR) as desk:
        desk.goto(f"{house.url}/appeals/ratings")
        expect(desk.get_by_text("不足 5 份").first).to_be_visible()
    with at_the_desk_of(browser, house, Role.HEAD) as desk:
        desk.goto(f"{house.url}/appeals/ratings")
        expect(desk.get_by_text("还没有可以显示的评价")).to_be_visible()


def firm_pages(house: House) -> list[str]:
    visit = f"/my-enterprise/visits/{house.cast.uids['visit']}"
    own = [visit, f"{visit}/another-day", f"{visit}/recusal", *(f"/my-enterprise/{one}" for one in ("ask", "complain"))]
    return ["/my-enterprise", *own, "/my-enterprise/asked", "/inbox", "/feeds", "/"]


@pytest.mark.parametrize("width", [390, 320])
def test_old_eyes_read_and_fingers_hit_everything_on_a_phone(house: House, small_targets: Page, width: int) -> None:
    small_targets.set_viewport_size({"width": width, "height": 700})
    faults = {}
    for path in firm_pages(house):
        small_targets.goto(f"{house.url}{path}")
        targets, fonts = small_targets.evaluate(TARGETS), small_targets.evaluate(FONTS)
        assert targets, path
        assert fonts, path
        found = [one for one in targets if one[1] < SMALLEST_TARGET] + [one for one in fonts if one[1] < SMALLEST_FONT]
        if small_targets.evaluate("() => document.scrollingElement.scrollWidth") > width:
            found.append(["scrolls sideways", width])
        if found:
            faults[path] = found
    assert faults == {}


def test_visit_page_weighs_little_with_all_that_it_loads(house: House, small_targets: Page) -> None:
    weights: dict[str, int] = {}
    small_targets.on("response", lambda answer: weights.update({answer.url: len(answer.body())}))
    small_targets.goto(f"{house.url}/my-enterprise/visits/{house.cast.uids['visit']}", wait_until="networkidle")
    assert any(url.endswith("portal.css") for url in weights)
    assert sum(weights.values()) < MOST_BYTES


def test_menu_stands_below_the_content_where_there_is_no_script(house: House, phone: Page) -> None:
    phone.context.add_cookies([{"name": "onedoor", "value": house.secrets[Role.ENTERPRISE], "url": house.url}])
    phone.goto(f"{house.url}/my-enterprise")
    content, menu = phone.locator("#content").bounding_box(), phone.locator("#menu").bounding_box()
    assert content is not None
    assert menu is not None
    assert menu["y"] >= content["y"] + content["height"]
    phone.get_by_role("link", name="菜单").click()
    expect(phone.get_by_role("link", name="我的诉求", exact=True)).to_be_in_viewport()
    expect(phone.get_by_role("button", name="打印")).to_have_count(0)
