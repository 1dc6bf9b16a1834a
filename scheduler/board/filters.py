"""What the board is asked to show: one filter for all its views, as plain values. Knows no row and no address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from data.enums import CreditClass
from scheduler.publishing.differences import Change


class LaneKind(StrEnum):
    """By what visits are sorted into lanes: by body, by township, or by the officer who leads the crew."""

    ORGANISATION = "organisation"
    TOWN = "town"
    TEAM = "team"


class BoardState(StrEnum):
    """How a visit stands to the release in force: never released, as released, changed since, or taken out.

    UNPUBLISHED is asked for and never answered: all that the next release would change.
    """

    DRAFT = "draft"
    PUBLISHED = "published"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    UNPUBLISHED = "unpublished"


STATE_OF: dict[Change | None, BoardState] = {
    None: BoardState.PUBLISHED,
    Change.NEW: BoardState.DRAFT,
    Change.MOVED: BoardState.CHANGED,
    Change.CHANGED: BoardState.CHANGED,
    Change.CANCELLED: BoardState.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFilter:
    """`first`, `last`: days, both included; None and "" stand for "any". `team`: officer id of the one who leads.

    `conflicts`: only visits that a hard rule speaks against. `text`: part of a site's or enterprise's name, or of a
    credit code.
    """

    first: date
    last: date
    organisation_id: int | None = None
    town_id: int | None = None
    scenario_id: int | None = None
    team_id: int | None = None
    credit_class: CreditClass | None = None
    state: BoardState | None = None
    conflicts: bool = False
    text: str = ""
