"""Public ids in words: each kind by its own name, and what is no id stays out."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import NoticeMode
from data.models import Visit
from data.session import unit_of_work
from scheduler import naming
from scheduler.naming import name_subjects, names_of
from tests.factories import stored_id
from tests.scheduler.planning.worlds import World, make_world, march


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=2, organisations=1)
        session.add(
            Visit(
                round_id=stored_id(made.round), site_id=stored_id(made.sites[0]), day=march(9), start_quarter=0,
                quarters=1, lead_organisation_id=stored_id(made.organisations[0]), notice_mode=NoticeMode.ANNOUNCED,
            )
        )  # fmt: skip
    return made


def _expected(session: Session, world: World) -> dict[str, str]:
    """The name of one row of each kind, by id."""
    site, body, request = world.sites[0], world.organisations[0], world.requests[0]
    asked = next(one for one in world.sites if one.id == request.site_id)
    visit = session.exec(select(Visit)).one()
    return {
        site.uid: site.name,
        visit.uid: site.name,
        world.enterprises[0].uid: world.enterprises[0].name,
        world.officers[0].uid: world.officers[0].name,
        body.code: body.short_name,
        request.uid: f"{body.short_name} · {asked.name}",
    }


@pytest.mark.parametrize("most", [naming.MOST_IDS, 2], ids=["one-part", "many-parts"])
def test_every_kind_of_id_has_the_name_of_its_row(
    sqlite_engine: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(naming, "MOST_IDS", most)
    with Session(sqlite_engine) as session:
        expected = _expected(session, world)
        assert name_subjects(session, [*expected, "0" * 32, "day=3"]) == expected


def test_names_are_found_inside_of_lists_and_mappings(sqlite_engine: sa.Engine, world: World) -> None:
    site, request, body = world.sites[0], world.requests[0], world.organisations[0]
    with Session(sqlite_engine) as session:
        found = names_of(session, [{"members": {request.uid: [world.officers[0].uid]}}, [site.uid, 7, None], "text"])
    assert found == {
        body.code: body.short_name,
        request.uid: body.short_name,
        world.officers[0].uid: world.officers[0].name,
        site.uid: site.name,
    }
