"""Filing as people do it: by keyboard alone, by form, by sheet and by program, the long way, and at short notice."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import col, select

from data.enums import ApiScope, PlanStatus, Role
from data.models import Enterprise, InspectionItem, InspectionRequest, Plan, PlanTask, PlanTaskItem, Round, Site, User
from data.session import reading, unit_of_work
from scheduler.accounts import actor_of
from scheduler.api_tokens import issue_token
from scheduler.filing.draws import draw_round
from scheduler.filing.rounds import freeze_round
from tests.journeys.houses import DROPPED_FILES, House, at_the_desk_of, opened_house
from tests.journeys.sheets import HEADER, clerk_sheet
from tests.web.cast import Cast

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings(DROPPED_FILES)]

TITLE, TASK = "四月食品检查", "食品经营检查"
FIRST, LAST = "2026-04-01", "2026-04-30"
MOST_TABS: Final = 120
SEES_FOCUS: Final = """(element) => {
  const style = getComputedStyle(element);
  return element.matches(":focus-visible")
    && ((style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none");
}"""
HAS_FOCUS: Final = "(element) => element === document.activeElement"


def firm_code(house: House) -> str:
    """The credit code of an enterprise with one site, which nobody has seen this year."""
    with reading(house.engine) as session:
        rows = session.exec(select(Enterprise).order_by(col(Enterprise.id))).all()
        return next(row.credit_code for row in rows if row.uid != house.cast.uids["enterprise"])


def item_name(house: House) -> str:
    with reading(house.engine) as session:
        return session.exec(select(InspectionItem.name).where(InspectionItem.uid == house.cast.uids["item"])).one()


def status_of(house: House, title: str) -> PlanStatus:
    with reading(house.engine) as session:
        return session.exec(select(Plan.status).where(Plan.title == title)).one()


# --- by keyboard alone


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, and see that a person sees it there."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate(HAS_FOCUS):
            assert target.evaluate(SEES_FOCUS), f"the focus does not show: {target}"
            return
    raise AssertionError(f"never reached by Tab: {target}")


def press(page: Page, target: Locator) -> None:
    tab_to(page, target)
    before = page.url
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != before)


def type_day(page: Page, name: str, day: str) -> None:
    """Type a date into the parts of its field, which stand in the order of the browser's own language."""
    field = page.locator(f"#{name}")
    year, month, date = day.split("-")
    tab_to(page, field)
    page.keyboard.type(f"{month}{date}{year}")
    assert field.input_value() == day


def file_by_keyboard(page: Page, house: House) -> None:
    page.goto(f"{house.url}/plans/new")
    tab_to(page, page.locator("#title"))
    page.keyboard.type(TITLE)
    type_day(page, "period_first", FIRST)
    type_day(page, "period_last", LAST)
    press(page, page.get_by_role("button", name="保存并继续"))

    tab_to(page, page.locator("#name"))
    page.keyboard.type(TASK)
    tab_to(page, page.locator("#items"))
    page.keyboard.press("ArrowDown")
    assert page.locator("#items option:checked").all_inner_texts() == [item_name(house)]
    press(page, page.get_by_role("button", name="下一步"))

    tab_to(page, page.locator("input[name=targeting]:checked"))
    page.keyboard.press("ArrowUp")
    expect(page.locator("input[name=targeting][value=named]")).to_be_checked()
    tab_to(page, page.locator("#site_uids"))
    page.keyboard.type(firm_code(house))
    press(page, page.get_by_role("button", name="下一步"))

    press(page, page.get_by_role("button", name="添加任务并核对"))
    press(page, page.get_by_role("link", name="下一步"))
    press(page, page.get_by_role("button", name="提交审核"))


def test_clerk_files_a_plan_by_keyboard_alone(browser: Browser, house: House) -> None:
    with at_the_desk_of(browser, house, Role.CLERK) as page:
        file_by_keyboard(page, house)

        expect(page.get_by_role("main")).to_contain_text("待审核")
    assert status_of(house, TITLE) is PlanStatus.SUBMITTED


@pytest.mark.parametrize("path", ["/plans/new", "/password"], ids=["plan", "password"])
def test_refused_form_puts_the_focus_on_what_must_be_mended(browser: Browser, house: House, path: str) -> None:
    with at_the_desk_of(browser, house, Role.CLERK) as page:
        page.goto(f"{house.url}{path}")
        tab_to(page, page.locator("main input:visible").first)
        page.keyboard.press("Enter")

        expect(page.locator("[data-error-summary]")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")

        expect(page.locator(".field.has-error :focus")).to_have_count(1)


# --- one plan, three ways


def by_form(browser: Browser, house: House) -> None:
    with at_the_desk_of(browser, house, Role.CLERK) as page:
        file_by_keyboard(page, house)


def by_sheet(browser: Browser, house: House) -> None:
    row = ("1", TASK, item_name(house), firm_code(house), "100%", "4月", "", "", "现场检查")
    assert len(row) == len(HEADER)
    with at_the_desk_of(browser, house, Role.CLERK) as page:
        page.goto(f"{house.url}/uploads")
        page.set_input_files("input[type=file]", {"name": "四月.xlsx", "mimeType": "", "buffer": clerk_sheet([row])})
        page.get_by_label("年度").fill("2026")
        page.get_by_role("button", name="上传并核对").click()
        page.get_by_label("检查类型").select_option("daily")
        page.get_by_role("button", name="导入为计划").click()
        page.get_by_role("button", name="提交审核").first.click()
        expect(page.get_by_role("main")).to_contain_text("待审核")


def by_program(browser: Browser, house: House) -> None:
    with unit_of_work(house.engine) as session:
        administrator = session.exec(select(User).where(User.username == house.cast.users[Role.ADMINISTRATOR])).one()
        clerk = session.exec(select(User).where(User.username == house.cast.users[Role.CLERK])).one()
        owner = session.exec(select(Enterprise).where(Enterprise.credit_code == firm_code(house))).one()
        site = session.exec(select(Site.uid).where(Site.enterprise_id == owner.id)).one()
        secret = issue_token(
            session, house.clock, actor_of(administrator), name="业务系统", role=Role.CLERK,
            organisation_id=clerk.organisation_id, scopes=tuple(ApiScope), days=30,
        ).secret  # fmt: skip

    def send(path: str, body: dict[str, Any] | None = None) -> Any:
        call = urllib.request.Request(
            f"{house.url}/api/v1{path}",
            data=json.dumps(body or {}).encode(),
            method="POST",
            headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(call) as answer:
            return json.load(answer)

    head = {"title": TITLE, "kind": "daily", "period_first": FIRST, "period_last": LAST}
    plan = send("/plans", head)["uid"]
    task = {"name": TASK, "targeting": "named", "site_uids": [site], "first_date": FIRST, "last_date": LAST}
    send(f"/plans/{plan}/tasks", {**task, "items": [{"text": item_name(house), "item_uid": house.cast.uids["item"]}]})
    assert send(f"/plans/{plan}/submit")["status"] == "submitted"


def requests_of(browser: Browser, house: House) -> list[dict[str, Any]]:
    """Let the head file what was submitted last, freeze and draw, and return the requests with their items."""
    with reading(house.engine) as session:
        plan = session.exec(select(Plan).order_by(col(Plan.id).desc())).first()
        assert plan is not None
        uid = plan.uid
    with at_the_desk_of(browser, house, Role.HEAD) as page:
        page.goto(f"{house.url}/plans/{uid}")
        page.get_by_role("button", name="同意备案").click()
        expect(page.get_by_role("main")).to_contain_text("已备案")
    with unit_of_work(house.engine) as session:
        coordinator = session.exec(select(User).where(User.username == house.cast.users[Role.COORDINATOR])).one()
        round_ = session.exec(select(Round).where(Round.uid == house.cast.uids["open_round"])).one()
        freeze_round(session, house.clock, actor_of(coordinator), round_)
        draw_round(session, house.clock, actor_of(coordinator), round_, seed="journey")
        found = []
        for row in session.exec(select(InspectionRequest).where(InspectionRequest.round_id == round_.id)).all():
            task = session.get_one(PlanTask, row.task_id)
            items = session.exec(select(PlanTaskItem).where(PlanTaskItem.task_id == task.id)).all()
            asked = row.model_dump(exclude={"id", "uid", "task_id"})
            found.append({**asked, "name": task.name, "items": [(one.text, one.item_id) for one in items]})
    return found


def test_same_plan_by_form_sheet_and_program_asks_for_the_same(
    browser: Browser, page_cast: Cast, tmp_path: Path
) -> None:
    found = {}
    ways: tuple[Callable[[Browser, House], None], ...] = (by_form, by_sheet, by_program)
    for way in ways:
        folder = tmp_path / way.__name__
        folder.mkdir()
        with opened_house(page_cast, folder) as house:
            way(browser, house)
            found[way.__name__] = requests_of(browser, house)

    assert len(found["by_form"]) == 1
    assert found["by_form"] == found["by_sheet"] == found["by_program"]


# --- the long way, and at short notice


def write_plan(page: Page, house: House, kind: str, title: str, first: str, last: str, **more: str) -> str:
    """Write a plan with one task by the steps; return its address. `more`: other fields of its head."""
    page.goto(f"{house.url}/plans/new")
    page.locator("#title").fill(title)
    page.locator("#kind").select_option(kind)
    page.locator("#period_first").fill(first)
    page.locator("#period_last").fill(last)
    for name, value in more.items():
        field = page.locator(f"#{name}")
        field.select_option(value) if field.evaluate("e => e.tagName") == "SELECT" else field.fill(value)
    page.get_by_role("button", name="保存并继续").click()
    page.locator("#name").fill(TASK)
    page.locator("#items").select_option(label=item_name(house))
    page.get_by_role("button", name="下一步").click()
    page.locator("input[name=targeting][value=named]").check()
    page.locator("#site_uids").fill(firm_code(house))
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="添加任务并核对").click()
    page.wait_for_url("**/check")
    found = re.match(r"(.*/plans/[0-9a-f]{32})/check", page.url)
    assert found is not None, page.inner_text("main")
    return found[1]


def submit(page: Page, address: str) -> None:
    page.goto(f"{address}/confirm")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_role("main")).to_contain_text("计划已提交")


def test_special_campaign_goes_the_long_way(browser: Browser, house: House) -> None:
    with at_the_desk_of(browser, house, Role.CLERK) as page:
        address = write_plan(page, house, "special", "食品安全专项检查", FIRST, LAST)
        page.goto(f"{address}/confirm")
        expect(page.get_by_role("main")).to_contain_text("法制审核 → 负责人审批")
        submit(page, address)
    for role, deed, then in (
        (Role.LEGAL, "审核通过", PlanStatus.SUBMITTED),
        (Role.HEAD, "同意备案", PlanStatus.GOVERNMENT_REVIEW),
        (Role.APPROVER, "批准备案", PlanStatus.FILED),
    ):
        with at_the_desk_of(browser, house, role) as page:
            page.goto(address)
            page.get_by_role("button", name=deed).click()
            expect(page.get_by_role("button", name=deed)).to_have_count(0)
        assert status_of(house, "食品安全专项检查") is then


def test_single_case_is_filed_at_short_notice(browser: Browser, house: House) -> None:
    title = "投诉举报个案检查"
    with at_the_desk_of(browser, house, Role.CLERK) as page:
        routine = write_plan(page, house, "daily", "临时日常检查", "2026-03-02", "2026-03-03")
        expect(page.locator("#findings")).to_contain_text("R27")
        case = write_plan(
            page, house, "case", title, "2026-03-02", "2026-03-03", trigger="complaint", clue_number="12345-0227"
        )
        expect(page.get_by_role("main")).not_to_contain_text("R27")
        submit(page, case)
    assert routine != case
    with at_the_desk_of(browser, house, Role.HEAD) as page:
        page.goto(case)
        page.get_by_role("button", name="同意备案").click()
        expect(page.get_by_role("button", name="同意备案")).to_have_count(0)
    assert status_of(house, title) is PlanStatus.FILED


# --- mended from the messages alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """What the message of a broken rule says to do, and the hand that does it on the page that the message leads to."""

    says: str
    by: Callable[[Page], object]


def take_listed_item(page: Page) -> None:
    page.locator("#written_items").fill("")
    page.locator("#items").select_option(index=0)


def name_trigger(page: Page) -> None:
    page.locator("#trigger").select_option("complaint")
    page.locator("#clue_number").fill("12345-0227")


def open_and_fill(summary: str, field: str, value: str) -> Callable[[Page], None]:
    """Fill a field that may stand behind a summary which is closed."""

    def hand(page: Page) -> None:
        if not page.locator(field).is_visible():
            page.get_by_text(summary).click()
        page.locator(field).fill(value)

    return hand


MENDS: Final = {
    "R26": Mend(says="选择触发来源", by=name_trigger),
    "R10": Mend(says="从清单中选择事项", by=take_listed_item),
    "R05": Mend(says="减少协助人员", by=open_and_fill("人员、资质和设备", "#assistants", "0")),
    "R07": Mend(says="减少每户人数", by=open_and_fill("人员、资质和设备", "#inspectors", "2")),
    "R64": Mend(says="把结束日", by=open_and_fill("时间", "#last_date", "2026-03-10")),
}


def write_faulty_case(page: Page, house: House, title: str) -> str:
    """A single case without trigger: an item on no list, too many people of both kinds, and no time to announce."""
    page.goto(f"{house.url}/plans/new")
    page.locator("#title").fill(title)
    page.locator("#kind").select_option("case")
    page.locator("#period_first").fill("2026-02-28")
    page.locator("#period_last").fill("2026-03-31")
    page.get_by_role("button", name="保存并继续").click()
    page.locator("#name").fill(TASK)
    page.locator("#written_items").fill("清单上没有的事项")
    page.get_by_role("button", name="下一步").click()
    page.locator("input[name=targeting][value=named]").check()
    page.locator("#site_uids").fill(firm_code(house))
    page.get_by_role("button", name="下一步").click()
    page.locator("#last_date").fill("2026-03-02")
    page.locator("#inspectors").fill("8")
    page.get_by_text("人员、资质和设备").click()
    page.locator("#assistants").fill("5")
    page.get_by_role("button", name="添加任务并核对").click()
    page.wait_for_url("**/check")
    return page.url


def test_five_broken_rules_are_mended_from_their_messages(browser: Browser, house: House) -> None:
    title, mended = "投诉举报处理", []
    with at_the_desk_of(browser, house, Role.CLERK) as page:
        check = write_faulty_case(page, house, title)
        broken = page.locator("#findings li").filter(has=page.get_by_role("link", name="修改"))
        while broken.count():
            message = broken.first.inner_text()
            rule = next(one for one in MENDS if one in message)
            assert MENDS[rule].says in message
            assert rule not in mended, f"{rule} was mended and is still broken: {message}"
            broken.first.get_by_role("link", name="修改").click()
            MENDS[rule].by(page)
            page.locator("main form button.main-action").click()
            expect(page.get_by_role("status").filter(has_text="已保存")).to_be_visible()
            mended.append(rule)
            page.goto(check)

        assert sorted(mended) == sorted(MENDS)
        submit(page, check.removesuffix("/check"))
    assert status_of(house, title) in {PlanStatus.SUBMITTED, PlanStatus.LEGAL_REVIEW}
