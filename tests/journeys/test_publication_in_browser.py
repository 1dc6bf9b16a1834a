"""The whole way of a visit on real pages: published, read by the code of its paper, moved, told, held, rated.

Only the enterprise, the crew and their bodies hear of the move; everybody else's messages are counted before and after.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session, col, select

from data.enums import Channel, NoticeKind, RatingQuestion, RecipientKind, Role, VisitStatus
from data.models import (
    CrewSlot,
    Enterprise,
    InspectionRequest,
    ItemResult,
    Officer,
    OutboxMessage,
    RatingSlip,
    User,
    Visit,
    VisitRequest,
)
from data.session import make_engine, reading, unit_of_work
from scheduler.clock import DISTRICT_ZONE, FixedClock
from scheduler.fieldwork.site_codes import short_code
from scheduler.jobs.context import JobContext
from scheduler.jobs.outbox import deliver
from scheduler.jobs.publish import publish
from scheduler.portal.ratings import FEWEST_SHOWN, give_rating
from scheduler.publishing.addresses import Recipient
from tests.factories import NOW, make_user, stored_id
from tests.journeys.hands import fits
from tests.journeys.houses import DROPPED_FILES, House, at_the_desk_of, opened_house
from tests.journeys.test_officer_in_browser import fill_in
from tests.scheduler.planning.worlds import World, hide, make_world, solve
from tests.scheduler.publishing.edits import visit_to
from tests.web.cast import Cast
from tests.web.conftest import SETTINGS, sign_in_token

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings(DROPPED_FILES)]

PHONE = {"width": 390, "height": 844}
FIRST_AT = datetime(2026, 2, 27, 10, 0, tzinfo=DISTRICT_ZONE)
SECOND_AT = datetime(2026, 2, 27, 15, 0, tzinfo=DISTRICT_ZONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A house with a draft that nobody was told of, and the visit that this is about."""

    house: House
    world: World
    visit: str

    @property
    def context(self) -> JobContext:
        return JobContext(engine=self.house.engine, clock=self.house.clock, settings=SETTINGS, holder="journey")


@pytest.fixture
def district(sqlite_template: Path, tmp_path: Path) -> Iterator[District]:
    """Three enterprises without accounts, two bodies, an unannounced visit beside; the draft waits for approval."""
    source = tmp_path / "source"
    source.mkdir()
    cast = Cast(database=source / "cast.db")
    shutil.copyfile(sqlite_template, cast.database)
    engine = make_engine(f"sqlite:///{cast.database}")
    with unit_of_work(engine) as session:
        world = make_world(session, sites=3, organisations=2, officers=8)
        hide(session, world, world.sites[0])
    solve(engine, FixedClock(NOW), world)
    with unit_of_work(engine) as session:
        visit = visit_to(session, world, 0)
        uid = visit.uid
        goes = visit.lead_officer_id
        body = stored_id(world.organisations[0])
        cast.users = {actor.role: actor.username for actor in (world.coordinator, world.approver)} | {
            Role.SUPERVISOR: make_user(session, Role.SUPERVISOR).username,
            Role.HEAD: make_user(session, Role.HEAD, organisation_id=body).username,
            Role.OFFICER: make_user(session, Role.OFFICER, officer_id=goes, organisation_id=body).username,
        }
    engine.dispose()
    with opened_house(cast, tmp_path) as house:
        yield District(house=house, world=world, visit=uid)


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """An old phone of the enterprise: narrow, without scripts."""
    context = browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport=PHONE, java_script_enabled=False
    )  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


@contextmanager
def desk_of(browser: Browser, house: House, role: Role) -> Iterator[Page]:
    """A page of somebody who signs in now: hours and weeks go by between the steps."""
    house.secrets[role] = sign_in_token(house.engine, house.clock, house.cast.users[role])
    with at_the_desk_of(browser, house, role) as page:
        yield page


def approve_and_publish(browser: Browser, district: District, at: datetime) -> None:
    """Approve on the page, with the reason that changes at short notice need, and let the job run at the time."""
    house = district.house
    with desk_of(browser, house, Role.APPROVER) as desk:
        desk.goto(f"{house.url}/rounds/{district.world.round.uid}")
        desk.get_by_role("link", name="审阅并批准").click()
        desk.locator("[name=publish_at]").fill(at.strftime("%Y-%m-%dT%H:%M"))
        if desk.locator("[name=reason]").count():
            desk.locator("[name=reason]").fill("企业申请改期")
            desk.locator("[name=confirmed]").check()
        desk.get_by_role("button", name="批准并定时发布").click()
        expect(desk.locator("main")).to_contain_text("自动发布")
    house.clock.instant = at
    assert publish(district.context) == 1
    deliver(district.context)


