"""Pushes against a real receiver: whole and incremental, in order, resumed under the same key, stopped when refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ExportKind, PushState, Role
from data.models import AuditEvent, PushBatch, PushDestination
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotPermittedError, StaleError
from scheduler.exports import destinations, pushing
from scheduler.exports.destinations import Aim, secret_of
from scheduler.exports.mapping import SAMPLE
from scheduler.exports.mappings import save_mapping
from scheduler.permissions import Actor
from tests.factories import make_actor
from tests.gateway import FakeGateway, running_gateway
from tests.scheduler.planning.worlds import World, march
from tests.scheduler.publishing.edits import move, unchanged, visit_to

KEY = "k" * 40
LINE = pushing.Line(key=KEY, hosts="127.0.0.1", seconds=5.0, batch_rows=2)


class Died(BaseException):
    """A death that no handler of the relay sees, as a kill is."""


@pytest.fixture
def platform() -> Iterator[FakeGateway]:
    with running_gateway() as found:
        yield found


@pytest.fixture
def administrator(database: sa.Engine, published: World) -> Actor:
    with unit_of_work(database) as session:
        return make_actor(session, Role.ADMINISTRATOR)


@pytest.fixture
def aim(platform: FakeGateway) -> Aim:
    return Aim(name="省平台", url=platform.url, kind=ExportKind.VISITS, mapping=None, every_minutes=60)


@pytest.fixture
def destination(
    database: sa.Engine, clock: FixedClock, administrator: Actor, aim: Aim, platform: FakeGateway
) -> PushDestination:
    with unit_of_work(database) as session:
        row = destinations.save_destination(session, clock, administrator, None, aim, hosts="127.0.0.1")
    platform.secret = secret_of(KEY, row)
    return row


def push(engine: sa.Engine, clock: FixedClock, *, holder: str = "a", **values: Any) -> int:
    return pushing.push_due(engine, clock, LINE, holder=holder, **values)


def visits(platform: FakeGateway) -> list[str]:
    """What a receiver that knows keys has got, by row."""
    kept = dict(zip(platform.keys, platform.bodies, strict=True))
    return [row["visit"] for body in kept.values() for row in body["rows"]]


def fresh(engine: sa.Engine, row: PushDestination) -> PushDestination:
    with unit_of_work(engine) as session:
        return session.get_one(PushDestination, row.id)


def batches(engine: sa.Engine) -> list[PushBatch]:
    with unit_of_work(engine) as session:
        return list(session.exec(select(PushBatch).order_by(col(PushBatch.id))))


def test_table_arrives_in_signed_batches_and_next_time_only_what_changed(
    database: sa.Engine,
    clock: FixedClock,
    published: World,
    republish: Callable[..., int],
    platform: FakeGateway,
    destination: PushDestination,
) -> None:
    assert push(database, clock) == 2
    assert (len(visits(platform)), platform.bad_signatures, len(set(platform.keys))) == (3, 0, 2)
    assert [(body["number"], body["last"]) for body in platform.bodies] == [(1, False), (2, True)]
    assert push(database, clock) == 0
    clock.instant += timedelta(minutes=60)
    republish(unchanged)
    assert push(database, clock) == 0
    clock.instant += timedelta(minutes=60)
    republish(lambda session: move(session, visit_to(session, published, 0), march(30)))
    assert push(database, clock) == 1
    (row,) = platform.bodies[-1]["rows"]
    assert row["date"] == "2026-03-30"
    # The pass in between found nothing new, and moved the cursor all the same.
    assert int(platform.bodies[-1]["since"]) > int(platform.bodies[0]["cursor"])
    assert {one.payload for one in batches(database)} == {""}
    with unit_of_work(database) as session:
        accepted = session.exec(select(AuditEvent).where(AuditEvent.action == "batch.accept")).all()
        assert len(accepted) == 3
        view = destinations.get_destination(session, published.coordinator, destination.uid)
        assert (view.accepted, view.waiting) == (4, None)


def test_unannounced_visit_is_not_pushed(
    database: sa.Engine,
    clock: FixedClock,
    published: World,
    platform: FakeGateway,
    destination: PushDestination,
) -> None:
    push(database, clock)
    with unit_of_work(database) as session:
        secret = visit_to(session, published, 0, hidden=True).uid
    assert destination.kind in destinations.PUSHED
    assert secret.encode() not in b"".join(platform.raw)


@pytest.mark.parametrize("point", pushing.POINTS)
def test_whoever_comes_after_a_death_sends_the_same_bytes_under_the_same_key(
    database: sa.Engine, clock: FixedClock, platform: FakeGateway, destination: PushDestination, point: str
) -> None:
    def die(here: str) -> None:
        if here == point:
            raise Died

    with pytest.raises(Died):
        push(database, clock, watch=die)
    waits = 1 if point == "push_noted" else 0
    # Nobody takes a batch from a relay that may live.
    assert push(database, clock, holder="b") == waits
    clock.instant += pushing.LEASE
    assert push(database, clock, holder="b") == 2 - 2 * waits
    assert sorted(visits(platform)) == sorted(set(visits(platform)))
    assert len(visits(platform)) == 3
    # The control: where the death came between acceptance and note, the receiver did get it twice.
    assert len(platform.keys) == (3 if point == "push_called" else 2)
    bodies = dict(zip(platform.keys, platform.raw, strict=True))
    assert all(bodies[key] == body for key, body in zip(platform.keys, platform.raw, strict=True))


def test_control_of_a_cursor_that_moves_before_the_call_loses_a_batch(
    database: sa.Engine, clock: FixedClock, platform: FakeGateway, destination: PushDestination
) -> None:
    """The guard off: the position is written when the batch is cut, and the process dies before the call."""
    with unit_of_work(database) as session:
        taken = pushing.take_batch(session, clock, LINE, destination.id or 0, holder="a")
        assert taken is not None
        assert pushing.note_accepted(session, clock, taken, "")
    assert push(database, clock, holder="b") == 1
    assert len(visits(platform)) == 1


def test_relay_that_lost_its_claim_notes_nothing(
    database: sa.Engine, clock: FixedClock, platform: FakeGateway, destination: PushDestination
) -> None:
    lost: list[str] = []

    def lose(here: str) -> None:
        if here == "push_called" and not lost:
            lost.append(here)
            clock.instant += timedelta(minutes=2)
            push(database, clock, holder="b")

    assert push(database, clock, watch=lose) == 0
    assert [one.lease_holder for one in batches(database)] == ["b", "b"]
    assert len(visits(platform)) == 3


def test_platform_that_is_down_is_tried_again_later(
    database: sa.Engine, clock: FixedClock, platform: FakeGateway, destination: PushDestination
) -> None:
    platform.status = 500
    for wait in pushing.BACKOFF:
        assert push(database, clock) == 0
        clock.instant += wait - timedelta(seconds=1)
        calls = len(platform.keys)
        assert push(database, clock) == 0
        assert len(platform.keys) == calls
        clock.instant += timedelta(seconds=1)
    platform.status = 200
    assert push(database, clock) == 2
    assert len(visits(platform)) == 3
    assert len(set(platform.keys)) == 2


def test_batch_dies_after_many_attempts(
    database: sa.Engine, clock: FixedClock, platform: FakeGateway, destination: PushDestination
) -> None:
    platform.status = 503
    push(database, clock)
    with unit_of_work(database) as session:
        session.exec(select(PushBatch)).one().attempts = pushing.MOST_ATTEMPTS - 1
    clock.instant += timedelta(hours=2)
    push(database, clock)
    assert batches(database)[0].state is PushState.DEAD


@pytest.mark.parametrize(("event", "sent", "keys"), [("retry", 3, 2), ("recut", 3, 3), ("skip", 1, 2)])
def test_refused_batch_stops_its_destination_until_somebody_has_looked(
    database: sa.Engine,
    clock: FixedClock,
    platform: FakeGateway,
    destination: PushDestination,
    administrator: Actor,
    event: str,
    sent: int,
    keys: int,
) -> None:
    platform.status = 400
    assert push(database, clock) == 0
    clock.instant += timedelta(days=3)
    assert push(database, clock) == 0
    assert (len(platform.calls), batches(database)[0].last_error) == (1, "HTTP 400")
    refused = platform.keys[0]
    platform.status = 200
    with unit_of_work(database) as session:
        row = session.get_one(PushDestination, destination.id)
        with pytest.raises(ConflictError):
            destinations.start_pass(session, clock, administrator, row, whole=True)
        destinations.settle_dead(session, clock, administrator, row, event, reason="对方已修好")
    push(database, clock)
    accepted = [body for key, body in zip(platform.keys[1:], platform.bodies[1:], strict=True)]
    assert sum(len(body["rows"]) for body in accepted) == sent
    assert (refused in platform.keys[1:], len(set(platform.keys))) == (event == "retry", keys)
    with unit_of_work(database) as session, pytest.raises(ConflictError):
        destinations.settle_dead(session, clock, administrator, row, event, reason="x")


def test_mapping_names_the_fields_and_rows_that_do_not_fit_are_kept_with_the_batch(
    database: sa.Engine,
    clock: FixedClock,
    platform: FakeGateway,
    destination: PushDestination,
    administrator: Actor,
    aim: Aim,
) -> None:
    text = SAMPLE.read_text(encoding="utf-8").replace("longest = 100", "longest = 1", 1)
    with unit_of_work(database) as session:
        mapping = save_mapping(session, clock, administrator, None, name="窄", content=text)
        row = session.get_one(PushDestination, destination.id)
        destinations.save_destination(
            session, clock, administrator, row, replace(aim, mapping=mapping), hosts="127.0.0.1"
        )
    assert push(database, clock) == 2
    # Nothing fits: nothing is sent, and it is told which rows stayed behind.
    assert platform.calls == []
    assert [(one.rows, one.left_out, one.state) for one in batches(database)] == [
        (0, 2, PushState.SENT), (0, 1, PushState.SENT),
    ]  # fmt: skip
    assert batches(database)[0].faults[0]["field"] == "ENT_NAME"


def test_everything_can_be_pushed_again(
    database: sa.Engine,
    clock: FixedClock,
    platform: FakeGateway,
    destination: PushDestination,
    administrator: Actor,
) -> None:
    push(database, clock)
    with unit_of_work(database) as session:
        row = session.get_one(PushDestination, destination.id)
        destinations.start_pass(session, clock, administrator, row, whole=True)
    assert push(database, clock) == 2
    assert len(visits(platform)) == 6


def test_paused_destination_gets_nothing(
    database: sa.Engine,
    clock: FixedClock,
    platform: FakeGateway,
    destination: PushDestination,
    administrator: Actor,
    aim: Aim,
) -> None:
    with unit_of_work(database) as session:
        row = session.get_one(PushDestination, destination.id)
        destinations.save_destination(
            session, clock, administrator, row, replace(aim, active=False), hosts="127.0.0.1", version=row.version
        )
        with pytest.raises(StaleError):
            destinations.save_destination(
                session, clock, administrator, row, aim, hosts="127.0.0.1", version=row.version - 1
            )
    assert (push(database, clock), platform.calls) == (0, [])


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"url": "https://evil.example/x"}, "url", "address_not_allowed"),
        ({"url": "http://127.0.0.1:99999/x"}, "url", "address_not_allowed"),
        ({"url": "http://169.254.169.254/latest"}, "url", "address_not_allowed"),
        ({"url": "https://127.0.0.1@evil.example/"}, "url", "address_not_allowed"),
        ({"kind": ExportKind.FIGURES}, "kind", "not_pushed"),
        ({"every_minutes": 1}, "every_minutes", "not_pushed"),
    ],
    ids=["other host", "bad port", "metadata", "user", "figures", "every minute"],
)
def test_destination_that_may_not_be_is_refused(
    session: Session, clock: FixedClock, change: dict[str, Any], field: str, code: str
) -> None:
    given: dict[str, Any] = {
        "name": "x",
        "url": "http://127.0.0.1:1/",
        "kind": ExportKind.VISITS,
        "mapping": None,
        "every_minutes": 60,
    }
    actor = make_actor(session, Role.ADMINISTRATOR)
    with pytest.raises(InvalidError) as caught:
        destinations.save_destination(session, clock, actor, None, Aim(**given | change), hosts="127.0.0.1")
    assert [(one.field, one.code) for one in caught.value.faults] == [(field, code)]
    with pytest.raises(NotPermittedError):
        destinations.save_destination(
            session, clock, make_actor(session, Role.COORDINATOR), None, Aim(**given), hosts="127.0.0.1"
        )


def test_host_that_is_no_longer_allowed_is_not_called(
    database: sa.Engine, clock: FixedClock, platform: FakeGateway, destination: PushDestination
) -> None:
    line = replace(LINE, hosts="other.example")
    assert pushing.push_due(database, clock, line, holder="a") == 0
    assert platform.calls == []
    assert batches(database)[0].last_error == "address_not_allowed"


def test_redirect_is_not_followed(
    database: sa.Engine, clock: FixedClock, platform: FakeGateway, destination: PushDestination
) -> None:
    with running_gateway() as inner:
        platform.status, platform.location = 307, inner.url
        assert push(database, clock) == 0
        assert inner.calls == []
    assert batches(database)[0].state is PushState.DEAD


def test_secret_changes_with_its_number_and_with_the_key(
    database: sa.Engine,
    clock: FixedClock,
    platform: FakeGateway,
    destination: PushDestination,
    administrator: Actor,
) -> None:
    with unit_of_work(database) as session:
        row = session.get_one(PushDestination, destination.id)
        before = destinations.show_secret(session, clock, administrator, row, key=KEY)
        after = destinations.show_secret(session, clock, administrator, row, key=KEY, rotate=True)
        assert len({before, after, secret_of("other" * 8, row)}) == 3
        assert (before, after) == (platform.secret, secret_of(KEY, row))
        with pytest.raises(NotPermittedError):
            destinations.show_secret(session, clock, make_actor(session, Role.COORDINATOR), row, key=KEY)
    push(database, clock)
    assert platform.bad_signatures == len(platform.calls) == 2


def test_no_transaction_is_open_during_a_call(
    database: sa.Engine, clock: FixedClock, platform: FakeGateway, destination: PushDestination
) -> None:
    """While the platform thinks, others write: with a transaction open SQLite would not let them."""
    wrote = []

    def write() -> None:
        with unit_of_work(database) as session:
            wrote.append(make_actor(session, Role.CLERK).username)

    platform.meanwhile = write
    assert push(database, clock) == 2
    assert len(wrote) == 2
    assert json.loads(platform.raw[0])["kind"] == "visits"
