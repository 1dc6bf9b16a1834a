"""The board as a coordinator uses it: with the mouse, by keyboard alone, by finger, on a phone, and in trouble."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from unicodedata import normalize

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pypdf import PdfReader
from sqlmodel import select

from data.enums import ClosureKind
from data.models import AuditEvent, Closure, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from tests.journeys.houses import DROPPED_FILES, served
from tests.journeys.test_every_page import AXE, MEASURE, RUN_AXE
from tests.scheduler.board.scenes import Scene, make_scene
from tests.web.conftest import SETTINGS, sign_in_token
from web import create_app

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings(DROPPED_FILES)]

WEEK: Final = "/board?view=week&day=2026-03-04"
TUESDAY, WEDNESDAY, THURSDAY = date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The board of a published month behind an address, and the secret of its coordinator."""

    engine: sa.Engine
    clock: FixedClock
    scene: Scene
    url: str
    secret: str

    def place(self, uid: str) -> tuple[date, int]:
        with reading(self.engine) as session:
            visit = session.exec(select(Visit).where(Visit.uid == uid)).one()
            return visit.day, visit.start_quarter


@pytest.fixture
def desk(sqlite_engine: sa.Engine) -> Iterator[Desk]:
    """In the middle of February, so that nothing is at short notice; Thursday the fifth of March is closed for the site
    of the first visit of Tuesday."""
    clock = FixedClock(datetime(2026, 2, 10, 1, 0, tzinfo=UTC))
    with unit_of_work(sqlite_engine) as session:
        scene = make_scene(session, visits=60)
        visit = session.exec(select(Visit).where(Visit.day == TUESDAY).order_by(Visit.uid)).first()
        assert visit is not None
        session.add(Closure(site_id=visit.site_id, first_date=THURSDAY, last_date=THURSDAY, kind=ClosureKind.QUIET))
    with served(create_app(SETTINGS, sqlite_engine, clock)) as url:
        secret = sign_in_token(sqlite_engine, clock, scene.coordinator.username)
        yield Desk(engine=sqlite_engine, clock=clock, scene=scene, url=url, secret=secret)
    gc.collect()


def open_page(browser: Browser, desk: Desk, *, width: int = 1440) -> tuple[BrowserContext, Page]:
    context = browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    context.add_cookies([{"name": "onedoor", "value": desk.secret, "url": desk.url}])
    return context, context.new_page()


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    context, page = open_page(browser, desk)
    yield page
    page.wait_for_load_state("networkidle")
    context.close()


def first_of(desk: Desk, day: date) -> str:
    with reading(desk.engine) as session:
        uid = session.exec(select(Visit.uid).where(Visit.day == day).order_by(Visit.uid)).first()
        assert uid is not None
        return uid


def ready(page: Page, desk: Desk, path: str = WEEK) -> None:
    page.goto(f"{desk.url}{path}")
    expect(page.locator("table.board")).to_have_attribute("data-ready", "yes")


def chip(page: Page, uid: str) -> Locator:
    return page.locator(f'table.board a[data-uid="{uid}"]').first


def head(page: Page, column: str) -> Locator:
    return page.locator(f'table.board th[data-column="{column}"]')


def carry_to(page: Page, uid: str, column: str) -> None:
    """Take a visit up and hold it over a column, until the columns say whether it may be dropped there."""
    chip(page, uid).scroll_into_view_if_needed()
    box, over = chip(page, uid).bounding_box(), head(page, column).bounding_box()
    assert box is not None
    assert over is not None
    page.mouse.move(box["x"] + 8, box["y"] + 6)
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + 10, steps=3)
    expect(head(page, column).locator("[data-verdict]")).to_have_text("✓" if column != "2026-03-05" else "✕")
    page.mouse.move(over["x"] + over["width"] / 2, box["y"] + 8, steps=4)


def note(page: Page) -> Locator:
    return page.locator(".board-talk .note")


