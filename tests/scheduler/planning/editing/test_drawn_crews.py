"""Who goes after an edit in a drawn round: the ranking of the request decides, and what is said of it is true."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from data.enums import CrewReason
from data.models import Absence, CrewSlot, InspectionRequest, Officer, Proposal, Visit, VisitRequest
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import NeedsReasonError
from scheduler.planning.crew_reasons import visit_crews
from scheduler.planning.editing.commands import MoveVisit, PinVisit, PlaceRequest, SetCrew, TakeOut
from scheduler.planning.editing.history import list_edits
from scheduler.planning.editing.log import EditOutcome
from scheduler.planning.editing.undoing import undo
from scheduler.planning.questions import Resolve
from scheduler.planning.taking import take_whole
from tests.factories import NOW, stored_id
from tests.scheduler.planning.drawn import drawn_world, ranking
from tests.scheduler.planning.editing.drafts import CLOCK, edit, solved_world
from tests.scheduler.planning.test_questions import ask, work
from tests.scheduler.planning.worlds import World, fresh, march, solve

DAY = 27


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    """Two sites of one body with eight officers, drawn and solved."""
    with unit_of_work(sqlite_engine) as session:
        made = drawn_world(session, FixedClock(NOW), officers=8)
    solve(sqlite_engine, FixedClock(NOW), made)
    return made


def _request(world: World) -> InspectionRequest:
    """The request that has its site to itself."""
    sites = [one.site_id for one in world.requests]
    return next(one for one in world.requests if sites.count(one.site_id) == 1)


def _visit(session: Session, request: InspectionRequest) -> Visit:
    return session.exec(
        select(Visit).join(VisitRequest, col(VisitRequest.visit_id) == Visit.id)
        .where(VisitRequest.request_id == request.id)
    ).one()  # fmt: skip


def _crew(session: Session, request: InspectionRequest) -> set[str]:
    statement = select(Officer.uid).join(CrewSlot, col(CrewSlot.officer_id) == Officer.id)
    return set(session.exec(statement.where(CrewSlot.request_id == request.id)))


def _away(session: Session, *officers: Officer, day: int = DAY) -> None:
    session.add_all(Absence(officer_id=stored_id(one), first_date=march(day), last_date=march(day)) for one in officers)
    session.flush()


def _place_anew(session: Session, world: World) -> None:
    """Take the request out and give it a visit on DAY: nobody goes already."""
    uid = _request(world).uid
    edit(session, world, TakeOut(request=uid))
    edit(session, world, PlaceRequest(request=uid, day=march(DAY)))


def _reached(session: Session, world: World) -> list[tuple[int, str, CrewReason | None]]:
    (crew,) = visit_crews(session, _visit(session, _request(world)))
    return [(one.place, one.name, one.reason) for one in crew.reached]


def test_crew_of_a_new_visit_is_the_first_of_the_ranking(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        order = ranking(session, world, _request(world))
        _place_anew(session, world)
        assert _crew(session, _request(world)) == {one.uid for one in order[:2]}
        assert _reached(session, world) == [(1, order[0].name, None), (2, order[1].name, None)]


def test_officer_who_is_away_is_passed_over_with_place_and_reason(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        first, second, third = ranking(session, world, _request(world))[:3]
        _away(session, first)
        _place_anew(session, world)
        assert _reached(session, world) == [
            (1, first.name, CrewReason.ABSENT),
            (2, second.name, None),
            (3, third.name, None),
        ]


def test_free_place_goes_to_the_next_of_the_ranking_though_others_have_less_to_do(
    sqlite_engine: sa.Engine, world: World
) -> None:
    request = _request(world)
    other = next(one for one in world.requests if one.site_id != request.site_id)
    with unit_of_work(sqlite_engine) as session:
        order, crew = ranking(session, world, request), _crew(session, request)
        stays, leaves = (one for one in order if one.uid in crew)
        heir = next(one for one in order if one.uid not in crew)
        _staff_anew(session, world, other, heir, stays)
        _away(session, leaves)
        edit(session, world, MoveVisit(visit=_visit(session, request).uid, day=march(DAY), start_quarter=0))
        assert _crew(session, request) == {stays.uid, heir.uid}


def _staff_anew(session: Session, world: World, request: InspectionRequest, *officers: Officer) -> None:
    """Give a request a visit on the afternoon of DAY with these people."""
    if _crew(session, request):
        edit(session, world, TakeOut(request=request.uid))
    edit(session, world, PlaceRequest(request=request.uid, day=march(DAY), start_quarter=2))
    edit(session, world, _named(session, request, *officers))


def _named(session: Session, request: InspectionRequest, *officers: Officer) -> SetCrew:
    uids = tuple(one.uid for one in officers)
    return SetCrew(visit=_visit(session, request).uid, request=request.uid, officers=uids)


def test_without_a_draw_whoever_has_least_to_do_goes(sqlite_engine: sa.Engine) -> None:
    world = solved_world(sqlite_engine, sites=2, organisations=1, officers=4)
    one, other = world.requests
    with unit_of_work(sqlite_engine) as session:
        edit(session, world, TakeOut(request=one.uid))
        edit(session, world, MoveVisit(visit=_visit(session, other).uid, day=march(DAY), start_quarter=2))
        edit(session, world, PlaceRequest(request=one.uid, day=march(DAY), start_quarter=0))
        assert not _crew(session, one) & _crew(session, other)
        assert visit_crews(session, _visit(session, one)) == ()


def test_crew_named_by_hand_is_said_to_be_so_until_it_is_undone(sqlite_engine: sa.Engine, world: World) -> None:
    request = _request(world)
    with unit_of_work(sqlite_engine) as session:
        order = ranking(session, world, request)
        _place_anew(session, world)
        edit(session, world, _named(session, request, order[1], order[2]))
        assert _reached(session, world)[0] == (1, order[0].name, CrewReason.BY_HAND)
        assert not _visit(session, request).crew_pinned
        undo(session, CLOCK, world.coordinator, fresh(session, world.round))
        assert _reached(session, world) == [(1, order[0].name, None), (2, order[1].name, None)]


def test_crew_that_stays_when_its_visit_moves_is_said_to_be_kept(sqlite_engine: sa.Engine, world: World) -> None:
    request = _request(world)
    with unit_of_work(sqlite_engine) as session:
        first, second, third = ranking(session, world, request)[:3]
        _away(session, first)
        _place_anew(session, world)
        edit(session, world, MoveVisit(visit=_visit(session, request).uid, day=march(DAY - 1), start_quarter=0))
        assert _crew(session, request) == {second.uid, third.uid}
        assert _reached(session, world)[0] == (1, first.name, CrewReason.KEPT)


def test_pin_of_a_crew_says_by_hand(sqlite_engine: sa.Engine, world: World) -> None:
    request = _request(world)
    with unit_of_work(sqlite_engine) as session:
        order = ranking(session, world, request)
        edit(session, world, _named(session, request, order[0], order[3]))
        edit(session, world, PinVisit(visit=_visit(session, request).uid, crew=True))
    with reading(sqlite_engine) as session:
        assert {reason for _, _, reason in _reached(session, world)[1:3]} == {CrewReason.BY_HAND}


def _without_reason(session: Session, world: World, *officers: Officer) -> EditOutcome:
    return edit(session, world, _named(session, _request(world), *officers), reason="")


def test_crew_against_the_draw_asks_for_a_reason(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        order = ranking(session, world, _request(world))
        _place_anew(session, world)
        with pytest.raises(NeedsReasonError) as refused:
            _without_reason(session, world, order[1], order[2])
        assert refused.value.findings == (("crew_off_draw", (("off", 1), ("need", 2))),)
        named = edit(session, world, _named(session, _request(world), order[1], order[2]), reason="需要女性执法人员")
        assert [code for code, _ in named.warnings] == ["crew_off_draw"]
    with reading(sqlite_engine) as session:
        newest = list_edits(session, fresh(session, world.round))[0]
        assert (newest.kind, newest.reason) == ("set_crew", "需要女性执法人员")
        assert newest.warnings == (("crew_off_draw", {"off": 1, "need": 2}),)


def test_crew_by_the_draw_asks_for_no_reason(sqlite_engine: sa.Engine, world: World) -> None:
    """Who is away is no better place in the ranking than nobody's."""
    with unit_of_work(sqlite_engine) as session:
        first, second, third, fourth = ranking(session, world, _request(world))[:4]
        _away(session, first)
        _place_anew(session, world)
        edit(session, world, _named(session, _request(world), second, fourth))
        assert _without_reason(session, world, second, third).warnings == ()


