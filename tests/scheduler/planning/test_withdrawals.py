"""A drawn request leaves its visit: the draft changes, the draw does not, and it is counted."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CancelReason, RequestStatus, Role, RoundStatus, VisitStatus
from data.models import AuditEvent, CrewSlot, DrawCancellation, InspectionRequest, Round, Visit, VisitRequest
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotPermittedError
from scheduler.filing.draws.cancellations import public_rates
from scheduler.planning.withdrawals import withdraw_drawn
from tests.factories import make_actor
from tests.scheduler.planning.worlds import World, approve, fresh, make_world, publish, solve


@pytest.fixture
def world(engine: sa.Engine, clock: FixedClock) -> World:
    """A solved round in which two bodies visit every site together, as if drawn."""
    with unit_of_work(engine) as session:
        made = make_world(session, sites=2, drawn=True)
    solve(engine, clock, made)
    return made


def joint_visit(session: Session, world: World) -> tuple[Visit, list[InspectionRequest]]:
    """A visit that serves a request of each body."""
    for visit in session.exec(select(Visit).where(Visit.round_id == world.round.id).order_by(col(Visit.id))):
        found = session.exec(
            select(InspectionRequest)
            .join(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
            .where(VisitRequest.visit_id == visit.id)
            .order_by(col(InspectionRequest.id))
        ).all()
        if len(found) == 2:
            return visit, list(found)
    raise AssertionError("no joint visit")


def leave(session: Session, clock: FixedClock, world: World, request: InspectionRequest) -> DrawCancellation:
    return withdraw_drawn(session, clock, world.coordinator, request, reason=CancelReason.CLOSED)


def test_visit_goes_on_without_the_request(engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(engine) as session:
        visit, (first, second) = joint_visit(session, world)
        before = fresh(session, world.round).draft_version
        leave(session, clock, world, first)

        served = session.exec(select(VisitRequest.request_id).where(VisitRequest.visit_id == visit.id)).all()
        crew = set(session.exec(select(CrewSlot.request_id).where(CrewSlot.visit_id == visit.id)))
        assert list(served) == [second.id]
        assert crew == {second.id}
        assert visit.lead_organisation_id == second.organisation_id
        assert visit.lead_officer_id in set(session.exec(select(CrewSlot.officer_id)))
        assert first.status is RequestStatus.WITHDRAWN
        assert fresh(session, world.round).draft_version > before
        assert session.exec(select(AuditEvent).where(AuditEvent.action == "draw.cancel")).one().entity_uid == first.uid


def test_empty_draft_visit_disappears(engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(engine) as session:
        visit, requests = joint_visit(session, world)
        for request in requests:
            leave(session, clock, world, request)

        assert session.exec(select(Visit).where(Visit.id == visit.id)).first() is None


def test_empty_published_visit_is_cancelled_and_the_round_amended(
    engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    publish(engine, clock, world)
    with unit_of_work(engine) as session:
        visit, requests = joint_visit(session, world)
        for request in requests:
            leave(session, clock, world, request)

        assert visit.status is VisitStatus.CANCELLED
        assert fresh(session, world.round).status is RoundStatus.PROPOSED


def test_waiting_approval_is_voided(engine: sa.Engine, clock: FixedClock, world: World) -> None:
    approve(engine, clock, world)
    with unit_of_work(engine) as session:
        leave(session, clock, world, joint_visit(session, world)[1][0])
        assert fresh(session, world.round).status is RoundStatus.PROPOSED


def test_crew_that_has_arrived_stays(engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(engine) as session:
        visit, (first, _) = joint_visit(session, world)
        visit.status = VisitStatus.CHECKED_IN
        session.add(visit)
        session.flush()
        with pytest.raises(ConflictError) as refused:
            leave(session, clock, world, first)
        assert refused.value.code == "visits_under_way"


def test_round_being_solved_is_left_alone(engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(engine) as session:
        _, (first, _) = joint_visit(session, world)
        session.get_one(Round, world.round.id).status = RoundStatus.SOLVING
        with pytest.raises(ConflictError) as refused:
            leave(session, clock, world, first)
        assert refused.value.code == "run_live"


def test_only_coordinators_call_off_and_with_a_reason(engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(engine) as session:
        _, (first, _) = joint_visit(session, world)
        supervisor = make_actor(session, Role.SUPERVISOR)
        with pytest.raises(NotPermittedError):
            withdraw_drawn(session, clock, supervisor, first, reason=CancelReason.CLOSED)
        with pytest.raises(InvalidError):
            withdraw_drawn(session, clock, world.coordinator, first, reason=CancelReason.OTHER, detail=" ")
        assert first.status is RequestStatus.SCHEDULED


def test_public_rate_leaves_hidden_requests_out_until_they_are_over(
    engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(engine) as session:
        _, (first, second) = joint_visit(session, world)
        second.notice_mode = "unannounced"  # type: ignore[assignment]
        session.add(second)
        for request in (first, second):
            leave(session, clock, world, request)
        round_ = fresh(session, world.round)

        closed, opened = (public_rates(session, round_, opened=opened) for opened in (False, True))

        assert [(one.drawn, one.cancelled, one.rate) for one in closed] == [(1, 1, 1.0)]
        assert [(one.drawn, one.cancelled, one.rate) for one in opened] == [(2, 2, 1.0)]