def test_visit_is_dragged_to_another_day_with_its_price(desk: Desk, page: Page) -> None:
    uid = first_of(desk, TUESDAY)
    ready(page, desk)
    expect(page.locator("[data-board-banner]")).to_contain_text("没有未发布的变更")

    carry_to(page, uid, WEDNESDAY.isoformat())
    expect(page.locator(".board-note")).to_contain_text("3月4日 周三 · 可以")
    page.mouse.up()

    expect(note(page)).to_contain_text("已改期")
    expect(note(page)).to_contain_text("得分")
    assert desk.place(uid)[0] == WEDNESDAY
    assert "changed" in (chip(page, uid).get_attribute("class") or "")
    column = chip(page, uid).evaluate("(one) => one.closest('td').cellIndex")
    assert column == head(page, WEDNESDAY.isoformat()).evaluate("(one) => one.cellIndex")
    page.reload()
    expect(page.locator("[data-board-banner]")).to_contain_text("草案有 1 处未发布变更")


def test_day_that_cannot_be_says_why_before_the_drop_and_takes_nothing(desk: Desk, page: Page) -> None:
    uid = first_of(desk, TUESDAY)
    ready(page, desk)

    carry_to(page, uid, THURSDAY.isoformat())

    expect(page.locator(".board-note")).to_contain_text("规则 visit_enterprise_open")
    assert "visit_enterprise_open" in (head(page, THURSDAY.isoformat()).get_attribute("title") or "")
    page.mouse.up()
    expect(note(page)).to_contain_text("没有改期")
    assert desk.place(uid)[0] == TUESDAY


def test_soft_rule_asks_for_a_reason_before_the_move_is_made(desk: Desk, page: Page) -> None:
    uid = first_of(desk, TUESDAY)
    desk.clock.instant = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    secret = sign_in_token(desk.engine, desk.clock, desk.scene.coordinator.username)
    page.context.add_cookies([{"name": "onedoor", "value": secret, "url": desk.url}])
    ready(page, desk)
    carry_to(page, uid, WEDNESDAY.isoformat())
    page.mouse.up()

    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("R27")
    assert desk.place(uid)[0] == TUESDAY
    dialog.get_by_role("textbox").fill("企业当天停电")
    dialog.get_by_role("button", name="重试").click()

    expect(note(page)).to_contain_text("请留意")
    assert desk.place(uid)[0] == WEDNESDAY
    with reading(desk.engine) as session:
        assert "企业当天停电" in session.exec(select(AuditEvent.reason).where(AuditEvent.entity_uid == uid)).all()


def test_escape_puts_a_carried_visit_back(desk: Desk, page: Page) -> None:
    uid = first_of(desk, TUESDAY)
    ready(page, desk)
    carry_to(page, uid, WEDNESDAY.isoformat())

    page.keyboard.press("Escape")
    page.mouse.up()

    expect(page.locator(".chip.carried")).to_have_count(0)
    expect(page.locator("td.can")).to_have_count(0)
    assert desk.place(uid)[0] == TUESDAY


def test_visit_is_dragged_to_another_quarter_of_the_day(desk: Desk, page: Page) -> None:
    uid = first_of(desk, TUESDAY)
    ready(page, desk, "/board?view=day&day=2026-03-03")
    before = desk.place(uid)[1]
    allowed = page.evaluate("(url) => fetch(url).then((one) => one.json())", f"/board/visits/{uid}/days")
    wanted = next(quarter for quarter in allowed["days"][TUESDAY.isoformat()]["q"] if quarter != before)

    carry_to(page, uid, str(wanted))
    page.mouse.up()

    expect(note(page)).to_contain_text("已改期")
    assert desk.place(uid) == (TUESDAY, wanted)


