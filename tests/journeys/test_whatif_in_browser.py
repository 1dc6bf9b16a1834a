"""The journey of a coordinator who tries before deciding: what if, compare, take a part, re-solve with a budget."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session, select

from data.enums import Role, RunStatus
from data.models import Round, SolveRun, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.planning import worker
from scheduler.planning.preparing import prepare
from scheduler.planning.run_queue import claim_run, held_run, write_steps
from solver.options import Progress, SolveOptions
from solver.resolving.resolve import resolve
from tests.journeys.hands import fits
from tests.journeys.houses import DROPPED_FILES, WIDE, House, at_the_desk_of
from tests.scheduler.planning.solvers import greedy

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(DROPPED_FILES)]
NARROW = 390
PICTURES = os.environ.get("PICTURES")
"""A folder to leave screenshots in, for the eyes of whoever changes a page."""


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def work_off(engine: sa.Engine, clock: FixedClock, *, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Solve the queued run here, as a worker does; `meanwhile`: between its first progress and its end."""
    with unit_of_work(engine) as session:
        uid = claim_run(session, clock, "test") or ""
    with unit_of_work(engine) as session:
        run = held_run(session, uid, "test")
        assert run is not None
        ready = prepare(session, run, session.get_one(Round, run.round_id))
        run.draft_version, run.draft_parts = ready.snapshot.draft_version, ready.parts
        points = [(1.0, 90.0, 10.0), (2.0, 60.0, 20.0), (3.0, 50.0, 40.0)]
        steps = [Progress(seconds=s, score=a, bound=b, gap=(a - b) / a, phase="improve") for s, a, b in points]
        write_steps(session, run, steps)
    meanwhile()
    with unit_of_work(engine) as session:
        run = held_run(session, uid, "test")
        assert run is not None
        problem, options = ready.snapshot.problem, SolveOptions()
        result = greedy(problem, options) if ready.anchor is None else resolve(problem, options, ready.anchor, greedy)
        worker._store(session, clock, run, ready.snapshot, result)


def days(session: Session, house: House) -> dict[str, str]:
    round_ = session.exec(select(Round).where(Round.uid == house.cast.uids["round"])).one()
    rows = session.exec(select(Visit).where(Visit.round_id == round_.id)).all()
    return {visit.uid: f"{visit.day}" for visit in rows}


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["wide", "phone"])
def test_coordinator_tries_compares_and_takes(browser: Browser, house: House, width: int) -> None:
    engine, clock, uid = house.engine, house.clock, house.cast.uids["round"]
    name = "wide" if width == WIDE else "phone"
    with reading(engine) as session:
        before = days(session, house)

    def same_as_before() -> None:
        with reading(engine) as session:
            assert days(session, house) == before

    with at_the_desk_of(browser, house, Role.COORDINATOR) as page:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{house.url}/rounds/{uid}")
        expect(page.get_by_role("list", name="进展")).to_contain_text("发布")
        picture(page, f"round-{name}")
        page.get_by_role("link", name="假设试算").first.click()

        slider = page.get_by_label("少进企业", exact=True)
        slider.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        expect(page.locator("output[for=fewer_visits]")).to_have_text("很看重（×4）")
        page.get_by_label("假设不能入企：起").fill("2026-03-01")
        page.get_by_label("假设不能入企：止").fill("2026-03-08")
        assert fits(page)
        picture(page, f"what-if-{name}")
        page.get_by_role("button", name="开始试算").click()
        expect(page.get_by_text("已排队")).to_be_visible()

        def watch() -> None:
            page.goto(f"{house.url}/rounds/{uid}")
            expect(page.get_by_role("img", name="得分和下限随时间的变化")).to_be_visible()
            expect(page.get_by_role("button", name="取消求解")).to_be_visible()
            picture(page, f"solving-{name}")

        work_off(engine, clock, meanwhile=watch)
        same_as_before()
        page.goto(f"{house.url}/rounds/{uid}")
        page.get_by_label("选入比较").first.check()
        page.get_by_role("button", name="与现草案并排比较").click()
        expect(page.get_by_role("heading", name="逐次比较")).to_be_visible()
        expect(page.locator("table.compare")).to_contain_text("很看重（×4）")
        assert fits(page)
        picture(page, f"compare-{name}")

        chosen = page.locator("input[name=enterprises]").last
        chosen.check()
        page.get_by_label("我知道它是按假设条件试算的").check()
        page.get_by_role("button", name="采用所选部分").click()
        expect(page.get_by_role("status")).to_contain_text("已采用 1 个场所的安排")
        picture(page, f"taken-{name}")
        with reading(engine) as session:
            after = days(session, house)
            assert sum(before[visit] != day for visit, day in after.items()) == 1

        page.get_by_role("link", name="小改重排").first.click()
        page.get_by_label("最多改动几次检查").fill("1")
        picture(page, f"budget-{name}")
        page.get_by_role("button", name="开始重排").click()
        work_off(engine, clock)
        page.reload()
        page.get_by_role("link", name="看方案").first.click()
        expect(page.locator("main")).to_contain_text("最多改动 1 次检查")
        assert fits(page)
        picture(page, f"proposal-{name}")
        page.get_by_role("button", name="采用为草案").click()
        expect(page.get_by_role("status")).to_contain_text("已采用这个方案作为草案")
        with reading(engine) as session:
            assert sum(after[visit] != day for visit, day in days(session, house).items()) <= 1

        page.goto(f"{house.url}/rounds/{uid}/compare?with=r-1&with=draft")
        expect(page.get_by_role("heading", name="逐次比较")).to_be_visible()
        picture(page, f"releases-{name}")


def test_run_is_cancelled_from_the_page_of_its_round(browser: Browser, house: House) -> None:
    uid = house.cast.uids["round"]
    with at_the_desk_of(browser, house, Role.COORDINATOR) as page:
        page.goto(f"{house.url}/rounds/{uid}/what-if")
        page.get_by_role("button", name="开始试算").click()
        expect(page.get_by_text("已排队")).to_be_visible()
        page.goto(f"{house.url}/rounds/{uid}")
        page.get_by_role("button", name="取消求解").click()
        expect(page.locator("main")).to_contain_text("已取消")
    with reading(house.engine) as session:
        newest = session.exec(select(SolveRun).order_by(SolveRun.id.desc())).first()
        assert newest.status is RunStatus.CANCELLED


def test_typed_question_is_kept_when_a_line_names_nobody(browser: Browser, house: House) -> None:
    uid = house.cast.uids["round"]
    with at_the_desk_of(browser, house, Role.COORDINATOR) as page:
        page.goto(f"{house.url}/rounds/{uid}/what-if")
        page.get_by_label("假设不能入企：起").fill("2026-03-02")
        page.get_by_label("企业或场所").fill("没有这家公司")
        page.get_by_role("button", name="开始试算").click()
        expect(page.get_by_role("alert")).to_contain_text("没有这家公司")
        expect(page.get_by_label("企业或场所")).to_have_value("没有这家公司")
        expect(page.get_by_label("假设不能入企：起")).to_have_value("2026-03-02")
