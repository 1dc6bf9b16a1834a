from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ClosureKind, Role, RoundStatus, VisitStatus
from data.models import Absence, AuditEvent, Closure, CrewSlot, EditCommand, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, NotPermittedError, RuleError, StaleError
from scheduler.planning.board import draft_problems
from scheduler.planning.editing.commands import MoveVisit
from scheduler.planning.editing.days import possible_days, ranked_places
from scheduler.planning.editing.log import EditOutcome, apply_edit
from tests.factories import NOW, make_actor, stored_id
from tests.scheduler.planning.worlds import World, fresh, make_world, march, solve, visits_of

CLOCK = FixedClock(NOW)


@pytest.fixture
def world(engine: sa.Engine) -> World:
    """Three sites that two departments want to see; the first is closed in the second week."""
    with unit_of_work(engine) as session:
        made = make_world(session, sites=3, organisations=2)
        site = stored_id(made.sites[0])
        session.add(Closure(site_id=site, first_date=march(9), last_date=march(13), kind=ClosureKind.QUIET))
    solve(engine, FixedClock(NOW), made)
    return made


def _visit_at(session: Session, world: World, place: int) -> Visit:
    return session.exec(select(Visit).where(Visit.site_id == stored_id(world.sites[place]))).one()


def _move(
    session: Session,
    world: World,
    visit: Visit,
    day: int,
    start: int = 0,
    *,
    expected: int | None = None,
    reason: str = "",
) -> EditOutcome:
    command = MoveVisit(visit=visit.uid, day=march(day), start_quarter=start)
    round_ = fresh(session, world.round)
    return apply_edit(session, CLOCK, world.coordinator, round_, command, expected=expected, reason=reason)


def test_move_brings_visit_and_crew_to_the_day(engine: sa.Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        visit = _visit_at(session, world, 1)
        version = visit.version
        crew = set(session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)))
        outcome = _move(session, world, visit, 20, 2)
    assert outcome.visits == (visit.uid,)
    with reading(engine) as session:
        moved = _visit_at(session, world, 1)
        slots = session.exec(select(CrewSlot).where(CrewSlot.visit_id == moved.id)).all()
        assert (moved.day, moved.start_quarter, moved.version) == (march(20), 2, version + 1)
        assert {(slot.day, slot.quarter) for slot in slots} == {(march(20), 2)}
        assert {slot.officer_id for slot in slots} == crew
        assert draft_problems(session, fresh(session, world.round)) == ()


def test_move_changes_the_score_by_the_terms_it_tells(engine: sa.Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        visit = _visit_at(session, world, 1)
        told = {one.day: one for one in possible_days(session, visit)}[march(20)]
        outcome = _move(session, world, visit, 20)
    assert dict(outcome.delta) == dict(told.terms)


def test_move_onto_a_closed_day_is_refused_by_its_rule(engine: sa.Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        with pytest.raises(RuleError) as refused:
            _move(session, world, _visit_at(session, world, 0), 10)
        detail = "day=2026-03-10 closed=2026-03-09..2026-03-13"
        assert refused.value.violations == (("visit_enterprise_open", world.sites[0].uid, detail),)


@pytest.mark.parametrize(("day", "rule"), [(1, "visit_on_workday"), (8, "visit_on_workday")], ids=["sunday", "outside"])
def test_move_onto_a_day_without_work_is_refused(engine: sa.Engine, world: World, day: int, rule: str) -> None:
    with unit_of_work(engine) as session:
        with pytest.raises(RuleError) as refused:
            _move(session, world, _visit_at(session, world, 0), day)
        assert [one[0] for one in refused.value.violations] == [rule]


def test_move_takes_others_of_the_body_when_the_crew_is_away(engine: sa.Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        visit = _visit_at(session, world, 1)
        crew = set(session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)))
        for officer in crew:
            session.add(Absence(officer_id=officer, first_date=march(20), last_date=march(20)))
    with unit_of_work(engine) as session:
        _move(session, world, _visit_at(session, world, 1), 20)
    with reading(engine) as session:
        now = set(session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)))
        assert now
        assert not now & crew
        assert draft_problems(session, fresh(session, world.round)) == ()


