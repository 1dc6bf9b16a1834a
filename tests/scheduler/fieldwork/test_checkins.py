from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import Channel, NoticeKind, RecipientKind, Role, VisitStatus
from data.models import (
    AuditEvent,
    CrewArrival,
    CrewSlot,
    Enterprise,
    FieldEntry,
    InspectionRecord,
    Officer,
    OutboxMessage,
    Site,
    Visit,
)
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotFoundError, TransitionError
from scheduler.fieldwork.checkins import check_in
from scheduler.fieldwork.site_codes import short_code, site_token
from scheduler.permissions import Actor
from scheduler.publishing.addresses import Ways
from scheduler.publishing.channels.gateway import Gateway
from scheduler.publishing.enterprise_view import enterprise_visits
from scheduler.publishing.inbox import list_messages
from scheduler.publishing.outbox import deliver_due
from tests.factories import NOW, make_actor, stored_id
from tests.gateway import SECRET as GATEWAY_SECRET
from tests.gateway import running_gateway
from tests.scheduler.planning.worlds import World, hide, make_world, publish, solve
from tests.scheduler.publishing.edits import visit_to

SECRET = "a secret of the tests"
WAYS = Ways(
    channels=frozenset({Channel.INBOX, Channel.GATEWAY, Channel.PRINT}),
    base_url="https://onedoor.example",
    key="k" * 40,
)
_numbers = count(1)


@pytest.fixture
def world(sqlite_engine: sa.Engine, clock: FixedClock) -> World:
    """Published and delivered; the clock stands in the evening before the first visit."""
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=2, organisations=2)
        hide(session, made, made.sites[0])
    solve(sqlite_engine, clock, made)
    publish(sqlite_engine, clock, made)
    deliver_due(sqlite_engine, clock, holder="test")
    return made


def _crew(session: Session, visit: Visit) -> Actor:
    officer_id = session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)).first()
    return make_actor(session, Role.OFFICER, officer_id=officer_id)


def arrive(session: Session, clock: FixedClock, actor: Actor, visit: Visit, **said: Any) -> bool:
    """Check in by the site's code unless something else is said."""
    defaults: dict[str, Any] = {"key": f"key-{next(_numbers):08d}", "secret": SECRET}
    if "reason" not in said:
        defaults["code"] = short_code(SECRET, session.get_one(Site, visit.site_id).uid)
    return check_in(session, clock, actor, visit.uid, **defaults | said)


def _on_the_day(clock: FixedClock, visit: Visit) -> None:
    clock.instant = NOW.replace(month=visit.day.month, day=visit.day.day)


