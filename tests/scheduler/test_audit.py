"""The audit chain: every kind of tampering is found, the first bad link is named, and no two writers fork it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.models import AuditEvent, AuditTip
from data.session import unit_of_work
from scheduler import audit
from scheduler.clock import FixedClock
from tests import factories

TRIGGERS = ("tr_auditevent_no_update", "tr_auditevent_no_delete")


def write_events(engine: sa.Engine, clock: FixedClock, count: int) -> None:
    with unit_of_work(engine) as session:
        actor = factories.make_actor(session)
        for number in range(count):
            audit.record(
                session, clock, actor, "plan.edit", entity="plan", entity_uid=f"uid{number}",
                before={"on": date(2026, 3, 1), "title": "旧"}, after={"title": "新"}, reason="改",
            )  # fmt: skip


def disarm(engine: sa.Engine) -> None:
    """Do as the owner of the database can: take the guards away first."""
    with engine.begin() as connection:
        for name in TRIGGERS:
            on = "" if engine.dialect.name == "sqlite" else " ON auditevent"
            connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")


def first_bad(engine: sa.Engine) -> int | None:
    with unit_of_work(engine) as session:
        return audit.verify(session).first_bad


def test_whole_chain_holds(engine: sa.Engine, clock: FixedClock) -> None:
    write_events(engine, clock, 5)

    with unit_of_work(engine) as session:
        assert audit.verify(session) == audit.ChainReport(events=5, first_bad=None)
        event = session.exec(select(AuditEvent).where(AuditEvent.number == 1)).one()
    assert event.before == {"on": "2026-03-01", "title": "旧"}


def test_empty_chain_holds(sqlite_engine: sa.Engine) -> None:
    assert first_bad(sqlite_engine) is None


TAMPERINGS: dict[str, tuple[str, int]] = {
    "edited": ("UPDATE auditevent SET reason = 'x' WHERE number = 3", 3),
    "edited_with_its_hash": ("UPDATE auditevent SET chain_hash = 'x' WHERE number = 3", 3),
    "actor_changed": ("UPDATE auditevent SET actor_id = NULL WHERE number = 2", 2),
    "middle_deleted": ("DELETE FROM auditevent WHERE number = 2", 2),
    "head_deleted": ("DELETE FROM auditevent WHERE number = 1", 1),
    "tail_cut": ("DELETE FROM auditevent WHERE number > 3", 4),
    "emptied": ("DELETE FROM auditevent", 1),
}


@pytest.mark.parametrize(("statement", "number"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_tampering_is_found(engine: sa.Engine, clock: FixedClock, statement: str, number: int) -> None:
    write_events(engine, clock, 5)
    disarm(engine)
    with engine.begin() as connection:
        assert connection.exec_driver_sql(statement).rowcount > 0

    assert first_bad(engine) == number


def test_swapped_rows_are_found(engine: sa.Engine, clock: FixedClock) -> None:
    write_events(engine, clock, 5)
    disarm(engine)
    with engine.begin() as connection:
        for old, new in ((2, 99), (4, 2), (99, 4)):
            connection.exec_driver_sql(f"UPDATE auditevent SET number = {new} WHERE number = {old}")

    assert first_bad(engine) == 2


def test_forged_row_at_the_end_is_found(engine: sa.Engine, clock: FixedClock) -> None:
    write_events(engine, clock, 3)
    with unit_of_work(engine) as session:
        last = session.exec(select(AuditEvent).order_by(col(AuditEvent.number).desc())).first()
        assert last is not None
        session.add(
            AuditEvent(number=4, at=clock.now(), action="a", entity="b", entity_uid="c", chain_hash=last.chain_hash)
        )

    assert first_bad(engine) == 4


@pytest.mark.parametrize("statement", ["UPDATE auditevent SET reason = 'x'", "DELETE FROM auditevent"])
def test_database_itself_refuses_changes(engine: sa.Engine, clock: FixedClock, statement: str) -> None:
    write_events(engine, clock, 1)

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_event_goes_with_its_transaction(engine: sa.Engine, clock: FixedClock) -> None:
    write_events(engine, clock, 2)

    with pytest.raises(RuntimeError), unit_of_work(engine) as session:
        _record_and_fail(session, clock)

    with unit_of_work(engine) as session:
        assert audit.verify(session) == audit.ChainReport(events=2, first_bad=None)


def _record_and_fail(session: Session, clock: FixedClock) -> None:
    audit.record(session, clock, None, "job.run", entity="job", entity_uid="x")
    raise RuntimeError


def test_writers_at_once_make_one_chain(engine: sa.Engine, clock: FixedClock) -> None:
    def write(number: int) -> None:
        with unit_of_work(engine) as session:
            audit.record(session, clock, None, "job.run", entity="job", entity_uid=str(number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(24)))

    with unit_of_work(engine) as session:
        assert audit.verify(session) == audit.ChainReport(events=24, first_bad=None)
        assert session.get_one(AuditTip, 1).number == 24


def test_canonical_json_is_the_same_for_equal_documents() -> None:
    one = {"b": 1, "a": [date(2026, 3, 1), "中"], "c": datetime(2026, 3, 1, tzinfo=UTC)}

    assert audit.canonical_json(one) == audit.canonical_json(dict(reversed(one.items())))
    assert audit.canonical_json(one) == '{"a":["2026-03-01","中"],"b":1,"c":"2026-03-01 00:00:00+00:00"}'
