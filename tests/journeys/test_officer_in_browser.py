"""An officer's day on a phone of 390 px: check-in, results in a dead spot, back in the network, closing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlmodel import select

from data.enums import ItemOutcome, Role, VisitStatus
from data.models import CrewArrival, FieldEntry, ItemResult, ResultPhoto, Site, Visit
from data.session import reading
from scheduler.fieldwork.site_codes import short_code
from tests.journeys.houses import DROPPED_FILES, House
from tests.scheduler.fieldwork.test_pictures import JFIF, PLACE, TABLES, exif, jpeg
from tests.web.conftest import SETTINGS, sign_in_token

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings(DROPPED_FILES)]


def go_to_the_day(house: House) -> str:
    """Move the clock to the morning of the officer's visit; returns the code of its site."""
    with reading(house.engine) as session:
        visit = session.exec(select(Visit).where(Visit.uid == house.cast.uids["visit"])).one()
        day, site_uid = visit.day, session.get_one(Site, visit.site_id).uid
    house.clock.instant = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
    house.secrets[Role.OFFICER] = sign_in_token(house.engine, house.clock, house.cast.users[Role.OFFICER])
    return short_code(SETTINGS.secret_key, site_uid)


@contextmanager
def phone(browser: Browser, house: House, *, script: bool = True) -> Iterator[Page]:
    context = browser.new_context(
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": 390, "height": 800},
        has_touch=True,
        java_script_enabled=script,
    )
    context.add_cookies([{"name": "onedoor", "value": house.secrets[Role.OFFICER], "url": house.url}])
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()


def now(house: House) -> tuple[VisitStatus, int, list[ItemOutcome], int]:
    """Status of the visit, arrivals, outcomes, and things that were sent."""
    with reading(house.engine) as session:
        status = session.exec(select(Visit.status).where(Visit.uid == house.cast.uids["visit"])).one()
        outcomes = sorted(session.exec(select(ItemResult.outcome)).all())
        arrivals, sent = (len(session.exec(select(table)).all()) for table in (CrewArrival, FieldEntry))
    return status, arrivals, outcomes, sent


def fill_in(page: Page) -> None:
    """One problem that is to be mended, the rest conforms."""
    items = page.locator("fieldset.item")
    for number in range(items.count()):
        items.nth(number).get_by_label("未发现问题").check()
    first = items.first
    first.get_by_label("发现问题", exact=True).check()
    first.get_by_label("情况说明").fill("灭火器过期")
    first.get_by_label("处置方式").select_option("ordered")
    first.get_by_label("整改期限").fill("2026-06-30")


KEPT_PAGES = """async () => {
  const kept = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  return kept.flat().map((one) => one.url);
}"""


def wait_until_kept(page: Page, *parts: str) -> None:
    """Wait until the phone keeps a page or file with each of these parts in its address.

    Asked for again and again: a browser that waits for a function takes the promise itself for a yes.
    """
    for _ in range(300):
        kept = page.evaluate(KEPT_PAGES)
        if all(any(part in address for address in kept) for part in parts):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"not kept: {parts}, only {kept}")


def keep_pages(page: Page, house: House) -> None:
    """Open the day and the visit, and wait until the phone holds what it needs in a dead spot."""
    page.goto(f"{house.url}/field/")
    page.locator("article.stop a[data-keep]").first.click()
    expect(page.get_by_role("heading", name="到场签到")).to_be_visible()
    wait_until_kept(page, "/field/visits/", "field_photos.js")


