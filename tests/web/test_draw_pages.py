"""The pages of a draw with parties, from the rules to the public result."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from data.enums import CancelReason, HashKind, NoticeMode, PlanStatus, Role
from data.models import DrawCancellation, DrawList, DrawParty, DrawProtocol, Organisation, Town, User
from data.session import reading, unit_of_work
from scheduler.accounts import actor_of
from scheduler.clock import FixedClock
from scheduler.filing.draw_method import commitment_of, document_faults
from scheduler.filing.rounds import freeze_round
from tests.factories import make_plan, make_round, make_task
from tests.web.cast import Cast
from tests.web.conftest import As, Browser

RULES = {
    "seats": "执法监督=@supervisor\n区领导=@approver",
    "commit_until": "2026-03-01T10:00",
    "reveal_until": "2026-03-02T10:00",
    "fallback": "abort",
    "public_source": "",
    "public_at": "",
    "floor": "0.05",
    "kind": "sha256",
    "reason": "",
}


@pytest.fixture
def frozen(web_engine: sa.Engine, cast: Cast, clock: FixedClock) -> str:
    """A frozen round with an announced and a hidden task; its uid."""
    period = {"period_first": date(2026, 7, 1), "period_last": date(2026, 7, 31)}
    with unit_of_work(web_engine) as session:
        user = session.exec(select(User).where(User.username == cast.users[Role.COORDINATOR])).one()
        body, town = session.exec(select(Organisation)).first(), session.exec(select(Town)).first()
        assert body is not None
        assert town is not None
        round_ = make_round(session, opened_by_id=user.id, **period)
        plan = make_plan(session, body, status=PlanStatus.FILED, round_id=round_.id, **period)
        make_task(session, plan, town_id=town.id, name="公开抽查任务")
        make_task(session, plan, town_id=town.id, name="暗访抽查任务", notice_mode=NoticeMode.UNANNOUNCED)
        freeze_round(session, clock, actor_of(user), round_)
        return round_.uid


def opened(browse_as: As, frozen: str) -> str:
    """The address of the public page of a draw that was just opened."""
    path = f"/draw-parties/open/{frozen}"
    answer = browse_as(Role.COORDINATOR).post(path, RULES, page=path)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def seats(engine: sa.Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.exec(select(DrawParty.uid).order_by(col(DrawParty.position))))


def go_through(browse_as: As, engine: sa.Engine) -> None:
    both = list(zip((Role.SUPERVISOR, Role.APPROVER), seats(engine), strict=True))
    for number, (role, seat) in enumerate(both):
        page = f"/draw-parties/{seat}"
        text = commitment_of(HashKind.SHA256, f"secret of {number}", "salt")
        assert browse_as(role).post(f"{page}/commit", {"commitment": text}, page=page).status_code == 303
    for number, (role, seat) in enumerate(both):
        page = f"/draw-parties/{seat}"
        words = {"secret": f"secret of {number}", "salt": "salt"}
        assert browse_as(role).post(f"{page}/reveal", words, page=page).status_code == 303


def test_parties_draw_through_the_pages(anonymous: Browser, browse_as: As, web_engine: sa.Engine, frozen: str) -> None:
    path = opened(browse_as, frozen)
    before = anonymous.get(path).text
    go_through(browse_as, web_engine)
    after = anonymous.get(path).text

    links = re.findall(r'href="([^"]+\.json)"', after)
    documents = [anonymous.get(link).text for link in links]
    results = [text for text in documents if '"drawn"' in text]
    assert "等待提交承诺" in before
    assert "未公开密语" not in before
    assert "已抽取" in after
    assert "secret of 1" in after
    assert [document_faults(text) for text in results] == [()]


def test_hidden_task_is_on_no_public_page(
    anonymous: Browser, browse_as: As, web_engine: sa.Engine, frozen: str
) -> None:
    path = opened(browse_as, frozen)
    go_through(browse_as, web_engine)
    with reading(web_engine) as session:
        row = session.exec(select(DrawList).where(col(DrawList.hidden))).all()[-1]
        list_hash, hidden = row.list_hash, row.document
        blind = session.exec(select(DrawProtocol.blind).order_by(col(DrawProtocol.id).desc())).first() or "?"
    page = anonymous.get(path).text

    answers = [page, *(anonymous.get(link).text for link in re.findall(r'href="([^"]+\.json)"', page))]
    assert list_hash in page
    assert "公开抽查任务" in page
    assert [word for text in answers for word in ("暗访抽查任务", blind) if word in text] == []
    assert anonymous.get(f"{path}/{list_hash}.json").status_code == 404
    assert json.loads(hidden)["blind"] == blind


def test_rules_are_typed_once(browse_as: As, frozen: str) -> None:
    path = f"/draw-parties/open/{frozen}"
    answer = browse_as(Role.COORDINATOR).post(path, RULES | {"fallback": "proceed", "floor": "5%"}, page=path)
    assert answer.status_code == 422
    assert "必须约定一个公开数值" in answer.text
    assert "0 到 1 之间的小数" in answer.text
    assert 'value="5%"' in answer.text


def test_seat_of_another_is_not_found(browse_as: As, web_engine: sa.Engine, frozen: str) -> None:
    opened(browse_as, frozen)
    seat = seats(web_engine)[0]
    assert browse_as(Role.SUPERVISOR).get(f"/draw-parties/{seat}").status_code == 200
    assert browse_as(Role.APPROVER).get(f"/draw-parties/{seat}").status_code == 404
    assert browse_as(Role.COORDINATOR).get(f"/draw-parties/{seat}").status_code == 404


def test_desk_calls_upon_a_party(browse_as: As, frozen: str) -> None:
    opened(browse_as, frozen)
    assert "您代表“执法监督”参加抽取，请提交承诺" in browse_as(Role.SUPERVISOR).get("/").text


def test_second_draw_answers_409(browse_as: As, frozen: str) -> None:
    opened(browse_as, frozen)
    browser = browse_as(Role.COORDINATOR)
    path = f"/draw-parties/open/{frozen}"
    assert browser.post(path, RULES, page=path).status_code == 409
    assert browser.post(f"/rounds/{frozen}/draw").status_code == 409
    words = {"reason": "名录有变"}
    assert browser.post(f"/rounds/{frozen}/refreeze", words).status_code == 409


def test_verifier_is_handed_out(anonymous: Browser) -> None:
    answer = anonymous.get("/static/verify_draw.py")
    text = answer.text
    answer.close()
    assert (answer.status_code, len(text.splitlines()) < 100) == (200, True)


def test_public_page_turns_english_without_signing_in(anonymous: Browser, browse_as: As, frozen: str) -> None:
    path = opened(browse_as, frozen)
    answer = anonymous.post("/language", {"language": "en", "next": path}, page=path, follow_redirects=True)
    assert "Commitment awaited" in answer.text


def test_drawn_inspection_is_called_off_through_the_form(
    browse_as: As, anonymous: Browser, cast: Cast, web_engine: sa.Engine
) -> None:
    path = f"/draw-parties/cancel/{cast.uids['request']}"
    coordinator = browse_as(Role.COORDINATOR)
    assert coordinator.post(path, {"reason": "other", "detail": ""}, page=path).status_code == 422

    answer = coordinator.post(path, {"reason": "closed", "detail": "已注销"}, page=path)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/draw-parties/cancellations")
    assert coordinator.post(path, {"reason": "closed"}, page="/").status_code == 409
    shown = anonymous.get(f"/public/draws/{cast.uids['protocol']}").text
    assert "抽中后取消的检查" in shown
    assert "停业或注销" in shown
    with reading(web_engine) as session:
        row = session.exec(select(DrawCancellation)).one()
        assert (row.reason, row.detail) == (CancelReason.CLOSED, "已注销")


def test_sign_in_page_leads_to_the_public_draws(anonymous: Browser) -> None:
    assert 'href="/public/draws"' in anonymous.get("/sign-in").text
