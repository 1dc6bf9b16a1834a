"""A visit that no plan foresaw, on a phone of 390 px: opened by the scanned code, recorded with a photo, closed."""

from __future__ import annotations

import base64
import json

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from data.enums import OrganisationKind, PlanStatus, Role, VisitStatus
from data.models import Officer, OffPlanVisit, Organisation, Plan, ResultPhoto, Site, User, Visit
from data.session import reading, unit_of_work
from tests.factories import make_item
from tests.journeys.houses import DROPPED_FILES, House
from tests.journeys.test_every_page import complaints
from tests.journeys.test_officer_in_browser import fill_in, phone, wait_until_kept
from tests.web.conftest import sign_in_token

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings(DROPPED_FILES)]

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HEARS_NOTHING = "addEventListener('online', (event) => event.stopImmediatePropagation());"
"""A phone that does not notice that the network is back, so that its owner has to press."""


def prepare(house: House) -> None:
    """An item for the officer's body, and a fresh sign-in."""
    with unit_of_work(house.engine) as session:
        account = session.exec(select(User).where(User.username == house.cast.users[Role.OFFICER])).one()
        officer = session.get_one(Officer, account.officer_id)
        body = session.get_one(Organisation, officer.organisation_id)
        assert body.kind is not OrganisationKind.TOWNSHIP
        make_item(session, body, name="消防通道是否畅通的检查")
    house.secrets[Role.OFFICER] = sign_in_token(house.engine, house.clock, house.cast.users[Role.OFFICER])


def open_visit(page: Page, house: House) -> None:
    page.goto(f"{house.url}/field/at/{house.cast.uids['site_token']}")
    page.get_by_role("link", name="在这里开展计划外检查").click()
    expect(page.locator("main")).to_contain_text("已扫场所码")
    assert complaints(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    page.get_by_role("button", name="到场并开始检查").click()
    expect(page.get_by_role("alert")).to_contain_text("请选择触发来源")
    page.get_by_label("触发来源").select_option("complaint")
    page.get_by_label("线索编号").fill("12345-2026-77")
    page.get_by_label("为什么不能等").fill("群众举报消防通道堵塞")
    page.get_by_label("消防通道是否畅通的检查").check()
    page.locator("input[name=officers]").first.check()
    page.get_by_role("button", name="到场并开始检查").click()
    expect(page.locator("main")).to_contain_text("计划外")


def test_visit_off_plan_from_the_code_to_its_closing(browser: Browser, house: House) -> None:
    prepare(house)
    with phone(browser, house) as page:
        open_visit(page, house)
        fill_in(page)
        page.get_by_role("button", name="提交结果").click()
        expect(page.locator("fieldset.item").first).to_contain_text("已记录")
        page.locator("input[name=photo]").set_input_files({"name": "dot.png", "mimeType": "image/png", "buffer": DOT})
        page.get_by_role("button", name="上传照片").click()
        expect(page.locator(".photos img")).to_have_count(1)
        assert complaints(page) == []
        page.set_viewport_size({"width": 390, "height": 800})
        page.get_by_role("button", name="汇总并办结").click()
        expect(page.locator("main")).to_contain_text("已完成")
        page.goto(f"{house.url}/orders/")
        expect(page.locator("main")).to_contain_text("灭火器过期")
        assert complaints(page) == []
        page.goto(f"{house.url}/off-plan/")
        expect(page.locator("main")).to_contain_text("12345-2026-77")
    with reading(house.engine) as session:
        made = session.exec(select(OffPlanVisit)).one()
        plan = session.get_one(Plan, made.plan_id)
        assert (session.get_one(Visit, made.visit_id).status, plan.status) == (VisitStatus.DONE, PlanStatus.DRAFT)
        assert session.exec(select(ResultPhoto.media_type)).all() == ["image/png"]


def test_visit_off_plan_opened_in_a_dead_spot_is_sent_later_and_once(browser: Browser, house: House) -> None:
    prepare(house)
    with reading(house.engine) as session:
        visit = session.exec(select(Visit).where(Visit.uid == house.cast.uids["visit"])).one()
        site = session.get_one(Site, visit.site_id).name
    with phone(browser, house) as page:
        page.add_init_script(HEARS_NOTHING)
        page.goto(f"{house.url}/field/")
        wait_until_kept(page, "/field/off-plan", "field.js", "base.css")
        page.context.set_offline(True)
        page.get_by_role("link", name="开展计划外检查").click()
        page.get_by_label("场所", exact=True).fill(site)
        page.get_by_label("触发来源").select_option("complaint")
        page.get_by_label("线索编号").fill("12345-2026-78")
        page.get_by_label("为什么不能等").fill("群众举报消防通道堵塞")
        page.get_by_label("消防通道是否畅通的检查").check()
        page.locator("input[name=officers]").first.check()
        page.get_by_role("button", name="到场并开始检查").click()
        expect(page.locator("#unsent li")).to_have_count(1)
        with reading(house.engine) as session:
            assert session.exec(select(OffPlanVisit)).all() == []
        page.context.set_offline(False)
        page.get_by_role("button", name="现在发送").click()
        expect(page.locator("#unsent")).to_be_hidden()
        page.goto(f"{house.url}/off-plan/")
        expect(page.locator("main")).to_contain_text("12345-2026-78")
    with reading(house.engine) as session:
        made = session.exec(select(OffPlanVisit)).one()
        crew = json.loads(made.body)["internal"]["requests"][0]["officers"]
        assert len(crew) == 2
