from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import AppealKind, AppealStatus, Ban, ClosureKind, NoticeMode, Role, RoundStatus, VisitStatus
from data.models import (
    Absence,
    Appeal,
    Closure,
    CrewSlot,
    EditCommand,
    InboxMessage,
    Officer,
    OutboxMessage,
    Recusal,
    Round,
    Visit,
)
from data.session import reading, unit_of_work
from scheduler.clock import DISTRICT_ZONE, FixedClock
from scheduler.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    NotPermittedError,
    RuleError,
    TransitionError,
)
from scheduler.permissions import Actor
from scheduler.planning.board import draft_problems
from scheduler.planning.editing.undoing import undo
from scheduler.portal import answers, appeals
from scheduler.publishing.outbox import deliver_due
from tests.factories import make_actor, stored_id
from tests.scheduler.planning.worlds import World, fresh, march
from tests.scheduler.portal.conftest import FirmOf
from tests.scheduler.publishing.edits import move, visit_to


def offered(engine: sa.Engine, clock: FixedClock, firm: Actor, uid: str) -> tuple[date, ...]:
    with reading(engine) as session:
        return appeals.days_to_offer(session, clock, firm, uid)


def uid_of(engine: sa.Engine, world: World, place: int = 0, *, hidden: bool = False) -> str:
    with reading(engine) as session:
        return visit_to(session, world, place, hidden=hidden).uid


def crew(session: Session, uid: str) -> set[int]:
    visit = session.exec(select(Visit).where(Visit.uid == uid)).one()
    return set(session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)))


def deliver_all(engine: sa.Engine, clock: FixedClock) -> None:
    """Deliver until nothing is due: a recipient gets one message a round, the oldest first."""
    while deliver_due(engine, clock, holder="relay"):
        pass


def asked(engine: sa.Engine, clock: FixedClock, firm: Actor, uid: str, day: date | None = None) -> Appeal:
    """Ask for the last day on offer, or for `day`."""
    wanted = day or offered(engine, clock, firm, uid)[-1]
    with unit_of_work(engine) as session:
        return appeals.ask_for_another_day(session, clock, firm, uid, day=wanted, text="盘点")


