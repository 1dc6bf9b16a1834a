"""Calendar feeds (RFC 5545) of departments, officers and enterprises, from the current releases and visits off plan.

The bytes depend on those rows and on nothing else, neither on the time of the request nor on who asks: an entry
changes if and only if its SEQUENCE rises, and its DTSTAMP is the time of the release that changed it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product
from typing import Any, Final

from icalendar import Calendar, Event
from sqlmodel import Session

from data.enums import FeedScope
from data.models import Officer, Organisation, ReleaseVisit
from scheduler.audit import canonical_json, sha256
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.looks import remember_looks
from scheduler.publishing.calendar_words import CALENDAR_NAMES, clean, description, one_line, summary
from scheduler.publishing.visibility import (
    changed_at,
    off_plan_for_officer,
    off_plan_for_organisation,
    rows_for_district,
    rows_for_enterprise,
    rows_for_officer,
    rows_for_organisation,
)

PRODUCT: Final = "-//OneDoor//Joint inspections//ZH"
PAST_DAYS: Final = 180
"""How far back a feed reaches; the past is in the releases."""
DISTRICT_PAST_DAYS: Final = 31
DISTRICT_DAYS_AHEAD: Final = 60
"""A coordinator's feed holds the visits of everybody: only what is near, so that programs can load it."""
SAMPLE: Final = {
    "public": {
        "date": "2026-03-02",
        "starts": "09:00",
        "minutes": 90,
        "enterprise": "甲",
        "site": "乙",
        "address": "丙",
        "departments": [{"code": "a", "name": "丁", "short": "戊", "name_en": "E", "leads": True}],
        "items": [{"department": "a", "text": "己", "basis": "庚"}],
        "officers": [{"name": "辛", "certificate": "1", "department": "a", "leads": True}],
        "prepare": ["licences", "contact_person", "records_of_items"],
        "frequency": {"year": 2026, "visits": 1, "by_department": [{"code": "a", "visits": 1}]},
        "credit_code": "",
        "town": "壬",
    }
}
TOMBSTONE_DAYS: Final = 30
"""How long a cancelled visit stays in a feed after its day, marked as cancelled: programs that poll rarely see it."""


def calendar_bytes(session: Session, clock: Clock, scope: FeedScope, scope_id: int, *, host: str) -> bytes:
    """Write the feed of one department, officer or enterprise. `host` goes into the ids of the entries."""
    day = today(clock)
    rows = [row for row in _rows(session, scope, scope_id, day) if _shown(row, day)]
    remember_looks(session, [row.visit_uid for row in rows if row.hidden])
    times = changed_at(session, rows)
    calendar = _calendar(scope)
    for row in rows:
        calendar.add_component(_event(row, times[row.visit_uid], host, official=scope is not FeedScope.ENTERPRISE))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def feed_tag(session: Session, clock: Clock, scope: FeedScope, scope_id: int, *, host: str) -> str:
    """Return a hash that is another one exactly when the bytes of the feed are, without writing the feed.

    It covers what the entries are made of and, by a sample, how they are written: a program that asks every hour costs
    one look into an index.
    """
    day = today(clock)
    rows = [row for row in _rows(session, scope, scope_id, day) if _shown(row, day)]
    parts = [(row.visit_uid, row.sequence, row.changed_in, row.cancelled, row.hidden, row.public_hash) for row in rows]
    return sha256(canonical_json([_sample(scope), host, parts]))


@cache
def _sample(scope: FeedScope) -> str:
    """A feed with made-up entries of every kind: another text as soon as the writing of feeds changes."""
    moment = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    calendar = _calendar(scope)
    for hidden, cancelled in product((False, True), repeat=2):
        row = ReleaseVisit(
            release_id=1, visit_uid="sample", sequence=1, changed_in=1, enterprise_id=1, day=moment.date(),
            hidden=hidden, cancelled=cancelled, public_hash="", roster_hash="", body=canonical_json(SAMPLE),
        )  # fmt: skip
        calendar.add_component(_event(row, moment, "sample", official=scope is not FeedScope.ENTERPRISE))
    calendar.add_missing_timezones()
    return str(calendar.to_ical())


def _rows(session: Session, scope: FeedScope, scope_id: int, day: date) -> Sequence[ReleaseVisit]:
    if scope is FeedScope.DISTRICT:
        first, last = day - timedelta(days=DISTRICT_PAST_DAYS), day + timedelta(days=DISTRICT_DAYS_AHEAD)
        return rows_for_district(session, since=first, until=last)
    since = day - timedelta(days=PAST_DAYS)
    if scope is FeedScope.ENTERPRISE:
        return rows_for_enterprise(session, scope_id, since=since)
    if scope is FeedScope.OFFICER:
        officer = session.get_one(Officer, scope_id)
        return [*rows_for_officer(session, officer, since=since), *off_plan_for_officer(session, officer, since=since)]
    body = session.get_one(Organisation, scope_id)
    return [*rows_for_organisation(session, body, since=since), *off_plan_for_organisation(session, body, since=since)]


def _shown(row: ReleaseVisit, day: date) -> bool:
    return not row.cancelled or row.day + timedelta(days=TOMBSTONE_DAYS) >= day


def _calendar(scope: FeedScope) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", CALENDAR_NAMES[scope])
    calendar.add("x-wr-timezone", "Asia/Shanghai")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    return calendar


def _event(row: ReleaseVisit, changed_at: datetime, host: str, *, official: bool) -> Event:
    public: Mapping[str, Any] = json.loads(row.body)["public"]
    starts = datetime.fromisoformat(f"{public['date']}T{public['starts']}").replace(tzinfo=DISTRICT_ZONE)
    # An unannounced visit is only marked for those who keep the secret; an enterprise sees it when it is none any more.
    marked = row.hidden and official
    event = Event()
    event.add("uid", f"{row.visit_uid}@{host}")
    event.add("sequence", row.sequence)
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("dtstart", starts)
    event.add("dtend", starts + timedelta(minutes=public["minutes"]))
    event.add("summary", one_line([summary(public, hidden=marked, cancelled=row.cancelled)]))
    event.add("location", one_line([public["site"], public["address"]]))
    event.add("description", clean(description(public)))
    event.add("status", "CANCELLED" if row.cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    if marked:
        event.add("class", "CONFIDENTIAL")
    return event