def test_move_to_a_day_without_people_names_the_request(engine: sa.Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        for officer in world.officers:
            session.add(Absence(officer_id=stored_id(officer), first_date=march(20), last_date=march(20)))
    with unit_of_work(engine) as session:
        visit = _visit_at(session, world, 1)
        with pytest.raises(RuleError) as refused:
            _move(session, world, visit, 20)
        assert refused.value.violations[0][0] == "roster_present"
        choice = {one.day: one for one in possible_days(session, visit)}[march(20)]
        assert not choice.allowed
        assert "roster_present" in {rule for rule, _ in choice.rules}


def test_move_of_a_version_that_is_gone_tells_both(engine: sa.Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        visit = _visit_at(session, world, 1)
        with pytest.raises(StaleError) as refused:
            _move(session, world, visit, 20, expected=visit.version - 1)
        assert (refused.value.params["expected"], refused.value.params["version"]) == (0, 1)


def test_move_is_written_down_with_before_after_and_reason(engine: sa.Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        visit = _visit_at(session, world, 1)
        _move(session, world, visit, 20, reason="企业请求")
    with reading(engine) as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "visit.edit")).one()
        row = session.exec(select(EditCommand)).one()
        round_ = fresh(session, world.round)
        assert event.entity_uid == visit.uid
        assert (event.before or {})["day"] != (event.after or {})["day"] == "2026-03-20"
        assert (event.reason, row.reason, event.actor_id) == ("企业请求", "企业请求", world.coordinator.user_id)
        assert row.command == {"kind": "move", "visit": visit.uid, "day": "2026-03-20", "start_quarter": 0}
        assert round_.draft_version == world.round.draft_version + 2


def test_move_to_where_it_is_writes_nothing(engine: sa.Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        visit = _visit_at(session, world, 1)
        outcome = _move(session, world, visit, visit.day.day, visit.start_quarter)
        assert outcome.visits == ()
        assert session.exec(select(EditCommand)).all() == []


@pytest.mark.parametrize("status", [VisitStatus.CHECKED_IN, VisitStatus.DONE])
def test_visit_under_way_is_not_touched(engine: sa.Engine, world: World, status: VisitStatus) -> None:
    with unit_of_work(engine) as session:
        _visit_at(session, world, 1).status = status
    with unit_of_work(engine) as session:
        with pytest.raises(ConflictError) as refused:
            _move(session, world, _visit_at(session, world, 1), 20)
        assert refused.value.code == "visit_under_way"


def test_only_the_coordinator_edits_and_only_an_open_round(engine: sa.Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        round_, visit = fresh(session, world.round), _visit_at(session, world, 1)
        command = MoveVisit(visit=visit.uid, day=march(20), start_quarter=0)
        with pytest.raises(NotPermittedError):
            apply_edit(session, CLOCK, make_actor(session, Role.CLERK), round_, command, expected=None)
        round_.status = RoundStatus.CLOSED
        session.flush()
        with pytest.raises(ConflictError) as refused:
            _move(session, world, visit, 20)
        assert refused.value.code == "round_not_open"


def test_possible_days_agree_with_what_is_then_allowed(sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=3, organisations=2, officers=2)
    solve(sqlite_engine, FixedClock(NOW), world)
    with reading(sqlite_engine) as session:
        visit = visits_of(session, world)[0]
        visit_id, choices = stored_id(visit), possible_days(session, visit)
    assert any(choice.allowed for choice in choices)
    for choice in choices:
        for start in range(4):
            with unit_of_work(sqlite_engine) as session:
                try:
                    _move(session, world, session.get_one(Visit, visit_id), choice.day.day, start)
                    done = True
                except RuleError:
                    done = False
                session.rollback()
            assert done is (start in choice.start_quarters), (choice, start)


def test_ranked_places_of_a_visit_are_the_cheapest_allowed_days(engine: sa.Engine, world: World) -> None:
    with reading(engine) as session:
        visit = _visit_at(session, world, 0)
        own = visit.day
        best = ranked_places(session, visit)
        everything = [one for one in possible_days(session, visit) if one.allowed and one.day != visit.day]
    assert len(best) == 5
    assert [one.total for one in best] == sorted(one.total for one in everything)[:5]
    assert own not in {one.day for one in best}
