"""The journey of a coordinator through all the rooms: once with the mouse, once by keyboard alone, once on a phone.

Solve, ask why, move, pin, split, undo after a reload, redo, edit many, re-solve with a budget, ask what if, compare,
take a part, ask the departments, follow a proposal of theirs, brief, approve by somebody else, publish, edit again, and
publish again. The solving itself is done here, quickly, where a worker would do it.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import col, select

from data.enums import ConfirmationStatus, CounterStatus, Role, RoundStatus, VisitStatus
from data.models import Confirmation, CounterProposal, Enterprise, Release, ReleaseVisit, Round, Site, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.publishing.releases import seal_due
from tests.factories import make_user
from tests.journeys.hands import Finger, Keys, Mouse
from tests.journeys.houses import DROPPED_FILES, served
from tests.journeys.test_whatif_in_browser import work_off
from tests.scheduler.planning.worlds import World, make_world
from tests.web.conftest import SETTINGS, sign_in_token
from web import create_app

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings(DROPPED_FILES)]
PICTURES = os.environ.get("PICTURES")
"""A folder to leave screenshots in, for the eyes of whoever changes a page."""
# In the middle of February nothing of March is at short notice, so nothing asks for a reason.
TEN_OF_FEBRUARY: Final = datetime(2026, 2, 10, 1, 0, tzinfo=UTC)
MONDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 4)
HANDS: Final = {"mouse": Mouse, "keyboard": Keys, "phone": Finger}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    day: date
    day_pinned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A drawn round of six sites and three departments behind an address; `clerks`: one of each department."""

    engine: sa.Engine
    clock: FixedClock
    world: World
    clerks: tuple[str, ...]
    url: str

    @property
    def round_uid(self) -> str:
        return self.world.round.uid

    def site_of(self, uid: str) -> str:
        with reading(self.engine) as session:
            return session.exec(select(Site.name).join(Visit).where(Visit.uid == uid)).one()

    def owner_of(self, uid: str) -> str:
        with reading(self.engine) as session:
            owners = select(Enterprise.uid).join(Site).join(Visit).where(Visit.uid == uid)
            return session.exec(owners).one()

    def solve_queued(self) -> None:
        """A minute later, so that what was asked first stands first."""
        self.clock.instant += timedelta(minutes=1)
        work_off(self.engine, self.clock)

    def round_status(self) -> RoundStatus:
        with reading(self.engine) as session:
            return session.exec(select(col(Round.status)).where(Round.uid == self.round_uid)).one()

    def visits(self) -> dict[str, Place]:
        """The visits of the draft; one that was undone or joined to another stays behind as cancelled."""
        columns = select(col(Visit.uid), col(Visit.day), col(Visit.day_pinned)).where(
            Visit.round_id == self.world.round.id, Visit.status != VisitStatus.CANCELLED
        )
        with reading(self.engine) as session:
            rows = session.exec(columns.order_by(col(Visit.uid))).all()
        return {uid: Place(day=day, day_pinned=pinned) for uid, day, pinned in rows}

    def day_of(self, uid: str) -> date:
        return self.visits()[uid].day


@pytest.fixture
def district(sqlite_engine: sa.Engine) -> Iterator[District]:
    clock = FixedClock(TEN_OF_FEBRUARY)
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=6, organisations=3, officers=10)
        clerks = tuple(make_user(session, Role.CLERK, organisation_id=one.id).username for one in world.organisations)
    with served(create_app(SETTINGS, sqlite_engine, clock)) as url:
        yield District(engine=sqlite_engine, clock=clock, world=world, clerks=clerks, url=url)
    gc.collect()