def test_finger_that_holds_still_carries_a_visit(desk: Desk, page: Page) -> None:
    uid = first_of(desk, TUESDAY)
    ready(page, desk)
    chip(page, uid).scroll_into_view_if_needed()
    box, over = chip(page, uid).bounding_box(), head(page, WEDNESDAY.isoformat()).bounding_box()
    assert box is not None
    assert over is not None
    touch = """([selector, name, x, y]) => document.querySelector(selector).dispatchEvent(new PointerEvent(name,
      {bubbles: true, pointerId: 7, pointerType: "touch", button: 0, clientX: x, clientY: y}))"""
    selector, x, y = f'a[data-uid="{uid}"]', box["x"] + 8, box["y"] + 6

    page.evaluate(touch, [selector, "pointerdown", x, y])
    expect(page.locator(".chip.carried")).to_be_visible()
    expect(head(page, WEDNESDAY.isoformat()).locator("[data-verdict]")).to_have_text("✓")
    page.evaluate(touch, [selector, "pointermove", over["x"] + 20, y])
    page.evaluate(touch, [selector, "pointerup", over["x"] + 20, y])

    expect(note(page)).to_contain_text("已改期")
    assert desk.place(uid)[0] == WEDNESDAY


def test_visit_is_moved_by_keyboard_alone(desk: Desk, page: Page) -> None:
    ready(page, desk)
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('table.board a[data-uid]')"):
            break
    start = page.evaluate("() => document.activeElement.closest('td').cellIndex")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("() => document.activeElement.closest('td').cellIndex") > start
    page.keyboard.press("ArrowLeft")
    uid = page.evaluate("() => document.activeElement.dataset.uid")
    before = desk.place(uid)

    page.keyboard.press(" ")
    expect(page).to_have_url(re.compile(f"selected={uid}"))
    page.keyboard.press("m")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("ArrowDown")
    chosen = page.evaluate("() => document.activeElement.value")
    page.keyboard.press("Enter")

    expect(note(page)).to_contain_text("已改期")
    assert desk.place(uid) != before
    assert f"{desk.place(uid)[0].isoformat()}_{desk.place(uid)[1]}" == chosen
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_escape_closes_the_dialog_and_the_focus_goes_back(desk: Desk, page: Page) -> None:
    ready(page, desk)
    uid = first_of(desk, TUESDAY)
    chip(page, uid).focus()
    page.keyboard.press("M")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate("() => document.activeElement.dataset.uid") == uid
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/visits/{uid}")


def test_visit_explains_itself_to_the_keyboard_until_escape(desk: Desk, page: Page) -> None:
    uid = first_of(desk, TUESDAY)
    ready(page, desk, "/board?view=month&day=2026-03-04")
    expect(chip(page, uid)).to_have_attribute("data-tip", re.compile("2026-03-03"))
    page.locator("table.board a[tabindex='0'][data-uid]").first.focus()
    page.keyboard.press("ArrowDown")
    tip = page.locator("#tip")
    expect(tip).to_be_visible()
    said = page.evaluate("document.activeElement.dataset.tip")
    expect(tip).to_have_text(said)
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_control_explains_itself_to_the_pointer_and_names_it_as_its_description(desk: Desk, page: Page) -> None:
    ready(page, desk)
    by_town = page.get_by_role("link", name="按镇街", exact=True)
    by_town.hover()
    expect(page.locator("#tip")).to_have_text("一行一个镇街")
    expect(by_town).to_have_attribute("aria-describedby", "tip")
    page.mouse.move(700, 5)
    expect(page.locator("#tip")).to_be_hidden()
    expect(by_town).not_to_have_attribute("aria-describedby", "tip")


@pytest.mark.parametrize("path", ["/board?view=month&day=2026-03-04&state=published", WEEK], ids=["month", "week"])
def test_board_prints_across_with_its_round_filter_and_figures(
    desk: Desk, page: Page, tmp_path: Path, path: str
) -> None:
    ready(page, desk, path)
    page.pdf(path=tmp_path / "board.pdf", prefer_css_page_size=True)
    sheets = PdfReader(tmp_path / "board.pdf").pages
    # A PDF names some characters by their radicals.
    text = normalize("NFKC", sheets[0].extract_text())

    assert len(sheets) == 1
    assert sheets[0].mediabox.width > sheets[0].mediabox.height
    assert "统筹看板" in text
    assert normalize("NFKC", "筛选：已发布" if "state=" in path else "筛选：无") in text
    assert "查询" not in text


