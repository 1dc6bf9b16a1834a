"""The draft kept in memory: as the database has it after edits, and read afresh after whatever left no trail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Barrier
from typing import Any, Final

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import VisitStatus
from data.models import Round, Visit
from data.session import reading, unit_of_work
from scheduler.audit import record
from scheduler.planning.editing import draft_states as kept
from scheduler.planning.editing.area import read_area
from scheduler.planning.editing.commands import JoinVisits, MoveVisit, SplitVisit
from scheduler.planning.editing.draft_states import DraftStates, draft_states
from scheduler.planning.editing.frame import Frame
from scheduler.planning.editing.undoing import undo
from scheduler.shelf import Shelf
from scheduler.single_file import SingleFile
from tests.factories import stored_id
from tests.scheduler.planning.editing.drafts import CLOCK, edit, members_of, solved_world, visit_at
from tests.scheduler.planning.worlds import World, fresh, march


@pytest.fixture
def world(engine: sa.Engine) -> World:
    return solved_world(engine, sites=2, organisations=2)


def _states(engine: sa.Engine, world: World) -> DraftStates:
    with reading(engine) as session:
        return draft_states(session, fresh(session, world.round))


def _assert_as_stored(engine: sa.Engine, world: World) -> None:
    """Visits, versions and look-ups are what the rows say."""
    states = _states(engine, world)
    with reading(engine) as session:
        stored = read_area(session, fresh(session, world.round), days=None)
        live = session.exec(select(Visit).where(Visit.status != VisitStatus.CANCELLED)).all()
        versions = {row.uid: row.version for row in live}
    assert states.visits == stored
    assert states.versions == versions
    afresh = DraftStates(states.frame, stored, states.versions)
    everybody = range(len(states.frame.problem.departments))
    for day in {one.day for one in stored.values()}:
        place = {"days": {day}, "sites": (), "bodies": everybody}
        assert states.around(**place) == afresh.around(**place)  # type: ignore[arg-type]
    for one in stored.values():
        assert set(states.around(days=(), sites={one.site}, bodies=())) == {
            uid for uid, other in stored.items() if other.site == one.site
        }
        assert {states.visit_of(request) for request in one.requests} == {one.uid}


def test_states_follow_edits_without_being_read_afresh(engine: sa.Engine, world: World) -> None:
    before = _states(engine, world)
    with unit_of_work(engine) as session:
        visit = visit_at(session, world, 0)
        leaving = members_of(session, world, visit)[:1]
        done = edit(
            session, world, SplitVisit(visit=visit.uid, requests=tuple(leaving), day=march(20), start_quarter=0)
        )
    _assert_as_stored(engine, world)
    new = next(uid for uid in done.visits if uid != visit.uid)
    with unit_of_work(engine) as session:
        edit(session, world, JoinVisits(keep=visit.uid, other=new))
    _assert_as_stored(engine, world)
    with unit_of_work(engine) as session:
        undo(session, CLOCK, world.coordinator, fresh(session, world.round))
    _assert_as_stored(engine, world)
    # A visit that no edit has touched is the very same object: it was not read again.
    other = visit_uid(engine, world, 1)
    assert _states(engine, world).visits[other] is before.visits[other]


def visit_uid(engine: sa.Engine, world: World, place: int) -> str:
    with reading(engine) as session:
        return visit_at(session, world, place).uid


def _late_reader(engine: sa.Engine, world: World) -> tuple[DraftStates, ...]:
    """What is kept before and after an edit, what a reader is given who began before and asks after, and the next."""
    before = _states(engine, world)
    with reading(engine) as late:
        round_ = fresh(late, world.round)
        with unit_of_work(engine) as session:
            visit = visit_at(session, world, 0)
            edit(session, world, MoveVisit(visit=visit.uid, day=march(20), start_quarter=0))
        newer = _states(engine, world)
        older = draft_states(late, round_)
    assert newer.visits[visit.uid].day == march(20) != older.visits[visit.uid].day
    return before, older, newer, _states(engine, world)


def test_reader_who_began_before_an_edit_is_given_what_was_kept_then(sqlite_engine: sa.Engine) -> None:
    before, older, newer, last = _late_reader(sqlite_engine, solved_world(sqlite_engine, sites=2, organisations=2))
    assert older is before
    assert last is newer
    assert newer.frame is older.frame


def test_reader_who_began_before_an_edit_drives_out_the_newer_where_one_alone_is_kept(
    sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: each of the two reads what the other had."""
    monkeypatch.setattr(kept, "MOST_SEEN", 1)
    before, older, newer, last = _late_reader(sqlite_engine, solved_world(sqlite_engine, sites=2, organisations=2))
    assert older is not before
    assert last is not newer
    assert last.frame is older.frame is newer.frame


READERS: Final = 4