class Walk:
    """A coordinator at work; every method is a stretch of the way and leaves what the next one needs."""

    def __init__(self, district: District, page: Page, way: str) -> None:
        self.at, self.page, self.way = district, page, way
        self.hand = HANDS[way](page)

    def picture(self, name: str) -> None:
        if PICTURES:
            self.page.screenshot(path=str(Path(PICTURES) / f"{name}-{self.way}.png"), full_page=True)

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("main").get_by_role("link", name=name, exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("main").get_by_role("button", name=name, exact=True)

    def room(self, name: str) -> None:
        """Go to another room of the round by the way at the top."""
        self._go("本轮", name)

    def visit_room(self, name: str) -> None:
        self._go("这次检查", name)

    def _go(self, ways: str, name: str) -> None:
        """Press a link among the ways at the top and be there: what is asked for next would else overtake it."""
        before = self.page.url
        self.hand.press(self.page.get_by_role("navigation", name=ways).get_by_role("link", name=name, exact=True))
        self.page.wait_for_url(lambda address: address != before)

    def hears(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(text)
        self.hand.look()

    def solve(self) -> None:
        self.page.goto(f"{self.at.url}/rounds/{self.at.round_uid}")
        self.hand.press(self.button("开始求解"))
        self.hears("已排队")
        self.picture("01-run")
        self.at.solve_queued()
        self.hand.press(self.link("回到轮次"))
        self.hears("草案已形成")
        self.picture("02-round")

    def ask_why(self, uid: str) -> None:
        self.page.goto(f"{self.at.url}/visits/{uid}")
        self.picture("03-visit")
        self.visit_room("为什么这样排")
        self.hears("这次检查的代价")
        self.picture("04-why")

    def move(self, uid: str) -> None:
        """Drag with the mouse, press M on the board with the keyboard, open 改期… on the phone."""
        self.page.goto(f"{self.at.url}/rounds/{self.at.round_uid}")
        self.room("看板")
        self.page.goto(f"{self.at.url}/board?view=week&day={MONDAY}&round={self.at.round_uid}")
        {"mouse": self._drag, "keyboard": self._press_m, "phone": self._open_form}[self.way](uid)
        self.picture("05-moved")
        assert self.at.day_of(uid) != MONDAY

    def _chip(self, uid: str) -> Locator:
        expect(self.page.locator("table.board")).to_have_attribute("data-ready", "yes")
        return self.page.locator(f'table.board a[data-uid="{uid}"]').first

    def _drag(self, uid: str) -> None:
        head = self.page.locator(f'table.board th[data-column="{WEDNESDAY}"]')
        self._chip(uid).scroll_into_view_if_needed()
        box, over = self._chip(uid).bounding_box(), head.bounding_box()
        assert box is not None
        assert over is not None
        self.page.mouse.move(box["x"] + 8, box["y"] + 6)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 30, box["y"] + 10, steps=3)
        expect(head.locator("[data-verdict]")).to_have_text("✓")
        self.page.mouse.move(over["x"] + over["width"] / 2, box["y"] + 8, steps=4)
        self.picture("05-dragging")
        self.page.mouse.up()
        expect(self.page.locator(".board-talk .note")).to_contain_text("已改期")
        assert self.at.day_of(uid) == WEDNESDAY

    def _press_m(self, uid: str) -> None:
        self._chip(uid).focus()
        self.page.keyboard.press("m")
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        wanted = dialog.locator(f'input[value^="{WEDNESDAY}"]').first
        for _ in range(40):
            if wanted.is_checked():
                break
            self.page.keyboard.press("ArrowDown")
        self.picture("05-dialog")
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".board-talk .note")).to_contain_text("已改期")

    def _open_form(self, uid: str) -> None:
        line = self.page.locator(f'.board-line:has(a[href="/visits/{uid}"])')
        self.hand.press(line.get_by_role("link", name="改期"))
        self.hand.tick(self.page.locator(f'input[value^="{WEDNESDAY}"]').first)
        self.picture("05-form")
        self.hand.press(self.button("改期"))
        self.hears("已改到 3月4日")

    def pin_and_split(self, uid: str) -> None:
        self.page.goto(f"{self.at.url}/visits/{uid}")
        self.visit_room("调整")
        self.hand.pick(self.page.locator("#pin-day"), "1")
        self.hand.press(self.button("保存"))
        self.hears("已调整")
        assert self.at.visits()[uid].day_pinned
        self.picture("06-pinned")
        self.hand.tick(self.page.locator("input[name=requests]").first)
        self.hand.date(self.page.locator("#split-day"), "2026-03-12")
        self.hand.press(self.button("拆分"))
        self.hears("可以联合的检查被分开")
        self.picture("07-reason")
        self.hand.write(self.page.get_by_label("理由"), "部门当天另有任务")
        self.hand.press(self.button("说明理由并保存"))
        self.hears("已调整")
        assert len(self.at.visits()) == 7
        self.picture("07-split")

    def undo_and_redo(self) -> None:
        """The server keeps the steps: a page that is opened anew offers the same."""
        self.page.goto(f"{self.at.url}/board?view=week&day={MONDAY}&round={self.at.round_uid}")
        self.page.reload()
        self.hand.press(self.button("撤销：拆分"))
        self.hears("已撤销")
        assert len(self.at.visits()) == 6
        self.hand.press(self.button("重做：拆分"))
        self.hears("已重做")
        assert len(self.at.visits()) == 7
        self.hand.press(self.button("撤销：拆分"))
        self.hears("已撤销")

    def edit_many(self) -> list[str]:
        """Select two in the list of the board, and pin them together."""
        self.page.goto(f"{self.at.url}/board?view=list&round={self.at.round_uid}")
        boxes = self.page.locator("input[data-board-pick]:not(:disabled)")
        chosen = [boxes.nth(place).input_value() for place in (0, 1)]
        for place in (0, 1):
            self.hand.tick(boxes.nth(place))
        self.picture("08-selected")
        self.hand.press(self.link("批量调整"))
        self.hears("选中 2 次检查")
        self.hand.press(self.page.locator("details.deed > summary").nth(1))
        self.hand.press(self.button("固定这 2 次检查"))
        self.hears("成功 2，没有做 0")
        self.picture("09-bulk")
        assert all(self.at.visits()[uid].day_pinned for uid in chosen)
        return chosen

    def solve_again(self, pinned: list[str]) -> None:
        before = {uid: visit.day for uid, visit in self.at.visits().items()}
        self.room("小改重排")
        self.hand.write(self.page.get_by_label("最多改动几次检查"), "2")
        self.picture("10-budget")
        self.hand.press(self.button("开始重排"))
        self.hears("已排队")
        self.at.solve_queued()
        self.page.reload()
        self.hand.press(self.link("看方案"))
        self.hears("最多改动 2 次检查")
        self.picture("11-proposal")
        self.hand.press(self.button("采用为草案"))
        self.hears("已采用这个方案作为草案")
        after = self.at.visits()
        assert sum(before[uid] != after[uid].day for uid in before if uid in after) <= 2
        assert {uid: after[uid].day for uid in pinned} == {uid: before[uid] for uid in pinned}

    def ask_what_if(self) -> None:
        """Other weights, and one enterprise that is closed for a week; its part of the answer is taken."""
        self.page.goto(f"{self.at.url}/rounds/{self.at.round_uid}")
        self.room("假设试算")
        slider = self.page.get_by_label("少进企业", exact=True)
        slider.focus()
        self.page.keyboard.press("ArrowRight")
        self.hand.date(self.page.get_by_label("假设不能入企：起"), "2026-03-01")
        self.hand.date(self.page.get_by_label("假设不能入企：止"), "2026-03-08")
        closed = next(uid for uid, visit in self.at.visits().items() if visit.day == MONDAY and not visit.day_pinned)
        self.hand.write(self.page.get_by_label("企业或场所"), self.at.site_of(closed))
        self.picture("12-what-if")
        self.hand.press(self.button("开始试算"))
        self.hears("已排队")
        before = {uid: visit.day for uid, visit in self.at.visits().items()}
        self.at.solve_queued()
        assert {uid: visit.day for uid, visit in self.at.visits().items()} == before
        self.hand.press(self.link("回到轮次"))
        self.hand.tick(self.page.get_by_label("选入比较").first)
        self.hand.press(self.button("与现草案并排比较"))
        self.hears("逐次比较")
        self.picture("13-compared")
        self.hand.tick(self.page.locator(f'input[name=enterprises][value="{self.at.owner_of(closed)}"]'))
        self.hand.tick(self.page.get_by_label("我知道它是按假设条件试算的"))
        self.hand.press(self.button("采用所选部分"))
        self.hears("已采用 1 个场所的安排")
        after = {uid: visit.day for uid, visit in self.at.visits().items()}
        assert [uid for uid in after if after[uid] != before[uid]] == [closed]

    def ask_departments(self) -> None:
        self.page.goto(f"{self.at.url}/rounds/{self.at.round_uid}")
        self.hand.press(self.button("征求部门意见"))
        self.hears("已向 3 个部门征求意见")
        self.picture("14-asked")

    def follow_counter(self) -> None:
        """Move the visit to the day that the department proposes; that settles the proposal."""
        self.page.goto(f"{self.at.url}/rounds/{self.at.round_uid}")
        self.room("部门确认")
        self.hears("企业停产检修")
        self.picture("15-counter")
        self.hand.press(self.link("去改期"))
        self.picture("16-counter-form")
        self.hand.press(self.button("改期"))
        self.hears("已改到 3月31日")
        self.hand.press(self.button("现在重新征求改动的部分"))
        self.hears("个部门征求意见")
        with reading(self.at.engine) as session:
            assert session.exec(select(CounterProposal.status)).one() is CounterStatus.TAKEN

    def read_brief(self) -> None:
        self.room("决策单")
        self.hears("联合检查安排决策单")
        self.picture("17-brief")


