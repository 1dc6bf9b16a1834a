"""The visits of a round as the board shows them, for one person and one filter. Knows no lane, no map and no page."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CreditClass, NoticeMode, VisitStatus
from data.models import Round, Scenario, Visit
from scheduler.board.changes import GoneVisit, Unpublished, unpublished
from scheduler.board.filters import STATE_OF, BoardFilter, BoardState
from scheduler.board.rows import RoundRows, load_rows
from scheduler.errors import NotFoundError
from scheduler.permissions import Actor, may_see_all
from scheduler.planning.board import draft_problems, visible_visits
from scheduler.planning.days import QUARTER_STARTS
from scheduler.planning.drafts import DraftVisit
from scheduler.publishing.differences import Change
from solver.plan import Violation

UNTOUCHABLE: Final = frozenset({VisitStatus.CHECKED_IN, VisitStatus.DONE})
_REQUEST_IN_DETAIL: Final = re.compile(r"request=([0-9a-f]{32})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A visit on the board. `organisations`: ids, the lead first; `officers`: ids of the crew, the lead first.

    `change`: what the next release would do to it, None when it is as released; `before`: date and start as released
    where it was moved. `problems`: ids of the hard rules that speak against it, only when they were asked for.
    `town_id` and places are None for a visit that is only in the release any more.
    """

    uid: str
    version: int
    day: date
    start_quarter: int
    quarters: int
    site_uid: str
    site: str
    enterprise: str
    credit_code: str
    credit_class: CreditClass | None
    town_id: int | None
    scenario_id: int | None
    lon: float | None
    lat: float | None
    organisations: tuple[int, ...]
    officers: tuple[int, ...]
    lead_officer_id: int | None
    people: int
    hidden: bool
    fixed: bool
    pinned: bool
    change: Change | None
    before: tuple[str, str] | None = None
    problems: tuple[str, ...] = ()

    @property
    def state(self) -> BoardState:
        return STATE_OF[self.change]

    @property
    def joint(self) -> bool:
        return len(self.organisations) > 1


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
    statement = select(Round).where(col(Round.id).in_(seen))
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
    rows = load_rows(session, round_.id or 0)
    changed = unpublished(session, round_.id or 0, rows)
    problems = _problems(session, round_, rows) if asked.conflicts else {}
    whole = may_see_all(actor)
    seen = None if whole else set(session.exec(visible_visits(actor).with_only_columns(col(Visit.id))))
    cards = [
        _card(one, rows, changed, problems.get(one.visit.uid, ()))
        for one in rows.draft
        if seen is None or one.visit.id in seen
    ]
    if whole:
        cards += [_gone_card(one, rows) for one in changed.gone]
    board = _board(session, cards, rows, changed.count if whole else None, changed.released)
    # Filters choose from the names of the whole round, so that every choice stays there whatever is filtered.
    return replace(board, cards=tuple(card for card in board.cards if _passes(card, asked)))


def load_part(session: Session, round_: Round, uids: Collection[str]) -> Board:
    """Some visits of a round after they were edited; the count of the whole round is left open."""
    rows = load_rows(session, round_.id or 0, uids)
    changed = unpublished(session, round_.id or 0, rows, whole=False)
    cards = [_card(one, rows, changed, ()) for one in rows.draft]
    return _board(session, cards, rows, None, changed.released)


def count_unpublished(session: Session, round_: Round) -> int:
    """How many visits the next release would change: as many as the publication's preview has differences."""
    return unpublished(session, round_.id or 0, load_rows(session, round_.id or 0)).count


def _board(session: Session, cards: Sequence[Card], rows: RoundRows, count: int | None, released: int | None) -> Board:
    return Board(
        cards=tuple(sorted(cards, key=lambda card: (card.day, card.start_quarter, card.site, card.uid))),
        unpublished=count,
        released=released,
        organisations={row.id: row.short_name for row in rows.organisations.values()},
        towns={row.id: row.name for row in rows.towns.values()},
        officers={row.id: row.name for row in rows.officers.values()},
        scenarios=_scenarios(session, cards),
    )


