"""Knocking at another's door leaves a row; an invented address does not, and nobody floods the trail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import Role
from data.models import AuditEvent
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.permissions import Actor
from scheduler.refusals import ACTION, ONCE_EVERY, OWNED, is_worth_noting, note_refusal
from tests.factories import make_actor, make_organisation, make_plan


@pytest.fixture
def knock(engine: sa.Engine) -> tuple[Actor, str]:
    """A clerk, and the uid of another department's plan."""
    with unit_of_work(engine) as session:
        own, other = make_organisation(session), make_organisation(session)
        clerk = make_actor(session, Role.CLERK, organisation_id=own.id)
        return clerk, make_plan(session, other).uid


def rows(session: Session) -> list[AuditEvent]:
    found = select(AuditEvent).where(AuditEvent.action == ACTION).order_by(col(AuditEvent.number))
    return list(session.exec(found))


def note(engine: sa.Engine, clock: FixedClock, knock: tuple[Actor, str], entity: str = "plan") -> bool:
    with unit_of_work(engine) as session:
        return note_refusal(session, clock, knock[0], entity, knock[1], tried="GET plans.show")


def test_first_refusal_leaves_a_row_without_names(
    engine: sa.Engine, clock: FixedClock, knock: tuple[Actor, str]
) -> None:
    assert note(engine, clock, knock)

    with unit_of_work(engine) as session:
        (row,) = rows(session)
    assert (row.actor_id, row.entity, row.entity_uid) == (knock[0].user_id, "plan", knock[1])
    assert (row.before, row.after) == (None, {"tried": "GET plans.show"})


def test_second_refusal_within_the_hour_leaves_none(
    engine: sa.Engine, clock: FixedClock, knock: tuple[Actor, str]
) -> None:
    note(engine, clock, knock)
    clock.instant += ONCE_EVERY - timedelta(seconds=1)

    assert not note(engine, clock, knock)


def test_refusal_after_the_hour_leaves_another(engine: sa.Engine, clock: FixedClock, knock: tuple[Actor, str]) -> None:
    note(engine, clock, knock)
    clock.instant += ONCE_EVERY

    assert note(engine, clock, knock)


def test_another_actor_leaves_a_row_of_their_own(
    engine: sa.Engine, clock: FixedClock, knock: tuple[Actor, str]
) -> None:
    note(engine, clock, knock)
    with unit_of_work(engine) as session:
        second = make_actor(session, Role.CLERK, organisation_id=knock[0].organisation_id)

    assert note(engine, clock, (second, knock[1]))


@pytest.mark.parametrize(
    ("entity", "key"),
    [("plan", "0" * 32), ("address", ""), ("plan", None)],
    ids=["invented uid", "no such page", "no key"],
)
def test_what_nobody_has_is_not_worth_a_row(
    engine: sa.Engine, clock: FixedClock, knock: tuple[Actor, str], entity: str, key: object
) -> None:
    with unit_of_work(engine) as session:
        assert not is_worth_noting(session, clock, knock[0], entity, key)


def test_refusals_at_once_leave_one_row(engine: sa.Engine, clock: FixedClock, knock: tuple[Actor, str]) -> None:
    with ThreadPoolExecutor(4) as pool:
        noted = list(pool.map(lambda _: note(engine, clock, knock), range(12)))

    assert sum(noted) == 1
    with unit_of_work(engine) as session:
        assert len(rows(session)) == 1


@pytest.mark.parametrize(
    "table", [table for tables in OWNED.values() for table in tables], ids=lambda one: one.__name__
)
def test_every_owned_table_has_public_ids(table: type) -> None:
    assert {"id", "uid"} <= set(sa.inspect(table).columns.keys())
