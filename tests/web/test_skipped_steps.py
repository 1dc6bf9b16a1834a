"""X-06: nobody skips a step. Publishing without approval, approving one's own edit, approving what changed since."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ApprovalStatus, ConfirmationStatus, Role, RoundStatus
from data.models import Approval, Release, Round, User, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.confirming.records import list_live
from scheduler.planning.drafts import touch_draft
from scheduler.publishing.releases import seal_due
from tests.factories import actor_of
from tests.web.cast import Cast
from tests.web.conftest import As, Browser

LATER = {"publish_at": "2026-02-28T09:00", "comment": ""}


def round_of(session: Session, cast: Cast) -> Round:
    return session.exec(select(Round).where(Round.uid == cast.uids["round"])).one()


def edit(engine: sa.Engine, clock: FixedClock, cast: Cast, role: Role = Role.COORDINATOR) -> None:
    """Edit the draft as somebody of this role; the questions of the last time do not hold any more."""
    with unit_of_work(engine) as session:
        user = session.exec(select(User).where(User.username == cast.users[role])).one()
        round_ = round_of(session, cast)
        touch_draft(session, clock, actor_of(user), round_)
        for one in list_live(session, round_.id):
            one.status = ConfirmationStatus.WITHDRAWN
            session.add(one)


def send(browser: Browser, cast: Cast) -> int:
    """Open the page of approval and send its form with the hash that stands on it."""
    path = f"/rounds/{cast.uids['round']}/approve"
    found = re.search(r'name="draft_hash"[^>]*value="(\w{64})"', browser.get(path).text)
    status = browser.post(path, LATER | {"draft_hash": found[1] if found else "0" * 64}, page=path).status_code
    assert isinstance(status, int)
    return status


def state(engine: sa.Engine, cast: Cast) -> tuple[RoundStatus, list[ApprovalStatus], int]:
    with reading(engine) as session:
        statuses = session.exec(select(Approval.status).order_by(Approval.id)).all()
        return round_of(session, cast).status, list(statuses), len(session.exec(select(Release)).all())


def test_round_that_is_no_draft_is_not_approved(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    assert send(browse_as(Role.APPROVER), cast) == 409
    assert state(web_engine, cast) == (RoundStatus.PUBLISHED, [ApprovalStatus.PUBLISHED], 1)


def test_draft_is_approved_by_a_second_person(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    edit(web_engine, clock, cast)

    assert send(browse_as(Role.APPROVER), cast) == 303
    assert send(browse_as(Role.APPROVER), cast) == 409
    assert state(web_engine, cast)[:2] == (
        RoundStatus.APPROVED,
        [ApprovalStatus.PUBLISHED, ApprovalStatus.WAITING],
    )


def test_own_edit_is_not_approved(browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast) -> None:
    edit(web_engine, clock, cast, Role.APPROVER)

    assert send(browse_as(Role.APPROVER), cast) == 403
    assert state(web_engine, cast)[0] is RoundStatus.PROPOSED


def test_nothing_is_published_without_an_approval(
    web_engine: sa.Engine, clock: FixedClock, cast: Cast, browse_as: As
) -> None:
    edit(web_engine, clock, cast)
    before = state(web_engine, cast)

    assert seal_due(web_engine, clock) == []

    assert state(web_engine, cast) == before
    assert browse_as(Role.APPROVER).post(f"/approvals/{cast.uids['round']}/publish").status_code == 404


def test_edit_after_the_page_was_opened_refuses_the_approval(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    edit(web_engine, clock, cast)
    approver, path = browse_as(Role.APPROVER), f"/rounds/{cast.uids['round']}/approve"
    text = approver.get(path).text
    seen = re.search(r'name="draft_hash"[^>]*value="(\w{64})"', text)
    assert seen is not None
    with unit_of_work(web_engine) as session:
        visit = session.exec(select(Visit).where(Visit.round_id == round_of(session, cast).id)).first()
        assert visit is not None
        visit.day_pinned, visit.start_quarter, visit.quarters = True, 3, 1
        session.add(visit)
    edit(web_engine, clock, cast)

    assert approver.post(path, LATER | {"draft_hash": seen[1]}, page=path).status_code == 409
    assert state(web_engine, cast)[0] is RoundStatus.PROPOSED


def test_edit_voids_the_approval_and_it_is_never_published(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    edit(web_engine, clock, cast)
    send(browse_as(Role.APPROVER), cast)

    edit(web_engine, clock, cast)

    clock.instant += timedelta(days=3)
    assert seal_due(web_engine, clock) == []
    assert state(web_engine, cast) == (
        RoundStatus.PROPOSED,
        [ApprovalStatus.PUBLISHED, ApprovalStatus.VOIDED],
        1,
    )
    assert "已失效" in browse_as(Role.COORDINATOR).get(f"/rounds/{cast.uids['round']}").text


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HEAD, Role.CLERK, Role.SUPERVISOR], ids=str)
def test_only_the_approver_gets_as_far_as_the_form(browse_as: As, cast: Cast, role: Role) -> None:
    path = f"/rounds/{cast.uids['round']}/approve"
    assert browse_as(role).get(path).status_code == 403
    assert browse_as(role).post(path, LATER).status_code == 403


def test_approval_waits_for_the_departments(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    edit(web_engine, clock, cast)
    approver, path = browse_as(Role.APPROVER), f"/rounds/{cast.uids['round']}/approve"
    seen = re.search(r'name="draft_hash"[^>]*value="(\w{64})"', approver.get(path).text)
    assert seen is not None
    page = f"/rounds/{cast.uids['round']}/confirmations"
    assert browse_as(Role.COORDINATOR).post(page).status_code == 303

    refused = approver.post(path, LATER | {"draft_hash": seen[1], "comment": "同意"}, page=path)
    assert refused.status_code == 409
    assert "还在征求部门意见" in refused.text
    assert "同意</textarea>" in refused.text
    text = approver.get(path).text
    assert "部门确认还没有结束" in text
    assert 'name="publish_at"' not in text
