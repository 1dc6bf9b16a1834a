"""The pages of a round and its approval: what they say of a publication that waits, or that did not take place."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import ApprovalStatus, ConfirmationStatus, NoticeMode, Role, RoundStatus, RunStatus
from data.models import Approval, Confirmation, CounterProposal, Round, SolveRun, Visit
from data.session import reading, unit_of_work
from tests.web.cast import Cast
from tests.web.conftest import As


def test_blocked_publication_is_told_in_words_with_the_name_of_the_visit(
    browse_as: As, cast: Cast, web_engine: sa.Engine
) -> None:
    with unit_of_work(web_engine) as session:
        round_ = session.exec(select(Round).where(Round.uid == cast.uids["round"])).one()
        approval = session.exec(select(Approval).where(Approval.round_id == round_.id)).one()
        approval.status = ApprovalStatus.BLOCKED
        approval.blocked_by = [
            ["roster_certificate", cast.uids["visit"], "day=2026-03-02"],
            ["draft_changed", cast.uids["round"], "approved=1 now=2"],
        ]
        session.add(approval)
    browser = browse_as(Role.COORDINATOR)
    text = browser.get(f"/rounds/{cast.uids['round']}").text
    assert "有人的执法证已到期 · " in text
    assert "日期 2026年3月2日 周一" in text
    assert "草案已经变动" in text
    assert "roster_certificate" not in text
    browser.post("/language", {"language": "en", "next": "/"})
    assert "certificate has expired" in browser.get(f"/rounds/{cast.uids['round']}").text


def test_page_of_approval_says_when_what_was_approved_is_published(
    browse_as: As, cast: Cast, web_engine: sa.Engine
) -> None:
    page = f"/rounds/{cast.uids['round']}/approve"
    approver = browse_as(Role.APPROVER)
    assert "本轮现在没有待批准的草案。" in approver.get(page).text
    with unit_of_work(web_engine) as session:
        round_ = session.exec(select(Round).where(Round.uid == cast.uids["round"])).one()
        round_.status = RoundStatus.APPROVED
        approval = session.exec(select(Approval).where(Approval.round_id == round_.id)).one()
        approval.status, approval.publish_at = ApprovalStatus.WAITING, datetime(2026, 2, 28, 1, 0, tzinfo=UTC)
        session.add_all([round_, approval])
    text = approver.get(page).text
    assert "已批准，将于 2026年2月28日 周六 09:00 自动发布" in text
    assert "没有待批准的草案" not in text
    standing = approver.get(f"/rounds/{cast.uids['round']}").text
    assert "第 1 版在用，新版待发布" in standing
    assert "定于 02-28 09:00 发布" in standing


def _reopen(engine: sa.Engine, cast: Cast, answer: ConfirmationStatus) -> None:
    """The round with an unchanged draft, in which every department that was asked said `answer` and nothing more."""
    with unit_of_work(engine) as session:
        round_ = session.exec(select(Round).where(Round.uid == cast.uids["round"])).one()
        round_.status = RoundStatus.PROPOSED
        for one in session.exec(select(Confirmation)):
            one.status = answer
            session.add(one)
        for one in session.exec(select(CounterProposal)):
            session.delete(one)
        session.add(round_)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.APPROVER, Role.HEAD], ids=str)
def test_next_step_says_whether_departments_are_done(
    browse_as: As, cast: Cast, web_engine: sa.Engine, role: Role
) -> None:
    open_words, done_words = "部门确认还没有结束。", "部门都已答复，等待分管领导批准发布。"
    page = f"/rounds/{cast.uids['round']}"
    for answer, said, not_said in (
        (ConfirmationStatus.WAITING, open_words, done_words),
        (ConfirmationStatus.WITHDRAWN, "由分管领导批准发布下一版。", done_words),
    ):
        _reopen(web_engine, cast, answer)
        text = browse_as(role).get(page).text
        assert said in text
        assert not_said not in text
    _reopen(web_engine, cast, ConfirmationStatus.CONSENTED)
    text = browse_as(Role.HEAD).get(page).text
    assert done_words in text
    assert open_words not in text


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HEAD, Role.CLERK, Role.SUPERVISOR], ids=str)
@pytest.mark.parametrize("round_", ["round", "drawn_round", "open_round"])
def test_stages_lead_only_to_places_that_the_page_has(browse_as: As, cast: Cast, role: Role, round_: str) -> None:
    text = browse_as(role).get(f"/rounds/{cast.uids[round_]}").text
    stages = re.search(r'<ol class="standing".*?</ol>', text, re.DOTALL)
    assert stages is not None
    assert [place for place in re.findall(r'href="#([\w-]+)"', stages[0]) if f'id="{place}"' not in text] == []
    assert 'href=""' not in stages[0]


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HEAD, Role.SUPERVISOR], ids=str)
def test_open_round_leads_to_the_plans_that_it_counts(browse_as: As, cast: Cast, role: Role) -> None:
    browser = browse_as(role)
    text = browser.get(f"/rounds/{cast.uids['open_round']}").text
    link = re.search(r'<a class="button" href="([^"]+)">看已申报的计划', text)
    assert link is not None
    assert cast.uids["submitted"] in browser.get(link[1]).text


def test_round_says_that_its_latest_solve_gave_no_plan(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    page, words = f"/rounds/{cast.uids['round']}", "最近一次求解没有得出方案："
    _reopen(web_engine, cast, ConfirmationStatus.CONSENTED)
    assert words not in browse_as(Role.COORDINATOR).get(page).text
    with unit_of_work(web_engine) as session:
        run = session.exec(select(SolveRun).where(SolveRun.uid == cast.uids["run"])).one()
        run.status, run.failure = RunStatus.FAILED, "worker_lost"
        session.add(run)
    text = browse_as(Role.COORDINATOR).get(page).text
    assert f'<a href="/runs/{cast.uids["run"]}">看原因和办法</a>' in text
    assert words not in browse_as(Role.HEAD).get(page).text


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.CANCELLED], ids=str)
@pytest.mark.parametrize("drafted", [True, False], ids=["draft", "no draft"])
def test_run_without_a_plan_says_what_became_of_the_draft(
    browse_as: As, cast: Cast, web_engine: sa.Engine, status: RunStatus, *, drafted: bool
) -> None:
    with unit_of_work(web_engine) as session:
        run = session.exec(select(SolveRun).where(SolveRun.uid == cast.uids["run"])).one()
        run.status, run.failure = status, "worker_lost" if status is RunStatus.FAILED else ""
        session.get_one(Round, run.round_id).status = RoundStatus.PROPOSED if drafted else RoundStatus.DRAWN
    text = browse_as(Role.COORDINATOR).get(f"/runs/{cast.uids['run']}").text
    assert ("现有草案没有改动。" in text, "还没有草案。" in text) == (drafted, not drafted)


def test_approval_counts_short_notice_from_now_when_its_time_is_refused(
    browse_as: As, cast: Cast, web_engine: sa.Engine
) -> None:
    _reopen(web_engine, cast, ConfirmationStatus.WITHDRAWN)
    with reading(web_engine) as session:
        told = session.exec(select(Visit).where(Visit.notice_mode == NoticeMode.ANNOUNCED).order_by(Visit.uid)).all()
        uid = next(one.uid for one in told)
    coordinator = browse_as(Role.COORDINATOR)
    typed = {"kind": "pin", "visit": uid, "day": "yes"}
    assert coordinator.post(f"/board/edits/{cast.uids['round']}/apply", typed).status_code == 303
    typed = {"kind": "move", "visit": uid, "day": "2026-03-26", "start_quarter": "0", "reason": "企业请求"}
    assert coordinator.post(f"/board/edits/{cast.uids['round']}/apply", typed).status_code == 303
    page = f"/rounds/{cast.uids['round']}/approve"
    approver = browse_as(Role.APPROVER)
    for time in ("2026-02-01T10:00", "0001-01-01T00:00", "2999-01-01T09:00"):
        answer = approver.post(page, {"publish_at": time, "reason": "停产在即", "confirmed": "y"}, page=page)
        assert answer.status_code == 422
        assert "有 1 次检查在 2026年3月3日" in answer.text
