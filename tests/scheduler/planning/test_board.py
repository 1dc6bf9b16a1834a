from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import NoticeMode, Role, VisitStatus
from data.models import CrewSlot, Organisation, Visit, VisitRequest
from data.session import reading, unit_of_work
from scheduler.board.cards import load_board
from scheduler.board.filters import BoardFilter
from scheduler.clock import FixedClock
from scheduler.errors import NotFoundError
from scheduler.permissions import Actor
from scheduler.planning.board import draft_problems, get_visit, list_visits, visit_details
from scheduler.planning.editing.adjusting import adjusting
from tests.factories import NOW, make_actor, make_plan, make_request, make_task, stored_id
from tests.scheduler.planning.worlds import World, fresh, hide, make_world, march, solve, visits_of


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    """Three sites of two departments, and an unannounced visit of a third department to the first site."""
    with unit_of_work(sqlite_engine) as session:
        made = make_world(session, sites=3, organisations=2)
        hide(session, made, made.sites[0])
    solve(sqlite_engine, FixedClock(NOW), made)
    return made


def _seen(engine: sa.Engine, actor: Actor, **filters: object) -> int:
    with reading(engine) as session:
        return len(list_visits(session, actor, first=march(1), last=march(31), **filters))


def _actor(engine: sa.Engine, role: Role, **owner: int) -> Actor:
    with unit_of_work(engine) as session:
        return make_actor(session, role, **owner)


def _publish(engine: sa.Engine, world: World) -> None:
    with unit_of_work(engine) as session:
        for visit in visits_of(session, world):
            visit.status = VisitStatus.PUBLISHED


def test_district_sees_all_and_departments_their_own(sqlite_engine: sa.Engine, world: World) -> None:
    hidden = _actor(sqlite_engine, Role.CLERK, organisation_id=stored_id(world.organisations[2]))
    clerk = _actor(sqlite_engine, Role.CLERK, organisation_id=stored_id(world.organisations[0]))
    assert _seen(sqlite_engine, world.coordinator) == 4
    assert _seen(sqlite_engine, clerk) == 3
    assert _seen(sqlite_engine, hidden) == 1


def test_enterprise_and_account_without_organisation_see_nothing(sqlite_engine: sa.Engine, world: World) -> None:
    firm = _actor(sqlite_engine, Role.ENTERPRISE, enterprise_id=stored_id(world.enterprises[0]))
    _publish(sqlite_engine, world)
    assert _seen(sqlite_engine, firm) == 0
    assert _seen(sqlite_engine, _actor(sqlite_engine, Role.CLERK)) == 0


def test_officer_sees_own_visits_once_published(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        officer_id, _visit_id = session.exec(select(CrewSlot.officer_id, CrewSlot.visit_id)).first()
        expected = len(set(session.exec(select(CrewSlot.visit_id).where(CrewSlot.officer_id == officer_id))))
    officer = _actor(sqlite_engine, Role.OFFICER, officer_id=officer_id)
    assert _seen(sqlite_engine, officer) == 0
    _publish(sqlite_engine, world)
    assert _seen(sqlite_engine, officer) == expected


def test_filters_narrow_the_list(sqlite_engine: sa.Engine, world: World) -> None:
    look = world.coordinator
    assert _seen(sqlite_engine, look, organisation_id=world.organisations[2].id) == 1
    assert _seen(sqlite_engine, look, town_id=world.sites[0].town_id) == 4
    assert _seen(sqlite_engine, look, town_id=0) == 0
    assert _seen(sqlite_engine, look, round_uid=world.round.uid) == 4
    assert _seen(sqlite_engine, look, round_uid="another") == 0


def test_rows_are_in_local_time_with_the_lead_first(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        row = list_visits(session, world.coordinator, first=march(1), last=march(31))[0]
        visit = session.exec(select(Visit).where(Visit.uid == row.uid)).one()
        lead = visit.lead_organisation_id
    assert row.starts_at.isoformat() == f"{row.day.isoformat()}T09:00:00+08:00"
    assert (row.ends_at - row.starts_at).total_seconds() == 90 * 60
    names = {body.id: body.short_name for body in world.organisations}
    assert row.departments[0] == names[lead]
    assert (row.joint, row.people, row.released) == (True, 4, False)


def test_departments_come_in_one_order_everywhere_the_lead_first_then_by_code(
    sqlite_engine: sa.Engine, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        # Codes against the order of the rows: what sorted by rows would come out the other way round.
        for place, code in enumerate(("Z-9", "B-2", "A-1")):
            session.get_one(Organisation, stored_id(world.organisations[place])).code = code
        joint = next(one for one in visits_of(session, world) if one.site_id == world.sites[1].id)
        task = make_task(session, make_plan(session, world.organisations[2]))
        extra = make_request(session, fresh(session, world.round), task, world.sites[1])
        session.add(VisitRequest(visit_id=joint.id or 0, request_id=extra.id or 0))
        joint.lead_organisation_id, uid = stored_id(world.organisations[1]), joint.uid
    with reading(sqlite_engine) as session:
        names = [fresh(session, world.organisations[place]).short_name for place in (1, 2, 0)]
        visit, round_ = get_visit(session, world.coordinator, uid), fresh(session, world.round)
        seen = list_visits(session, world.coordinator, first=march(1), last=march(31))
        (row,) = [one for one in seen if one.uid == uid]
        board = load_board(session, world.coordinator, round_, BoardFilter(first=march(1), last=march(31)))
        (card,) = [one for one in board.cards if one.uid == uid]

        assert list(row.departments) == names
        assert [one.organisation for one in visit_details(session, world.coordinator, uid).requests] == names
        assert [board.organisations[body] for body in card.organisations] == names
        assert [one.organisation for one in adjusting(session, visit).members] == names


def test_details_list_requests_with_items_and_crew(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        rows = list_visits(session, world.coordinator, first=march(1), last=march(31))
        joint = next(row for row in rows if row.joint)
        details = visit_details(session, world.coordinator, joint.uid)
    assert {len(request.items) for request in details.requests} == {2}
    assert {len(request.crew) for request in details.requests} == {2}
    assert sum(member.leads for request in details.requests for member in request.crew) == 1
    assert (details.window_first, details.window_last) == (march(1), march(31))


def test_foreign_visit_is_not_found(sqlite_engine: sa.Engine, world: World) -> None:
    clerk = _actor(sqlite_engine, Role.CLERK, organisation_id=stored_id(world.organisations[0]))
    with reading(sqlite_engine) as session:
        hidden = session.exec(select(Visit.uid).where(Visit.notice_mode == NoticeMode.UNANNOUNCED)).one()
        assert get_visit(session, world.coordinator, hidden).uid == hidden
        for uid in (hidden, "unknown"):
            with pytest.raises(NotFoundError):
                get_visit(session, clerk, uid)


def test_sound_draft_has_no_problems_and_a_bad_edit_names_its_rule(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        assert draft_problems(session, fresh(session, world.round)) == ()
        visits_of(session, world)[0].day = march(8)
        session.flush()
        broken = {violation.rule for violation in draft_problems(session, fresh(session, world.round))}
    assert broken


def test_officer_who_falls_ill_becomes_a_problem_of_the_draft(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        slot = session.exec(select(CrewSlot)).first()
        officer = next(one for one in world.officers if one.id == slot.officer_id)
        fresh(session, officer).certificate_until = march(1)
        session.flush()
        broken = {violation.rule for violation in draft_problems(session, fresh(session, world.round))}
    assert any(rule.startswith(("roster", "plan")) for rule in broken)
