from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ApprovalStatus, Role, RoundStatus, VisitStatus
from data.models import Approval, SolveRun, Visit
from data.session import reading, unit_of_work
from scheduler.clock import DISTRICT_ZONE, FixedClock
from scheduler.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    NotPermittedError,
    RuleError,
    TransitionError,
)
from scheduler.permissions import Actor
from scheduler.planning.board import draft_hash
from scheduler.planning.drafts import touch_draft
from scheduler.publishing.approvals import (
    approve_round,
    cancel_approval,
    get_approval,
    list_approvals,
)
from scheduler.publishing.releases import seal_due
from tests.factories import make_actor
from tests.scheduler.planning.worlds import PUBLISH_AT, World, approve, fresh, march
from tests.scheduler.publishing.edits import move, visit_to


def _approve(session: Session, clock: FixedClock, actor: Actor, world: World, **values: object) -> Approval:
    round_ = fresh(session, world.round)
    given = {"draft_hash": draft_hash(session, round_), "publish_at": PUBLISH_AT} | values
    return approve_round(session, clock, actor, round_, **given)


def test_approval_is_bound_to_hash_and_version(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        approval = _approve(session, clock, proposed.approver, proposed, comment="同意")
        round_ = fresh(session, proposed.round)
        assert (approval.draft_hash, approval.draft_version) == (draft_hash(session, round_), round_.draft_version)
        assert round_.status is RoundStatus.APPROVED
        assert approval.status is ApprovalStatus.WAITING
        assert list_approvals(session, proposed.coordinator, round_) == [approval]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.APPROVER], ids=str)
def test_only_approvers_approve(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World, role: Role) -> None:
    with unit_of_work(sqlite_engine) as session, pytest.raises(NotPermittedError):
        _approve(session, clock, make_actor(session, role), proposed)


@pytest.mark.parametrize("deed", ["opened", "solved", "edited"])
def test_nobody_approves_what_they_had_a_hand_in(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World, deed: str
) -> None:
    with unit_of_work(sqlite_engine) as session:
        round_, mine = fresh(session, proposed.round), proposed.approver
        if deed == "opened":
            round_.opened_by_id = mine.user_id
        elif deed == "solved":
            session.exec(select(SolveRun)).one().requested_by_id = mine.user_id
        else:
            touch_draft(session, clock, mine, round_)
        session.flush()
        with pytest.raises(NotPermittedError) as refused:
            _approve(session, clock, mine, proposed)
    assert refused.value.code == "own_draft"


