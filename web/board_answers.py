"""The board's visits as JSON for its scripts: short keys, names once, one list a visit. Knows no page.

A visit is [uid, version, day, start quarter, quarters, state, class, bodies, lead officer, township, people, marks,
site]; days, bodies, officers and townships are indices or ids into the tables beside them. `marks` adds up: 1 hidden,
2 may not be moved, 4 pinned, 8 a hard rule speaks against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from scheduler.board.card import Card
from scheduler.board.cards import Board

HIDDEN, FIXED, PINNED, CONFLICT = 1, 2, 4, 8
_STATES: Final = ("draft", "published", "changed", "cancelled")


def board_document(board: Board) -> dict[str, Any]:
    """Everything that the lanes are filled from."""
    days = sorted({card.day for card in board.cards})
    place = {day: number for number, day in enumerate(days)}
    leads = {card.lead_officer_id for card in board.cards}
    bodies = {body for card in board.cards for body in card.organisations}
    return {
        "n": board.unpublished,
        "d": [day.isoformat() for day in days],
        "s": _STATES,
        "o": _named(board.organisations, bodies),
        "f": _named(board.officers, leads),
        "t": _named(board.towns, {card.town_id for card in board.cards}),
        "v": [card_document(card, place) for card in board.cards],
    }


def card_document(card: Card, place: Mapping[date, int]) -> list[Any]:
    """One visit; see the module."""
    marks = HIDDEN * card.hidden + FIXED * card.fixed + PINNED * card.pinned + CONFLICT * bool(card.problems)
    return [
        card.uid,
        card.version,
        place[card.day],
        card.start_quarter,
        card.quarters,
        _STATES.index(card.state.value),
        card.credit_class.value if card.credit_class else "",
        card.organisations,
        card.lead_officer_id or 0,
        card.town_id or 0,
        card.people,
        marks,
        card.site,
    ]


def _named(names: Mapping[int, str], used: set[Any]) -> dict[int, str]:
    return {number: names[number] for number in sorted(one for one in used if one in names)}
