"""The board's address: which view of which days, the one filter and the one selection, read and written.

What the address says wrongly is left out rather than refused: a link that somebody kept still opens. Knows no row.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, TypeVar

from data.enums import CreditClass
from scheduler.board.filters import BoardFilter, BoardState, LaneKind
from web.asked import number_of

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
MOST_SELECTED: Final = 100
"""An address of a hundred visits has some 3,400 signs: all browsers and proxies still take it."""
LONGEST_TEXT: Final = 100
_UID: Final = re.compile(r"[0-9a-f]{32}")
_FILTERS: Final = ("round", "organisation", "town", "scenario", "team", "class", "state", "conflicts", "text")
_Kind = TypeVar("_Kind", bound=StrEnum)


class View(StrEnum):
    """The views of the board."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    MAP = "map"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardAddress:
    """What an address asks for. `day`: a day in what is shown, None where the address names none.

    `kept`: the filters, the lanes and the selection as they stand in the address, for links to other views.
    """

    view: View
    lanes: LaneKind
    day: date | None
    round_uid: str | None
    selected: tuple[str, ...]
    kept: Mapping[str, str]
    filters: Mapping[str, str]

    def asked(self, first: date, last: date) -> BoardFilter:
        """The filter over these days."""
        values = self.filters
        return BoardFilter(
            first=first,
            last=last,
            organisation_id=number_of(values.get("organisation", "")),
            town_id=number_of(values.get("town", "")),
            scenario_id=number_of(values.get("scenario", "")),
            team_id=number_of(values.get("team", "")),
            credit_class=_member(CreditClass, values.get("class", "")),
            state=_member(BoardState, values.get("state", "")),
            conflicts=values.get("conflicts") == "1",
            text=values.get("text", ""),
        )

    def span(self, day: date) -> tuple[date, date]:
        """The first and last day of what the view shows around a day."""
        if self.view is View.DAY:
            return day, day
        if self.view is View.WEEK:
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=6)
        return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])

    def step(self, day: date, way: int) -> date:
        """The day to show one step before (-1) or after (1)."""
        first, last = (day, day) if self.view is View.MAP else self.span(day)
        moved = first - timedelta(days=1) if way < 0 else last + timedelta(days=1)
        return moved if EARLIEST <= moved <= LATEST else day


def read_address(arguments: Mapping[str, str]) -> BoardAddress:
    """Read the arguments of an address."""
    filters = {name: arguments[name].strip()[:LONGEST_TEXT] for name in _FILTERS if arguments.get(name, "").strip()}
    selected = selected_uids(arguments.get("selected", ""))
    lanes = _member(LaneKind, arguments.get("lanes", "")) or LaneKind.ORGANISATION
    kept = {**filters, "lanes": lanes.value}
    return BoardAddress(
        view=_member(View, arguments.get("view", "")) or View.MONTH,
        lanes=lanes,
        day=_day(arguments.get("day", "")),
        round_uid=filters.get("round"),
        selected=selected,
        kept={**kept, "selected": ",".join(selected)} if selected else kept,
        filters=filters,
    )


def selected_uids(text: str) -> tuple[str, ...]:
    """The visits of a selection, each once, at most MOST_SELECTED."""
    return tuple(dict.fromkeys(_UID.findall(text)))[:MOST_SELECTED]


def without(arguments: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """The arguments of a link that leaves some of them out."""
    return {name: value for name, value in arguments.items() if name not in names}


def _member(kind: type[_Kind], text: str) -> _Kind | None:
    return kind(text) if text in {member.value for member in kind} else None


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text if len(text) != 7 else f"{text}-01")
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None
