"""Officers who cannot come: in time, by the right person, as an edit that nobody hears of before the next release."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ConcernKind, DutyKind, DutyStatus, NoticeMode, Role, RoundStatus, VisitStatus
from data.models import (
    Absence,
    AuditEvent,
    CrewSlot,
    DutyRequest,
    EditCommand,
    InspectionRequest,
    Officer,
    OutboxMessage,
    ReleaseVisit,
    Round,
    Visit,
)
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError, RuleError, TransitionError
from scheduler.fieldwork import duties
from scheduler.fieldwork.duties import Wish
from scheduler.fieldwork.visits import get_field_visit
from scheduler.filing.desk import desk
from scheduler.permissions import Actor
from scheduler.planning.pins import read_pins
from scheduler.publishing.concerns import open_concerns, refresh_concerns
from tests.factories import make_actor, make_organisation, stored_id
from tests.scheduler.planning.worlds import World, make_world, publish, solve
from tests.scheduler.publishing.edits import visit_to


@pytest.fixture
def world(sqlite_engine: sa.Engine, clock: FixedClock) -> World:
    """One site, one body, two officers on the crew and two at home; published."""
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=1, organisations=1, officers=4)
    solve(sqlite_engine, clock, made)
    publish(sqlite_engine, clock, made)
    return made


def people(session: Session, world: World) -> tuple[Visit, Officer, Officer]:
    """The visit, one who goes to it, and one of the same body who does not."""
    visit = visit_to(session, world, 0)
    going = select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)
    crew = session.exec(select(Officer).where(col(Officer.id).in_(going)).order_by(col(Officer.id))).all()
    own = select(Officer).where(Officer.organisation_id == visit.lead_organisation_id, col(Officer.id).not_in(going))
    return visit, crew[0], session.exec(own.order_by(col(Officer.id))).all()[0]


def account(session: Session, officer: Officer) -> Actor:
    return make_actor(session, Role.OFFICER, officer_id=officer.id, organisation_id=officer.organisation_id)


def crew_of(session: Session, visit: Visit) -> set[int]:
    return set(session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)).all())


def test_colleague_agrees_head_grants_and_the_next_release_tells(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, other = people(session, world)
        asker, colleague = account(session, officer), account(session, other)
        head = make_actor(session, Role.HEAD, organisation_id=officer.organisation_id)
        wish = Wish(kind=DutyKind.SWAP, visit_uid=visit.uid, colleague=other.uid, reason="家人住院")
        made = duties.ask(session, clock, asker, wish)
        assert made.status is DutyStatus.ASKED
        assert [one.kind for one in desk(session, clock, colleague).todos if "duty" in one.kind] == ["duty_to_answer"]
        with pytest.raises(TransitionError):
            duties.accept(session, clock, head, made.uid)
        duties.answer_colleague(session, clock, colleague, made.uid, agrees=True)
        assert [one.kind for one in desk(session, clock, head).todos if "duty" in one.kind] == ["duty_to_decide"]
        told = len(session.exec(select(OutboxMessage)).all())
        duties.accept(session, clock, head, made.uid)
        assert crew_of(session, visit) >= {other.id}
        assert officer.id not in crew_of(session, visit)
        assert session.get_one(Round, world.round.id).status is RoundStatus.PROPOSED
        assert len(session.exec(select(OutboxMessage)).all()) == told
        assert get_field_visit(session, asker, visit.uid).uid == visit.uid, "released as it was"
        edit = session.exec(select(EditCommand).order_by(col(EditCommand.id).desc())).first()
        assert edit is not None
        assert (edit.kind, edit.actor_id, edit.reason) == ("set_crew", head.user_id, "duty.accept")
        assert "duty.accept" in session.exec(select(AuditEvent.action)).all()
        assert [one.kind for one in desk(session, clock, head).todos if "duty" in one.kind] == []


def test_days_become_an_absence_and_the_visits_in_them_concerns(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, _ = people(session, world)
        clerk = make_actor(session, Role.CLERK, organisation_id=officer.organisation_id)
        wish = Wish(kind=DutyKind.DAYS, first=visit.day, last=visit.day + timedelta(days=2), reason="培训")
        made = duties.ask(session, clock, account(session, officer), wish)
        duties.accept(session, clock, clerk, made.uid)
        (absence,) = session.exec(select(Absence)).all()
        assert (absence.officer_id, absence.first_date) == (officer.id, visit.day)
        refresh_concerns(session, clock)
        found = [(one.kind, one.visit_uid) for one in open_concerns(session, world.coordinator)]
        assert found == [(ConcernKind.ABSENCE, visit.uid)]


def test_nobody_answers_after_the_time_and_it_ends_by_itself(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, other = people(session, world)
        head = make_actor(session, Role.HEAD, organisation_id=officer.organisation_id)
        wish = Wish(kind=DutyKind.VISIT, visit_uid=visit.uid, reason="有事", until=date(2026, 2, 27))
        made = duties.ask(session, clock, account(session, officer), wish)
        assert duties.expire_duties(session, clock) == 0
        clock.instant = made.until + timedelta(minutes=1)
        with pytest.raises(ConflictError) as late:
            duties.accept(session, clock, head, made.uid, stand_in=other.uid)
        assert late.value.code == "duty_expired"
        assert officer.id in crew_of(session, visit)
        assert duties.expire_duties(session, clock) == 1
        assert made.status is DutyStatus.EXPIRED


def test_only_the_own_body_or_the_coordinator_decides(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, other = people(session, world)
        asker = account(session, officer)
        made = duties.ask(session, clock, asker, Wish(kind=DutyKind.VISIT, visit_uid=visit.uid, reason="有事"))
        foreign = make_actor(session, Role.HEAD, organisation_id=make_organisation(session).id)
        with pytest.raises(NotFoundError):
            duties.accept(session, clock, foreign, made.uid)
    with unit_of_work(sqlite_engine) as session:
        visit, officer, other = people(session, world)
        with pytest.raises(NotPermittedError):
            duties.accept(session, clock, account(session, officer), made.uid)
        with pytest.raises(NotFoundError):
            duties.withdraw(session, clock, account(session, other), made.uid)
        with pytest.raises(InvalidError) as nobody:
            duties.accept(session, clock, world.coordinator, made.uid)
        assert [one.code for one in nobody.value.faults] == ["duty_stand_in"]
        duties.accept(session, clock, world.coordinator, made.uid, stand_in=other.uid)
        assert other.id in crew_of(session, visit)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": " "}, "required"),
        ({"until": date(2026, 2, 19)}, "duty_until"),
        ({"kind": DutyKind.SWAP, "colleague": "0" * 32}, "duty_colleague"),
        ({"visit_uid": ""}, "required"),
        ({"kind": DutyKind.DAYS}, "required"),
        ({"kind": DutyKind.DAYS, "first": date(2026, 2, 1)}, "in_the_past"),
        ({"kind": DutyKind.DAYS, "first": date(2026, 3, 9), "last": date(2026, 3, 8)}, "period_backwards"),
        ({"kind": DutyKind.DAYS, "first": date(2026, 3, 9), "last": date(2999, 3, 9)}, "over_a_year_ahead"),
    ],
    ids=["no_reason", "too_soon", "stranger", "no_visit", "no_day", "past", "backwards", "far_ahead"],
)
def test_request_is_refused(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, change: dict[str, object], code: str
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, _ = people(session, world)
        wish = Wish(**({"kind": DutyKind.VISIT, "visit_uid": visit.uid, "reason": "有事"} | change))  # type: ignore[arg-type]
        with pytest.raises(InvalidError) as refused:
            duties.ask(session, clock, account(session, officer), wish)
        assert [one.code for one in refused.value.faults] == [code]
        assert session.exec(select(DutyRequest)).all() == []


def test_visit_under_way_and_a_second_request_are_refused(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, other = people(session, world)
        asker = account(session, officer)
        wish = Wish(kind=DutyKind.VISIT, visit_uid=visit.uid, reason="有事")
        duties.ask(session, clock, asker, wish)
        with pytest.raises(ConflictError) as twice:
            duties.ask(session, clock, asker, wish)
        assert twice.value.code == "duty_asked"
        with pytest.raises(NotFoundError):
            duties.ask(session, clock, account(session, other), wish)
        visit.status = VisitStatus.CHECKED_IN
        session.flush()
        with pytest.raises(ConflictError) as over:
            duties.ask(session, clock, asker, wish)
        assert over.value.code == "visit_over"


@pytest.fixture
def two_visits(sqlite_engine: sa.Engine, clock: FixedClock) -> World:
    """Two sites of one body; each visit has two officers of four, on days of their own; published."""
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=2, organisations=1, officers=4)
        session.get_one(InspectionRequest, stored_id(made.requests[0])).last_date = date(2026, 3, 6)
        session.get_one(InspectionRequest, stored_id(made.requests[1])).first_date = date(2026, 3, 16)
    solve(sqlite_engine, clock, made)
    with unit_of_work(sqlite_engine) as session:
        first, second = (visit_to(session, made, place) for place in (0, 1))
        idle = iter(one.id for one in made.officers if one.id not in crew_of(session, first))
        crew = {going: next(idle) for going in sorted(crew_of(session, second))}
        for slot in session.exec(select(CrewSlot).where(CrewSlot.visit_id == second.id)).all():
            slot.officer_id = crew[slot.officer_id] or 0
        second.lead_officer_id = min(one for one in crew.values() if one)
    publish(sqlite_engine, clock, made)
    return made


def test_two_officers_exchange_their_visits_and_both_crews_are_pinned(
    sqlite_engine: sa.Engine, clock: FixedClock, two_visits: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        one, other = (visit_to(session, two_visits, place) for place in (0, 1))
        asker = _going_to(session, one, but=other)
        colleague = _going_to(session, other, but=one)
        head = make_actor(session, Role.HEAD, organisation_id=asker.organisation_id)
        wish = Wish(kind=DutyKind.SWAP, visit_uid=one.uid, colleague=colleague.uid, reason="当天接孩子")
        made = duties.ask(session, clock, account(session, asker), wish)
        with pytest.raises(InvalidError) as foreign:
            duties.answer_colleague(
                session, clock, account(session, colleague), made.uid, agrees=True, in_return=one.uid
            )
        assert [fault.code for fault in foreign.value.faults] == ["duty_return"]
        duties.answer_colleague(session, clock, account(session, colleague), made.uid, agrees=True, in_return=other.uid)
        duties.accept(session, clock, head, made.uid)
        assert (colleague.id in crew_of(session, one), asker.id in crew_of(session, one)) == (True, False)
        assert (asker.id in crew_of(session, other), colleague.id in crew_of(session, other)) == (True, False)
        pinned = {uid for pin in read_pins(session, session.get_one(Round, two_visits.round.id)) for uid in pin.crews}
        assert pinned == {request.uid for request in two_visits.requests}


def _on_one_day(session: Session, one: Visit, other: Visit) -> None:
    """Move the second visit to the day and the hours of the first."""
    other.day, other.start_quarter = one.day, one.start_quarter
    for slot in session.exec(select(CrewSlot).where(CrewSlot.visit_id == other.id)).all():
        slot.day, slot.quarter = one.day, one.start_quarter
    session.flush()


def test_exchange_of_overlapping_visits_names_the_officer_and_both_visits(
    sqlite_engine: sa.Engine, clock: FixedClock, two_visits: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        one, other = (visit_to(session, two_visits, place) for place in (0, 1))
        asker = _going_to(session, one, but=other)
        colleague = _going_to(session, other, but=one)
        _on_one_day(session, one, other)
        head = make_actor(session, Role.HEAD, organisation_id=asker.organisation_id)
        wish = Wish(kind=DutyKind.SWAP, visit_uid=one.uid, colleague=colleague.uid, reason="当天接孩子")
        uid = duties.ask(session, clock, account(session, asker), wish).uid
        duties.answer_colleague(session, clock, account(session, colleague), uid, agrees=True, in_return=other.uid)
        before = (crew_of(session, one), crew_of(session, other))
        with pytest.raises(InvalidError) as refused:
            duties.accept(session, clock, head, uid)
        (fault,) = refused.value.faults
        first, second = (two_visits.sites[place].name for place in (0, 1))
        assert (fault.field, fault.code) == ("stand_in", "duty_elsewhere")
        assert dict(fault.params) | {"starts": "", "other_starts": ""} == {
            "name": colleague.name, "day": one.day.isoformat(), "site": first, "other": second,
            "starts": "", "other_starts": "",
        }  # fmt: skip
        assert (crew_of(session, one), crew_of(session, other)) == before
        assert session.exec(select(DutyRequest.status)).one() is DutyStatus.WAITING


def test_stand_in_at_an_unannounced_visit_is_refused_without_naming_it(
    sqlite_engine: sa.Engine, clock: FixedClock, two_visits: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        one, other = (visit_to(session, two_visits, place) for place in (0, 1))
        asker = _going_to(session, one, but=other)
        colleague = _going_to(session, other, but=one)
        _on_one_day(session, one, other)
        other.notice_mode = NoticeMode.UNANNOUNCED
        head = make_actor(session, Role.HEAD, organisation_id=asker.organisation_id)
        wish = Wish(kind=DutyKind.VISIT, visit_uid=one.uid, reason="有事")
        uid = duties.ask(session, clock, account(session, asker), wish).uid
        with pytest.raises(RuleError) as refused:
            duties.accept(session, clock, head, uid, stand_in=colleague.uid)
        assert "roster_no_overlap" in {rule for rule, *_ in refused.value.violations}
        assert two_visits.sites[1].name not in str(refused.value.violations)


def test_unannounced_visit_is_not_offered_in_exchange(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, _ = people(session, world)
        assert [one.uid for one in duties.visits_to_offer(session, clock, account(session, officer))] == [visit.uid]
        # A sealed row is guarded: what it would be for an unannounced visit is written past the guard.
        session.execute(sa.text("DROP TRIGGER tr_releasevisit_no_update"))
        session.execute(sa.update(ReleaseVisit).values(hidden=True))
        assert duties.visits_to_offer(session, clock, account(session, officer)) == ()


def _going_to(session: Session, visit: Visit, *, but: Visit) -> Officer:
    chosen = sorted(crew_of(session, visit) - crew_of(session, but))[0]
    return session.get_one(Officer, chosen)
