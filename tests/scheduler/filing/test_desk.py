"""The desk: each role sees what waits for it, and nothing of others."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from data.enums import (
    ApprovalStatus,
    Channel,
    NoticeKind,
    NoticeMode,
    OutboxState,
    PlanStatus,
    RecipientKind,
    Role,
    RoundStatus,
    VisitStatus,
)
from data.models import Approval, CrewSlot, InboxMessage, Officer, OutboxMessage, Round, Visit
from scheduler.clock import FixedClock
from scheduler.filing.desk import desk
from scheduler.filing.todos import Todo
from scheduler.permissions import Actor
from tests import factories
from tests.scheduler.filing.conftest import District


def kinds(session: Session, clock: FixedClock, actor: Actor) -> dict[str, int]:
    return {todo.kind: todo.count for todo in desk(session, clock, actor).todos}


def only(session: Session, clock: FixedClock, actor: Actor, kind: str) -> Todo:
    (found,) = [todo for todo in desk(session, clock, actor).todos if todo.kind == kind]
    return found


def test_clerk_sees_own_drafts_returns_and_open_rounds(session: Session, clock: FixedClock, district: District) -> None:
    round_ = factories.make_round(session)
    factories.make_round(session, filing_until=clock.now() - timedelta(minutes=1))
    drafts = [factories.make_plan(session, district.organisation) for _ in range(2)]
    returned = factories.make_plan(session, district.organisation, status=PlanStatus.RETURNED)
    factories.make_plan(session, district.other)

    assert kinds(session, clock, district.clerk) == {"round_to_file": 1, "plan_to_submit": 2, "plan_returned": 1}
    due = only(session, clock, district.clerk, "round_to_file")
    assert (due.route_name, due.uid, due.due) == ("rounds.show", round_.uid, round_.filing_until)
    assert (due.params, drafts[0].uid != drafts[1].uid) == ({"round": round_.name}, True)
    assert only(session, clock, district.clerk, "plan_returned").uid == returned.uid
    assert only(session, clock, district.clerk, "plan_to_submit").route_name == "plans.index"


def test_round_waits_no_more_when_a_plan_was_sent(session: Session, clock: FixedClock, district: District) -> None:
    round_ = factories.make_round(session)
    factories.make_plan(session, district.organisation, status=PlanStatus.SUBMITTED, round_id=round_.id)

    assert "round_to_file" not in kinds(session, clock, district.clerk)
    assert "round_to_file" in kinds(session, clock, district.stranger)


def test_head_sees_what_was_submitted(session: Session, clock: FixedClock, district: District) -> None:
    round_ = factories.make_round(session)
    factories.make_plan(session, district.organisation, status=PlanStatus.SUBMITTED, round_id=round_.id)
    factories.make_plan(session, district.other, status=PlanStatus.SUBMITTED)

    todo = only(session, clock, district.head, "plan_to_decide")

    assert (todo.count, todo.route_name, todo.due) == (1, "plans.show", round_.filing_until)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (RoundStatus.OPEN, "round_filing"),
        (RoundStatus.FROZEN, "round_to_draw"),
        (RoundStatus.DRAWN, "round_to_solve"),
        (RoundStatus.SOLVING, "round_solving"),
        (RoundStatus.PROPOSED, "round_to_ask"),
        (RoundStatus.APPROVED, None),
        (RoundStatus.PUBLISHED, None),
    ],
)
def test_coordinator_sees_the_next_step_of_every_round(
    session: Session, clock: FixedClock, district: District, status: RoundStatus, kind: str | None
) -> None:
    factories.make_round(session, status=status)
    expected = {kind: 1} if kind else {}
    nothing_open = {} if status is RoundStatus.OPEN else {"round_to_open": 1}

    assert kinds(session, clock, district.coordinator) == expected | nothing_open


def test_coordinator_is_told_when_filing_has_ended(session: Session, clock: FixedClock, district: District) -> None:
    round_ = factories.make_round(session)
    factories.make_plan(session, district.organisation, status=PlanStatus.FILED)
    clock.instant = round_.filing_until + timedelta(minutes=1)

    todo = only(session, clock, district.coordinator, "round_to_freeze")

    assert (todo.due, todo.params) == (round_.filing_until, {"round": round_.name, "filed": 1})


def approval(session: Session, round_: Round, status: ApprovalStatus) -> Approval:
    row = Approval(
        round_id=factories.stored_id(round_), draft_hash="0" * 64, draft_version=1, status=status,
        approved_by_id=round_.opened_by_id, approved_at=factories.NOW, publish_at=datetime(2026, 2, 27, tzinfo=UTC),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def test_approver_sees_proposals_and_what_is_under_way(session: Session, clock: FixedClock) -> None:
    approver = factories.make_actor(session, Role.APPROVER)
    factories.make_round(session, status=RoundStatus.PROPOSED)
    waiting = approval(session, factories.make_round(session, status=RoundStatus.APPROVED), ApprovalStatus.WAITING)
    blocked = factories.make_round(session, status=RoundStatus.PROPOSED)
    approval(session, blocked, ApprovalStatus.BLOCKED)

    assert kinds(session, clock, approver) == {"round_to_approve": 1, "release_ahead": 1, "release_blocked": 1}
    assert only(session, clock, approver, "release_ahead").due == waiting.publish_at
    assert only(session, clock, approver, "release_blocked").uid == blocked.uid


def test_block_is_forgotten_after_a_later_approval(session: Session, clock: FixedClock) -> None:
    round_ = factories.make_round(session, status=RoundStatus.APPROVED)
    approval(session, round_, ApprovalStatus.BLOCKED)
    approval(session, round_, ApprovalStatus.WAITING)

    assert "release_blocked" not in kinds(session, clock, factories.make_actor(session, Role.APPROVER))


def visit(session: Session, district: District, officer: Officer, day: date, **values: Any) -> Visit:
    round_ = factories.make_round(session)
    task = factories.make_task(session, factories.make_plan(session, district.organisation))
    request = factories.make_request(session, round_, task, district.sites[0])
    row = Visit(
        **{
            "round_id": round_.id, "site_id": district.sites[0].id, "day": day, "start_quarter": 0, "quarters": 1,
            "notice_mode": NoticeMode.ANNOUNCED, "status": VisitStatus.PUBLISHED,
            "lead_organisation_id": district.organisation.id,
        }
        | values
    )  # fmt: skip
    session.add(row)
    session.flush()
    slot = {"visit_id": row.id, "request_id": request.id, "officer_id": officer.id, "day": day, "quarter": 0}
    session.add(CrewSlot(**slot))
    session.flush()
    return row


def test_officer_sees_own_published_visits(session: Session, clock: FixedClock, district: District) -> None:
    officer, colleague = (factories.make_officer(session, district.organisation) for _ in range(2))
    actor = factories.make_actor(session, Role.OFFICER, officer_id=officer.id)
    for day, who, values in (
        (date(2026, 2, 20), officer, {}),
        (date(2026, 2, 24), officer, {}),
        (date(2026, 2, 27), officer, {}),
        (date(2026, 2, 28), officer, {}),
        (date(2026, 2, 25), officer, {"status": VisitStatus.DRAFT}),
        (date(2026, 2, 24), colleague, {}),
    ):
        visit(session, district, who, day, **values)

    assert kinds(session, clock, actor) == {"visit_today": 1, "visit_ahead": 2}


def test_enterprise_learns_nothing_of_unreleased_and_hidden_visits(
    session: Session, clock: FixedClock, district: District
) -> None:
    officer = factories.make_officer(session, district.organisation)
    enterprise = district.sites[0].enterprise_id
    actor = factories.make_actor(session, Role.ENTERPRISE, enterprise_id=enterprise)
    visit(session, district, officer, date(2026, 3, 2), notice_mode=NoticeMode.UNANNOUNCED)
    visit(session, district, officer, date(2026, 3, 3), status=VisitStatus.DRAFT)

    assert desk(session, clock, actor).todos == ()


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_dead_notices_are_seen_by_who_keeps_watch(session: Session, clock: FixedClock, role: Role) -> None:
    for state in (OutboxState.DEAD, OutboxState.SENT):
        row = OutboxMessage(
            dedupe_key=state, kind=NoticeKind.RELEASE, channel=Channel.INBOX, recipient_kind=RecipientKind.OFFICER,
            recipient_id=1, payload={}, state=state, created_at=clock.now(), not_before=clock.now(),
        )  # fmt: skip
        session.add(row)
    session.flush()

    assert kinds(session, clock, factories.make_actor(session, role)) == {"notice_undelivered": 1}


def test_unread_messages_are_counted(session: Session, clock: FixedClock, district: District) -> None:
    row = InboxMessage(
        dedupe_key="x", kind=NoticeKind.RELEASE, recipient_kind=RecipientKind.ORGANISATION,
        recipient_id=factories.stored_id(district.organisation), payload={}, delivered_at=clock.now(),
    )  # fmt: skip
    session.add(row)
    session.flush()

    assert kinds(session, clock, district.head) == {"message_unread": 1}
    assert "message_unread" not in kinds(session, clock, district.stranger)


def test_what_is_due_first_stands_first(session: Session, clock: FixedClock, district: District) -> None:
    late = factories.make_round(session, filing_until=datetime(2026, 2, 28, tzinfo=UTC))
    early = factories.make_round(session, filing_until=datetime(2026, 2, 22, tzinfo=UTC))
    factories.make_plan(session, district.organisation)

    found = [todo.uid for todo in desk(session, clock, district.clerk).todos]

    assert found[:2] == [early.uid, late.uid]
    assert len(found) == 3


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_desk(session: Session, clock: FixedClock, district: District, role: Role) -> None:
    owners = {"organisation_id": district.organisation.id, "enterprise_id": district.sites[0].enterprise_id}
    officer = factories.make_officer(session, district.organisation)
    actor = factories.make_actor(session, role, officer_id=officer.id, **owners)

    expected = {"round_to_open": 1} if role is Role.COORDINATOR else {}
    assert kinds(session, clock, actor) == expected