def _scenarios(session: Session, cards: Iterable[Card]) -> dict[int, str]:
    used = {card.scenario_id for card in cards if card.scenario_id}
    statement = sa.select(col(Scenario.id), col(Scenario.name)).order_by(col(Scenario.code))
    return {number: name for number, name in session.execute(statement) if number in used}


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
    return asked.first <= card.day <= asked.last and all(wanted) and _speaks_of(card, asked.text.strip().casefold())


def _speaks_of(card: Card, text: str) -> bool:
    return not text or any(text in name.casefold() for name in (card.site, card.enterprise, card.credit_code))


def _card(one: DraftVisit, rows: RoundRows, changed: Unpublished, problems: tuple[str, ...]) -> Card:
    visit, site = one.visit, one.site
    enterprise = rows.enterprises[site.enterprise_id]
    bodies = {request.organisation_id for request in one.requests}
    crew = {slot.officer_id for slot in one.crew}
    return Card(
        uid=visit.uid,
        version=visit.version,
        day=visit.day,
        start_quarter=visit.start_quarter,
        quarters=visit.quarters,
        site_uid=site.uid,
        site=site.name,
        enterprise=enterprise.name,
        credit_code=enterprise.credit_code,
        credit_class=enterprise.credit_class,
        town_id=site.town_id,
        scenario_id=site.scenario_id,
        lon=site.lon,
        lat=site.lat,
        organisations=_lead_first(bodies, visit.lead_organisation_id),
        officers=_lead_first(crew, visit.lead_officer_id),
        lead_officer_id=visit.lead_officer_id,
        people=sum(request.inspectors for request in one.requests),
        hidden=visit.notice_mode is NoticeMode.UNANNOUNCED,
        fixed=visit.status in UNTOUCHABLE,
        pinned=visit.day_pinned or any(request.locked for request in one.requests),
        change=changed.changes.get(visit.uid),
        before=changed.before.get(visit.uid),
        problems=problems,
    )


def _lead_first(ids: Iterable[int], lead: int | None) -> tuple[int, ...]:
    return tuple(sorted(ids, key=lambda one: (one != lead, one)))


def _gone_card(gone: GoneVisit, rows: RoundRows) -> Card:
    """A visit that the release still has: as it was released, to be seen and never to be moved."""
    public = gone.public
    codes = {row.code: row.id for row in rows.organisations.values()}
    towns = {row.name: row.id for row in rows.towns.values()}
    starts = [f"{hour:02d}:{minute:02d}" for hour, minute in QUARTER_STARTS]
    return Card(
        uid=gone.uid,
        version=0,
        day=gone.day,
        start_quarter=starts.index(public["starts"]) if public["starts"] in starts else 0,
        quarters=1,
        site_uid="",
        site=public["site"],
        enterprise=public["enterprise"],
        credit_code=public["credit_code"],
        credit_class=None,
        town_id=towns.get(public["town"]),
        scenario_id=None,
        lon=None,
        lat=None,
        organisations=tuple(codes[one["code"]] for one in public["departments"] if one["code"] in codes),
        officers=(),
        lead_officer_id=None,
        people=len(public["officers"]),
        hidden=gone.hidden,
        fixed=True,
        pinned=False,
        change=Change.CANCELLED,
    )


def _problems(session: Session, round_: Round, rows: RoundRows) -> dict[str, tuple[str, ...]]:
    """Visit uid -> ids of the hard rules that are broken by it, by the judgement that the approver sees."""
    found: dict[str, set[str]] = {}
    by_request = {request.uid: one.visit.uid for one in rows.draft for request in one.requests}
    by_site: dict[str, list[str]] = {}
    for one in rows.draft:
        by_site.setdefault(one.site.uid, []).append(one.visit.uid)
    for violation in draft_problems(session, round_):
        for uid in _visits_of(violation, by_request, by_site):
            found.setdefault(uid, set()).add(violation.rule)
    return {uid: tuple(sorted(rules)) for uid, rules in found.items()}


def _visits_of(violation: Violation, by_request: Mapping[str, str], by_site: Mapping[str, list[str]]) -> list[str]:
    if violation.subject in by_request:
        return [by_request[violation.subject]]
    if violation.subject in by_site:
        return by_site[violation.subject]
    named: Any = _REQUEST_IN_DETAIL.findall(violation.detail)
    return [by_request[uid] for uid in named if uid in by_request]
