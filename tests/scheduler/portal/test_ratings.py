"""Ratings that nobody can trace (R70, X-24), and receipts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from data.enums import RatingQuestion, Role, VisitStatus
from data.models import AuditEvent, Rating, RatingIssue, RatingSlip, RatingText, VisitReceipt
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from scheduler.permissions import Actor
from scheduler.portal import ratings, receipts
from scheduler.portal.ratings import FEWEST_SHOWN
from tests.factories import make_actor, stored_id
from tests.scheduler.planning.worlds import World
from tests.scheduler.portal.conftest import FirmOf
from tests.scheduler.publishing.edits import visit_to

FIVE = dict.fromkeys(RatingQuestion, 5)


def arrive(engine: sa.Engine, world: World, place: int = 0) -> str:
    """The visit to a site has taken place; returns its uid."""
    with unit_of_work(engine) as session:
        visit = visit_to(session, world, place)
        visit.status = VisitStatus.CHECKED_IN
        return visit.uid


def slip(engine: sa.Engine, clock: FixedClock, firm: Actor, uid: str) -> str:
    with unit_of_work(engine) as session:
        return ratings.take_slip(session, clock, firm, uid)


def give(engine: sa.Engine, clock: FixedClock, token: str, text: str = "", stars: int = 5) -> None:
    with unit_of_work(engine) as session:
        ratings.give_rating(session, clock, token, stars=dict.fromkeys(RatingQuestion, stars), text=text)


def plant(session: Session, body: int, quarter: date, stars: Iterable[int]) -> None:
    """Ratings that others gave."""
    for one in stars:
        for question in RatingQuestion:
            session.add(Rating(organisation_id=body, quarter=quarter, question=question, stars=one))


def test_slip_is_used_once_and_gone(sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf) -> None:
    token = slip(sqlite_engine, clock, firm_of(0), arrive(sqlite_engine, world))
    give(sqlite_engine, clock, token, text="很快，很客气")
    with reading(sqlite_engine) as session:
        assert session.exec(select(RatingSlip)).all() == []
        given = session.exec(select(Rating)).all()
        assert {row.organisation_id for row in given} == {stored_id(body) for body in world.organisations[:2]}
        assert len(given) == 2 * len(RatingQuestion)
    with pytest.raises(NotFoundError):
        give(sqlite_engine, clock, token)


def test_visit_is_rated_once_and_only_after_it_took_place(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm = firm_of(0)
    with reading(sqlite_engine) as session:
        uid = visit_to(session, world, 0).uid
    with pytest.raises(ConflictError):
        slip(sqlite_engine, clock, firm, uid)
    arrive(sqlite_engine, world)
    slip(sqlite_engine, clock, firm, uid)
    with pytest.raises(ConflictError) as refused:
        slip(sqlite_engine, clock, firm, uid)
    assert refused.value.code == "not_rateable"


def test_visit_of_another_enterprise_is_not_rated(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    with pytest.raises(NotFoundError):
        slip(sqlite_engine, clock, firm_of(1), arrive(sqlite_engine, world))


def test_nothing_in_the_database_leads_from_a_rating_to_its_enterprise(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    """Two enterprises rate, one well and one badly: swapping who wrote what leaves every row as it could be."""
    tokens = [slip(sqlite_engine, clock, firm_of(place), arrive(sqlite_engine, world, place)) for place in (0, 1)]
    with reading(sqlite_engine) as session:
        before = session.exec(select(AuditEvent.number)).all()
    for token, stars in zip(tokens, (5, 1), strict=True):
        give(sqlite_engine, clock, token, text=f"写了{stars}", stars=stars)
    columns = {name: set(SQLModel.metadata.tables[name].columns.keys()) for name in ("rating", "ratingtext")}
    assert columns == {
        "rating": {"key", "organisation_id", "quarter", "question", "stars"},
        "ratingtext": {"key", "quarter", "text"},
    }
    with sqlite_engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    for token in tokens:
        assert token not in dump
        assert hashlib.sha256(token.encode()).hexdigest() not in dump
    with reading(sqlite_engine) as session:
        assert session.exec(select(AuditEvent.number)).all() == before
        assert {row.quarter for row in session.exec(select(Rating))} == {date(2026, 1, 1)}


@pytest.mark.parametrize("table", [Rating, RatingText, RatingSlip, RatingIssue], ids=lambda table: table.__name__)
def test_tables_have_no_row_numbers(sqlite_engine: sa.Engine, table: type[SQLModel]) -> None:
    """Row numbers would tell who came first."""
    with sqlite_engine.connect() as connection, pytest.raises(sa.exc.OperationalError, match="no such column"):
        connection.exec_driver_sql(f"SELECT rowid FROM {table.__tablename__}")


def test_rows_come_back_in_another_order_than_they_went_in(sqlite_engine: sa.Engine, world: World) -> None:
    body, stars = stored_id(world.organisations[0]), [1, 2, 3, 4, 5] * 8
    with unit_of_work(sqlite_engine) as session:
        for one in stars:
            session.add(Rating(organisation_id=body, quarter=date(2026, 1, 1), question=RatingQuestion.HELP, stars=one))
            session.flush()
    with sqlite_engine.connect() as connection:
        stored = [row[0] for row in connection.exec_driver_sql("SELECT stars FROM rating")]
    assert sorted(stored) == sorted(stars)
    assert stored != stars


@pytest.mark.parametrize("count", [FEWEST_SHOWN - 1, FEWEST_SHOWN], ids=["four", "five"])
def test_department_sees_averages_from_five_on_of_quarters_that_are_over(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, count: int
) -> None:
    body = stored_id(world.organisations[0])
    with unit_of_work(sqlite_engine) as session:
        head = make_actor(session, Role.HEAD, organisation_id=body)
        plant(session, body, date(2026, 1, 1), [4] * count)
    with reading(sqlite_engine) as session:
        assert ratings.rating_figures(session, clock, head) == []
    clock.instant = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
    with reading(sqlite_engine) as session:
        shown = [(one.count, dict(one.averages)) for one in ratings.rating_figures(session, clock, head)]
    assert shown == ([(5, dict.fromkeys(RatingQuestion, 4.0))] if count >= FEWEST_SHOWN else [])


def test_department_sees_nothing_of_another(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        head = make_actor(session, Role.HEAD, organisation_id=stored_id(world.organisations[1]))
        plant(session, stored_id(world.organisations[0]), date(2025, 10, 1), [3] * 9)
    with reading(sqlite_engine) as session:
        assert ratings.rating_figures(session, clock, head) == []


def test_supervisor_sees_that_there_are_too_few_and_no_figure(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    body = world.organisations[0]
    with unit_of_work(sqlite_engine) as session:
        supervisor = make_actor(session, Role.SUPERVISOR)
        plant(session, stored_id(body), date(2026, 1, 1), [1, 2])
    with reading(sqlite_engine) as session:
        (line,) = ratings.rating_figures(session, clock, supervisor)
    assert (line.organisation, line.count, dict(line.averages)) == (body.short_name, None, {})


@pytest.mark.parametrize("count", [FEWEST_SHOWN - 1, FEWEST_SHOWN], ids=["four", "five"])
def test_texts_are_shown_to_the_supervisor_from_five_on(sqlite_engine: sa.Engine, world: World, count: int) -> None:
    with unit_of_work(sqlite_engine) as session:
        supervisor = make_actor(session, Role.SUPERVISOR)
        for number in range(count):
            session.add(RatingText(quarter=date(2026, 1, 1), text=f"话{number}"))
    with reading(sqlite_engine) as session:
        shown = ratings.rating_texts(session, supervisor)
        assert [len(texts) for _, texts in shown] == ([5] if count >= FEWEST_SHOWN else [])
        with pytest.raises(NotPermittedError):
            ratings.rating_texts(session, world.coordinator)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SUPERVISOR, Role.HEAD}), ids=str)
def test_others_see_no_figures(sqlite_engine: sa.Engine, clock: FixedClock, role: Role) -> None:
    with unit_of_work(sqlite_engine) as session:
        actor = make_actor(session, role)
        with pytest.raises(NotPermittedError):
            ratings.rating_figures(session, clock, actor)


@pytest.mark.parametrize("stars", [{}, {**FIVE, RatingQuestion.HELP: 6}, {**FIVE, RatingQuestion.HELP: 0}], ids=str)
def test_incomplete_rating_is_refused_and_the_slip_stays(
    sqlite_engine: sa.Engine,
    clock: FixedClock,
    world: World,
    firm_of: FirmOf,
    stars: dict[RatingQuestion, int],
) -> None:
    token = slip(sqlite_engine, clock, firm_of(0), arrive(sqlite_engine, world))
    with pytest.raises(InvalidError), unit_of_work(sqlite_engine) as session:
        ratings.give_rating(session, clock, token, stars=stars)
    with reading(sqlite_engine) as session:
        assert ratings.is_slip(session, token)


def test_receipt_is_for_the_visit_as_it_stands(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm = firm_of(0)
    with reading(sqlite_engine) as session:
        own, hidden = visit_to(session, world, 0).uid, visit_to(session, world, 0, hidden=True).uid
    with unit_of_work(sqlite_engine) as session:
        receipts.confirm_visit(session, clock, firm, own)
        receipts.confirm_visit(session, clock, firm, own)
        with pytest.raises(NotFoundError):
            receipts.confirm_visit(session, clock, firm, hidden)
    with reading(sqlite_engine) as session:
        row = receipts.get_enterprise_row(session, firm, own)
        assert session.exec(select(VisitReceipt.public_hash)).all() == [row.public_hash]
        changed = type(row)(**{**row.model_dump(), "public_hash": "f" * 64})
        assert receipts.find_receipt(session, changed) is None