def test_move_that_reaches_no_server_is_marked_and_sent_again(desk: Desk, page: Page) -> None:
    uid = first_of(desk, TUESDAY)
    ready(page, desk)
    carry_to(page, uid, WEDNESDAY.isoformat())
    page.route("**/move", lambda route: route.abort())
    page.mouse.up()

    expect(note(page)).to_contain_text("未保存")
    assert "unsaved" in (chip(page, uid).get_attribute("class") or "")
    expect(chip(page, uid)).to_contain_text("未保存")
    assert desk.place(uid)[0] == TUESDAY

    page.unroute("**/move")
    page.get_by_role("button", name="重试").click()
    expect(note(page)).to_contain_text("已改期")
    assert desk.place(uid)[0] == WEDNESDAY


def test_move_of_what_somebody_else_changed_is_taken_back_and_shown_as_it_is(desk: Desk, page: Page) -> None:
    uid = first_of(desk, TUESDAY)
    ready(page, desk)
    with unit_of_work(desk.engine) as session:
        session.exec(select(Visit).where(Visit.uid == uid)).one().day = date(2026, 3, 6)
    carry_to(page, uid, WEDNESDAY.isoformat())
    page.mouse.up()

    expect(note(page)).to_contain_text("其他人刚改过")
    assert desk.place(uid)[0] == date(2026, 3, 6)
    column = chip(page, uid).evaluate("(one) => one.closest('td').cellIndex")
    assert column == head(page, "2026-03-06").evaluate("(one) => one.cellIndex")


def test_phone_has_a_list_of_days_and_moves_without_scripts(browser: Browser, desk: Desk) -> None:
    context = browser.new_context(
        locale="zh-CN", viewport={"width": 390, "height": 844}, java_script_enabled=False, has_touch=True
    )
    context.add_cookies([{"name": "onedoor", "value": desk.secret, "url": desk.url}])
    page = context.new_page()
    uid = first_of(desk, TUESDAY)
    page.goto(f"{desk.url}/board?view=day&day=2026-03-03")
    expect(page.locator("table.board")).to_be_hidden()
    page.locator(f'.board-line:has(a[href="/visits/{uid}"])').get_by_role("link", name="改期").tap()
    expect(page.get_by_text("规则 visit_enterprise_open")).to_be_visible()
    page.locator(f'input[value^="{WEDNESDAY.isoformat()}"]').first.check()
    page.get_by_label("理由").fill("企业当天停电")
    page.get_by_role("button", name="改期").tap()

    expect(page.get_by_text("已改到 3月4日")).to_be_visible()
    assert desk.place(uid)[0] == WEDNESDAY
    with reading(desk.engine) as session:
        reasons = session.exec(select(AuditEvent.reason).where(AuditEvent.entity_uid == uid)).all()
    assert "企业当天停电" in reasons
    context.close()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("view", ["month", "week", "day", "map", "list"])
def test_filled_view_has_no_serious_fault(browser: Browser, desk: Desk, view: str, width: int) -> None:
    context, page = open_page(browser, desk, width=width)
    page.goto(f"{desk.url}/board?view={view}&day=2026-03-03")
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE.read_text(encoding="utf-8") + ";null")
    faults = page.evaluate(RUN_AXE)
    wide, window = page.evaluate(MEASURE)
    context.close()
    assert faults == []
    assert wide <= window


def test_dialog_of_a_move_has_no_serious_fault(desk: Desk, page: Page) -> None:
    ready(page, desk)
    chip(page, first_of(desk, TUESDAY)).focus()
    page.keyboard.press("m")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate(AXE.read_text(encoding="utf-8") + ";null")
    assert page.evaluate(RUN_AXE) == []
