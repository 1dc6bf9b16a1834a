"""Two people at once: one edit a version, one visit for an officer's hour; and what happens with the guards off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from data.enums import Role
from data.errors import StaleError
from data.models import CrewSlot, Round
from data.session import make_engine, unit_of_work
from scheduler.errors import DomainError, RuleError
from scheduler.permissions import Actor
from scheduler.planning.editing import log
from scheduler.planning.editing.commands import MoveVisit, SetCrew
from scheduler.planning.editing.log import apply_edit
from tests.factories import make_actor, stored_id
from tests.scheduler.planning.editing.drafts import CLOCK, WHY, edit, solved_world, states_now, visit_at
from tests.scheduler.planning.worlds import World, fresh, march

RIVALS = 24


@pytest.fixture
def world(engine: sa.Engine) -> World:
    return solved_world(engine, sites=2, organisations=1, officers=4)


def _race(deeds: list[Callable[[], None]], threads: int) -> Counter[str]:
    """Do all at once and count how they end."""
    barrier = Barrier(threads, timeout=60)

    def one(place: int, deed: Callable[[], None]) -> str:
        if place < threads:
            barrier.wait()
        try:
            deed()
        except StaleError:
            return "stale"
        except RuleError:
            return "rule"
        except IntegrityError:
            return "constraint"
        except DomainError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(threads) as pool:
        return Counter(pool.map(one, range(len(deeds)), deeds))


def test_of_many_edits_of_one_version_exactly_one_is_done(engine: sa.Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        visit = visit_at(session, world, 0)
        uid, version = visit.uid, visit.version

    def move(number: int) -> None:
        with unit_of_work(engine) as session:
            command = MoveVisit(visit=uid, day=march(16 + number % 5), start_quarter=number % 4)
            edit(session, world, command, expected=version)

    found = _race([lambda number=number: move(number) for number in range(200)], threads=5)  # type: ignore[misc]
    assert found == {"done": 1, "stale": 199}


def _two_crews(session: Session, world: World) -> tuple[SetCrew, SetCrew]:
    """Two visits of one body on two days, and the wish to send one officer to both."""
    for place in (0, 1):
        edit(session, world, MoveVisit(visit=visit_at(session, world, place).uid, day=march(20), start_quarter=0))
    states = [states_now(session, world)[visit_at(session, world, place).uid] for place in (0, 1)]
    crews = [state.members[0].officers for state in states]
    free = crews[0][0]
    edit(session, world, MoveVisit(visit=states[0].uid, day=march(23), start_quarter=0))
    edit(session, world, MoveVisit(visit=states[1].uid, day=march(24), start_quarter=0))
    return (
        SetCrew(visit=states[0].uid, request=states[0].members[0].request, officers=(free, crews[0][1])),
        SetCrew(visit=states[1].uid, request=states[1].members[0].request, officers=(free, crews[1][0])),
    )


def _slots(session: Session, world: World) -> list[tuple[int, str, int]]:
    return [(one.officer_id, one.day.isoformat(), one.quarter) for one in session.exec(select(CrewSlot))]


def test_two_coordinators_do_not_take_one_officer_for_one_hour(engine: sa.Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        second = make_actor(session, Role.COORDINATOR)
        one, other = _two_crews(session, world)
        # Both visits come to one hour; each keeps the crew that it has, and the officer is in neither yet.
        edit(session, world, one)
        edit(session, world, other)

    def move(actor: Actor, command: SetCrew) -> None:
        with unit_of_work(engine) as session:
            moved = MoveVisit(visit=command.visit, day=march(26), start_quarter=0)
            apply_edit(session, CLOCK, actor, fresh(session, world.round), moved, expected=None, reason=WHY)
            apply_edit(session, CLOCK, actor, fresh(session, world.round), command, expected=None, reason=WHY)

    found = _race([lambda: move(world.coordinator, one), lambda: move(second, other)], threads=2)
    assert found["done"] == 1
    assert found["rule"] + found["constraint"] == 1
    with unit_of_work(engine) as session:
        slots = _slots(session, world)
        assert len(slots) == len(set(slots))


def _unguarded(monkeypatch: pytest.MonkeyPatch, engine: sa.Engine) -> None:
    """No line to stand in, and no constraint of the database."""
    monkeypatch.setattr(log, "queue_up", lambda _session: None)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE crewslot DROP CONSTRAINT uq_crewslot_officer_id_day_quarter"))


@pytest.mark.postgres
def test_without_the_guards_an_officer_is_sent_to_two_places(
    postgres_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control. On PostgreSQL, where two writers really run at once."""
    world = solved_world(postgres_engine, sites=2, organisations=1, officers=4)
    with unit_of_work(postgres_engine) as session:
        one, other = _two_crews(session, world)
        for command in (one, other):
            edit(session, world, command)
            edit(
                session, world, MoveVisit(visit=command.visit, day=march(26 if command is one else 27), start_quarter=0)
            )
    _unguarded(monkeypatch, postgres_engine)
    judged = Barrier(2, timeout=60)
    write = log.write_rows

    def write_together(session: Session, round_: Round, rows: object) -> None:
        judged.wait()
        write(session, round_, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(log, "write_rows", write_together)

    def go(command: SetCrew, day: int) -> None:
        engine = make_engine(postgres_engine.url.render_as_string(hide_password=False))
        with unit_of_work(engine) as session:
            log.do_edit(
                session, CLOCK, world.coordinator, fresh(session, world.round),
                MoveVisit(visit=command.visit, day=march(day), start_quarter=1), expected=None, reason=WHY, batch="b",
            )  # fmt: skip
        engine.dispose()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(go, one, 30), pool.submit(go, other, 30)]:
            done.result()
    with unit_of_work(postgres_engine) as session:
        slots = _slots(session, world)
        assert len(slots) > len(set(slots))


def test_database_itself_refuses_a_double_booking(engine: sa.Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        taken = session.exec(select(CrewSlot)).first()
        assert taken is not None
        values = {name: getattr(taken, name) for name in ("visit_id", "request_id", "officer_id", "day", "quarter")}
    with pytest.raises(IntegrityError), unit_of_work(engine) as session:
        session.add(CrewSlot(**values))
    assert stored_id(taken)
