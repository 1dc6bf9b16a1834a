"""A few things in memory: found again for their database only, and the oldest goes first."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session

from scheduler.shelf import Shelf


def test_shelf_keeps_things_of_each_database_apart() -> None:
    shelf: Shelf[str] = Shelf(most=2)
    with Session(sa.create_engine("sqlite://")) as here, Session(sa.create_engine("sqlite://")) as there:
        shelf.put(here, 1, "mine")
        assert (shelf.find(here, 1), shelf.find(there, 1), shelf.find(here, 2)) == ("mine", None, None)


def test_shelf_lets_the_thing_go_that_was_not_put_for_longest() -> None:
    shelf: Shelf[str] = Shelf(most=2)
    with Session(sa.create_engine("sqlite://")) as session:
        for key, thing in ((1, "a"), (2, "b"), (1, "c"), (3, "d")):
            shelf.put(session, key, thing)
        assert [shelf.find(session, key) for key in (1, 2, 3)] == ["c", None, "d"]
