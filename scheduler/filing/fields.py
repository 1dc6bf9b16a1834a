"""The fields of a row under review: what stands there, what it was read as, what is wrong, what would mend it.

A field is read from the sheet, or from what a person typed over it. Nothing is guessed: what is not certain is a fault
that keeps its text, with a proposal or candidates where there are any. Names are read in `field_names`, times and
figures in `field_figures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from data.enums import NoticeMode, OrganisationKind, PlanKind
from scheduler.filing.names import NameIndex, SiteIndex

Choice = tuple[str, str]
Json = Mapping[str, Any]

_MODES: Final = {
    "announced": NoticeMode.ANNOUNCED,
    "预告": NoticeMode.ANNOUNCED,
    "unannounced": NoticeMode.UNANNOUNCED,
    "突击": NoticeMode.UNANNOUNCED,
}
_ALLOWED: Final = {
    "quarters": frozenset({1, 2, 4}),
    "inspectors": frozenset(range(2, 21)),
    "priority": frozenset(range(1, 10)),
}
_LONGEST: Final = {"number": 40, "name": 4000}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReview:
    """One field. `text`: as written or typed; `value`: what it was read as, "" for nothing.

    `fault_code` stops the import, `hint_code` does not. `proposal` and the first of each candidate are texts that would
    mend the field; the second is its name for people.
    """

    text: str = ""
    value: str = ""
    fault_code: str | None = None
    params: tuple[tuple[str, object], ...] = ()
    hint_code: str | None = None
    proposal: str | None = None
    candidates: tuple[Choice, ...] = ()
    mended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadField:
    """A field and what it contributes to the task's draft."""

    review: FieldReview
    draft: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingContext:
    """What a row is read against: whose plan it becomes, of which kind and period, and all known names."""

    organisation_id: int
    organisation_kind: OrganisationKind
    town_id: int | None
    kind: PlanKind
    first: date
    last: date
    index: NameIndex
    sites: SiteIndex

    @property
    def own_name(self) -> str:
        return self.index.short_names[self.organisation_id]

    @property
    def whole_period(self) -> str:
        return f"{self.first}至{self.last}"


def read_plain(name: str, text: str, *, required: bool = False) -> ReadField:
    """Read a field that is taken as it stands."""
    text = text.strip()
    if required and not text:
        return ReadField(review=FieldReview(fault_code="required"))
    longest = _LONGEST[name]
    if len(text) > longest:
        return ReadField(review=FieldReview(text=text, fault_code="too_long", params=(("most", longest),)))
    return ReadField(review=FieldReview(text=text, value=text), draft={name: text})


def read_choice(name: str, text: str) -> ReadField:
    """Read what only a person sets: quarters of a day (1, 2, 4), people (2 to 20), priority (1 to 9), notice."""
    text = text.strip()
    if not text:
        return ReadField(review=FieldReview())
    if name == "notice_mode":
        mode = _MODES.get(text)
        review = FieldReview(text=text, value=text, fault_code=None if mode else "unknown_choice")
        return ReadField(review=review, draft={"notice_mode": mode} if mode else {})
    number = int(text) if text.isdecimal() and len(text) < 4 else None
    if number not in _ALLOWED[name]:
        return ReadField(review=FieldReview(text=text, fault_code="unknown_choice"))
    return ReadField(review=FieldReview(text=text, value=text), draft={name: number})