def test_day_in_a_dead_spot(browser: Browser, house: House) -> None:
    code = go_to_the_day(house)
    with phone(browser, house) as page:
        keep_pages(page, house)
        page.context.set_offline(True)
        page.reload()
        page.get_by_label("场所码").fill(code.lower())
        page.get_by_role("button", name="按场所码签到").click()
        expect(page.locator("#unsent li")).to_have_count(1)
        fill_in(page)
        page.get_by_role("button", name="提交结果").click()
        expect(page.locator("#unsent li")).to_have_count(2)
        expect(page.locator("#unsent")).to_contain_text("尚未发送")
        page.reload()
        expect(page.locator("#unsent li")).to_have_count(2)
        assert now(house) == (VisitStatus.PUBLISHED, 0, [], 0)

        # The phone hears that the network is back, and sends by itself.
        page.context.set_offline(False)
        expect(page.locator("#unsent")).to_be_hidden()
        expect(page.locator("main")).to_contain_text("已签到")
        status, arrivals, outcomes, sent = now(house)
        assert (status, arrivals, sent) == (VisitStatus.CHECKED_IN, 1, 2)
        assert (outcomes.count(ItemOutcome.PROBLEM), len(outcomes)) == (1, 2)

        if page.get_by_role("button", name="汇总并办结").count():
            page.get_by_label("说明（有部门未到场时必填）").fill("另一部门临时有事")
            page.get_by_role("button", name="汇总并办结").click()
            expect(page.locator("main")).to_contain_text("已完成")
            assert now(house)[0] is VisitStatus.DONE

        # A page that has just come folds its menu on a phone; one that was opened before that would be folded too.
        page.wait_for_load_state()
        page.get_by_text("菜单").click()
        page.get_by_role("button", name="退出").click()
        expect(page.get_by_role("button", name="登录")).to_be_visible()
        assert page.evaluate("async () => [localStorage.length, (await caches.keys()).length]") == [0, 0]


def choose(page: Page, name: str, content: bytes) -> None:
    page.locator("input[name=photo]").set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": content})
    page.get_by_role("button", name="上传照片").click()


KEPT_PHOTOS = """() => new Promise((done) => {
  const request = indexedDB.open('onedoor-field', 1);
  request.onsuccess = () => {
    const all = request.result.transaction('photos').objectStore('photos').getAllKeys();
    all.onsuccess = () => { request.result.close(); done(all.result.length); };
  };
})"""


def test_photos_wait_in_a_dead_spot_and_are_kept_once_each(browser: Browser, house: House) -> None:
    code = go_to_the_day(house)
    with phone(browser, house) as page:
        keep_pages(page, house)
        page.context.set_offline(True)
        page.reload()
        page.get_by_label("场所码").fill(code)
        page.get_by_role("button", name="按场所码签到").click()
        expect(page.locator("#unsent li")).to_have_count(1)
        choose(page, "one.jpg", jpeg(JFIF, exif(1)))
        expect(page.locator("#unsent li")).to_have_count(2)
        page.reload()
        choose(page, "two.jpg", jpeg(JFIF, TABLES))
        expect(page.locator("#unsent li")).to_have_count(3)
        expect(page.locator("#unsent")).to_contain_text("two.jpg")
        choose(page, "huge.jpg", jpeg(JFIF) + b"0" * (10 * 1024 * 1024))
        expect(page.locator("#photos [data-faults]")).to_contain_text("超过 10 MB")
        assert page.evaluate(KEPT_PHOTOS) == 2

        # The answers to the first try are lost on the way: what has arrived is sent again under its key.
        page.context.set_offline(False)
        lost: list[int] = []

        def lose_two(route: Route) -> None:
            if len(lost) == 2:
                route.continue_()
                return
            lost.append(route.fetch().status)
            route.abort()

        page.context.route("**/photos", lose_two)
        send = page.locator("[data-send]")
        for _ in range(30):
            if page.locator("#unsent").is_hidden():
                break
            # The button hides itself when the last answer comes, so it is not waited for.
            send.evaluate("(button) => button.click()")
            page.wait_for_timeout(700)
        expect(page.locator("#unsent")).to_be_hidden()
        expect(page.locator(".photos img")).to_have_count(2)
        assert (page.evaluate(KEPT_PHOTOS), lost) == (0, [200, 200])
    with reading(house.engine) as session:
        kept = session.exec(select(ResultPhoto.content)).all()
    assert len(kept) == 2
    assert not [one for one in kept if PLACE in one]


