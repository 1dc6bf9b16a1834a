"""The test databases themselves: both servers, each test its own, constraints in force."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.models import Town
from data.session import unit_of_work
from tests.factories import make_town


@pytest.mark.parametrize("turn", ["first", "second"])
def test_database_is_fresh_for_every_test(engine: sa.Engine, turn: str) -> None:
    with unit_of_work(engine) as session:
        assert session.exec(select(Town)).all() == []
        make_town(session, code="320904001")


def test_database_refuses_a_value_outside_its_check(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.IntegrityError), unit_of_work(engine) as session:
        make_town(session, lat=91.0)


def test_database_refuses_a_row_whose_owner_is_missing(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.IntegrityError), unit_of_work(engine) as session:
        session.execute(
            sa.text("INSERT INTO absence (officer_id, first_date, last_date) VALUES (1, '2026-01-01', '2026-01-02')")
        )
