"""The pages of a round and its approval: what they say of a publication that waits, or that did not take place."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlmodel import select

from data.enums import ApprovalStatus, Role, RoundStatus
from data.models import Approval, Round
from data.session import unit_of_work
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