def approve(walk: Walk) -> None:
    """The second person reads, and approves for now."""
    walk.page.goto(f"{walk.at.url}/rounds/{walk.at.round_uid}/brief")
    walk.hand.press(walk.link("审阅并批准"))
    walk.picture("18-approve")
    walk.hand.press(walk.button("批准并定时发布"))
    walk.hears("已批准，到时间自动发布")
    walk.picture("19-approved")


def answer(walk: Walk, *, another_day: bool = False) -> None:
    """A clerk answers the newest question of the department, from the desk."""
    walk.page.goto(walk.at.url)
    walk.hand.press(walk.page.get_by_role("link", name="请本部门确认"))
    if another_day:
        walk.hand.tick(walk.page.get_by_label("建议为部分检查改日期"))
        first = walk.page.locator("article.card").first
        walk.hand.press(first.get_by_text("建议改到另一天"))
        walk.hand.date(first.get_by_label("建议日期"), "2026-03-31")
        walk.hand.write(first.get_by_label("为什么"), "企业停产检修")
    else:
        walk.hand.tick(walk.page.get_by_label("同意全部安排"))
    walk.picture("20-answer")
    walk.hand.press(walk.button("提交答复"))
    walk.hears("答复已记录")


@contextmanager
def walking(browser: Browser, district: District, username: str, way: str) -> Iterator[Walk]:
    """Sign somebody in and give them a mouse, a keyboard or a phone."""
    context = browser.new_context(
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": 1440, "height": 900},
        has_touch=way == "phone",
        reduced_motion="reduce",
    )
    secret = sign_in_token(district.engine, district.clock, username)
    context.add_cookies([{"name": "onedoor", "value": secret, "url": district.url}])
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    yield Walk(district, page, way)
    page.wait_for_load_state("networkidle")
    context.close()


