"""All warnings together: who may see them, in which order, how many of their rows, and as a file."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from data.enums import Role
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import NotPermittedError
from scheduler.oversight.download import warning_csv
from scheduler.oversight.overview import CHECKS, count_warnings, get_warning, list_warnings
from scheduler.oversight.warning import WarningKind
from tests import factories
from tests.scheduler.oversight.visits import past, warning


def plant_repeats(session: Session, number: int, *, name: str = "第二局") -> None:
    one, other = factories.make_organisation(session), factories.make_organisation(session, short_name=name)
    for day in range(1, number + 1):
        site = factories.make_site(session)
        past(session, site, date(2026, 2, 1), one)
        past(session, site, date(2026, 2, 1 + day), other)


def test_every_kind_is_listed_in_order_on_both_databases(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        plant_repeats(session, 2)
        actor = factories.make_actor(session, Role.SUPERVISOR)
        found = list_warnings(session, clock, actor)
        rows = [get_warning(session, clock, actor, kind).rows for kind in WarningKind]

    assert [one.kind for one in found] == list(WarningKind) == list(CHECKS)
    assert [one.count for one in found] == [2, *[0] * 10] == [len(some) for some in rows]
    assert all(one.rule_id and one.source for one in found)


@pytest.mark.parametrize("role", [Role.CLERK, Role.HEAD, Role.OFFICER, Role.ENTERPRISE], ids=str)
def test_warnings_are_closed_to_departments_and_enterprises(session: Session, clock: FixedClock, role: Role) -> None:
    with pytest.raises(NotPermittedError):
        count_warnings(session, clock, factories.make_actor(session, role))


def test_rows_come_in_pages_that_make_up_the_whole(session: Session, clock: FixedClock) -> None:
    plant_repeats(session, 5)
    actor, kind = factories.make_actor(session, Role.SUPERVISOR), WarningKind.REPEATED_VISITS
    pages = [get_warning(session, clock, actor, kind, first=start, most=2) for start in (0, 2, 4, 6)]

    assert [len(one.rows) for one in pages] == [2, 2, 1, 0]
    assert [row for one in pages for row in one.rows] == list(warning(session, clock, kind).rows)
    assert {one.count for one in pages} == {5}


def test_download_holds_every_row_and_no_formula(session: Session, clock: FixedClock) -> None:
    plant_repeats(session, 3, name="=HYPERLINK(1)")
    found = warning(session, clock, WarningKind.REPEATED_VISITS)

    lines = warning_csv(found, list(found.columns), say=lambda cell: cell[0] if isinstance(cell, tuple) else str(cell))

    text = lines.decode("utf-8-sig").splitlines()
    assert text[0] == ",".join(found.columns)
    assert len(text) == 4
    assert text[1].endswith(",'=HYPERLINK(1),3")
