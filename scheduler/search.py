"""Search everywhere: by a name, a code or a number, in all that the person may see. Only reads; knows no page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlmodel import Session

from data.models import Round
from data.queries.catalogue import ItemRow, list_items
from data.queries.officers import OfficerRow, list_officers
from data.queries.pages import Page
from data.queries.registry import EnterpriseRow, list_enterprises
from scheduler.clock import Clock, today
from scheduler.filing.plan_views import PlanRow, list_plans
from scheduler.filing.rounds import list_rounds
from scheduler.permissions import Actor, is_officer, may_see_calendar, may_see_plans, may_see_registry, may_see_rounds
from scheduler.planning import board
from scheduler.planning.board import VisitRow
from scheduler.publishing import visits_in_force

MOST_OF_A_KIND: Final = 8
# Officers look for a visit of these weeks; the release in force holds years.
OFFICERS_SPAN: Final = timedelta(days=92)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found: of each kind the first few and how many there are; visits are the nearest ones only."""

    enterprises: Page[EnterpriseRow] | None = None
    plans: Page[PlanRow] | None = None
    officers: Page[OfficerRow] | None = None
    items: Page[ItemRow] | None = None
    rounds: tuple[Round, ...] = ()
    visits: tuple[VisitRow, ...] = ()

    @property
    def total(self) -> int:
        """How many things were found, of all kinds."""
        pages = (self.enterprises, self.plans, self.officers, self.items)
        return sum(page.total for page in pages if page is not None) + len(self.rounds) + len(self.visits)


def search(session: Session, clock: Clock, actor: Actor, text: str) -> Found:
    """Return what holds every word of `text`; nothing for a text without any word."""
    words = text.split()
    if not words:
        return Found()
    visits = _visits(session, clock, actor, text) if may_see_calendar(actor) else ()
    if not may_see_registry(actor):
        return Found(visits=visits)
    return Found(
        enterprises=list_enterprises(session, text=text, status=None, per_page=MOST_OF_A_KIND),
        plans=list_plans(session, actor, text=text, per_page=MOST_OF_A_KIND) if may_see_plans(actor) else None,
        officers=list_officers(session, text=text, per_page=MOST_OF_A_KIND),
        items=list_items(session, text=text, per_page=MOST_OF_A_KIND),
        rounds=_rounds(session, actor, words),
        visits=visits,
    )


def _rounds(session: Session, actor: Actor, words: Sequence[str]) -> tuple[Round, ...]:
    rounds = list_rounds(session, actor) if may_see_rounds(actor) else []
    return tuple(one for one in rounds if _holds(words, one.name))[:MOST_OF_A_KIND]


def _visits(session: Session, clock: Clock, actor: Actor, text: str) -> tuple[VisitRow, ...]:
    day = today(clock)
    if not is_officer(actor):
        return tuple(board.find_visits(session, actor, text=text, near=day, most=MOST_OF_A_KIND))
    own = visits_in_force.list_visits(session, actor, first=day - OFFICERS_SPAN, last=day + OFFICERS_SPAN)
    held = [one for one in own if _holds(text.split(), f"{one.enterprise} {one.site} {one.address}")]
    return tuple(sorted(held, key=lambda one: (abs(one.day - day), one.day, one.uid))[:MOST_OF_A_KIND])


def _holds(words: Sequence[str], text: str) -> bool:
    return all(word.casefold() in text.casefold() for word in words)
