"""Ways through the planning rooms with the keyboard alone, that no longer journey takes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import select

from data.enums import ApprovalStatus, ConfirmationStatus, Role, RoundStatus
from data.models import Approval, Confirmation, Round
from data.session import reading
from tests.journeys.decisions import ask_all, reopen
from tests.journeys.hands import Keys
from tests.journeys.houses import DROPPED_FILES, House, at_the_desk_of

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(DROPPED_FILES)]


def until(hand: Keys, field: Locator, moment: str) -> None:
    """Type a moment (2026-05-20T18:00) in the afternoon: browsers want it in different order, some with AM and PM."""
    (year, month, day), (hour, minute) = moment[:10].split("-"), moment[11:].split(":")
    ways = (
        (month + day + year, f"{int(hour) - 12:02}{minute}P"),
        (year + month + day, hour + minute),
        (day + month + year, hour + minute),
    )
    for date, time in ways:
        hand.reach(field)
        hand.page.keyboard.type(date)
        hand.page.keyboard.press("ArrowRight")
        hand.page.keyboard.type(time)
        if field.input_value() == moment:
            return
        hand.page.locator("#content").evaluate("(one) => one.focus()")
    expect(field).to_have_value(moment)


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def test_round_is_opened_with_the_keyboard_alone(browser: Browser, house: House) -> None:
    with at_the_desk_of(browser, house, Role.COORDINATOR) as page:
        hand = Keys(page)
        page.goto(f"{house.url}/rounds")
        hand.press(page.get_by_role("link", name="开启新轮次"))
        expect(heading(page)).to_have_text("开启轮次")
        hand.write(page.get_by_label("轮次名称"), "2026年6月统筹轮次")
        hand.date(page.get_by_label("检查期限：起"), "2026-06-01")
        hand.date(page.get_by_label("检查期限：止"), "2026-06-30")
        until(hand, page.get_by_label("申报截止时间"), "2026-05-20T18:00")
        hand.press(page.get_by_role("button", name="开启轮次"))
        expect(page.locator("main")).to_contain_text("轮次已开启")
    with reading(house.engine) as session:
        made = session.exec(select(Round.status).where(Round.name == "2026年6月统筹轮次")).one()
    assert made is RoundStatus.OPEN


def test_department_refuses_its_part_with_the_keyboard_alone(browser: Browser, house: House) -> None:
    reopen(house)
    ask_all(house)
    with at_the_desk_of(browser, house, Role.CLERK) as page:
        hand = Keys(page)
        page.goto(house.url)
        hand.press(page.get_by_role("link", name="请本部门确认"))
        expect(heading(page)).to_have_text("确认检查安排")
        uid = page.url.rsplit("/", 1)[1]
        hand.tick(page.get_by_label("不同意，说明理由"))
        hand.write(page.get_by_label("说明", exact=True), "设备送检，当月无法到场")
        hand.press(page.get_by_role("button", name="提交答复"))
        expect(page.locator("main")).to_contain_text("答复已记录")
    with reading(house.engine) as session:
        said = session.exec(select(Confirmation).where(Confirmation.uid == uid)).one()
        assert (said.status, said.reason) == (ConfirmationStatus.REFUSED, "设备送检，当月无法到场")


def test_leave_is_given_and_taken_back_with_the_keyboard_alone(browser: Browser, house: House) -> None:
    uid = reopen(house)
    with at_the_desk_of(browser, house, Role.APPROVER) as page:
        hand = Keys(page)
        page.goto(f"{house.url}/rounds/{uid}/approve")
        hand.write(page.get_by_label("批准意见"), "同意")
        hand.press(page.get_by_role("button", name="批准并定时发布"))
        expect(page.locator("main")).to_contain_text("已批准，到时间自动发布")
        hand.press(page.get_by_role("button", name="取消批准"))
        expect(page.locator("main")).to_contain_text("批准已取消，不会发布")
    with reading(house.engine) as session:
        assert session.exec(select(Round.status).where(Round.uid == uid)).one() is RoundStatus.PROPOSED
        newest = session.exec(select(Approval).order_by(Approval.id.desc())).first()  # type: ignore[union-attr]
        assert newest is not None
        assert newest.status is ApprovalStatus.CANCELLED


def test_story_of_a_visit_is_read_with_the_keyboard_alone(browser: Browser, house: House) -> None:
    with at_the_desk_of(browser, house, Role.SUPERVISOR) as page:
        page.goto(f"{house.url}/visits/{house.cast.uids['visit']}")
        Keys(page).press(page.locator("main").get_by_role("link", name="来龙去脉"))
        expect(heading(page)).to_have_text("检查的来龙去脉")
        expect(page.get_by_role("heading", name="经过")).to_be_visible()


def test_rows_behind_a_figure_are_opened_with_the_keyboard_alone(browser: Browser, house: House) -> None:
    with at_the_desk_of(browser, house, Role.SUPERVISOR) as page:
        hand = Keys(page)
        page.goto(f"{house.url}/figures?from=2026-03&to=2026-03")
        number = page.locator("table.compare a").first
        said = number.inner_text()
        hand.press(number)
        expect(page.locator("main")).to_contain_text(said)
        expect(page.get_by_role("link", name="CSV")).to_be_visible()
