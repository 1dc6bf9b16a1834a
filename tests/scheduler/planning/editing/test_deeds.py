"""Every deed does what it says, keeps the hard rules, and can be taken back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import RequestStatus, Role, VisitStatus
from data.models import CrewSlot, InspectionRequest, Officer, Visit
from data.session import reading, unit_of_work
from scheduler.errors import ConflictError, NeedsReasonError, RuleError
from scheduler.planning.board import draft_problems
from scheduler.planning.editing.bulk import apply_many
from scheduler.planning.editing.commands import (
    Command,
    ExcludeRequest,
    JoinVisits,
    MoveVisit,
    PinVisit,
    PlaceRequest,
    SetCrew,
    SetLead,
    SplitVisit,
    TakeOut,
)
from scheduler.planning.editing.days import ranked_places
from scheduler.planning.editing.undoing import redo, undo
from tests.factories import make_actor, make_officer, make_organisation, stored_id
from tests.scheduler.planning.editing.drafts import (
    CLOCK,
    WHY,
    board,
    edit,
    members_of,
    solved_world,
    states_now,
    visit_at,
)
from tests.scheduler.planning.worlds import World, add_requests, fresh, march


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    return solved_world(sqlite_engine, sites=3, organisations=3)


def _split(engine: sa.Engine, world: World, day: int = 27) -> tuple[str, str]:
    """The first site's visit and the one that was split off it."""
    with unit_of_work(engine) as session:
        visit = visit_at(session, world, 0)
        leaving = members_of(session, world, visit)[:1]
        outcome = edit(
            session,
            world,
            SplitVisit(visit=visit.uid, requests=tuple(leaving), day=march(day), start_quarter=0),
        )
        return visit.uid, next(uid for uid in outcome.visits if uid != visit.uid)


def _sound(engine: sa.Engine, world: World) -> bool:
    with reading(engine) as session:
        return draft_problems(session, fresh(session, world.round)) == ()


def test_split_gives_requests_a_visit_of_their_own(sqlite_engine: sa.Engine, world: World) -> None:
    kept, new = _split(sqlite_engine, world)
    with reading(sqlite_engine) as session:
        states = states_now(session, world)
        assert (len(states[kept].members), len(states[new].members)) == (2, 1)
        assert states[new].day == march(27)
        assert all(len(member.officers) == 2 for uid in (kept, new) for member in states[uid].members)
    assert _sound(sqlite_engine, world)


@pytest.mark.parametrize("leaving", ["all", "none"])
def test_split_needs_somebody_to_leave_and_to_stay(sqlite_engine: sa.Engine, world: World, leaving: str) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_at(session, world, 0)
        chosen = tuple(members_of(session, world, visit)) if leaving == "all" else ()
        command = SplitVisit(visit=visit.uid, requests=chosen, day=march(27), start_quarter=0)
        with pytest.raises(ConflictError) as refused:
            edit(session, world, command)
        assert refused.value.code == "nothing_to_split"