def test_crew_in_a_round_without_a_draw_asks_for_no_reason(sqlite_engine: sa.Engine) -> None:
    world = solved_world(sqlite_engine, sites=1, organisations=1, officers=4)
    (request,) = world.requests
    with unit_of_work(sqlite_engine) as session:
        goes = _crew(session, request)
        others = [one for one in world.officers if one.uid not in goes]
        assert edit(session, world, _named(session, request, *others), reason="").warnings == ()


def _freed_later(engine: sa.Engine) -> World:
    """A draft by the solver alone, made while the first of the ranking was away; by now they are there."""
    clock = FixedClock(NOW)
    with unit_of_work(engine) as session:
        world = drawn_world(session, clock, officers=8)
        first = ranking(session, world, _request(world))[0]
        session.add(Absence(officer_id=stored_id(first), first_date=march(1), last_date=march(31)))
    solve(engine, clock, world)
    with unit_of_work(engine) as session:
        session.exec(delete(Absence))
        assert _reached(session, world)[0] == (1, first.name, CrewReason.EVENNESS)
    return world


def test_crew_that_a_solve_with_a_budget_leaves_is_said_to_be_kept(sqlite_engine: sa.Engine) -> None:
    world, clock = _freed_later(sqlite_engine), FixedClock(NOW)
    with reading(sqlite_engine) as session:
        before = _crew(session, _request(world))
    ask(sqlite_engine, clock, world, Resolve(budget=0))
    work(sqlite_engine, clock)
    with unit_of_work(sqlite_engine) as session:
        newest = session.exec(select(Proposal).order_by(col(Proposal.id).desc())).first()
        assert newest is not None
        take_whole(session, clock, world.coordinator, newest)
        assert _crew(session, _request(world)) == before
        assert _reached(session, world)[0][2] is CrewReason.KEPT
