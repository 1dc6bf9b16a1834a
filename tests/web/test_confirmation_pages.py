"""Confirmations through the pages: ask, answer, decline; a step that is skipped is refused (X-06)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import ConfirmationStatus, CounterStatus, Role
from data.models import Confirmation, CounterProposal, Round, User
from data.session import reading, unit_of_work
from scheduler.accounts import actor_of_token
from scheduler.clock import FixedClock
from scheduler.confirming.records import list_live
from scheduler.planning.drafts import touch_draft
from scheduler.publishing.outbox import deliver_due
from tests.web.cast import Cast
from tests.web.conftest import SETTINGS, As, Browser, sign_in_token
from tests.web.test_refused_forms import LINKS, SUMMARY

Ask = Callable[[], str]


@pytest.fixture
def ask(web_engine: sa.Engine, clock: FixedClock, cast: Cast, browse_as: As) -> Ask:
    """Open the published round again by an edit and ask everybody anew; the uid of the clerk's question."""

    def asked() -> str:
        token = sign_in_token(web_engine, clock, cast.users[Role.COORDINATOR])
        with unit_of_work(web_engine) as session:
            actor = actor_of_token(session, clock, token, SETTINGS)
            touch_draft(session, clock, actor, _round(session, cast))
        coordinator = browse_as(Role.COORDINATOR)
        page = f"/rounds/{cast.uids['round']}/confirmations"
        assert coordinator.post(f"{page}/withdraw", {"reason": "重新征求"}).status_code == 303
        assert coordinator.post(page).status_code == 303
        with reading(web_engine) as session:
            clerk = session.exec(select(User).where(User.username == cast.users[Role.CLERK])).one()
            live = list_live(session, _round(session, cast).id)
            return next(one.uid for one in live if one.organisation_id == clerk.organisation_id)

    return asked


def _round(session: object, cast: Cast) -> Round:
    return session.exec(select(Round).where(Round.uid == cast.uids["round"])).one()  # type: ignore[attr-defined]


def status_of(engine: sa.Engine, uid: str) -> ConfirmationStatus:
    with reading(engine) as session:
        return session.exec(select(Confirmation).where(Confirmation.uid == uid)).one().status


def first_visit(browser: Browser, uid: str) -> str:
    found = re.search(r'name="day_(\w{32})"', browser.get(f"/confirmations/{uid}").text)
    assert found is not None
    return found[1]


def test_clerk_agrees_and_the_page_says_so(web_engine: sa.Engine, browse_as: As, ask: Ask) -> None:
    uid, clerk = ask(), browse_as(Role.CLERK)

    answer = clerk.post(f"/confirmations/{uid}", {"answer": "consent"}, page=f"/confirmations/{uid}")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/confirmations/{uid}")
    assert status_of(web_engine, uid) is ConfirmationStatus.CONSENTED
    assert 'name="answer"' not in clerk.get(f"/confirmations/{uid}").text


def test_day_that_cannot_be_stands_beside_its_visit_and_nothing_typed_is_lost(
    web_engine: sa.Engine, browse_as: As, ask: Ask
) -> None:
    uid, clerk = ask(), browse_as(Role.CLERK)
    visit = first_visit(clerk, uid)
    typed = {"answer": "counter", f"day_{visit}": "2026-03-21", f"why_{visit}": "停产检修", "reason": "其余同意"}

    answer = clerk.post(f"/confirmations/{uid}", typed, page=f"/confirmations/{uid}")

    assert answer.status_code == 422
    # Beside the day, and at the top with the name of the site: among thirty visits nobody should have to look for it.
    assert answer.text.count("这一天不是工作日") == 2
    assert re.search(r"<li>[^<]+：这一天不是工作日", answer.text)
    assert all(text in answer.text for text in ("2026-03-21", "停产检修", "其余同意"))
    assert status_of(web_engine, uid) is ConfirmationStatus.WAITING


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ({}, "必填"),
        ({"answer": "refuse"}, "必填"),
        ({"answer": "counter"}, "请至少为一次检查填写建议的日期"),
        ({"answer": "nonsense"}, "必填"),
    ],
    ids=["no answer", "refusal without a reason", "no day", "unknown answer"],
)
def test_incomplete_answer_is_refused_with_its_mend(
    web_engine: sa.Engine, browse_as: As, ask: Ask, typed: dict[str, str], text: str
) -> None:
    uid = ask()

    answer = browse_as(Role.CLERK).post(f"/confirmations/{uid}", typed, page=f"/confirmations/{uid}")

    assert (answer.status_code, text in answer.text) == (422, True)
    (summary,) = SUMMARY.findall(answer.text)
    assert set(LINKS.findall(summary)) <= set(re.findall(r'id="([\w-]+)"', answer.text))
    assert status_of(web_engine, uid) is ConfirmationStatus.WAITING


