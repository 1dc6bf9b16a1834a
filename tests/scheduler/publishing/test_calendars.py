"""Feeds, read back by the library that wrote them and by two that did not: vobject, and ical of a home calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
import vobject
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar, Event
from sqlmodel import Session, select

from data.enums import FeedScope
from data.models import CrewSlot, Release, ReleaseVisit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.publishing.calendars import (
    DISTRICT_DAYS_AHEAD,
    DISTRICT_PAST_DAYS,
    TOMBSTONE_DAYS,
    calendar_bytes,
    feed_tag,
)
from scheduler.publishing.feeds import WHOLE_DISTRICT
from tests.factories import NOW, stored_id
from tests.scheduler.planning.worlds import World, fresh, make_world, march, publish, solve
from tests.scheduler.publishing.edits import drop, move, unchanged, visit_to

HOST = "onedoor.test"
HOSTILE = '大丰\r\nBEGIN:VEVENT\r\nUID:evil\nEND:VEVENT;,\\"公司\x00'


def _feed(engine: sa.Engine, clock: FixedClock, world: World, scope: FeedScope, place: int = 0) -> bytes:
    owners = {
        FeedScope.ENTERPRISE: world.enterprises,
        FeedScope.ORGANISATION: world.organisations,
        FeedScope.OFFICER: world.officers,
    }
    with reading(engine) as session:
        owner = WHOLE_DISTRICT if scope is FeedScope.DISTRICT else stored_id(owners[scope][place])
        return calendar_bytes(session, clock, scope, owner, host=HOST)


def _events(feed: bytes) -> list[Event]:
    return list(Calendar.from_ical(feed).walk("VEVENT"))


def test_feed_says_when_where_and_by_whom(sqlite_engine: sa.Engine, clock: FixedClock, published: World) -> None:
    (event,) = _events(_feed(sqlite_engine, clock, published, FeedScope.ENTERPRISE))
    with reading(sqlite_engine) as session:
        visit = visit_to(session, published, 0)
        sealed_at = session.exec(select(Release.sealed_at)).one()
        assert str(event["uid"]) == f"{visit.uid}@{HOST}"
        assert event["dtstart"].dt.isoformat() == f"{visit.day.isoformat()}T09:00:00+08:00"
        assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=90)
    assert event["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert event["dtstamp"].dt == event["last-modified"].dt == sealed_at.replace(microsecond=0)
    assert (int(event["sequence"]), str(event["status"])) == (0, "CONFIRMED")
    assert published.sites[0].name in str(event["location"])
    for body in published.organisations[:2]:
        assert body.name in str(event["description"])


def test_another_reader_finds_the_same(sqlite_engine: sa.Engine, clock: FixedClock, published: World) -> None:
    feed = _feed(sqlite_engine, clock, published, FeedScope.ORGANISATION)
    ours = {
        (str(event["uid"]), event["dtstart"].dt, event["dtend"].dt, str(event["summary"]), str(event["description"]))
        for event in _events(feed)
    }
    other = vobject.readOne(feed.decode("utf-8"))
    theirs = {
        (event.uid.value, event.dtstart.value, event.dtend.value, event.summary.value, event.description.value)
        for event in other.vevent_list
    }
    assert len(ours) == 3
    assert theirs == ours
    assert other.vtimezone.tzid.value == "Asia/Shanghai"


def test_strict_reader_of_another_making_finds_the_same(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    """It reads by the grammar of RFC 5545 with models of its own and refuses what does not fit."""
    republish(lambda session: move(session, visit_to(session, published, 0), march(30)))
    republish(lambda session: drop(session, visit_to(session, published, 1)))
    for scope in FeedScope:
        feed = _feed(sqlite_engine, clock, published, scope)
        ours = {_told(event) for event in _events(feed)}
        read = IcsCalendarStream.calendar_from_ics(feed.decode("utf-8"))
        theirs = {
            (one.uid, one.start, one.end, one.summary, one.description, one.location, one.sequence, one.status)
            for one in read.events
        }
        assert theirs == ours
    assert {told[-1] for told in ours} == {"CONFIRMED", "CANCELLED"}
    assert {told[-2] for told in ours} == {0, 1}


def _told(event: Event) -> tuple[object, ...]:
    """What an entry says, as the library that wrote it reads it."""
    texts = [str(event[name]) for name in ("summary", "description", "location")]
    starts, ends = event["dtstart"].dt, event["dtend"].dt
    return (str(event["uid"]), starts, ends, *texts, int(event["sequence"]), str(event["status"]))


def test_bytes_are_the_same_at_every_request(sqlite_engine: sa.Engine, clock: FixedClock, published: World) -> None:
    before = [_feed(sqlite_engine, clock, published, scope) for scope in FeedScope]
    clock.instant += timedelta(days=3, hours=5)
    assert [_feed(sqlite_engine, clock, published, scope) for scope in FeedScope] == before


def test_bytes_are_the_same_after_a_release_without_a_change(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    before = [_feed(sqlite_engine, clock, published, scope) for scope in FeedScope]
    republish(unchanged)
    assert [_feed(sqlite_engine, clock, published, scope) for scope in FeedScope] == before


def test_tag_is_another_one_exactly_when_the_bytes_are(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    def seen() -> list[tuple[bytes, str]]:
        with reading(sqlite_engine) as session:
            return [
                (
                    calendar_bytes(session, clock, FeedScope.ORGANISATION, stored_id(body), host=HOST),
                    feed_tag(session, clock, FeedScope.ORGANISATION, stored_id(body), host=HOST),
                )
                for body in published.organisations
            ]

    states = [seen()]
    for edit in (unchanged, lambda session: move(session, visit_to(session, published, 0), march(30)), unchanged):
        republish(edit)
        states.append(seen())
    for before, after in pairwise(states):
        assert [old[0] == new[0] for old, new in zip(before, after, strict=True)] == [
            old[1] == new[1] for old, new in zip(before, after, strict=True)
        ]
    # Both departments take part in the visit that moved; it changes their tags and no others.
    assert len({tag for state in states for _, tag in state}) == len({tag for _, tag in states[0]}) + 1


def test_lines_are_folded_to_75_octets_and_end_in_crlf(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World
) -> None:
    lines = _feed(sqlite_engine, clock, published, FeedScope.ORGANISATION).split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert lines[-1] == b""
    assert not any(b"\n" in line or b"\r" in line for line in lines)


def test_moved_visit_has_a_higher_sequence_and_a_later_stamp(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    (before,) = _events(_feed(sqlite_engine, clock, published, FeedScope.ENTERPRISE))
    republish(lambda session: move(session, visit_to(session, published, 0), march(30)))
    (after,) = _events(_feed(sqlite_engine, clock, published, FeedScope.ENTERPRISE))
    assert after["uid"] == before["uid"]
    assert (int(before["sequence"]), int(after["sequence"])) == (0, 1)
    assert after["dtstamp"].dt > before["dtstamp"].dt
    assert after["dtstart"].dt.date() == march(30)


def test_cancelled_visit_leaves_a_tombstone_for_a_while(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    with reading(sqlite_engine) as session:
        day = visit_to(session, published, 0).day
    republish(lambda session: drop(session, visit_to(session, published, 0)))
    (event,) = _events(_feed(sqlite_engine, clock, published, FeedScope.ENTERPRISE))
    assert (str(event["status"]), int(event["sequence"])) == ("CANCELLED", 1)
    assert str(event["summary"]).startswith("【已取消】")
    _set_day(clock, day + timedelta(days=TOMBSTONE_DAYS))
    assert len(_events(_feed(sqlite_engine, clock, published, FeedScope.ENTERPRISE))) == 1
    _set_day(clock, day + timedelta(days=TOMBSTONE_DAYS + 1))
    assert _events(_feed(sqlite_engine, clock, published, FeedScope.ENTERPRISE)) == []


def test_team_of_an_unannounced_visit_sees_it_marked(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World
) -> None:
    (event,) = _events(_feed(sqlite_engine, clock, published, FeedScope.ORGANISATION, place=2))
    assert "突击" in str(event["summary"])
    assert str(event["class"]) == "CONFIDENTIAL"
    assert len(_events(_feed(sqlite_engine, clock, published, FeedScope.ENTERPRISE))) == 1


def test_officer_feed_holds_own_visits_only(sqlite_engine: sa.Engine, clock: FixedClock, published: World) -> None:
    with reading(sqlite_engine) as session:
        expected = {
            officer.id: len(set(session.exec(select(CrewSlot.visit_id).where(CrewSlot.officer_id == officer.id))))
            for officer in published.officers
        }
    found = {
        officer.id: len(_events(_feed(sqlite_engine, clock, published, FeedScope.OFFICER, place)))
        for place, officer in enumerate(published.officers)
    }
    assert found == expected
    assert 0 in found.values()


def test_names_cannot_smuggle_in_lines_or_entries(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=1, organisations=1)
        for row in (fresh(session, world.sites[0]), fresh(session, world.organisations[0])):
            row.name = HOSTILE + str(row.id)
        fresh(session, world.sites[0]).address = "\rX-EVIL:1\r\nDTSTART:20200101"
    solve(sqlite_engine, clock, world)
    publish(sqlite_engine, clock, world)
    feed = _feed(sqlite_engine, clock, world, FeedScope.ENTERPRISE)
    (event,) = _events(feed)
    names = {line.split(b":")[0].split(b";")[0] for line in feed.replace(b"\r\n ", b"").split(b"\r\n")}
    assert b"X-EVIL" not in names
    assert feed.count(b"\r\nBEGIN:VEVENT") == 1
    assert len(list(vobject.readOne(feed.decode("utf-8")).vevent_list)) == 1
    (strict,) = IcsCalendarStream.calendar_from_ics(feed.decode("utf-8")).events
    assert (strict.location, strict.summary) == (str(event["location"]), str(event["summary"]))
    assert "\r" not in str(event["location"])
    assert "\x00" not in str(event["summary"])


def test_current_rows_are_those_of_each_rounds_newest_release(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    republish(lambda session: move(session, visit_to(session, published, 0), march(30)))
    with reading(sqlite_engine) as session:
        assert len(session.exec(select(ReleaseVisit.id)).all()) == 8
    assert len(_events(_feed(sqlite_engine, clock, published, FeedScope.ORGANISATION))) == 3


def _set_day(clock: FixedClock, day: date) -> None:
    clock.instant = NOW.replace(year=day.year, month=day.month, day=day.day)


@pytest.mark.parametrize("scope", list(FeedScope), ids=str)
def test_empty_feed_is_a_calendar(sqlite_engine: sa.Engine, clock: FixedClock, scope: FeedScope) -> None:
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=1)
    feed = _feed(sqlite_engine, clock, world, scope)
    assert _events(feed) == []
    assert feed.startswith(b"BEGIN:VCALENDAR\r\n")


def test_sequence_rises_exactly_when_the_bytes_of_an_entry_change(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    """P4, over a row of releases, for every reader."""
    steps: list[Callable[[Session], None]] = [
        lambda session: move(session, visit_to(session, published, 0), march(30)),
        unchanged,
        lambda session: move(session, visit_to(session, published, 0), march(27)),
        lambda session: drop(session, visit_to(session, published, 1)),
        unchanged,
    ]
    seen = _by_uid(_feed(sqlite_engine, clock, published, FeedScope.ORGANISATION))
    for step in steps:
        republish(step)
        now = _by_uid(_feed(sqlite_engine, clock, published, FeedScope.ORGANISATION))
        for uid, (sequence, text) in now.items():
            assert (sequence > seen[uid][0]) == (text != seen[uid][1])
            assert sequence >= seen[uid][0]
        seen = now


def _by_uid(feed: bytes) -> dict[str, tuple[int, bytes]]:
    return {str(event["uid"]): (int(event["sequence"]), event.to_ical()) for event in _events(feed)}


def test_district_feed_holds_every_visit_near_today_unannounced_ones_marked(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World
) -> None:
    events = _events(_feed(sqlite_engine, clock, published, FeedScope.DISTRICT))
    assert len(events) == 4
    assert sum("突击" in str(event["summary"]) for event in events) == 1
    first = min(event["dtstart"].dt.date() for event in events)
    _set_day(clock, first - timedelta(days=DISTRICT_DAYS_AHEAD + 1))
    assert _events(_feed(sqlite_engine, clock, published, FeedScope.DISTRICT)) == []
    _set_day(clock, max(event["dtstart"].dt.date() for event in events) + timedelta(days=DISTRICT_PAST_DAYS + 1))
    assert _events(_feed(sqlite_engine, clock, published, FeedScope.DISTRICT)) == []