def hand_over_paper(browser: Browser, district: District) -> str:
    """Note on the page of each paper notice that it was handed over; returns the code on the enterprise's own.

    What was not handed over was told to nobody, and the next release would write it anew.
    """
    house, own = district.house, stored_id(district.world.enterprises[0])
    with reading(house.engine) as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.channel == Channel.PRINT)).all()
        papers = {row.recipient_id: row.uid for row in rows if row.recipient_kind is RecipientKind.ENTERPRISE}
    assert sorted(papers) == sorted(stored_id(firm) for firm in district.world.enterprises)
    codes: dict[int, str] = {}
    with desk_of(browser, house, Role.COORDINATOR) as desk:
        for firm, uid in papers.items():
            desk.goto(f"{house.url}/outbox?channel=print")
            desk.locator(f"a[href$='{uid}']").first.click()
            codes[firm] = desk.locator(".letter dd strong").inner_text()
            desk.get_by_label("签收人").fill("店长")
            desk.get_by_role("button", name="登记送达").click()
            expect(desk.locator("main")).to_contain_text("已登记送达")
    assert len(set(codes.values())) == len(papers)
    return codes[own]


def enter(phone: Page, district: District, code: str) -> None:
    with reading(district.house.engine) as session:
        owner = session.get_one(Enterprise, stored_id(district.world.enterprises[0])).credit_code
    phone.goto(f"{district.house.url}/enter")
    phone.get_by_label("统一社会信用代码").fill(owner.lower())
    phone.get_by_label("访问码").fill(code)
    phone.get_by_role("button", name="进入").click()
    phone.wait_for_url(re.compile("/my-enterprise/?$"))
    phone.goto(f"{district.house.url}/my-enterprise/visits/{district.visit}")


def ask_for_the_last_day(phone: Page) -> date:
    phone.get_by_role("link", name="申请改到别的日子").click()
    day = phone.locator("input[name=day]").last
    wanted = date.fromisoformat(day.get_attribute("value") or "")
    day.check()
    phone.get_by_label("原因（可以不填）").fill("当天盘点")
    phone.get_by_role("button", name="提交申请").click()
    expect(phone.get_by_text("申请已提交")).to_be_visible()
    return wanted


def take(browser: Browser, district: District) -> None:
    """The coordinator finds the request on the desk and grants it; the edit stands in the history of the draft."""
    house = district.house
    with desk_of(browser, house, Role.COORDINATOR) as desk:
        desk.goto(house.url)
        desk.get_by_text("件企业诉求等待答复").click()
        desk.get_by_role("row", name=re.compile("申请改期")).get_by_role("link").click()
        desk.get_by_role("button", name="同意", exact=True).click()
        expect(desk.get_by_text("已同意改期")).to_be_visible()
        desk.goto(f"{house.url}/board/edits/{district.world.round.uid}")
        expect(desk.locator("main tbody tr").first).to_contain_text("同意企业诉求")
    deliver(district.context)


