"""From release to arrival: places are bound to visits, a joint visit counts once, and what is used stays used."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CapEventKind, CapHolder, RequestStatus
from data.models import CapAccount, CapEvent, InspectionRequest, Round, Visit, VisitRequest
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.fieldwork.checkins import note_arrival
from scheduler.filing.caps.checking import find_drifts
from scheduler.filing.caps.round_caps import settle_round
from tests.factories import make_organisation
from tests.scheduler.planning.worlds import World, make_world, march, publish, solve


def balances(session: Session, holder: CapHolder) -> list[tuple[int, int, int]]:
    rows = session.exec(select(CapAccount).where(CapAccount.holder == holder).order_by(col(CapAccount.key))).all()
    return [(row.reserved, row.bound, row.used) for row in rows]


@pytest.fixture
def world(sqlite_engine: sa.Engine, clock: FixedClock) -> World:
    """Two bodies and one site: published as one joint visit."""
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=1, organisations=2)
    solve(sqlite_engine, clock, made)
    publish(sqlite_engine, clock, made)
    return made


def test_joint_visit_is_bound_once_for_the_enterprise_and_once_an_organ(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        assert len(session.exec(select(Visit)).all()) == 1
        assert balances(session, CapHolder.DISTRICT) == [(0, 1, 0)]
        assert balances(session, CapHolder.ORGAN) == [(0, 1, 0), (0, 1, 0)]
        joined = session.exec(select(CapEvent).where(CapEvent.kind == CapEventKind.JOINED)).all()
        assert len(joined) == 1
        assert find_drifts(session) == ()


def test_arrival_uses_the_places(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = session.exec(select(Visit)).one()
        clock.instant = clock.instant.replace(month=3, day=march(31).day)
        note_arrival(session, clock, visit, actor=None)

        assert balances(session, CapHolder.DISTRICT) == [(0, 0, 1)]
        assert balances(session, CapHolder.ORGAN) == [(0, 0, 1), (0, 0, 1)]
        assert find_drifts(session) == ()


def test_settling_again_changes_nothing(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        again = settle_round(session, clock, session.get_one(Round, world.round.id))

        assert (again.taken, again.moved) == (0, 0)


def test_request_left_out_gives_its_place_back(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        left = session.exec(select(InspectionRequest).order_by(col(InspectionRequest.id))).first()
        assert left is not None
        session.execute(sa.delete(VisitRequest).where(col(VisitRequest.request_id) == left.id))
        left.status = RequestStatus.LEFT_OUT
        session.add(left)
        settle_round(session, clock, session.get_one(Round, world.round.id))

        assert sorted(balances(session, CapHolder.ORGAN)) == [(0, 0, 0), (0, 1, 0)]
        # The other body's place takes over: the visit still counts for the enterprise.
        assert balances(session, CapHolder.DISTRICT) == [(0, 1, 0)]
        assert find_drifts(session) == ()


def test_partner_of_a_task_has_a_place_of_its_own(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        first = session.exec(select(InspectionRequest).order_by(col(InspectionRequest.id))).first()
        visit = session.exec(select(Visit)).one()
        assert first is not None
        partner = make_organisation(session)
        values = first.model_dump(exclude={"id", "uid", "version"}) | {"organisation_id": partner.id}
        request = InspectionRequest(**values)
        session.add(request)
        session.flush()
        session.add(VisitRequest(visit_id=visit.id or 0, request_id=request.id or 0))
        session.flush()
        settle_round(session, clock, session.get_one(Round, world.round.id))

        assert balances(session, CapHolder.ORGAN) == [(0, 1, 0)] * 3
        assert balances(session, CapHolder.DISTRICT) == [(0, 1, 0)]
        again = settle_round(session, clock, session.get_one(Round, world.round.id))
        assert (again.taken, again.moved) == (0, 0)

        session.execute(sa.delete(VisitRequest).where(col(VisitRequest.request_id) == request.id))
        request.status = RequestStatus.LEFT_OUT
        session.add(request)
        settle_round(session, clock, session.get_one(Round, world.round.id))
        assert sorted(balances(session, CapHolder.ORGAN)) == [(0, 0, 0), (0, 1, 0), (0, 1, 0)]
        assert balances(session, CapHolder.DISTRICT) == [(0, 1, 0)]
        assert find_drifts(session) == ()


def test_visit_of_before_the_ledger_is_counted_once_on_arrival(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        for trigger in (
            session.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        ):
            if "capevent" in trigger:
                session.execute(sa.text(f"DROP TRIGGER {trigger}"))
        session.execute(sa.delete(CapEvent))
        session.execute(sa.delete(CapAccount))
        clock.instant = clock.instant.replace(month=3, day=march(31).day)
        note_arrival(session, clock, session.exec(select(Visit)).one(), actor=None)

        assert balances(session, CapHolder.DISTRICT) == [(0, 0, 1)]
        assert balances(session, CapHolder.ORGAN) == [(0, 0, 1), (0, 0, 1)]
        assert find_drifts(session) == ()