def test_photo_that_was_refused_later_is_in_its_form_again(browser: Browser, house: House) -> None:
    code = go_to_the_day(house)
    with phone(browser, house) as page:
        keep_pages(page, house)
        page.get_by_label("场所码").fill(code)
        page.get_by_role("button", name="按场所码签到").click()
        expect(page.get_by_role("heading", name="到场签到")).to_have_count(0)
        page.context.set_offline(True)
        choose(page, "odd.jpg", b"GIF89a")
        expect(page.locator("#unsent li")).to_have_count(1)
        page.context.set_offline(False)
        expect(page.locator("#unsent li")).to_contain_text("没有被接受")
        photo = page.locator("input[name=photo]")
        expect(photo).to_have_js_property("value", "")
        page.get_by_role("link", name="打开修改").click()
        expect(photo).to_have_js_property("value", "C:\\fakepath\\odd.jpg")
        choose(page, "good.jpg", jpeg(JFIF))
        expect(page.locator(".photos img")).to_have_count(1)
        expect(page.locator("#unsent")).to_be_hidden()
    with reading(house.engine) as session:
        assert len(session.exec(select(ResultPhoto.uid)).all()) == 1


def test_phone_without_script_does_the_same(browser: Browser, house: House) -> None:
    code = go_to_the_day(house)
    with phone(browser, house, script=False) as page:
        page.goto(f"{house.url}/field/visits/{house.cast.uids['visit']}")
        page.get_by_label("场所码").fill(code)
        page.get_by_role("button", name="按场所码签到").click()
        fill_in(page)
        page.get_by_role("button", name="提交结果").click()
        expect(page.locator("main")).to_contain_text("结果已记录")
    status, arrivals, outcomes, sent = now(house)
    assert (status, arrivals, len(outcomes), sent) == (VisitStatus.CHECKED_IN, 1, 2, 2)


def test_refused_entry_stays_in_the_form(browser: Browser, house: House) -> None:
    go_to_the_day(house)
    with phone(browser, house) as page:
        page.goto(f"{house.url}/field/visits/{house.cast.uids['visit']}")
        page.get_by_label("场所码").fill("AAAAA-BBBBB")
        page.get_by_role("button", name="按场所码签到").click()
        expect(page.get_by_role("alert").first).to_contain_text("这不是本场所的场所码")
        expect(page.get_by_label("场所码")).to_have_value("AAAAA-BBBBB")
        expect(page.locator("#unsent")).to_be_hidden()
    assert now(house) == (VisitStatus.PUBLISHED, 0, [], 0)


def test_entry_that_was_refused_later_is_opened_mended_and_sent_again(browser: Browser, house: House) -> None:
    """What was typed in a dead spot and is wrong comes back into its form, and leaves the phone once it is sent."""
    code = go_to_the_day(house)
    with phone(browser, house) as page:
        keep_pages(page, house)
        page.context.set_offline(True)
        page.reload()
        page.get_by_label("场所码").fill("AAAAA-BBBBB")
        page.get_by_role("button", name="按场所码签到").click()
        expect(page.locator("#unsent li")).to_have_count(1)

        page.context.set_offline(False)
        expect(page.locator("#unsent li")).to_contain_text("这不是本场所的场所码")
        page.get_by_label("场所码").fill("")
        page.get_by_role("link", name="打开修改").click()
        expect(page.get_by_label("场所码")).to_have_value("AAAAA-BBBBB")

        page.get_by_label("场所码").fill("CCCCC-DDDDD")
        page.get_by_role("button", name="按场所码签到").click()
        expect(page.get_by_role("alert").first).to_contain_text("这不是本场所的场所码")
        expect(page.locator("#unsent li")).to_have_count(1)
        assert now(house) == (VisitStatus.PUBLISHED, 0, [], 0)

        page.get_by_label("场所码").fill(code)
        page.get_by_role("button", name="按场所码签到").click()
        expect(page.locator("main")).to_contain_text("已签到")
        expect(page.locator("#unsent")).to_be_hidden()
    assert now(house) == (VisitStatus.CHECKED_IN, 1, [], 1)
