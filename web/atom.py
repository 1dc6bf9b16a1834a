"""Atom feeds (RFC 4287) as bytes. Knows no table and no page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

NAMESPACE: Final = "http://www.w3.org/2005/Atom"
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""What an empty feed was last changed at: the format asks for a time, and the time of the request would betray it."""
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """`key`: a URI that never changes."""

    key: str
    title: str
    text: str
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AtomFeed:
    """A feed at `address` about the page at `page`; entries newest first."""

    key: str
    title: str
    author: str
    address: str
    page: str
    entries: Sequence[FeedEntry]


def atom_bytes(feed: AtomFeed) -> bytes:
    """Write the feed; the same entries are the same bytes."""
    root = Element("feed", {"xmlns": NAMESPACE})
    updated = max((one.updated for one in feed.entries), default=NEVER)
    _texts(root, id=feed.key, title=feed.title, updated=_stamp(updated))
    _texts(SubElement(root, "author"), name=feed.author)
    SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": feed.address})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.page})
    for one in feed.entries:
        entry = SubElement(root, "entry")
        _texts(entry, id=one.key, title=one.title, updated=_stamp(one.updated), summary=one.text)
        SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": feed.page})
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _texts(parent: Element, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = _NOT_XML.sub("", text)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
