"""F01: an edited draft shows nowhere but to those who edit it, until the next release."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import FeedScope, Role
from data.models import CrewSlot, Officer
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import NotFoundError
from scheduler.permissions import Actor
from scheduler.planning.board import list_visits as on_the_board
from scheduler.planning.drafts import touch_draft
from scheduler.publishing.calendars import calendar_bytes
from scheduler.publishing.enterprise_view import enterprise_counts, enterprise_visits
from scheduler.publishing.visits_in_force import get_visit, list_visits, visit_details
from tests.factories import make_actor, stored_id
from tests.scheduler.planning.worlds import World, fresh, march
from tests.scheduler.publishing.edits import drop, move, replace_officer, reword_item, visit_to

SPAN = {"first": date(2026, 2, 1), "last": date(2026, 4, 30)}


def _officer(session: Session, world: World, *, leads: bool) -> Actor:
    """Somebody who goes to the first site."""
    visit = visit_to(session, world, 0)
    crew = session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id).order_by(CrewSlot.id)).all()
    number = next(one for one in crew if (one == visit.lead_officer_id) is leads)
    body = session.get_one(Officer, number).organisation_id
    return make_actor(session, Role.OFFICER, officer_id=number, organisation_id=body)


def _seen(session: Session, clock: FixedClock, officer: Actor, firm: Actor) -> list[object]:
    visits = list_visits(session, officer, **SPAN)
    return [
        visits,
        [visit_details(session, officer, visit.uid) for visit in visits],
        calendar_bytes(session, clock, FeedScope.OFFICER, officer.officer_id or 0, host="h"),
        enterprise_visits(session, firm),
        enterprise_counts(session, clock, firm),
        calendar_bytes(session, clock, FeedScope.ENTERPRISE, firm.enterprise_id or 0, host="h"),
    ]


EDITS: dict[str, Callable[[Session, World], object]] = {
    "moved": lambda session, world: move(session, visit_to(session, world, 0), march(30)),
    "dropped": lambda session, world: drop(session, visit_to(session, world, 0)),
    "officer replaced": lambda session, world: replace_officer(session, world, visit_to(session, world, 0)),
    "item reworded": reword_item,
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_edited_draft_changes_no_byte_for_officers_and_enterprises(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, edit: Callable[[Session, World], object]
) -> None:
    with unit_of_work(sqlite_engine) as session:
        officer = _officer(session, published, leads=False)
        firm = make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(published.enterprises[0]))
    with reading(sqlite_engine) as session:
        before = _seen(session, clock, officer, firm)
        board = on_the_board(session, published.coordinator, **SPAN)
    with unit_of_work(sqlite_engine) as session:
        edit(session, published)
        touch_draft(session, clock, published.coordinator, fresh(session, published.round))
    with reading(sqlite_engine) as session:
        assert before[0] != []
        assert _seen(session, clock, officer, firm) == before
        # The control: the board of those who edit has changed, except by the words of an item, which it does not show.
        changed = on_the_board(session, published.coordinator, **SPAN) != board
    assert changed is (edit not in {EDITS["officer replaced"], reword_item})


def test_colleague_who_is_only_drafted_sees_nothing_yet(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, published, 0)
        _, coming = replace_officer(session, published, visit)
        actor = make_actor(session, Role.OFFICER, officer_id=coming.id, organisation_id=coming.organisation_id)
    with reading(sqlite_engine) as session:
        assert list_visits(session, actor, **SPAN) == []
        with pytest.raises(NotFoundError):
            get_visit(session, actor, visit.uid)


def test_published_visits_of_programs_come_from_the_release(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        clerk = make_actor(session, Role.CLERK, organisation_id=stored_id(published.organisations[0]))
        before = list_visits(session, clerk, **SPAN, published_only=True)
        move(session, visit_to(session, published, 0), march(30))
    with reading(sqlite_engine) as session:
        assert len(before) == 3
        assert list_visits(session, clerk, **SPAN, published_only=True) == before
        assert list_visits(session, clerk, **SPAN) != before


def test_released_visits_are_narrowed_as_the_board_is(sqlite_engine: sa.Engine, published: World) -> None:
    with reading(sqlite_engine) as session:
        rows = on_the_board(session, published.coordinator, **SPAN)
        towns = {stored_id(site): site.town_id for site in published.sites}.values()
        wishes = [{"town_id": town} for town in (*towns, max(towns) + 1)]
        wishes += [{"round_uid": published.round.uid}, {"round_uid": "none"}]
        for wish in wishes:
            released = list_visits(session, published.coordinator, **SPAN, **wish, published_only=True)
            board = on_the_board(session, published.coordinator, **SPAN, **wish)
            assert [one.uid for one in released] == [one.uid for one in board]
            assert len(board) in {0, len(rows)}


def test_lead_is_shown_as_lead_with_the_certificates_of_the_release(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        officer = _officer(session, published, leads=True)
        uid = visit_to(session, published, 0).uid
    with reading(sqlite_engine) as session:
        details = visit_details(session, officer, uid)
    leads = [one.officer_uid for request in details.requests for one in request.crew if one.leads]
    assert len(leads) == 1
    assert {len(request.crew) for request in details.requests} == {2}