def test_counter_is_declined_with_a_reason(
    web_engine: sa.Engine, browse_as: As, cast: Cast, clock: FixedClock, ask: Ask
) -> None:
    uid, clerk, coordinator = ask(), browse_as(Role.CLERK), browse_as(Role.COORDINATOR)
    visit = first_visit(clerk, uid)
    clerk.post(
        f"/confirmations/{uid}", {"answer": "counter", f"day_{visit}": "2026-03-31"}, page=f"/confirmations/{uid}"
    )
    with reading(web_engine) as session:
        open_ = CounterProposal.status == CounterStatus.OPEN
        counter = session.exec(select(CounterProposal.uid).where(open_)).one()
    page = f"/confirmations/counters/{counter}/decline"

    assert coordinator.post(page, {"reason": ""}, page=page).status_code == 422
    assert coordinator.post(page, {"reason": "企业当天不营业"}, page=page).status_code == 303
    assert coordinator.post(page, {"reason": "再来一次"}, page=page).status_code == 409
    assert "企业当天不营业" in clerk.get(f"/confirmations/{uid}").text


def test_answer_after_taking_back_is_refused(browse_as: As, cast: Cast, ask: Ask) -> None:
    uid, clerk = ask(), browse_as(Role.CLERK)
    token = clerk.form_token(f"/confirmations/{uid}")
    page = f"/rounds/{cast.uids['round']}/confirmations/withdraw"
    browse_as(Role.COORDINATOR).post(page, {"reason": "要重新求解"}, page=page)

    answer = clerk.client.post(f"/confirmations/{uid}", data={"csrf_token": token, "answer": "consent"})

    assert answer.status_code == 409
    assert "已经撤回" in answer.text


def test_question_of_another_department_is_not_found(browse_as: As, cast: Cast) -> None:
    clerk = browse_as(Role.CLERK)
    assert clerk.get(f"/confirmations/{cast.uids['confirmation']}").status_code == 200
    assert clerk.get(f"/confirmations/{cast.foreign['confirmation']}").status_code == 404
    assert clerk.post(f"/confirmations/{cast.foreign['confirmation']}", {"answer": "consent"}).status_code == 404


def test_department_sees_no_answer_of_another(browse_as: As, cast: Cast) -> None:
    page = f"/rounds/{cast.uids['round']}/confirmations"
    own, foreign = (f"/confirmations/{where['confirmation']}" for where in (cast.uids, cast.foreign))
    seen = browse_as(Role.CLERK).get(page).text
    assert (own in seen, foreign in seen) == (True, False)
    assert foreign in browse_as(Role.COORDINATOR).get(page).text


def test_message_leads_to_the_question(web_engine: sa.Engine, clock: FixedClock, browse_as: As, ask: Ask) -> None:
    uid = ask()
    deliver_due(web_engine, clock, holder="test")
    clerk = browse_as(Role.CLERK)
    message = re.search(r'href="(/inbox/\w{32})">请确认检查安排', clerk.get("/inbox").text)
    assert message is not None
    assert f"/confirmations/{uid}" in clerk.get(message[1]).text