def test_hash_of_another_draft_is_a_conflict(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> None:
    with unit_of_work(sqlite_engine) as session, pytest.raises(ConflictError) as refused:
        _approve(session, clock, proposed.approver, proposed, draft_hash="0" * 64)
    assert refused.value.code == "draft_changed"


def test_new_visits_are_published_before_their_days_are_over(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        days = sorted(session.exec(select(Visit.day).where(Visit.round_id == proposed.round.id)).all())
        on_the_day = datetime.combine(days[0], time(12, 0), DISTRICT_ZONE)
        with pytest.raises(InvalidError) as refused:
            _approve(session, clock, proposed.approver, proposed, publish_at=on_the_day + timedelta(days=1))
        (fault,) = refused.value.faults
        assert (fault.field, fault.code) == ("publish_at", "publication_too_late")
        assert dict(fault.params) == {"count": days.count(days[0]), "first": days[0].isoformat()}
        assert _approve(session, clock, proposed.approver, proposed, publish_at=on_the_day).publish_at == on_the_day


def test_publication_after_the_round_is_refused_though_no_visit_is_new(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        for visit in session.exec(select(Visit).where(Visit.round_id == proposed.round.id)).all():
            visit.status = VisitStatus.PUBLISHED
            session.add(visit)
        session.flush()
        with pytest.raises(InvalidError) as refused:
            _approve(session, clock, proposed.approver, proposed, publish_at=datetime(2999, 1, 1, tzinfo=UTC))
        (fault,) = refused.value.faults
        assert (fault.field, fault.code, dict(fault.params)) == ("publish_at", "after_round", {"last": "2026-03-31"})


@pytest.mark.parametrize(
    ("publish_at", "code"),
    [
        pytest.param(PUBLISH_AT.replace(tzinfo=None), "no_time_zone", id="naive"),
        pytest.param(PUBLISH_AT - timedelta(days=30), "in_the_past", id="past"),
    ],
)
def test_publish_time_is_an_instant_to_come(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World, publish_at: datetime, code: str
) -> None:
    with unit_of_work(sqlite_engine) as session, pytest.raises(InvalidError) as refused:
        _approve(session, clock, proposed.approver, proposed, publish_at=publish_at)
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("publish_at", code)]


def test_draft_that_breaks_a_rule_cannot_be_approved(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        move(session, visit_to(session, proposed, 0), march(8))
        with pytest.raises(RuleError):
            _approve(session, clock, proposed.approver, proposed)


def test_round_is_approved_once_at_a_time(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> None:
    approve(sqlite_engine, clock, proposed)
    with unit_of_work(sqlite_engine) as session, pytest.raises(TransitionError):
        _approve(session, clock, proposed.approver, proposed)


def test_cancelled_approval_is_never_sealed(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> None:
    approve(sqlite_engine, clock, proposed)
    with unit_of_work(sqlite_engine) as session:
        approval = session.exec(select(Approval)).one()
        cancel_approval(session, clock, proposed.approver, approval)
        assert approval.status is ApprovalStatus.CANCELLED
        assert fresh(session, proposed.round).status is RoundStatus.PROPOSED
    clock.instant = PUBLISH_AT
    assert seal_due(sqlite_engine, clock) == []


def test_sealed_approval_cannot_be_cancelled(sqlite_engine: sa.Engine, clock: FixedClock, published: World) -> None:
    with unit_of_work(sqlite_engine) as session, pytest.raises(TransitionError):
        cancel_approval(session, clock, published.approver, session.exec(select(Approval)).one())


def test_approvals_are_not_found_outside_the_district(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    approve(sqlite_engine, clock, proposed)
    with unit_of_work(sqlite_engine) as session:
        clerk = make_actor(session, Role.CLERK)
        uid = session.exec(select(Approval.uid)).one()
        assert list_approvals(session, clerk, proposed.round) == []
        assert get_approval(session, proposed.coordinator, uid).uid == uid
        with pytest.raises(NotFoundError):
            get_approval(session, clerk, uid)


def test_coordinators_cannot_cancel(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> None:
    approve(sqlite_engine, clock, proposed)
    with reading(sqlite_engine) as session, pytest.raises(NotPermittedError):
        cancel_approval(session, clock, proposed.coordinator, session.exec(select(Approval)).one())


def test_change_at_short_notice_asks_for_a_reason_and_a_confirmation(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World
) -> None:
    """N6: the release is out; a visit of the next days is moved. A day earlier its three working days are kept."""
    clock.instant += timedelta(days=1)
    with unit_of_work(sqlite_engine) as session:
        move(session, visit_to(session, published, 0), march(30))
        touch_draft(session, clock, published.coordinator, fresh(session, published.round))

    def give(reason: str, *, confirmed: bool) -> None:
        with unit_of_work(sqlite_engine) as session:
            round_ = fresh(session, published.round)
            approve_round(
                session, clock, published.approver, round_, draft_hash=draft_hash(session, round_),
                publish_at=clock.now(), reason=reason, confirmed=confirmed,
            )  # fmt: skip

    tries = (("", False, "reason"), ("", True, "reason"), ("停电", False, "confirmed"), (" ", True, "reason"))
    for reason, confirmed, missing in tries:
        with pytest.raises(InvalidError) as caught:
            give(reason, confirmed=confirmed)
        (fault,) = caught.value.faults
        assert (fault.field, fault.code, dict(fault.params)["count"]) == (missing, "short_notice", 1)
    give("停电", confirmed=True)
    with reading(sqlite_engine) as session:
        approvals = session.exec(select(Approval).order_by(Approval.id)).all()
        assert [row.reason for row in approvals] == ["试验", "停电"]
