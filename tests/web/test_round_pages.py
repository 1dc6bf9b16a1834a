"""The page of a round: what it says of a publication that did not take place."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import select

from data.enums import ApprovalStatus, Role
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
