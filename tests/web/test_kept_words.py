"""Steps of a round that are refused because of how things stand: the form comes back with all that was typed."""

from __future__ import annotations

import re
from typing import Final

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import CounterStatus, Role, RoundStatus
from data.models import CounterProposal, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.planning.board import draft_hash
from tests.web.cast import Cast
from tests.web.conftest import As, Browser, change_user
from tests.web.test_confirmation_pages import Ask, ask, first_visit
from tests.web.test_refused_forms import CHINESE, SUMMARY, TAGS
from tests.web.test_skipped_steps import edit, round_of

__all__ = ["ask"]

HASH: Final = re.compile(r'name="draft_hash"[^>]*value="(\w{64})"')
WORDS: Final = "同意，按期发布"
AT: Final = "2026-03-28T09:30"
APPROVAL: Final = {"publish_at": AT, "comment": WORDS, "reason": "企业要求提前", "confirmed": "y"}


def move_a_visit(engine: sa.Engine, cast: Cast) -> None:
    """Change the draft so that its hash is another."""
    with unit_of_work(engine) as session:
        visit = session.exec(select(Visit).where(Visit.round_id == round_of(session, cast).id)).first()
        assert visit is not None
        visit.start_quarter, visit.quarters = 3 - visit.start_quarter, 1
        session.add(visit)


def seen_hash(text: str) -> str:
    found = HASH.search(text)
    assert found is not None
    return found[1]


def summary_of(text: str) -> str:
    (found,) = SUMMARY.findall(text)
    return TAGS.sub("", found)