def party_of(session: Session, district: District) -> set[Recipient]:
    """The enterprise of the visit, its crew, and the bodies that they come from."""
    visit = session.exec(select(Visit).where(Visit.uid == district.visit)).one()
    crew = session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)).all()
    bodies = session.exec(
        select(InspectionRequest.organisation_id)
        .join(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .where(VisitRequest.visit_id == visit.id)
    ).all()
    return (
        {(RecipientKind.ENTERPRISE, stored_id(district.world.enterprises[0]))}
        | {(RecipientKind.OFFICER, officer) for officer in crew}
        | {(RecipientKind.ORGANISATION, body) for body in bodies}
    )


def told(session: Session) -> Counter[Recipient]:
    """How many notices of releases were ever written to whom, on all channels."""
    rows = session.exec(select(OutboxMessage).where(OutboxMessage.kind == NoticeKind.RELEASE)).all()
    return Counter((row.recipient_kind, row.recipient_id) for row in rows)


def check_in(browser: Browser, district: District, day: date) -> None:
    """On the day, on a phone: check in by the code of the site."""
    house = district.house
    house.clock.instant = datetime(day.year, day.month, day.day, 9, 0, tzinfo=DISTRICT_ZONE)
    with desk_of(browser, house, Role.OFFICER) as page:
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.goto(f"{house.url}/field/visits/{district.visit}")
        assert fits(page)
        page.get_by_label("场所码").fill(short_code(SETTINGS.secret_key, district.world.sites[0].uid))
        page.get_by_role("button", name="按场所码签到").click()
        expect(page.locator("main")).to_contain_text("已签到")
    with reading(house.engine) as session:
        found = session.exec(select(Visit).where(Visit.uid == district.visit)).one()
        assert (found.day, found.status) == (day, VisitStatus.CHECKED_IN)


def record_and_close(browser: Browser, district: District) -> None:
    """Each crew records its items on a phone, one problem to be mended among them; the lead closes."""
    house = district.house
    with reading(house.engine) as session:
        visit = session.exec(select(Visit).where(Visit.uid == district.visit)).one()
        bodies = [visit.lead_organisation_id, *_others(session, visit)]
    for body in reversed(bodies):
        cast_officer_of(district, body)
        with desk_of(browser, house, Role.OFFICER) as page:
            page.set_viewport_size(PHONE)  # type: ignore[arg-type]
            page.goto(f"{house.url}/field/visits/{district.visit}")
            if page.get_by_role("button", name="按场所码签到").count():
                page.get_by_label("场所码").fill(short_code(SETTINGS.secret_key, district.world.sites[0].uid))
                page.get_by_role("button", name="按场所码签到").click()
                expect(page.get_by_role("button", name="按场所码签到")).to_have_count(0)
            fill_in(page)
            page.get_by_role("button", name="提交结果").click()
            expect(page.locator("fieldset.item").first).to_contain_text("已记录")
            assert fits(page)
            if body == bodies[0]:
                page.get_by_role("button", name="汇总并办结").click()
                expect(page.locator("main")).to_contain_text("已完成")
                expect(page.locator("main")).to_contain_text("待跟踪")
    with reading(house.engine) as session:
        done = session.exec(select(Visit).where(Visit.uid == district.visit)).one()
        found = session.exec(select(ItemResult.organisation_id).where(ItemResult.visit_id == done.id)).all()
        assert (done.status, set(found)) == (VisitStatus.DONE, set(bodies))


def _others(session: Session, visit: Visit) -> list[int]:
    members = (
        select(InspectionRequest.organisation_id)
        .join(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .where(VisitRequest.visit_id == visit.id)
    )
    return sorted(set(session.exec(members)) - {visit.lead_organisation_id})


def cast_officer_of(district: District, body: int) -> None:
    """Let the officer's part of the play be somebody of this body who goes to the visit."""
    with unit_of_work(district.house.engine) as session:
        going = (
            select(Officer)
            .join(CrewSlot, col(CrewSlot.officer_id) == col(Officer.id))
            .join(Visit, col(Visit.id) == col(CrewSlot.visit_id))
            .where(Visit.uid == district.visit, Officer.organisation_id == body)
            .order_by(col(Officer.id))
        )
        officer = session.exec(going).first()
        assert officer is not None
        account = session.exec(select(User).where(User.officer_id == officer.id)).first()
        account = account or make_user(session, Role.OFFICER, officer_id=officer.id, organisation_id=body)
        district.house.cast.users[Role.OFFICER] = account.username


def rated_by_others(district: District, often: int) -> None:
    """Ratings of earlier visits to other enterprises, so that figures may be shown."""
    with unit_of_work(district.house.engine) as session:
        bodies = [stored_id(body) for body in district.world.organisations[:2]]
        for number in range(often):
            digest = hashlib.sha256(f"slip {number}".encode()).hexdigest()
            session.add(RatingSlip(token_hash=digest, organisation_ids=bodies))
        session.flush()
        for number in range(often):
            give_rating(session, district.house.clock, f"slip {number}", stars=dict.fromkeys(RatingQuestion, 5))


def rate(phone: Page) -> None:
    phone.get_by_role("button", name="匿名评价这次检查").click()
    for question in RatingQuestion:
        phone.locator(f"input[name={question}]").nth(2).check()
    phone.get_by_role("button", name="提交评价").click()
    expect(phone.get_by_role("heading", level=1, name="谢谢您的评价")).to_be_visible()


def test_visit_goes_from_its_notice_to_its_rating(browser: Browser, district: District, phone: Page) -> None:
    house = district.house
    approve_and_publish(browser, district, FIRST_AT)
    code = hand_over_paper(browser, district)
    enter(phone, district, code)
    expect(phone.get_by_role("heading", name="请准备")).to_be_visible()
    day = ask_for_the_last_day(phone)
    with reading(house.engine) as session:
        party, before = party_of(session, district), told(session)
    take(browser, district)

    approve_and_publish(browser, district, SECOND_AT)
    with reading(house.engine) as session:
        party |= party_of(session, district)
        news = told(session) - before
        assert set(news) == party
        assert {one for one in before if one not in party}, "there are others who could have been told"
        assert news[RecipientKind.ENTERPRISE, stored_id(district.world.enterprises[0])] == 2  # its pages and paper
    enter(phone, district, code)
    expect(phone.locator("main")).to_contain_text(f"{day.month}月{day.day}日")

    check_in(browser, district, day)
    record_and_close(browser, district)
    rated_by_others(district, FEWEST_SHOWN - 1)
    enter(phone, district, code)
    rate(phone)
    with desk_of(browser, house, Role.SUPERVISOR) as desk:
        desk.goto(f"{house.url}/appeals/ratings")
        expect(desk.locator("main")).to_contain_text("4.6")
    with desk_of(browser, house, Role.HEAD) as desk:
        desk.goto(f"{house.url}/appeals/ratings")
        expect(desk.get_by_text("还没有可以显示的评价")).to_be_visible()
        expect(desk.locator("main")).not_to_contain_text("4.6")
