"""Who is shown which paper notices still to be carried, and the line of the desk that leads there (N5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import Channel, OutboxState, RecipientKind, Role
from data.models import OutboxMessage
from data.session import unit_of_work
from scheduler.clock import FixedClock, today
from scheduler.filing.desk import desk
from scheduler.permissions import Actor
from scheduler.planning.drafts import touch_draft
from scheduler.publishing.addresses import Ways
from scheduler.publishing.dispatches import get_paper_notice, hand_over
from scheduler.publishing.paper_notices import find_gone_visit, readable_letter, waiting_papers
from scheduler.publishing.releases import seal_due
from tests.factories import make_actor, make_organisation, stored_id
from tests.scheduler.planning.worlds import PUBLISH_AT, World, approve, fresh
from tests.scheduler.publishing.edits import drop, visit_to

PAPER = Ways(channels=frozenset({Channel.INBOX, Channel.PRINT}))


@pytest.fixture
def told_on_paper(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> World:
    """A release to three enterprises that nobody reaches but on foot."""
    approve(sqlite_engine, clock, proposed, PUBLISH_AT)
    clock.instant = PUBLISH_AT
    seal_due(sqlite_engine, clock, PAPER)
    return proposed


def clerk(session: Session, world: World) -> Actor:
    return make_actor(session, Role.CLERK, organisation_id=stored_id(world.organisations[0]))


def papers(session: Session) -> list[OutboxMessage]:
    firms = select(OutboxMessage).where(OutboxMessage.recipient_kind == RecipientKind.ENTERPRISE)
    return list(session.exec(firms.where(OutboxMessage.channel == Channel.PRINT).order_by(col(OutboxMessage.id))))


def test_clerk_gets_those_of_own_visits_until_they_are_handed_over(
    sqlite_engine: sa.Engine, clock: FixedClock, told_on_paper: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        own, head = clerk(session, told_on_paper), make_actor(session, Role.HEAD)
        elsewhere = make_actor(session, Role.CLERK, organisation_id=stored_id(make_organisation(session)))
        waiting = waiting_papers(session, own)
        sites = {site.name for site in told_on_paper.sites[:3]}
        assert {one.site for one in waiting} <= sites
        assert list(waiting) == sorted(waiting, key=lambda one: (one.day, one.visit_uid))
        assert waiting_papers(session, head) == waiting_papers(session, elsewhere) == ()
        assert {one.uid for one in waiting_papers(session, told_on_paper.coordinator)} == {
            one.uid for one in papers(session)
        }
        for message in papers(session):
            hand_over(session, clock, told_on_paper.coordinator, message, taken_by="店长", on=today(clock))
        assert waiting_papers(session, own) == ()


def test_one_paper_leads_to_its_visit_and_several_to_the_list(
    sqlite_engine: sa.Engine, clock: FixedClock, told_on_paper: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        own = clerk(session, told_on_paper)
        waiting = waiting_papers(session, own)
        (line,) = [todo for todo in desk(session, clock, own).todos if todo.kind == "notice_to_hand_over"]
        assert len(waiting) > 1
        assert (line.count, line.route_name, line.uid) == (len(waiting), "documents.index", None)
        for message in papers(session):
            if message.uid != waiting[0].uid:
                message.state = OutboxState.SUPERSEDED
        session.flush()
        (line,) = [todo for todo in desk(session, clock, own).todos if todo.kind == "notice_to_hand_over"]
        assert (line.count, line.route_name, line.uid) == (1, "visits.show", waiting[0].visit_uid)
        assert line.due is not None
        assert line.due.date() == waiting[0].day - timedelta(days=1)


def test_clerk_notes_the_paper_about_a_cancelled_visit(
    sqlite_engine: sa.Engine, clock: FixedClock, told_on_paper: World
) -> None:
    """It is on no board any more, and its notice is carried all the same; another department's clerk gets nothing."""
    with unit_of_work(sqlite_engine) as session:
        for message in papers(session):
            hand_over(session, clock, told_on_paper.coordinator, message, taken_by="店长", on=today(clock))
        gone = visit_to(session, told_on_paper, 0)
        uid = gone.uid
        assert find_gone_visit(session, clerk(session, told_on_paper), uid) is None
        clock.instant += timedelta(hours=1)
        drop(session, gone)
        touch_draft(session, clock, told_on_paper.coordinator, fresh(session, told_on_paper.round))
    clock.instant += timedelta(hours=1)
    approve(sqlite_engine, clock, told_on_paper, clock.now())
    seal_due(sqlite_engine, clock, PAPER)
    with unit_of_work(sqlite_engine) as session:
        own = clerk(session, told_on_paper)
        elsewhere = make_actor(session, Role.CLERK, organisation_id=stored_id(make_organisation(session)))
        for actor in (told_on_paper.coordinator, own):
            assert [(one.visit_uid, one.cancelled) for one in waiting_papers(session, actor)] == [(uid, True)]
            found = find_gone_visit(session, actor, uid)
            assert found is not None
            assert (found.uid, found.cancelled) == (uid, True)
        assert waiting_papers(session, elsewhere) == ()
        assert find_gone_visit(session, elsewhere, uid) is None
        notice = get_paper_notice(session, own, uid)
        assert "检查取消 Cancelled" in readable_letter(session, own, notice)
        assert readable_letter(session, elsewhere, notice) == ""
        hand_over(session, clock, own, notice, taken_by="店长", on=today(clock))
        assert waiting_papers(session, own) == ()


def test_letter_is_read_by_nobody_who_has_no_part_in_one_of_its_visits(
    sqlite_engine: sa.Engine, clock: FixedClock, told_on_paper: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        own = clerk(session, told_on_paper)
        message = papers(session)[0]
        assert readable_letter(session, own, message)
        line = message.payload["changes"][0]
        message.payload = {**message.payload, "changes": [line, {**line, "visit": "f" * 32}]}
        assert readable_letter(session, own, message) == ""
