"""Cards in lanes: by body, by township or by the crew's lead. Knows no row and no page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from scheduler.board.card import Card
from scheduler.board.cards import Board
from scheduler.board.filters import LaneKind

NO_LANE: Final = 0
"""Key of the lane of visits that nobody leads, or whose township is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """`key`: id of the body, township or officer; `counts`: visits by column. A joint visit is in each body's lane."""

    key: int
    name: str
    counts: Mapping[Hashable, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def lane_keys(card: Card, kind: LaneKind) -> tuple[int, ...]:
    """The lanes that a card is in."""
    if kind is LaneKind.ORGANISATION:
        return card.organisations or (NO_LANE,)
    if kind is LaneKind.TOWN:
        return (card.town_id or NO_LANE,)
    return (card.lead_officer_id or NO_LANE,)


def day_of(card: Card) -> date:
    """The column of a card where columns are days."""
    return card.day


def quarter_of(card: Card) -> int:
    """The column of a card where columns are the quarters of a day."""
    return card.start_quarter


def lanes_of(board: Board, kind: LaneKind, column: Callable[[Card], Hashable] = day_of) -> tuple[Lane, ...]:
    """The lanes that have a card, by name; the one without a name comes last."""
    counts: dict[int, Counter[Hashable]] = {}
    for card in board.cards:
        for key in lane_keys(card, kind):
            counts.setdefault(key, Counter())[column(card)] += 1
    names = {
        LaneKind.ORGANISATION: board.organisations,
        LaneKind.TOWN: board.towns,
        LaneKind.TEAM: board.officers,
    }[kind]
    lanes = (Lane(key=key, name=names.get(key, ""), counts=found) for key, found in counts.items())
    return tuple(sorted(lanes, key=lambda lane: (not lane.name, lane.name, lane.key)))