class _Crowd(SingleFile):
    """Everybody goes ahead at once."""

    @contextmanager
    def take(self, session: Session, key: int) -> Iterator[None]:  # noqa: ARG002 -- as the turns that it stands for
        yield


def _frames_read(
    engine: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch, *, together: Barrier | None = None
) -> tuple[int, int]:
    """How often a frame is read, and how many drafts are given out, where all readers find none before any reads.

    `together`: where all have to be for a frame to be read.
    """
    looked, seen, read = Barrier(READERS, timeout=60), threading.local(), []
    find, frame = kept._find_course, kept.read_frame

    def found(*args: Any) -> Any:
        course = find(*args)
        if not hasattr(seen, "once"):
            seen.once = True
            looked.wait()
        return course

    def counted(session: Session, round_: Round) -> Frame:
        read.append(threading.get_ident())
        if together is not None:
            together.wait()
        return frame(session, round_)

    monkeypatch.setattr(kept, "_SHELF", Shelf(most=kept.MOST_ROUNDS))
    monkeypatch.setattr(kept, "_find_course", found)
    monkeypatch.setattr(kept, "read_frame", counted)
    with ThreadPoolExecutor(READERS) as pool:
        given = list(pool.map(lambda _: _states(engine, world), range(READERS)))
    assert all(one.visits == given[0].visits for one in given)
    return len(read), len({id(one) for one in given})


def test_readers_who_all_miss_the_frame_read_it_once(
    engine: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_LINE", SingleFile(patience_seconds=60))
    assert _frames_read(engine, world, monkeypatch) == (1, 1)


def test_readers_who_do_not_wait_read_the_frame_each_for_himself(
    sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(kept, "_LINE", _Crowd(patience_seconds=0))
    world = solved_world(sqlite_engine, sites=2, organisations=2)
    together = Barrier(READERS, timeout=60)
    assert _frames_read(sqlite_engine, world, monkeypatch, together=together) == (READERS, READERS)


def test_reader_who_waited_while_the_trail_went_on_takes_the_frame_that_was_read(
    sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = solved_world(sqlite_engine, sites=2, organisations=2)
    line = SingleFile(patience_seconds=60)
    monkeypatch.setattr(kept, "_LINE", line)
    monkeypatch.setattr(kept, "_SHELF", Shelf(most=kept.MOST_ROUNDS))
    with ThreadPoolExecutor(1) as pool, reading(sqlite_engine) as first:
        round_ = fresh(first, world.round)
        with line.take(first, stored_id(world.round)):
            later = pool.submit(_states, sqlite_engine, world)
            mine = kept._read(first, round_, kept._look(first, round_))
            _note_a_run(sqlite_engine, world)
        assert later.result(timeout=60).frame is mine.frame


def _note_a_run(engine: sa.Engine, world: World) -> None:
    """Another link of the trail that changes nothing a frame is made of."""
    with unit_of_work(engine) as session:
        record(session, CLOCK, world.coordinator, "run.request", entity="run", entity_uid="0" * 32)


def test_reader_is_not_held_up_by_one_who_never_ends(sqlite_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    line = SingleFile(patience_seconds=0.05)
    monkeypatch.setattr(kept, "_LINE", line)
    monkeypatch.setattr(kept, "_SHELF", Shelf(most=kept.MOST_ROUNDS))
    world = solved_world(sqlite_engine, sites=2, organisations=2)
    with reading(sqlite_engine) as stuck, line.take(stuck, stored_id(world.round)):
        assert len(_states(sqlite_engine, world).visits) == 2


def test_states_are_read_afresh_after_a_writer_without_a_trail(engine: sa.Engine, world: World) -> None:
    _states(engine, world)
    with unit_of_work(engine) as session:
        visit = visit_at(session, world, 0)
        visit.day = march(27)

    assert _states(engine, world).visits[visit.uid].day == march(27)


def test_states_seen_in_a_transaction_that_was_rolled_back_are_not_kept(engine: sa.Engine, world: World) -> None:
    uid = visit_uid(engine, world, 0)
    day = _states(engine, world).visits[uid].day
    with suppress(KeyError), unit_of_work(engine) as session:
        edit(session, world, MoveVisit(visit=uid, day=march(27), start_quarter=0))
        assert draft_states(session, fresh(session, world.round)).visits[uid].day == march(27)
        raise KeyError

    assert _states(engine, world).visits[uid].day == day
    _assert_as_stored(engine, world)


def test_an_area_has_no_visits_of_other_bodies_at_other_sites(engine: sa.Engine, world: World) -> None:
    states = _states(engine, world)
    one = states.visits[visit_uid(engine, world, 0)]
    nobody = len(states.frame.problem.departments)

    assert set(states.around(days={one.day}, sites=(), bodies={nobody})) == set()
    assert one.uid in states.around(days={one.day}, sites=(), bodies=states.bodies_of(one.uid))
