"""The whole way of an enterprise on SQLite and PostgreSQL: asks, is granted another day, rates, and is read."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import AppealStatus, RatingQuestion, Role, VisitStatus
from data.models import Rating, RatingSlip
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError
from scheduler.portal import answers, appeals, ratings, receipts
from tests.factories import NOW, make_actor, stored_id
from tests.scheduler.planning.worlds import fresh, hide, make_world, publish, solve
from tests.scheduler.publishing.edits import visit_to


def test_enterprise_asks_is_granted_and_rates(engine: sa.Engine) -> None:
    clock = FixedClock(NOW)
    with unit_of_work(engine) as session:
        world = make_world(session, sites=2, organisations=2, officers=8)
        hide(session, world, world.sites[0])
        firm = make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(world.enterprises[0]))
        supervisor = make_actor(session, Role.SUPERVISOR)
    solve(engine, clock, world)
    assert publish(engine, clock, world) == [1]
    with reading(engine) as session:
        uid = visit_to(session, world, 0).uid
        day = appeals.days_to_offer(session, clock, firm, uid)[-1]
    with unit_of_work(engine) as session:
        receipts.confirm_visit(session, clock, firm, uid)
        appeal = appeals.ask_for_another_day(session, clock, firm, uid, day=day, text="")
    with unit_of_work(engine) as session:
        answers.take_reschedule(session, clock, world.coordinator, fresh(session, appeal))
    with unit_of_work(engine) as session:
        visit = visit_to(session, world, 0)
        assert visit.day == day
        assert fresh(session, appeal).status is AppealStatus.ACCEPTED
        visit.status = VisitStatus.CHECKED_IN
    with unit_of_work(engine) as session:
        token = ratings.take_slip(session, clock, firm, uid)
    with pytest.raises(ConflictError), unit_of_work(engine) as session:
        ratings.take_slip(session, clock, firm, uid)
    with unit_of_work(engine) as session:
        ratings.give_rating(session, clock, token, stars=dict.fromkeys(RatingQuestion, 4))
    with reading(engine) as session:
        assert session.exec(select(RatingSlip)).all() == []
        assert {row.stars for row in session.exec(select(Rating))} == {4}
        assert [line.count for line in ratings.rating_figures(session, clock, supervisor)] == [None, None]
