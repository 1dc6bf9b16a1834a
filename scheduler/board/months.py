"""All cards of a round, kept in memory and mended visit by visit while the audit trail shows only edits of visits.

A month of 2,000 visits takes some 200 ms of processor time to read and to compare with the release; one visit a few.
Only what read-only transactions saw is kept: a writer may be rolled back. Knows no person, no filter and no page.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import VisitStatus
from data.models import Round, Scenario, Visit
from data.session import READ_ONLY
from scheduler.board.card import Card, make_card, make_gone_card
from scheduler.board.changes import unpublished
from scheduler.board.rows import load_rows
from scheduler.planning.drafts import DRAFT_CHANGED, VISIT_EDITED
from scheduler.shelf import Shelf
from scheduler.trail import Deed, Link, deeds_since, newest_link

MOST_ROUNDS: Final = 6
"""Rounds kept for a database, some 4 MB each; people look at this month, the last and the next."""
MOST_MENDED: Final = 200
"""Visits above which a round is read afresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A round for whoever may see all of it. `cards` by day, start, site, uid; names by row id; never changed.

    `count`: visits that the next release would change; `released`: number of the release in force.
    """

    cards: tuple[Card, ...]
    count: int
    released: int | None
    organisations: Mapping[int, str]
    towns: Mapping[int, str]
    officers: Mapping[int, str]
    scenarios: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    link: Link
    month: Month


_SHELF: Final[Shelf[_Kept]] = Shelf(most=MOST_ROUNDS)


def month_of(session: Session, round_: Round) -> Month:
    """Return all cards of a round, from memory where that is safe."""
    round_id = round_.id or 0
    if not session.get_bind().engine.get_execution_options().get(READ_ONLY, False):
        return _read(session, round_id)
    kept, link = _SHELF.find(session, round_id), newest_link(session)
    month = None if kept is None else _mended(session, round_, kept, link)
    if month is None:
        month = _read(session, round_id)
    # Whoever began before the last edit is given what they see; others go on with the newer.
    if kept is None or kept.link.number <= link.number:
        _SHELF.put(session, round_id, _Kept(link, month))
    return month


def part_of(session: Session, round_id: int, uids: Collection[str]) -> Month:
    """Some visits of a round as they are now; its `count` is that of these visits only."""
    return _read(session, round_id, uids)


def _read(session: Session, round_id: int, uids: Collection[str] | None = None) -> Month:
    rows = load_rows(session, round_id, uids)
    changed = unpublished(session, round_id, rows, among=uids)
    cards = [make_card(one, rows, changed) for one in rows.draft]
    cards += [make_gone_card(one, rows) for one in changed.gone]
    return Month(
        cards=_sorted(cards),
        count=changed.count,
        released=changed.released,
        organisations={row.id: row.short_name for row in rows.organisations.values()},
        towns={row.id: row.name for row in rows.towns.values()},
        officers={row.id: row.name for row in rows.officers.values()},
        scenarios=_scenarios(session, cards),
    )


def _mended(session: Session, round_: Round, kept: _Kept, link: Link) -> Month | None:
    """The month with the visits read anew that were edited since; None where it is not known that this is all."""
    deeds = deeds_since(session, kept.link, link)
    if deeds is None or not all(_is_edit(deed, round_) for deed in deeds):
        return None
    uids = {deed.entity_uid for deed in deeds if deed.action == VISIT_EDITED}
    if len(uids) > MOST_MENDED:
        return None
    month = _with_part(session, kept.month, part_of(session, round_.id or 0, uids), uids) if uids else kept.month
    return month if _agrees(session, round_.id or 0, month) else None


def _is_edit(deed: Deed, round_: Round) -> bool:
    return deed.action == VISIT_EDITED or (deed.action == DRAFT_CHANGED and deed.entity_uid == round_.uid)


def _with_part(session: Session, month: Month, part: Month, uids: Collection[str]) -> Month:
    cards = [card for card in month.cards if card.uid not in uids] + list(part.cards)
    return Month(
        cards=_sorted(cards),
        count=sum(card.change is not None for card in cards),
        released=month.released,
        organisations=month.organisations,
        towns=month.towns,
        officers=month.officers,
        scenarios=_scenarios(session, cards),
    )


def _agrees(session: Session, round_id: int, month: Month) -> bool:
    """Whether the database has as many visits, of as many changes: a guard against writers that left no trail."""
    here = (col(Visit.round_id) == round_id, col(Visit.status) != VisitStatus.CANCELLED)
    found = session.execute(sa.select(sa.func.count(), sa.func.sum(col(Visit.version))).where(*here)).one()
    # A visit that is only in the release any more has version 0.
    versions = [card.version for card in month.cards if card.version]
    return (found[0], found[1] or 0) == (len(versions), sum(versions))


def _sorted(cards: Iterable[Card]) -> tuple[Card, ...]:
    return tuple(sorted(cards, key=lambda card: (card.day, card.start_quarter, card.site, card.uid)))


def _scenarios(session: Session, cards: Iterable[Card]) -> dict[int, str]:
    used = {card.scenario_id for card in cards if card.scenario_id}
    statement = sa.select(col(Scenario.id), col(Scenario.name)).order_by(col(Scenario.code))
    return {number: name for number, name in session.execute(statement) if number in used}
