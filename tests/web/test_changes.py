"""The public page of changes and its feed: read by anybody, valid, and steady."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import sqlalchemy as sa
from sqlmodel import select

from data.models import Round
from data.session import unit_of_work
from tests.web.cast import XSS, Cast
from tests.web.conftest import Browser
from web.atom import NAMESPACE, AtomFeed, FeedEntry, atom_bytes

ATOM = f"{{{NAMESPACE}}}"


def test_anybody_reads_the_page_and_nobody_is_named_on_it(anonymous: Browser, cast: Cast) -> None:
    page = anonymous.get("/public/changes").text
    assert "新增 3" in page
    assert cast.hidden_site not in page
    assert cast.uids["visit"] not in page
    assert "/public/changes" in anonymous.get("/sign-in").text


def test_feed_is_atom_and_is_not_sent_twice(anonymous: Browser) -> None:
    answer = anonymous.get("/public/changes.atom")
    assert answer.mimetype == "application/atom+xml"
    root = ET.fromstring(answer.data)
    assert root.tag == f"{ATOM}feed"
    assert {child.tag.removeprefix(ATOM) for child in root} >= {"id", "title", "updated", "author", "link", "entry"}
    entry = root.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}summary") == "新增 3，此后共 3 次"
    assert entry.findtext(f"{ATOM}updated") == root.findtext(f"{ATOM}updated")
    again = anonymous.get("/public/changes.atom", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_name_of_a_round_cannot_break_page_or_feed(anonymous: Browser, web_engine: sa.Engine, cast: Cast) -> None:
    with unit_of_work(web_engine) as session:
        session.exec(select(Round).where(Round.uid == cast.uids["round"])).one().name = f"三月\x08{XSS}&"
    assert XSS not in anonymous.get("/public/changes").text
    root = ET.fromstring(anonymous.get("/public/changes.atom").data)
    assert root.findtext(f"{ATOM}entry/{ATOM}title") == f"三月{XSS}&"


def test_empty_feed_says_the_same_whenever_it_is_asked_for() -> None:
    feed = AtomFeed(key="tag:x", title="t", author="a", address="https://x/f", page="https://x/", entries=[])
    assert ET.fromstring(atom_bytes(feed)).findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"
    entry = FeedEntry(key="tag:y", title="\ud7ff", text="", updated=datetime(2026, 3, 1, tzinfo=UTC))
    one = AtomFeed(key="tag:x", title="t", author="a", address="https://x/f", page="https://x/", entries=[entry])
    assert ET.fromstring(atom_bytes(one)).findtext(f"{ATOM}updated") == "2026-03-01T00:00:00Z"
