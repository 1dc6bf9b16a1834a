from __future__ import annotations

import pytest
import sqlalchemy as sa

from data.enums import Role
from data.models import Round
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import NotFoundError
from scheduler.planning.appraisal import appraise
from scheduler.planning.board import draft_problems
from scheduler.planning.comparison import compare
from scheduler.planning.distances import journey_km, plan_km
from scheduler.planning.drafts import load_draft
from scheduler.planning.editions import as_draft, list_edition_keys, read_edition, read_ground
from scheduler.planning.figures import round_figures
from scheduler.planning.snapshot import take_snapshot
from scheduler.planning.taking import Choice, take_part
from tests.factories import make_actor
from tests.scheduler.planning.test_taking import firm, offered, other_plan
from tests.scheduler.planning.worlds import World, fresh, make_world, publish


def test_draft_its_proposal_and_its_release_are_the_same_edition(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    publish(sqlite_engine, clock, world)
    with reading(sqlite_engine) as session:
        round_ = fresh(session, world.round)
        keys = [key for key, _ in list_edition_keys(session, world.coordinator, round_)]
        ground, snapshot = read_ground(session, round_), take_snapshot(session, round_)
        editions = [read_edition(session, ground, snapshot, key) for key in keys]
    assert [key[:2] for key in keys] == ["dr", "p-", "r-"]
    assert all(compare(one.visits, other.visits) == () for one in editions for other in editions)


def test_figures_of_an_edition_are_those_of_its_rows(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        round_ = fresh(session, world.round)
        ground = read_ground(session, round_)
        column = appraise(session, world.coordinator, round_, ["draft"])[0]
        assert column.figures == round_figures(session, round_)
        assert column.km == plan_km(load_draft(session, round_), ground.organisations)
        assert column.broken == len(draft_problems(session, round_)) == 0
        assert len(as_draft(ground, column.edition.visits)) == 3


def test_edited_round_is_compared_with_its_release(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    publish(sqlite_engine, clock, world)
    other_plan(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        choice = Choice(enterprises=(firm(world, 0),))
        take_part(session, clock, world.coordinator, offered(session), choice, understood=True)
    with reading(sqlite_engine) as session:
        sealed, draft = appraise(session, world.coordinator, fresh(session, world.round), ["r-1", "draft"])
        assert [pair.either.site_uid for pair in compare(sealed.edition.visits, draft.edition.visits)] == [
            world.sites[0].uid
        ]
        assert (sealed.score, sealed.broken) == (None, None)


@pytest.mark.parametrize("key", ["r-99", "p-nothing", "r-x", "somewhere", "r-99999999999999999999"])
def test_foreign_edition_is_not_found(sqlite_engine: sa.Engine, world: World, key: str) -> None:
    with reading(sqlite_engine) as session, pytest.raises(NotFoundError):
        appraise(session, world.coordinator, fresh(session, world.round), ["draft", key])


def test_release_of_another_round_is_foreign(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    publish(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        other = make_world(session, sites=1)
    with reading(sqlite_engine) as session, pytest.raises(NotFoundError):
        appraise(session, world.coordinator, session.get_one(Round, other.round.id), ["draft", "r-1"])


def test_departments_compare_nothing(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        clerk = make_actor(session, Role.CLERK)
        assert list_edition_keys(session, clerk, fresh(session, world.round)) == []


def test_journey_goes_to_the_nearest_and_back() -> None:
    one_degree = 111.195
    assert journey_km((0.0, 0.0), [(0.0, 1.0)]) == pytest.approx(2 * one_degree, abs=0.01)
    assert journey_km((0.0, 0.0), [(0.0, 2.0), (0.0, 1.0)]) == pytest.approx(4 * one_degree, abs=0.01)
