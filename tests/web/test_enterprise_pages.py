"""The enterprise's pages over HTTP: light, without scripts, nobody else's, and safe with names that are code."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import FeedScope, RatingQuestion, Role, VisitStatus
from data.models import AccessCode, Appeal, AuditEvent, Enterprise, Rating, RatingSlip, ReleaseVisit, Site, User, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock, today
from scheduler.portal import access_codes, appeals, ratings
from scheduler.publishing.feeds import issue_token
from scheduler.refusals import ACTION
from tests.factories import actor_of, make_actor
from tests.web.cast import XSS, Cast
from tests.web.conftest import SETTINGS, TOKEN_FIELD, As, Browser

STATIC = Path(__file__).resolve().parents[2] / "web"
LINKED = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"')
LARGEST = 60 * 1024
LATER = "/my-enterprise/visits/{uid}/another-day"


def owner_of(engine: sa.Engine, cast: Cast) -> Enterprise:
    with reading(engine) as session:
        user = session.exec(select(User).where(User.username == cast.users[Role.ENTERPRISE])).one()
        owner = session.get_one(Enterprise, user.enterprise_id)
        session.expunge(owner)
        return owner


def issue(engine: sa.Engine, clock: FixedClock, owner: Enterprise) -> tuple[str, str]:
    """A code for the enterprise: (secret, code)."""
    with unit_of_work(engine) as session:
        made = access_codes.issue_code(session, clock, None, session.get_one(Enterprise, owner.id), settings=SETTINGS)
        return made.secret, made.code


def pages(cast: Cast) -> list[str]:
    uid = cast.uids["visit"]
    return [
        "/my-enterprise",
        f"/my-enterprise/visits/{uid}",
        LATER.format(uid=uid),
        f"/my-enterprise/visits/{uid}/recusal",
        "/my-enterprise/ask",
        "/my-enterprise/complain",
        "/my-enterprise/asked",
        "/enter",
    ]


def test_pages_are_light_and_need_no_script(browse_as: As, cast: Cast) -> None:
    firm = browse_as(Role.ENTERPRISE)
    weights = {}
    for path in pages(cast):
        answer = firm.get(path, follow_redirects=True)
        linked = set(LINKED.findall(answer.text))
        weights[path] = len(answer.data) + sum((STATIC / one.lstrip("/")).stat().st_size for one in linked)
        assert not any("vendor" in one for one in linked), path
        assert "hx-" not in answer.text, path
    assert {path: size for path, size in weights.items() if size >= LARGEST} == {}


def test_visit_page_says_who_comes_what_for_how_long_and_what_to_have_ready(browse_as: As, cast: Cast) -> None:
    text = browse_as(Role.ENTERPRISE).get(f"/my-enterprise/visits/{cast.uids['visit']}").text
    for words in (
        "请准备",
        "执法证号",
        "约 1.5 小时",
        "检查事项和依据",
        "全年上限",
        "确认收到",
        "检查人员不得有的八种行为",
    ):
        assert words in text
    assert text.count("<ol") == 1
    assert len(re.findall(r"<li>", text.split('<ol class="bans">')[1].split("</ol>")[0])) == 8


def test_code_is_typed_and_opens_the_enterprise_s_pages(
    anonymous: Browser, web_engine: sa.Engine, cast: Cast, clock: FixedClock
) -> None:
    owner = owner_of(web_engine, cast)
    _, code = issue(web_engine, clock, owner)
    answer = anonymous.post("/enter", {"credit_code": owner.credit_code, "code": code}, page="/enter")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/my-enterprise")
    assert cast.uids["visit"] in anonymous.get("/my-enterprise").text


def test_link_asks_before_it_opens_so_that_a_preview_uses_nothing_up(
    anonymous: Browser, web_engine: sa.Engine, cast: Cast, clock: FixedClock
) -> None:
    secret, _ = issue(web_engine, clock, owner_of(web_engine, cast))
    assert anonymous.get(f"/enter/{secret}").status_code == 200
    with reading(web_engine) as session:
        assert session.exec(select(AccessCode.uses)).one() == 0
    assert anonymous.post(f"/enter/{secret}", page=f"/enter/{secret}").status_code == 303
    assert anonymous.get("/my-enterprise").status_code == 200


def test_wrong_and_revoked_links_and_codes_get_the_same_answer(
    anonymous: Browser, web_engine: sa.Engine, cast: Cast, clock: FixedClock
) -> None:
    owner = owner_of(web_engine, cast)
    secret, code = issue(web_engine, clock, owner)
    with unit_of_work(web_engine) as session:
        row = session.exec(select(AccessCode)).one()
        access_codes.revoke_code(session, clock, make_actor(session, Role.COORDINATOR), row)
    links = [anonymous.get(f"/enter/{one}") for one in (secret, "x" * 43)]
    assert [(one.status_code, 'href="/enter"' in one.text) for one in links] == [(404, True)] * 2
    assert len({scrub(one).replace(secret, "x" * 43) for one in links}) == 1
    typed = [
        anonymous.post("/enter", {"credit_code": owner.credit_code, "code": one}, page="/enter")
        for one in (code, "2" * 10)
    ]
    assert [one.status_code for one in typed] == [422, 422]
    assert len({scrub(one).replace(code, "2" * 10) for one in typed}) == 1


def scrub(answer: object) -> str:
    text = TOKEN_FIELD.sub("", answer.text)  # type: ignore[attr-defined]
    return text.replace(answer.headers["X-Request-Id"], "")  # type: ignore[attr-defined]


def test_enterprise_finds_nothing_of_another(
    browse_as: As, web_engine: sa.Engine, cast: Cast, clock: FixedClock
) -> None:
    """X-04: visit, notice, request, slip, receipt and calendar of firm B, asked for by firm A."""
    firm = browse_as(Role.ENTERPRISE)
    foreign = cast.foreign["firm_visit"]
    with unit_of_work(web_engine) as session:
        row = session.exec(select(ReleaseVisit).where(ReleaseVisit.visit_uid == foreign)).one()
        other = make_actor(session, Role.ENTERPRISE, enterprise_id=row.enterprise_id)
        appeal = appeals.ask_for_guidance(session, clock, other, text="问题").uid
        owner_id = row.enterprise_id
        feed = issue_token(session, clock, other, FeedScope.ENTERPRISE, row.enterprise_id)[0].uid
    reads = [
        f"/my-enterprise/visits/{foreign}",
        LATER.format(uid=foreign),
        f"/my-enterprise/visits/{foreign}/recusal",
        f"/my-enterprise/ask?visit={foreign}",
        f"/my-enterprise/complain?visit={foreign}",
        f"/inbox/{message_of_another(web_engine, owner_id)}",
    ]
    writes = [
        f"/my-enterprise/visits/{foreign}/confirm",
        f"/my-enterprise/visits/{foreign}/rating-slip",
        LATER.format(uid=foreign),
        f"/my-enterprise/asked/{appeal}/withdraw",
        f"/feeds/{feed}/revoke",
    ]
    assert {path: firm.get(path).status_code for path in reads} == dict.fromkeys(reads, 404)
    assert {path: firm.post(path).status_code for path in writes} == dict.fromkeys(writes, 404)
    with reading(web_engine) as session:
        noted = session.exec(select(AuditEvent.entity, AuditEvent.entity_uid).where(AuditEvent.action == ACTION)).all()
    assert {("visit", foreign), ("appeal", appeal), ("feed", feed)} <= {tuple(row) for row in noted}


def test_coordinator_who_asks_for_a_complaint_leaves_a_row(
    browse_as: As, web_engine: sa.Engine, cast: Cast, clock: FixedClock
) -> None:
    """X-04: the answer is the one for an invented request, the trail tells them apart."""
    with unit_of_work(web_engine) as session:
        row = session.exec(select(ReleaseVisit).where(ReleaseVisit.visit_uid == cast.foreign["firm_visit"])).one()
        firm = make_actor(session, Role.ENTERPRISE, enterprise_id=row.enterprise_id)
        complaint = appeals.complain(session, clock, firm, text="要求请客").uid
    coordinator = browse_as(Role.COORDINATOR)
    answers = [coordinator.get(f"/appeals/{uid}") for uid in (complaint, "0" * 32)]
    assert [answer.status_code for answer in answers] == [404, 404]
    with reading(web_engine) as session:
        noted = session.exec(select(AuditEvent).where(AuditEvent.action == ACTION)).one()
        assert (noted.entity, noted.entity_uid, noted.after) == ("appeal", complaint, {"tried": "GET appeals.show"})


def message_of_another(engine: sa.Engine, enterprise_id: int) -> str:
    with engine.connect() as connection:
        statement = sa.text("SELECT uid FROM inboxmessage WHERE recipient_kind = 'enterprise' AND recipient_id = :id")
        return str(connection.execute(statement, {"id": enterprise_id}).scalars().first())


def test_names_that_are_code_are_shown_as_text(
    browse_as: As, web_engine: sa.Engine, cast: Cast, clock: FixedClock
) -> None:
    """X-10: a name in the released body and what people type, on the firm's page and on the coordinator's."""
    with unit_of_work(web_engine) as session:
        user = session.exec(select(User).where(User.username == cast.users[Role.ENTERPRISE])).one()
        session.get_one(Enterprise, user.enterprise_id).name = XSS
        for trigger in session.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars():
            session.execute(sa.text(f"DROP TRIGGER {trigger}"))
        row = session.exec(select(ReleaseVisit).where(ReleaseVisit.visit_uid == cast.uids["visit"])).one()
        site = session.exec(select(Site).join(Visit).where(Visit.uid == row.visit_uid)).one()
        row.body = row.body.replace(site.name, XSS.replace('"', ""))
        user.display_name = XSS
        appeals.ask_for_guidance(session, clock, actor_of(user), text=f'{XSS}" onload="x')
    firm, coordinator = browse_as(Role.ENTERPRISE), browse_as(Role.COORDINATOR)
    with reading(web_engine) as session:
        appeal = session.exec(select(Appeal.uid)).one()
    for browser, path in (
        (firm, "/my-enterprise"),
        (firm, f"/my-enterprise/visits/{cast.uids['visit']}"),
        (firm, "/my-enterprise/asked"),
        (coordinator, "/appeals"),
        (coordinator, f"/appeals/{appeal}"),
    ):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert "&lt;script&gt;" in answer.text, path
        assert XSS not in answer.text, path
        assert 'onload="x' not in answer.text, path
        assert "script-src 'self';" in answer.headers["Content-Security-Policy"]


def test_rating_over_http_knows_nobody(
    browse_as: As, anonymous: Browser, web_engine: sa.Engine, cast: Cast, clock: FixedClock
) -> None:
    """The slip is taken signed in and used signed out; a second use finds nothing."""
    uid = cast.uids["visit"]
    with unit_of_work(web_engine) as session:
        session.exec(select(Visit).where(Visit.uid == uid)).one().status = VisitStatus.CHECKED_IN
    answer = browse_as(Role.ENTERPRISE).post(f"/my-enterprise/visits/{uid}/rating-slip")
    assert answer.status_code == 303
    path = urlsplit(answer.headers["Location"]).path
    missing = anonymous.post(path, {"clarity": "5"}, page=path)
    assert missing.status_code == 422
    stars = {"clarity": "5", "conduct": "4", "burden": "3", "help": "5", "text": "谢谢"}
    assert anonymous.post(path, stars, page=path).headers["Location"] == "/rate"
    with reading(web_engine) as session:
        assert len(session.exec(select(Rating)).all()) == 8
        assert session.exec(select(RatingSlip)).all() == []
    again = [anonymous.get(path), anonymous.post(path, stars, page="/rate")]
    assert [(one.status_code, "刚才已经提交" in one.text) for one in again] == [(404, True)] * 2
    assert browse_as(Role.ENTERPRISE).post(f"/my-enterprise/visits/{uid}/rating-slip").status_code == 409


def test_ratings_cannot_be_listed_by_anybody(browse_as: As, web_engine: sa.Engine, clock: FixedClock) -> None:
    """X-24: no page holds a key of a rating, and below five there is no figure."""
    with unit_of_work(web_engine) as session:
        body = session.exec(select(User.organisation_id).where(User.role == Role.HEAD)).first()
        quarter = ratings.quarter_of(today(clock))
        for _ in range(4):
            session.add(Rating(organisation_id=body or 0, quarter=quarter, question=RatingQuestion.HELP, stars=1))
    with reading(web_engine) as session:
        keys = session.exec(select(Rating.key)).all()
    for role in (Role.HEAD, Role.SUPERVISOR):
        text = browse_as(role).get("/appeals/ratings").text
        assert not any(key in text for key in keys)
        assert "1.0" not in text


def test_coordinator_takes_a_request_and_the_firm_reads_the_answer(
    browse_as: As, web_engine: sa.Engine, cast: Cast
) -> None:
    firm, uid = browse_as(Role.ENTERPRISE), cast.uids["visit"]
    path = LATER.format(uid=uid)
    days = re.findall(r'name="day" value="([0-9-]+)"', firm.get(path).text)
    assert firm.post(path, {"day": days[-1], "text": "盘点"}).status_code == 303
    with reading(web_engine) as session:
        appeal = session.exec(select(Appeal.uid)).one()
    coordinator = browse_as(Role.COORDINATOR)
    assert "件企业诉求等待答复" in coordinator.get("/").text
    assert coordinator.post(f"/appeals/{appeal}/take").status_code == 303
    assert "已同意" in firm.get("/my-enterprise/asked").text
    with reading(web_engine) as session:
        assert session.exec(select(Visit).where(Visit.uid == uid)).one().day.isoformat() == days[-1]


def test_firm_that_cannot_ask_again_is_sent_to_nobody_who_is_not_named(browse_as: As, cast: Cast) -> None:
    """No department of this district has given a telephone, so there is nobody below to ring."""
    firm, path = browse_as(Role.ENTERPRISE), LATER.format(uid=cast.uids["visit"])
    days = re.findall(r'name="day" value="([0-9-]+)"', firm.get(path).text)
    assert firm.post(path, {"day": days[-1]}).status_code == 303
    text = firm.get(path).text
    assert ("已经申请过一次改期" in text, "请写在“咨询”里" in text, "下面的人" in text) == (True, True, False)


@pytest.mark.parametrize("day", ["2026-03-08", "tomorrow", ""], ids=["not on offer", "no date", "nothing"])
def test_refused_day_keeps_what_was_typed(browse_as: As, cast: Cast, day: str) -> None:
    path = LATER.format(uid=cast.uids["visit"])
    answer = browse_as(Role.ENTERPRISE).post(path, {"day": day, "text": "当天盘点"})
    assert answer.status_code == 422
    assert "当天盘点" in answer.text