def test_days_on_offer_are_working_days_of_the_window_two_working_days_ahead(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    uid = uid_of(sqlite_engine, world)
    days = offered(sqlite_engine, clock, firm_of(0), uid)
    with reading(sqlite_engine) as session:
        own = visit_to(session, world, 0).day
    assert days == tuple(sorted(days))
    assert own not in days
    assert {day.month for day in days} == {3}
    assert all(day.weekday() < 5 for day in days)
    assert len(days) > 10


def test_closed_day_and_day_on_which_one_of_the_crew_is_away_are_not_offered(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    before = offered(sqlite_engine, clock, firm, uid)
    closed, away = before[3], before[5]
    with unit_of_work(sqlite_engine) as session:
        member = min(crew(session, uid))
        session.add(Absence(officer_id=member, first_date=away, last_date=away))
        site_id = stored_id(world.sites[0])
        session.add(Closure(site_id=site_id, first_date=closed, last_date=closed, kind=ClosureKind.QUIET))
    assert offered(sqlite_engine, clock, firm, uid) == tuple(day for day in before if day not in {closed, away})


def test_draft_and_hidden_visits_leave_the_offer_as_it_is(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    """A hidden visit on a free day, with the very crew, changes nothing that the enterprise sees (X-23)."""
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    before = offered(sqlite_engine, clock, firm, uid)
    with unit_of_work(sqlite_engine) as session:
        move(session, visit_to(session, world, 0, hidden=True), before[-1])
        move(session, visit_to(session, world, 1), before[-2])
        visit_to(session, world, 0).day_pinned = True
    assert offered(sqlite_engine, clock, firm, uid) == before


def test_request_that_collides_with_a_hidden_visit_is_taken_in_and_left_to_the_coordinator(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    day = offered(sqlite_engine, clock, firm, uid)[-1]
    with unit_of_work(sqlite_engine) as session:
        move(session, visit_to(session, world, 0, hidden=True), day)
    appeal = asked(sqlite_engine, clock, firm, uid, day)
    assert appeal.status is AppealStatus.WAITING
    with pytest.raises(RuleError) as broken, unit_of_work(sqlite_engine) as session:
        answers.take_reschedule(session, clock, world.coordinator, fresh(session, appeal))
    assert "visit_one_a_day" in {rule for rule, _subject, _detail in broken.value.violations}


def test_another_day_is_asked_for_once(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    days = offered(sqlite_engine, clock, firm, uid)
    first = asked(sqlite_engine, clock, firm, uid)
    assert offered(sqlite_engine, clock, firm, uid) == ()
    with pytest.raises(ConflictError) as refused:
        asked(sqlite_engine, clock, firm, uid, days[0])
    assert refused.value.code == "asked_already"
    with unit_of_work(sqlite_engine) as session:
        appeals.withdraw_appeal(session, clock, firm, fresh(session, first))
    with pytest.raises(ConflictError):
        asked(sqlite_engine, clock, firm, uid, days[0])


def test_database_itself_refuses_the_second_request(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    """The guard in the code looks first; of two at once the constraint lets one through."""
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    key = asked(sqlite_engine, clock, firm, uid).once_key
    with pytest.raises(sa.exc.IntegrityError), unit_of_work(sqlite_engine) as session:
        appeals._file(session, clock, firm, AppealKind.RESCHEDULE, "", visit_uid=uid, once_key=key)


@pytest.mark.parametrize("late", [0, 1], ids=["same day", "one working day before"])
def test_too_late_to_ask(sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf, late: int) -> None:
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    with reading(sqlite_engine) as session:
        row = appeals.get_enterprise_row(session, firm, uid)
        eve = appeals.load_calendar(session).add_workdays(row.day, -late) if late else row.day
    days = offered(sqlite_engine, clock, firm, uid)
    clock.instant = clock.instant.replace(year=eve.year, month=eve.month, day=eve.day)
    assert offered(sqlite_engine, clock, firm, uid) == ()
    with pytest.raises(InvalidError) as refused:
        asked(sqlite_engine, clock, firm, uid, days[-1])
    assert [fault.code for fault in refused.value.faults] == ["too_late_to_move"]


def test_day_that_is_not_on_offer_is_refused(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    with pytest.raises(InvalidError) as refused:
        asked(sqlite_engine, clock, firm_of(0), uid_of(sqlite_engine, world), march(7))
    assert [fault.code for fault in refused.value.faults] == ["day_not_offered"]


def test_taken_request_moves_the_draft_and_is_told_to_the_enterprise(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    appeal = asked(sqlite_engine, clock, firm, uid)
    with reading(sqlite_engine) as session:
        before = crew(session, uid)
    with unit_of_work(sqlite_engine) as session:
        answers.take_reschedule(session, clock, world.coordinator, fresh(session, appeal), text="可以")
    deliver_all(sqlite_engine, clock)
    with reading(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        assert visit.day == appeal.wanted_day
        slots = session.exec(select(CrewSlot).where(CrewSlot.visit_id == visit.id)).all()
        assert {slot.day for slot in slots} == {appeal.wanted_day}
        assert crew(session, uid) == before
        assert session.get_one(Round, world.round.id).status is RoundStatus.PROPOSED
        message = session.exec(select(InboxMessage).where(InboxMessage.kind == "answer")).one()
        assert message.recipient_id == firm.enterprise_id
        assert message.payload["appeal"]["status"] == "accepted"
        assert message.payload["appeal"]["answer"] == "可以"
    with pytest.raises(TransitionError), unit_of_work(sqlite_engine) as session:
        answers.take_reschedule(session, clock, world.coordinator, fresh(session, appeal))


def test_taken_request_is_an_edit_that_can_be_undone(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    appeal = asked(sqlite_engine, clock, firm, uid)
    with reading(sqlite_engine) as session:
        before = visit_to(session, world, 0).day
    with unit_of_work(sqlite_engine) as session:
        answers.take_reschedule(session, clock, world.coordinator, fresh(session, appeal))
    with reading(sqlite_engine) as session:
        row = session.exec(select(EditCommand)).one()
        assert (row.kind, row.reason, row.command["visit"]) == ("move", "appeal.accept", uid)
        assert row.command["day"] == str(appeal.wanted_day)
    with unit_of_work(sqlite_engine) as session:
        undo(session, clock, world.coordinator, fresh(session, world.round))
    with reading(sqlite_engine) as session:
        assert visit_to(session, world, 0).day == before


def test_visit_whose_crew_is_on_its_way_is_not_moved(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    appeal = asked(sqlite_engine, clock, firm, uid)
    with unit_of_work(sqlite_engine) as session:
        visit_to(session, world, 0).status = VisitStatus.CHECKED_IN
    with pytest.raises(ConflictError) as refused, unit_of_work(sqlite_engine) as session:
        answers.take_reschedule(session, clock, world.coordinator, fresh(session, appeal))
    assert refused.value.code == "visit_over"


def test_officer_who_has_become_busy_is_replaced_by_a_free_colleague(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    appeal = asked(sqlite_engine, clock, firm, uid)
    day = appeal.wanted_day
    assert day is not None
    with unit_of_work(sqlite_engine) as session:
        away = visit_to(session, world, 0).lead_officer_id or 0
        session.add(Absence(officer_id=away, first_date=day, last_date=day))
    with unit_of_work(sqlite_engine) as session:
        answers.take_reschedule(session, clock, world.coordinator, fresh(session, appeal))
    with reading(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        assert away not in crew(session, uid)
        assert visit.lead_officer_id in crew(session, uid)
        bodies = [session.get_one(Officer, one).organisation_id for one in (away, visit.lead_officer_id)]
        assert bodies[0] == bodies[1]


def test_nobody_free_is_said_and_changes_nothing(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    appeal = asked(sqlite_engine, clock, firm, uid)
    day = appeal.wanted_day or march(31)
    with unit_of_work(sqlite_engine) as session:
        for officer in session.exec(select(Officer)).all():
            session.add(Absence(officer_id=officer.id or 0, first_date=day, last_date=day))
    with pytest.raises(RuleError) as broken, unit_of_work(sqlite_engine) as session:
        answers.take_reschedule(session, clock, world.coordinator, fresh(session, appeal))
    assert {rule for rule, _subject, _detail in broken.value.violations} == {"roster_present"}
    with reading(sqlite_engine) as session:
        assert fresh(session, appeal).status is AppealStatus.WAITING
        assert visit_to(session, world, 0).day != day


def test_granted_recusal_is_noted_and_sends_somebody_else(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    with unit_of_work(sqlite_engine) as session:
        officer = session.get_one(Officer, min(crew(session, uid)))
        appeal = appeals.ask_for_recusal(
            session, clock, firm, uid, certificate=officer.certificate_number, text="近亲属"
        )
    with unit_of_work(sqlite_engine) as session:
        assert answers.take_recusal(session, clock, world.coordinator, fresh(session, appeal)) is True
    with reading(sqlite_engine) as session:
        rows = session.exec(select(Recusal.officer_id, Recusal.enterprise_id)).all()
        assert [tuple(row) for row in rows] == [(officer.id, firm.enterprise_id)]
        assert officer.id not in crew(session, uid)
        assert session.get_one(Round, world.round.id).status is RoundStatus.PROPOSED
        assert {row.kind for row in session.exec(select(EditCommand))} == {"set_crew"}


def test_recusal_without_a_colleague_is_noted_and_left_to_the_board(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    with unit_of_work(sqlite_engine) as session:
        officer = session.get_one(Officer, min(crew(session, uid)))
        appeal = appeals.ask_for_recusal(
            session, clock, firm, uid, certificate=officer.certificate_number, text="近亲属"
        )
        day, going = visit_to(session, world, 0).day, crew(session, uid)
        for other in session.exec(select(Officer)).all():
            if other.id not in going:
                session.add(Absence(officer_id=other.id or 0, first_date=day, last_date=day))
    with unit_of_work(sqlite_engine) as session:
        assert answers.take_recusal(session, clock, world.coordinator, fresh(session, appeal)) is False
    with reading(sqlite_engine) as session:
        assert officer.id in crew(session, uid)
        assert session.exec(select(EditCommand)).all() == []
        assert "roster_recusal" in {one.rule for one in draft_problems(session, fresh(session, world.round))}


def test_recusal_of_somebody_who_does_not_come_is_refused(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    """Whether an officer of a hidden visit exists cannot be found out this way either."""
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    with reading(sqlite_engine) as session:
        secret = visit_to(session, world, 0, hidden=True).uid
        hidden = session.get_one(Officer, min(crew(session, secret))).certificate_number
    answers_given = []
    for certificate in (hidden, "nobody"):
        with pytest.raises(InvalidError) as refused, unit_of_work(sqlite_engine) as session:
            appeals.ask_for_recusal(session, clock, firm, uid, certificate=certificate, text="x")
        answers_given.append([(fault.field, fault.code, fault.params) for fault in refused.value.faults])
    assert answers_given[0] == answers_given[1] == [("certificate", "unknown_choice", ())]


def test_guidance_is_due_after_two_working_days_at_the_end_of_work(
    sqlite_engine: sa.Engine, clock: FixedClock, firm_of: FirmOf
) -> None:
    """Thursday 26 February 2026; the Saturday after it is made up for the spring festival and is worked."""
    with unit_of_work(sqlite_engine) as session:
        appeal = appeals.ask_for_guidance(session, clock, firm_of(0), text="燃气报警器装在哪里？")
    due = appeal.due_at.astimezone(DISTRICT_ZONE)
    with reading(sqlite_engine) as session:
        second = appeals.load_calendar(session).add_workdays(date(2026, 2, 26), 2)
    assert (due.date(), due.hour, due.minute) == (second, 17, 30)


def test_complaint_is_for_the_supervisor_alone(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm = firm_of(0)
    with unit_of_work(sqlite_engine) as session:
        supervisor = make_actor(session, Role.SUPERVISOR)
        appeal = appeals.complain(session, clock, firm, text="要求请客", ban=Ban.MEALS)
    with reading(sqlite_engine) as session:
        assert [line.appeal.uid for line in appeals.list_appeals(session, supervisor)] == [appeal.uid]
        assert appeals.list_appeals(session, world.coordinator) == []
        with pytest.raises(NotFoundError):
            appeals.get_appeal(session, world.coordinator, appeal.uid)
    with pytest.raises(NotPermittedError), unit_of_work(sqlite_engine) as session:
        answers.answer_appeal(session, clock, world.coordinator, fresh(session, appeal), text="知道了")
    with unit_of_work(sqlite_engine) as session:
        answers.answer_appeal(session, clock, supervisor, fresh(session, appeal), text="已查实处理")
    with reading(sqlite_engine) as session:
        assert [one.status for one in appeals.own_appeals(session, firm)] == [AppealStatus.ANSWERED]


def test_decline_needs_a_reason(sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf) -> None:
    firm, uid = firm_of(0), uid_of(sqlite_engine, world)
    appeal = asked(sqlite_engine, clock, firm, uid)
    with pytest.raises(InvalidError), unit_of_work(sqlite_engine) as session:
        answers.decline_appeal(session, clock, world.coordinator, fresh(session, appeal), text="  ")
    with unit_of_work(sqlite_engine) as session:
        answers.decline_appeal(session, clock, world.coordinator, fresh(session, appeal), text="当天另有培训")
    with reading(sqlite_engine) as session:
        sent = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "answer")).one()
        assert sent.payload["appeal"]["answer"] == "当天另有培训"
        assert visit_to(session, world, 0).notice_mode is NoticeMode.ANNOUNCED


def test_foreign_and_hidden_visits_cannot_be_asked_about(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm = firm_of(0)
    for uid in (uid_of(sqlite_engine, world, 1), uid_of(sqlite_engine, world, hidden=True), "0" * 32):
        with pytest.raises(NotFoundError), unit_of_work(sqlite_engine) as session:
            appeals.ask_for_another_day(session, clock, firm, uid, day=march(20), text="")
        with pytest.raises(NotFoundError), unit_of_work(sqlite_engine) as session:
            appeals.complain(session, clock, firm, text="x", uid=uid)


def test_appeals_of_another_enterprise_are_not_found(
    sqlite_engine: sa.Engine, clock: FixedClock, firm_of: FirmOf
) -> None:
    one, other = firm_of(0), firm_of(1)
    with unit_of_work(sqlite_engine) as session:
        appeal = appeals.ask_for_guidance(session, clock, one, text="怎样贴标签？")
    with reading(sqlite_engine) as session:
        assert appeals.own_appeals(session, other) == []
        with pytest.raises(NotFoundError):
            appeals.get_own_appeal(session, other, appeal.uid)


def test_waiting_appeals_are_counted_with_the_first_deadline(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, firm_of: FirmOf
) -> None:
    firm = firm_of(0)
    with unit_of_work(sqlite_engine) as session:
        first = appeals.ask_for_guidance(session, clock, firm, text="一")
        clock.instant += timedelta(days=7)
        appeals.ask_for_guidance(session, clock, firm, text="二")
    with reading(sqlite_engine) as session:
        assert appeals.waiting_appeals(session, world.coordinator) == (2, first.due_at)