def test_split_loses_a_joint_visit_and_asks_for_the_reason(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_at(session, world, 0)
        leaving = tuple(members_of(session, world, visit)[:1])
        command = SplitVisit(visit=visit.uid, requests=leaving, day=march(27), start_quarter=0)
        with pytest.raises(NeedsReasonError) as refused:
            edit(session, world, command, reason=" ")
        assert {code for code, _ in refused.value.findings} == {"joint_lost", "repeat_soon"}
        assert edit(session, world, command, reason="企业分两处场地").warnings


def test_join_puts_both_into_one_and_retires_the_other(sqlite_engine: sa.Engine, world: World) -> None:
    kept, new = _split(sqlite_engine, world)
    with unit_of_work(sqlite_engine) as session:
        outcome = edit(session, world, JoinVisits(keep=kept, other=new))
        assert dict(outcome.delta)["visits"] == -4.0
    with reading(sqlite_engine) as session:
        assert len(states_now(session, world)[kept].members) == 3
        gone = session.exec(select(Visit).where(Visit.uid == new)).one()
        assert gone.status is VisitStatus.CANCELLED
        assert session.exec(select(CrewSlot).where(CrewSlot.visit_id == gone.id)).all() == []
    assert _sound(sqlite_engine, world)


def test_join_of_two_sites_is_refused(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        command = JoinVisits(keep=visit_at(session, world, 0).uid, other=visit_at(session, world, 1).uid)
        with pytest.raises(RuleError) as refused:
            edit(session, world, command)
        assert refused.value.violations[0][0] == "visit_one_enterprise"


def test_join_of_a_longer_check_finds_a_start_that_suits_both(sqlite_engine: sa.Engine) -> None:
    world = solved_world(sqlite_engine, sites=1, organisations=1)
    with unit_of_work(sqlite_engine) as session:
        uid = add_requests(session, world, make_organisation(session), world.sites, quarters=2)[0].uid
        visit = visit_at(session, world, 0)
        edit(session, world, MoveVisit(visit=visit.uid, day=march(12), start_quarter=3))
        edit(session, world, PlaceRequest(request=uid, visit=visit.uid))
        state = states_now(session, world)[visit.uid]
        assert (state.start_quarter, state.quarters) == (0, 2)
    assert _sound(sqlite_engine, world)


def test_set_aside_request_is_left_out_and_can_be_placed_again(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_at(session, world, 0)
        uid = members_of(session, world, visit)[0]
        outcome = edit(session, world, TakeOut(request=uid))
        row = session.exec(select(InspectionRequest).where(InspectionRequest.uid == uid)).one()
        assert dict(outcome.delta)["unscheduled"] == 1000.0 * row.priority
        assert (row.status, row.reason_code) == (RequestStatus.LEFT_OUT, "set_aside")
        best = ranked_places(session, row)[0]
        assert best.joins == visit.uid
        edit(session, world, PlaceRequest(request=uid, visit=visit.uid))
        assert row.status is RequestStatus.SCHEDULED
    assert _sound(sqlite_engine, world)


def test_visit_of_one_request_goes_with_it_and_comes_back(sqlite_engine: sa.Engine, world: World) -> None:
    _kept, new = _split(sqlite_engine, world)
    with unit_of_work(sqlite_engine) as session:
        uid = states_now(session, world)[new].requests[0]
        edit(session, world, TakeOut(request=uid))
        assert new not in states_now(session, world)
        outcome = edit(session, world, PlaceRequest(request=uid, day=march(30), start_quarter=2))
        assert states_now(session, world)[outcome.visits[0]].day == march(30)
    assert _sound(sqlite_engine, world)


def test_place_on_a_day_of_another_visit_names_the_rule(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_at(session, world, 0)
        uid = members_of(session, world, visit)[0]
        edit(session, world, TakeOut(request=uid))
        with pytest.raises(RuleError) as refused:
            edit(session, world, PlaceRequest(request=uid, day=visit.day, start_quarter=0))
        assert refused.value.violations[0][0] == "visit_one_a_day"


def test_excluded_request_is_withdrawn_at_no_price(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        uid = members_of(session, world, visit_at(session, world, 0))[0]
        outcome = edit(session, world, ExcludeRequest(request=uid, reason="已停业"))
        row = session.exec(select(InspectionRequest).where(InspectionRequest.uid == uid)).one()
        assert row.status is RequestStatus.WITHDRAWN
        assert "unscheduled" not in dict(outcome.delta)
        with pytest.raises(ConflictError):
            edit(session, world, PlaceRequest(request=uid, day=march(30)))
    assert _sound(sqlite_engine, world)


def test_excluded_draw_is_recorded_for_good(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        uid = members_of(session, world, visit_at(session, world, 0))[0]
        session.exec(select(InspectionRequest).where(InspectionRequest.uid == uid)).one().drawn = True
        edit(session, world, ExcludeRequest(request=uid, reason="closed"))
        with pytest.raises(ConflictError) as refused:
            undo(session, CLOCK, world.coordinator, fresh(session, world.round))
        assert refused.value.code == "exclusion_recorded"


def test_crew_is_set_by_name_and_judged(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_at(session, world, 0)
        edit(session, world, MoveVisit(visit=visit.uid, day=march(26), start_quarter=0))
        uid = members_of(session, world, visit)[0]
        row = session.exec(select(InspectionRequest).where(InspectionRequest.uid == uid)).one()
        now = states_now(session, world)[visit.uid].crew_of(uid)
        own = [one.uid for one in world.officers if one.organisation_id == row.organisation_id and one.uid not in now]
        foreign = [one.uid for one in world.officers if one.organisation_id != row.organisation_id]
        edit(session, world, SetCrew(visit=visit.uid, request=uid, officers=(own[0], own[1])))
        assert states_now(session, world)[visit.uid].crew_of(uid) == tuple(sorted(own[:2]))
        for officers, rule in (((own[0],), "roster_complete"), ((own[0], foreign[0]), "roster_own_department")):
            with pytest.raises(RuleError) as refused:
                edit(session, world, SetCrew(visit=visit.uid, request=uid, officers=officers))
            assert rule in {one[0] for one in refused.value.violations}


def test_lead_is_an_officer_of_the_visit(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_at(session, world, 0)
        state = states_now(session, world)[visit.uid]
        other = next(one for one in state.members if state.lead_officer not in one.officers)
        edit(session, world, SetLead(visit=visit.uid, officer=other.officers[1]))
        led = states_now(session, world)[visit.uid]
        assert led.lead_officer == other.officers[1]
        assert led.lead_organisation != state.lead_organisation
        with pytest.raises(ConflictError):
            edit(session, world, SetLead(visit=visit.uid, officer="nobody"))


def test_pins_are_set_one_by_one(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_at(session, world, 0)
        edit(session, world, PinVisit(visit=visit.uid, day=True, crew=True))
        edit(session, world, PinVisit(visit=visit.uid, crew=False))
        row = fresh(session, visit)
        session.refresh(row)
        assert (row.day_pinned, row.crew_pinned, row.members_pinned) == (True, False, False)


def test_body_whose_people_are_not_known_is_edited_too(sqlite_engine: sa.Engine) -> None:
    world = solved_world(sqlite_engine, sites=2, organisations=1)
    with unit_of_work(sqlite_engine) as session:
        body = make_organisation(session)
        uid = add_requests(session, world, body, world.sites[:1])[0].uid
        visit = visit_at(session, world, 0)
        edit(session, world, PlaceRequest(request=uid, visit=visit.uid))
        edit(session, world, MoveVisit(visit=visit.uid, day=march(26), start_quarter=2))
        state = states_now(session, world)[visit.uid]
        assert state.crew_of(uid) == ()
        assert len(state.members) == 2
        assert draft_problems(session, fresh(session, world.round)) == ()
        edit(session, world, SetLead(visit=visit.uid, organisation=body.code))
        assert states_now(session, world)[visit.uid].lead_officer == ""
    assert _sound(sqlite_engine, world)


def test_every_deed_can_be_taken_back_and_done_again(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        start = board(session, world)
    kept, new = _split(sqlite_engine, world)
    with unit_of_work(sqlite_engine) as session:
        uid = states_now(session, world)[new].requests[0]
        edit(session, world, PinVisit(visit=kept, members=True))
        edit(session, world, MoveVisit(visit=new, day=march(30), start_quarter=0))
        edit(session, world, JoinVisits(keep=kept, other=new))
        edit(session, world, TakeOut(request=uid))
        edit(session, world, PlaceRequest(request=uid, day=march(31)))
        edit(session, world, ExcludeRequest(request=uid, reason="重复"))
        end = board(session, world)
    for step, expected in ((undo, start), (redo, end)):
        for _ in range(7):
            with unit_of_work(sqlite_engine) as session:
                step(session, CLOCK, world.coordinator, fresh(session, world.round))
        with unit_of_work(sqlite_engine) as session:
            assert board(session, world) == expected
            with pytest.raises(ConflictError) as refused:
                step(session, CLOCK, world.coordinator, fresh(session, world.round))
            assert refused.value.code in {"nothing_to_undo", "nothing_to_redo"}


def test_officers_of_the_draft_are_all_known(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        newcomer = make_officer(session, world.organisations[0])
        visit = visit_at(session, world, 0)
        uid = next(one for one in members_of(session, world, visit) if one in {row.uid for row in world.requests[:3]})
        kept = states_now(session, world)[visit.uid].crew_of(uid)[0]
        edit(session, world, SetCrew(visit=visit.uid, request=uid, officers=(kept, newcomer.uid)))
        rows = session.exec(select(CrewSlot.officer_id).where(CrewSlot.officer_id == stored_id(newcomer))).all()
        assert rows
        assert session.get(Officer, newcomer.id) is not None


def test_bulk_leaves_out_what_a_rule_forbids_and_one_undo_takes_the_rest_back(
    sqlite_engine: sa.Engine, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        start = board(session, world)
        uids = [visit_at(session, world, place).uid for place in range(3)]
        commands: list[Command] = [
            MoveVisit(visit=uids[0], day=march(26), start_quarter=0),
            MoveVisit(visit=uids[1], day=march(28), start_quarter=0),
            PinVisit(visit=uids[2], day=True),
            MoveVisit(visit="nobody", day=march(26), start_quarter=0),
        ]
        results = apply_many(session, CLOCK, world.coordinator, fresh(session, world.round), commands, reason=WHY)
        assert [one.done for one in results] == [True, False, True, False]
        assert isinstance(results[1].error, RuleError)
        assert states_now(session, world)[uids[0]].day == march(26)
        undo(session, CLOCK, world.coordinator, fresh(session, world.round))
        assert board(session, world) == start


def test_undo_names_who_changed_the_same_visit_since(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        second = make_actor(session, Role.COORDINATOR)
        uid = visit_at(session, world, 0).uid
        edit(session, world, MoveVisit(visit=uid, day=march(26), start_quarter=0))
        edit(session, world, MoveVisit(visit=uid, day=march(27), start_quarter=0), actor=second)
        with pytest.raises(ConflictError) as refused:
            undo(session, CLOCK, world.coordinator, fresh(session, world.round))
        assert (refused.value.code, refused.value.params["who"], refused.value.params["what"]) == (
            "undo_blocked",
            second.display_name,
            "move",
        )
        assert states_now(session, world)[uid].day == march(27)
