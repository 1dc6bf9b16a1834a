from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import ClosureKind, RequestStatus
from data.models import Closure, InspectionRequest
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import NotFoundError
from scheduler.planning.reasons import left_out_reasons, visit_reasons
from tests.factories import NOW, stored_id
from tests.scheduler.planning.worlds import World, fresh, make_world, march, solve, visits_of


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    """Two sites; the first is closed in the second week; one request at the second asks for too many people."""
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=2, organisations=2)
        site = stored_id(made.sites[0])
        session.add(Closure(site_id=site, first_date=march(9), last_date=march(13), kind=ClosureKind.QUIET))
        made.requests[1].inspectors = 7
    solve(sqlite_engine, FixedClock(NOW), made)
    return made


def test_visit_is_explained_with_days_and_rules(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        reasons = visit_reasons(session, visits_of(session, world)[0])
    assert dict(reasons.terms)["visits"] == 4.0
    assert all(not day.rules for day in reasons.next_best)
    closed = {day.day for day in reasons.forbidden if "visit_enterprise_open" in day.rules}
    assert closed == {march(day) for day in range(9, 14)}


def test_left_out_request_is_explained_by_the_rules_of_its_days(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        row = fresh(session, world.requests[1])
        assert row.status is RequestStatus.LEFT_OUT
        reasons = left_out_reasons(session, row)
    assert (reasons.code, reasons.days) == ("capacity", 22)
    assert max(days for _, days in reasons.blocked_days) == 22


def test_placed_request_has_no_reason_to_be_left_out(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        placed = select(InspectionRequest).where(InspectionRequest.status == RequestStatus.SCHEDULED)
        with pytest.raises(NotFoundError):
            left_out_reasons(session, session.exec(placed).first())
