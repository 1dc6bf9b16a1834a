"""The visits of a round as the board shows them, for one person and one filter. Knows no lane, no map and no page."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session, col, select

from data.enums import RoundKind, VisitStatus
from data.models import Round, Visit
from scheduler.board.card import Card
from scheduler.board.filters import BoardFilter, BoardState
from scheduler.board.months import Month, month_of, part_of
from scheduler.errors import NotFoundError
from scheduler.looks import remember_looks
from scheduler.permissions import Actor, may_see_all
from scheduler.planning.board import visible_visits
from scheduler.planning.editing.problems import problems_of_draft
from scheduler.publishing.differences import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What one person sees of a round. `cards` by day, start, site; `unpublished`: count for the whole round.

    `unpublished` is None for whoever sees only a part of it. `days`: visits a day after the filter, without its days.
    """

    cards: tuple[Card, ...]
    unpublished: int | None
    released: int | None
    organisations: Mapping[int, str]
    towns: Mapping[int, str]
    officers: Mapping[int, str]
    scenarios: Mapping[int, str]


def board_rounds(session: Session, actor: Actor) -> list[Round]:
    """The rounds with visits that the actor may see, the latest period first."""
    seen = visible_visits(actor).with_only_columns(col(Visit.round_id)).where(Visit.status != VisitStatus.CANCELLED)
    statement = select(Round).where(col(Round.id).in_(seen), Round.kind != RoundKind.OFF_PLAN)
    return list(session.exec(statement.order_by(col(Round.period_first).desc(), col(Round.id).desc())))


def choose_round(rounds: Sequence[Round], uid: str | None, day: date | None = None) -> Round | None:
    """The round with that uid, else the one that `day` lies in, else the latest; None without any.

    Raises NotFoundError for a uid that is none of them.
    """
    if uid:
        found = next((one for one in rounds if one.uid == uid), None)
        if found is None:
            raise NotFoundError("round", uid)
        return found
    around = (one for one in rounds if day is not None and one.period_first <= day <= one.period_last)
    return next(around, rounds[0] if rounds else None)


def load_board(session: Session, actor: Actor, round_: Round, asked: BoardFilter) -> Board:
    """Read the visits that the actor may see and the filter lets through."""
    month = month_of(session, round_)
    if may_see_all(actor):
        cards, scenarios = month.cards, month.scenarios
    else:
        seen = set(session.exec(visible_visits(actor).with_only_columns(col(Visit.uid))))
        cards = tuple(card for card in month.cards if card.uid in seen and card.change is not Change.CANCELLED)
        used = {card.scenario_id for card in cards}
        scenarios = {number: name for number, name in month.scenarios.items() if number in used}
    if asked.conflicts:
        problems = problems_of_draft(session, round_).rules
        cards = tuple(replace(card, problems=problems.get(card.uid, ())) for card in cards)
    # Filters choose from the names of the whole round, so that every choice stays there whatever is filtered.
    board = _board(month, cards, month.count if may_see_all(actor) else None)
    passing = _passing(cards, asked)
    remember_looks(session, [card.uid for card in passing if card.hidden])
    return replace(board, cards=passing, scenarios=scenarios)


def load_part(session: Session, round_: Round, uids: Collection[str]) -> Board:
    """Some visits of a round after they were edited; the count of the whole round is left open."""
    month = part_of(session, round_.id or 0, uids)
    return _board(month, tuple(card for card in month.cards if card.change is not Change.CANCELLED), None)


def count_unpublished(session: Session, round_: Round) -> int:
    """How many visits the next release would change: as many as the publication's preview has differences."""
    return month_of(session, round_).count


def _board(month: Month, cards: tuple[Card, ...], count: int | None) -> Board:
    return Board(
        cards=cards,
        unpublished=count,
        released=month.released,
        organisations=month.organisations,
        towns=month.towns,
        officers=month.officers,
        scenarios=month.scenarios,
    )


def _passing(cards: tuple[Card, ...], asked: BoardFilter) -> tuple[Card, ...]:
    return tuple(card for card in cards if asked.first <= card.day <= asked.last and _passes(card, asked))


def _passes(card: Card, asked: BoardFilter) -> bool:
    wanted = (
        asked.organisation_id in (None, *card.organisations),
        asked.town_id in (None, card.town_id),
        asked.scenario_id in (None, card.scenario_id),
        asked.team_id in (None, card.lead_officer_id),
        asked.credit_class in (None, card.credit_class),
        asked.state in (None, card.state) or (asked.state is BoardState.UNPUBLISHED and card.change is not None),
        bool(card.problems) or not asked.conflicts,
    )
    return all(wanted) and _speaks_of(card, asked.text.strip().casefold())


def _speaks_of(card: Card, text: str) -> bool:
    return not text or any(text in name.casefold() for name in (card.site, card.enterprise, card.credit_code))