def test_approval_of_another_draft_keeps_words_and_time_and_can_be_sent_again(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    edit(web_engine, clock, cast)
    approver, path = browse_as(Role.APPROVER), f"/rounds/{cast.uids['round']}/approve"
    old = seen_hash(approver.get(path).text)
    move_a_visit(web_engine, cast)
    edit(web_engine, clock, cast)

    answer = approver.post(path, APPROVAL | {"draft_hash": old}, page=path)

    assert answer.status_code == 409
    assert "草案已经变动" in summary_of(answer.text)
    assert all(text in answer.text for text in (WORDS, f'value="{AT}"', "企业要求提前"))
    # What is to be checked is another draft now, so nobody has checked it yet.
    assert 'name="confirmed"' in answer.text
    assert not re.search(r'<input checked[^>]*name="confirmed"', answer.text)
    new = seen_hash(answer.text)
    assert new != old
    assert approver.post(path, APPROVAL | {"draft_hash": new}, page=path).status_code == 303


def test_approval_with_a_wrong_time_stays_bound_to_the_draft_that_was_read(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    edit(web_engine, clock, cast)
    approver, path = browse_as(Role.APPROVER), f"/rounds/{cast.uids['round']}/approve"
    old = seen_hash(approver.get(path).text)
    move_a_visit(web_engine, cast)

    answer = approver.post(path, APPROVAL | {"draft_hash": old, "publish_at": "2026-01-01T09:00"}, page=path)

    assert (answer.status_code, seen_hash(answer.text)) == (422, old)
    assert WORDS in answer.text


def test_approval_that_comes_second_shows_what_was_typed(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    edit(web_engine, clock, cast)
    approver, path = browse_as(Role.APPROVER), f"/rounds/{cast.uids['round']}/approve"
    sent = APPROVAL | {"draft_hash": seen_hash(approver.get(path).text)}
    assert approver.post(path, sent, page=path).status_code == 303

    answer = approver.post(path, sent)

    assert answer.status_code == 409
    assert all(text in answer.text for text in (WORDS, AT, "企业要求提前", "您刚才填写的内容"))
    assert sent["draft_hash"] not in answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_approval_of_an_own_draft_keeps_what_was_typed(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast, language: str
) -> None:
    change_user(web_engine, cast.users[Role.APPROVER], language=language)
    edit(web_engine, clock, cast, Role.APPROVER)
    approver, path = browse_as(Role.APPROVER), f"/rounds/{cast.uids['round']}/approve"

    answer = approver.post(path, APPROVAL | {"draft_hash": seen_hash(approver.get(path).text)}, page=path)

    assert answer.status_code == 403
    assert (WORDS in answer.text, f'value="{AT}"' in answer.text) == (True, True)
    said = summary_of(answer.text).replace(_round_name(web_engine, cast), "")
    assert bool(CHINESE.search(said)) == (language == "zh")


def _round_name(engine: sa.Engine, cast: Cast) -> str:
    with reading(engine) as session:
        return round_of(session, cast).name


def test_approval_while_departments_answer_keeps_what_was_typed(
    browse_as: As, web_engine: sa.Engine, cast: Cast, ask: Ask
) -> None:
    ask()
    approver, path = browse_as(Role.APPROVER), f"/rounds/{cast.uids['round']}/approve"
    with reading(web_engine) as session:
        present = draft_hash(session, round_of(session, cast))

    answer = approver.post(path, APPROVAL | {"draft_hash": present}, page=path)

    assert answer.status_code == 409
    assert (WORDS in answer.text, f'value="{AT}"' in answer.text) == (True, True)


def test_answer_to_a_question_taken_back_shows_every_day_and_reason_typed(browse_as: As, cast: Cast, ask: Ask) -> None:
    uid, clerk = ask(), browse_as(Role.CLERK)
    visit, token = first_visit(clerk, uid), clerk.form_token(f"/confirmations/{uid}")
    page = f"/rounds/{cast.uids['round']}/confirmations/withdraw"
    browse_as(Role.COORDINATOR).post(page, {"reason": "要重新求解"}, page=page)
    typed = {"answer": "counter", f"day_{visit}": "2026-03-19", f"why_{visit}": "停产检修", "reason": "其余同意"}

    answer = clerk.client.post(f"/confirmations/{uid}", data={"csrf_token": token, **typed})

    assert answer.status_code == 409
    assert "已经撤回" in summary_of(answer.text)
    assert all(text in answer.text for text in ("2026-03-19 停产检修", "其余同意"))


def test_counter_that_is_settled_keeps_the_second_reason(browse_as: As, web_engine: sa.Engine, ask: Ask) -> None:
    uid, clerk, coordinator = ask(), browse_as(Role.CLERK), browse_as(Role.COORDINATOR)
    typed = {"answer": "counter", f"day_{first_visit(clerk, uid)}": "2026-03-31"}
    assert clerk.post(f"/confirmations/{uid}", typed, page=f"/confirmations/{uid}").status_code == 303
    with reading(web_engine) as session:
        open_ = CounterProposal.status == CounterStatus.OPEN
        page = f"/confirmations/counters/{session.exec(select(CounterProposal.uid).where(open_)).one()}/decline"
    assert coordinator.post(page, {"reason": "企业当天不营业"}, page=page).status_code == 303

    _refused_in_its_form(coordinator, page, {"reason": "再来一次"})


def test_taking_back_twice_keeps_the_reason(browse_as: As, cast: Cast, ask: Ask) -> None:
    ask()
    coordinator, page = browse_as(Role.COORDINATOR), f"/rounds/{cast.uids['round']}/confirmations/withdraw"
    assert coordinator.post(page, {"reason": "要重新求解"}, page=page).status_code == 303

    _refused_in_its_form(coordinator, page, {"reason": "再来一次"})


QUESTIONS: Final = {
    "solve": {"seconds": "17", "seed": "4711"},
    "re-solve": {"budget": "13", "seconds": "17", "seed": "4711"},
    "what-if": {"seconds": "17", "seed": "4711", "quiet_first": "2026-03-09", "quiet_last": "2026-03-13"},
}


@pytest.mark.parametrize("question", list(QUESTIONS))
def test_question_while_a_run_is_under_way_keeps_its_figures(browse_as: As, cast: Cast, question: str) -> None:
    coordinator, base = browse_as(Role.COORDINATOR), f"/rounds/{cast.uids['round']}"
    assert coordinator.post(f"{base}/what-if", {"seconds": "5"}).status_code == 303

    _refused_in_its_form(coordinator, f"{base}/{question}", QUESTIONS[question])


@pytest.mark.parametrize("path", ["/releases/{release}/restore", "/rounds/{round}/refreeze"])
def test_reason_of_a_step_that_is_closed_is_kept(browse_as: As, web_engine: sa.Engine, cast: Cast, path: str) -> None:
    with unit_of_work(web_engine) as session:
        round_ = round_of(session, cast)
        round_.status = RoundStatus.CLOSED
        session.add(round_)

    _refused_in_its_form(browse_as(Role.COORDINATOR), path.format(**cast.uids), {"reason": "上一版更合适"})


def _refused_in_its_form(browser: Browser, path: str, typed: dict[str, str]) -> None:
    """Send what cannot be now: 409, said at the top, and every field as it was typed."""
    answer = browser.post(path, typed)
    assert answer.status_code == 409
    assert CHINESE.search(summary_of(answer.text))
    values = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', answer.text) for name in typed}
    areas = {name: re.search(rf'name="{name}"[^>]*>\s*([^<]*)</textarea>', answer.text) for name in typed}
    assert {name: (values[name] or areas[name] or ["", ""])[1].strip() for name in typed} == typed
