"""Releases as everybody reads them: counted by announced visits, silent about everything else (F33)."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlmodel import Session

from data.session import unit_of_work
from scheduler.publishing.differences import Change
from scheduler.publishing.public_changes import PublicChange, public_changes
from tests.scheduler.planning.worlds import World, march
from tests.scheduler.publishing.edits import drop, move, reword_item, unchanged, visit_to

Republish = Callable[..., int]


def news(engine: sa.Engine) -> list[PublicChange]:
    with unit_of_work(engine) as session:
        return public_changes(session)


def test_first_release_tells_of_new_visits_without_the_hidden_one(sqlite_engine: sa.Engine, published: World) -> None:
    (one,) = news(sqlite_engine)
    assert (one.counts, one.visits, one.round_name) == (((Change.NEW, 3),), 3, published.round.name)
    announced = {body.name for body in published.organisations[:2]}
    assert {name: count for name, _, count in one.departments} == dict.fromkeys(announced, 3)


def test_each_kind_of_change_is_counted(sqlite_engine: sa.Engine, published: World, republish: Republish) -> None:
    def edit(session: Session) -> None:
        move(session, visit_to(session, published, 0), march(30))
        drop(session, visit_to(session, published, 1))
        reword_item(session, published)

    republish(edit)
    newest, first = news(sqlite_engine)
    assert newest.counts == ((Change.MOVED, 1), (Change.CHANGED, 1), (Change.CANCELLED, 1))
    assert (newest.visits, first.visits) == (2, 3)
    assert newest.sealed_at > first.sealed_at


def test_release_that_changed_no_announced_visit_is_not_mentioned(
    sqlite_engine: sa.Engine, published: World, republish: Republish
) -> None:
    before = news(sqlite_engine)
    republish(unchanged)
    republish(lambda session: move(session, visit_to(session, published, 0, hidden=True), march(31)))
    republish(lambda session: drop(session, visit_to(session, published, 0, hidden=True)))
    assert news(sqlite_engine) == before


def test_only_the_newest_are_read(sqlite_engine: sa.Engine, published: World, republish: Republish) -> None:
    for day in (30, 31, 30):
        republish(lambda session, day=day: move(session, visit_to(session, published, 0), march(day)))
    with unit_of_work(sqlite_engine) as session:
        assert [dict(one.counts) for one in public_changes(session, limit=2)] == [{Change.MOVED: 1}] * 2
        assert len({one.key for one in public_changes(session)}) == 4
