from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa

from data.enums import Role
from data.models import InspectionRecord
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import NotFoundError, NotPermittedError
from scheduler.permissions import Actor
from scheduler.publishing.enterprise_view import enterprise_counts, enterprise_visits, get_enterprise_visit
from tests.factories import make_actor, stored_id
from tests.scheduler.planning.worlds import World, march
from tests.scheduler.publishing.edits import drop, move, visit_to


def _firm(engine: sa.Engine, world: World, place: int = 0) -> Actor:
    with unit_of_work(engine) as session:
        return make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(world.enterprises[place]))


def test_draft_is_invisible_until_it_is_released(sqlite_engine: sa.Engine, proposed: World) -> None:
    firm = _firm(sqlite_engine, proposed)
    with reading(sqlite_engine) as session:
        assert enterprise_visits(session, firm) == []


def test_released_visit_shows_the_public_part_only(sqlite_engine: sa.Engine, published: World) -> None:
    firm = _firm(sqlite_engine, published)
    with reading(sqlite_engine) as session:
        (visit,) = enterprise_visits(session, firm)
    assert (visit.joint, visit.cancelled, visit.arrived) == (True, False, False)
    assert set(visit.public) == {
        "date",
        "starts",
        "minutes",
        "enterprise",
        "credit_code",
        "site",
        "address",
        "town",
        "departments",
        "items",
        "officers",
        "contacts",
        "prepare",
        "materials",
        "frequency",
    }
    assert len(visit.public["items"]) == 4
    assert {len(officer["certificate"]) for officer in visit.public["officers"]} == {12}
    assert sum(officer["leads"] for officer in visit.public["officers"]) == 1


def test_edit_of_the_draft_changes_nothing_before_the_next_release(sqlite_engine: sa.Engine, published: World) -> None:
    firm = _firm(sqlite_engine, published)
    with reading(sqlite_engine) as session:
        before = enterprise_visits(session, firm)
    with unit_of_work(sqlite_engine) as session:
        move(session, visit_to(session, published, 0), march(30))
    with reading(sqlite_engine) as session:
        assert enterprise_visits(session, firm) == before


def test_counts_compare_visits_with_what_they_would_have_been(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World
) -> None:
    firm = _firm(sqlite_engine, published)
    with unit_of_work(sqlite_engine) as session:
        for uid, body, day in (("a", 0, date(2026, 1, 9)), ("a", 1, date(2026, 1, 9)), ("b", 0, date(2025, 12, 31))):
            session.add(
                InspectionRecord(
                    visit_uid=uid,
                    site_id=stored_id(published.sites[0]),
                    organisation_id=stored_id(published.organisations[body]),
                    day=day,
                )
            )
    with reading(sqlite_engine) as session:
        counts = enterprise_counts(session, clock, firm)
    assert (counts.year, counts.visited, counts.ahead, counts.apart, counts.saved) == (2026, 1, 1, 4, 2)


def test_cancelled_visit_is_shown_as_cancelled_and_not_counted(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    firm = _firm(sqlite_engine, published)
    republish(lambda session: drop(session, visit_to(session, published, 0)))
    with reading(sqlite_engine) as session:
        assert [visit.cancelled for visit in enterprise_visits(session, firm)] == [True]
        assert enterprise_counts(session, clock, firm).ahead == 0


def test_foreign_and_hidden_visits_are_not_found(sqlite_engine: sa.Engine, published: World) -> None:
    firm = _firm(sqlite_engine, published)
    with reading(sqlite_engine) as session:
        own = visit_to(session, published, 0).uid
        assert get_enterprise_visit(session, firm, own).visit_uid == own
        for uid in (
            visit_to(session, published, 1).uid,
            visit_to(session, published, 0, hidden=True).uid,
            "unknown",
        ):
            with pytest.raises(NotFoundError):
                get_enterprise_visit(session, firm, uid)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ENTERPRISE], ids=str)
def test_only_enterprises_have_this_view(sqlite_engine: sa.Engine, clock: FixedClock, role: Role) -> None:
    with unit_of_work(sqlite_engine) as session:
        actor = make_actor(session, role)
        with pytest.raises(NotPermittedError):
            enterprise_visits(session, actor)
        with pytest.raises(NotPermittedError):
            enterprise_counts(session, clock, actor)
