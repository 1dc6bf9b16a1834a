"""Photos of results: from the crew that is there, once, without the place, and only for those who may see them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from data.enums import Role
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotFoundError
from scheduler.fieldwork.photos import MOST_AN_ITEM, add_photo, get_photo, list_photos
from tests.factories import NOW, make_actor
from tests.scheduler.fieldwork.test_item_results import arrive, crews, key, own_items
from tests.scheduler.fieldwork.test_pictures import JFIF, PLACE, exif, jpeg, segment
from tests.scheduler.planning.worlds import make_world, publish, solve
from tests.scheduler.publishing.edits import visit_to

PHOTO = jpeg(JFIF, exif(1))


def test_photo_is_kept_clean_once_and_for_the_right_people(sqlite_engine: sa.Engine) -> None:
    clock = FixedClock(NOW)
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=1, organisations=2)
    solve(sqlite_engine, clock, world)
    publish(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        lead, other = crews(session, clock, visit)
        with pytest.raises(ConflictError) as early:
            add_photo(session, clock, lead, visit.uid, PHOTO, item="x", key=key())
        assert early.value.code == "crew_not_arrived"
        (item, *_) = own_items(arrive(session, clock, lead, visit.uid))
        assert add_photo(session, clock, lead, visit.uid, PHOTO, item=item, key="photo-once")
        assert not add_photo(session, clock, lead, visit.uid, PHOTO, item=item, key="photo-once")
        assert not add_photo(session, clock, lead, visit.uid, PHOTO, item=item, key=key())
        (kept,) = list_photos(session, visit)
        assert PLACE not in get_photo(session, lead, kept.uid).content
        for code, content in {"photo_type": b"GIF89a", "photo_broken": PHOTO[:9], "empty_file": b""}.items():
            with pytest.raises(InvalidError) as refused:
                add_photo(session, clock, lead, visit.uid, content, item=item, key=key())
            assert [one.code for one in refused.value.faults] == [code]
        for number in range(MOST_AN_ITEM - 1):
            another = jpeg(JFIF, segment(0xDB, str(number).encode()))
            add_photo(session, clock, lead, visit.uid, another, item=item, key=key())
        with pytest.raises(InvalidError) as full:
            add_photo(session, clock, lead, visit.uid, jpeg(), item=item, key=key())
        assert [one.code for one in full.value.faults] == ["too_many_photos"]
        (theirs, *_) = own_items(arrive(session, clock, other, visit.uid))
        with pytest.raises(InvalidError):
            add_photo(session, clock, lead, visit.uid, jpeg(), item=theirs, key=key())

        clerk = make_actor(session, Role.CLERK, organisation_id=visit.lead_organisation_id)
        for actor in (other, clerk, make_actor(session, Role.SUPERVISOR)):
            assert get_photo(session, actor, kept.uid).uid == kept.uid
        body = next(one.id for one in world.organisations if one.id != visit.lead_organisation_id)
        firm = make_actor(session, Role.ENTERPRISE, enterprise_id=world.enterprises[0].id)
        for actor in (make_actor(session, Role.HEAD, organisation_id=body), firm):
            with pytest.raises(NotFoundError):
                get_photo(session, actor, kept.uid)