def test_check_in_counts_each_department_once(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        _on_the_day(clock, visit)
        arrive(session, clock, _crew(session, visit), visit)
        assert (visit.status, visit.checked_in_at) == (VisitStatus.CHECKED_IN, clock.now())
        records = session.exec(select(InspectionRecord)).all()
        assert {(row.visit_uid, row.organisation_id, row.day) for row in records} == {
            (visit.uid, body.id, visit.day) for body in world.organisations[:2]
        }
        assert session.exec(select(AuditEvent).where(AuditEvent.action == "visit.check_in")).one()
        assert session.exec(select(OutboxMessage).where(OutboxMessage.kind == NoticeKind.CHECK_IN)).all() == []


def test_check_in_of_an_unannounced_visit_tells_its_enterprise_once(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        firm = make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(world.enterprises[0]))
        visit = visit_to(session, world, 0, hidden=True)
        _on_the_day(clock, visit)
        arrive(session, clock, _crew(session, visit), visit)
    assert deliver_due(sqlite_engine, clock, holder="test") == 1
    with reading(sqlite_engine) as session:
        newest = list_messages(session, firm).rows[0]
        assert newest.kind is NoticeKind.CHECK_IN
        assert [line["visit"] for line in newest.payload["changes"]] == [visit.uid]
        assert {one.visit_uid: one.arrived for one in enterprise_visits(session, firm)}[visit.uid]


def test_check_in_of_an_unannounced_visit_reaches_its_enterprise_on_its_channel_and_never_on_paper(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    """Before the knock no channel holds a word of it; from then on the gateway says that they are there."""
    with unit_of_work(sqlite_engine) as session:
        session.get_one(Enterprise, stored_id(world.enterprises[0])).contact_phone = "13900000000"
        visit = visit_to(session, world, 0, hidden=True)
        assert not [row for row in session.exec(select(OutboxMessage)) if _firm_is_told(row, visit.uid)]
        _on_the_day(clock, visit)
        arrive(session, clock, _crew(session, visit), visit, ways=WAYS)
        told = [row for row in session.exec(select(OutboxMessage)) if _firm_is_told(row, visit.uid)]
    assert {(row.channel, row.address) for row in told} == {(Channel.INBOX, ""), (Channel.GATEWAY, "13900000000")}
    with running_gateway() as fake:
        sender = Gateway(url=fake.url, secret=GATEWAY_SECRET, seconds=5)
        for _ in range(2):
            deliver_due(sqlite_engine, clock, holder="r", channel=Channel.GATEWAY, sender=sender, ways=WAYS)
        (body,) = [one for one in fake.bodies if one["address"] == "13900000000"]
    assert "检查人员已到场 Officers have arrived" in body["text"]
    assert "https://onedoor.example/enter/" in body["text"]


def _firm_is_told(row: OutboxMessage, uid: str) -> bool:
    lines = row.payload["changes"]
    return row.recipient_kind is RecipientKind.ENTERPRISE and uid in [line["visit"] for line in lines]


def test_nobody_outside_the_crew_checks_in(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        _on_the_day(clock, visit)
        going = set(session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)))
        idle = next(officer for officer in world.officers if officer.id not in going)
        strangers = [
            make_actor(session, Role.OFFICER, officer_id=idle.id),
            make_actor(session, Role.OFFICER),
            world.coordinator,
        ]
        for stranger in strangers:
            with pytest.raises(NotFoundError):
                arrive(session, clock, stranger, visit)
        assert visit.status is VisitStatus.PUBLISHED


def test_check_in_before_the_day_is_too_early(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0, hidden=True)
        with pytest.raises(InvalidError) as refused:
            arrive(session, clock, _crew(session, visit), visit)
    assert [fault.code for fault in refused.value.faults] == ["too_early"]


def test_arrival_typed_for_a_day_before_the_visit_is_not_called_too_early(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    """Today is the day, so "it is not yet the day" would send the crew away."""
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        _on_the_day(clock, visit)
        with pytest.raises(InvalidError) as refused:
            arrive(
                session, clock, _crew(session, visit), visit, reason="补", arrived_at=clock.now() - timedelta(days=1)
            )
    assert _codes(refused.value) == ["arrived_before_day"]


def _codes(error: InvalidError) -> list[str]:
    return [fault.code for fault in error.faults]


def test_second_check_in_of_a_department_is_refused(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        _on_the_day(clock, visit)
        actor = _crew(session, visit)
        arrive(session, clock, actor, visit)
        with pytest.raises(ConflictError) as refused:
            arrive(session, clock, actor, visit)
        assert refused.value.code == "crew_arrived"


def test_check_in_sent_twice_counts_once(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        _on_the_day(clock, visit)
        actor = _crew(session, visit)
        assert arrive(session, clock, actor, visit, key="from-the-phone")
        assert not arrive(session, clock, actor, visit, key="from-the-phone")
        with pytest.raises(ConflictError) as reused:
            arrive(session, clock, actor, visit, key="from-the-phone", reason="另一份内容")
        assert reused.value.code == "entry_reused"
        assert len(session.exec(select(CrewArrival)).all()) == 1
        assert len(session.exec(select(FieldEntry)).all()) == 1
        assert len(session.exec(select(InspectionRecord)).all()) == 2


def test_each_department_checks_in_and_the_visit_counts_once(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        _on_the_day(clock, visit)
        for actor in _crews(session, visit):
            arrive(session, clock, actor, visit)
            clock.instant += timedelta(minutes=7)
        arrivals = session.exec(select(CrewArrival)).all()
        assert {row.organisation_id for row in arrivals} == {body.id for body in world.organisations[:2]}
        assert visit.checked_in_at == min(row.arrived_at for row in arrivals)
        assert len(session.exec(select(AuditEvent).where(AuditEvent.action == "visit.check_in")).all()) == 1
        assert len(session.exec(select(InspectionRecord)).all()) == 2


def _crews(session: Session, visit: Visit) -> list[Actor]:
    """One officer of each department of a visit."""
    going = session.exec(
        select(Officer).join(CrewSlot, CrewSlot.officer_id == Officer.id).where(CrewSlot.visit_id == visit.id)
    )
    chosen = {officer.organisation_id: officer.id for officer in going}
    return [make_actor(session, Role.OFFICER, officer_id=one) for one in chosen.values()]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"code": "AAAAA-BBBBB"}, "wrong_site_code"),
        ({"code": "x.y"}, "wrong_site_code"),
        ({"reason": "  "}, "reason_or_code"),
        ({"reason": "补", "key": "short"}, "bad_key"),
        ({"reason": "很久以前", "days": 11}, "backfill_over"),
    ],
    ids=["wrong code", "foreign token", "neither code nor reason", "bad key", "eleven days later"],
)
def test_check_in_without_proof_is_refused(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, said: dict[str, Any], code: str
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        _on_the_day(clock, visit)
        arrived = clock.now()
        clock.instant += timedelta(days=said.pop("days", 0))
        with pytest.raises(InvalidError) as refused:
            arrive(session, clock, _crew(session, visit), visit, arrived_at=arrived, **said)
        assert _codes(refused.value) == [code]
        assert session.exec(select(CrewArrival)).all() == []


def test_arrival_of_a_dead_spot_keeps_both_times_and_is_marked_late(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        _on_the_day(clock, visit)
        there = clock.now()
        clock.instant += timedelta(days=10)
        token = site_token(SECRET, session.get_one(Site, visit.site_id).uid)
        arrive(session, clock, _crew(session, visit), visit, code=f"http://h/field/at/{token}", device_at=there)
        arrival, entry = session.exec(select(CrewArrival)).one(), session.exec(select(FieldEntry)).one()
        assert (arrival.arrived_at, arrival.received_at, arrival.late) == (there, clock.now(), True)
        assert (entry.device_at, entry.received_at, entry.late) == (there, clock.now(), True)
        assert {row.day for row in session.exec(select(InspectionRecord))} == {visit.day}


def test_visit_that_is_not_released_cannot_be_checked_in(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 1)
        _on_the_day(clock, visit)
        visit.status = VisitStatus.CANCELLED
        session.add(visit)
        session.flush()
        with pytest.raises(TransitionError):
            arrive(session, clock, _crew(session, visit), visit)