def waiting(district: District) -> list[str]:
    """The clerks whose departments have not answered."""
    with reading(district.engine) as session:
        asked = session.exec(
            select(Confirmation.organisation_id).where(Confirmation.status == ConfirmationStatus.WAITING)
        ).all()
    bodies = [body.id for body in district.world.organisations]
    return [clerk for clerk, body in zip(district.clerks, bodies, strict=True) if body in asked]


def decide(browser: Browser, district: District, way: str) -> None:
    """Everybody who is asked agrees, the second person approves, and the time comes."""
    for clerk in waiting(district):
        with walking(browser, district, clerk, way) as walk:
            answer(walk)
    with walking(browser, district, district.world.approver.username, way) as walk:
        approve(walk)
    assert seal_due(district.engine, district.clock)
    assert district.round_status() is RoundStatus.PUBLISHED


@pytest.mark.parametrize("way", HANDS)
def test_coordinator_walks_from_solving_to_the_second_release(browser: Browser, district: District, way: str) -> None:
    coordinator = district.world.coordinator.username
    with walking(browser, district, coordinator, way) as walk:
        walk.solve()
        uid = min(district.visits())
        walk.ask_why(uid)
        walk.move(uid)
        walk.pin_and_split(uid)
        walk.undo_and_redo()
        walk.solve_again(walk.edit_many())
        walk.ask_what_if()
        walk.ask_departments()
    with walking(browser, district, district.clerks[0], way) as walk:
        answer(walk, another_day=True)
    with walking(browser, district, coordinator, way) as walk:
        walk.follow_counter()
    decide(browser, district, way)

    with walking(browser, district, coordinator, way) as walk:
        walk.page.goto(f"{district.url}/rounds/{district.round_uid}")
        walk.hears("本轮已发布")
        moved = next(uid for uid, visit in district.visits().items() if visit.day == MONDAY and not visit.day_pinned)
        walk.move(moved)
        assert district.round_status() is RoundStatus.PROPOSED
        walk.hears("草案有 1 处未发布变更")
        walk.page.goto(f"{district.url}/rounds/{district.round_uid}")
        walk.room("部门确认")
        walk.hand.press(walk.button("现在重新征求改动的部分"))
        walk.hears("个部门征求意见")
        walk.read_brief()
    decide(browser, district, way)

    with reading(district.engine) as session:
        assert session.exec(select(Release.number).order_by(col(Release.number))).all() == [1, 2]
        days = session.exec(
            select(col(ReleaseVisit.day))
            .join(Release, col(Release.id) == ReleaseVisit.release_id)
            .where(ReleaseVisit.visit_uid == moved)
            .order_by(col(Release.number))
        ).all()
    assert (days[0], days[-1]) == (MONDAY, WEDNESDAY)
