from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from sqlmodel import Session

from data.enums import ClosureKind, CreditClass, NoticeMode, RecordStatus, RequestStatus
from data.models import Absence, Closure, CrewSlot, OfficerSkill, Recusal, Visit
from scheduler.errors import ConflictError
from scheduler.planning.snapshot import take_snapshot
from solver.plan import Reason
from solver.problem import NONE
from tests.factories import make_round, make_skill, stored_id
from tests.scheduler.planning.worlds import World, make_world, march


def test_snapshot_has_public_ids_and_working_days(session: Session) -> None:
    world = make_world(session, sites=3, organisations=2, officers=4)

    snapshot = take_snapshot(session, world.round)

    problem = snapshot.problem
    assert problem.dates[0] == "2026-03-02"
    assert len(problem.dates) == 22
    assert set(problem.enterprises.ids) == {site.uid for site in world.sites}
    assert set(problem.departments.ids) == {body.code for body in world.organisations}
    assert set(problem.requests.ids) == {request.uid for request in world.requests}
    assert problem.inspectors is not None
    assert set(problem.inspectors.ids) == {officer.uid for officer in world.officers}
    assert problem.limits.max_departments_per_visit == 6
    assert problem.weights.visit == (8.0, 4.0, 2.0, 1.0)


def test_snapshot_twice_has_the_same_hash_and_a_change_another(session: Session) -> None:
    world = make_world(session)
    before = take_snapshot(session, world.round).problem_hash
    assert take_snapshot(session, world.round).problem_hash == before
    world.requests[0].priority = 9
    assert take_snapshot(session, world.round).problem_hash != before


def test_round_weights_are_laid_over_the_defaults(session: Session) -> None:
    world = make_world(session)
    world.round.weights, world.round.limits = {"trip": 2.0}, {"max_hop_km": None}
    problem = take_snapshot(session, world.round).problem
    assert (problem.weights.trip, problem.weights.unscheduled) == (2.0, 1000.0)
    assert (problem.limits.max_hop_km, problem.limits.repeat_days) == (None, 20)


def test_window_without_a_working_day_is_left_out(session: Session) -> None:
    world = make_world(session)
    world.requests[0].first_date = world.requests[0].last_date = date(2026, 3, 7)
    snapshot = take_snapshot(session, world.round)
    assert [(one.request, one.reason) for one in snapshot.left_out] == [
        (world.requests[0].uid, Reason.NO_DAY_IN_WINDOW)
    ]
    assert world.requests[0].uid not in set(snapshot.problem.requests.ids)


def test_lock_on_a_holiday_is_left_out(session: Session) -> None:
    world = make_world(session)
    world.requests[0].planned_date, world.requests[0].locked = date(2026, 3, 8), True
    snapshot = take_snapshot(session, world.round)
    assert [one.reason for one in snapshot.left_out] == [Reason.LOCK]


def test_withdrawn_requests_are_not_asked_for(session: Session) -> None:
    world = make_world(session, sites=2, organisations=1)
    world.requests[0].status = RequestStatus.WITHDRAWN
    assert list(take_snapshot(session, world.round).problem.requests.ids) == [world.requests[1].uid]


def test_request_columns_follow_the_rows(session: Session) -> None:
    skill = make_skill(session)
    world = make_world(session, sites=1, organisations=1)
    request = world.requests[0]
    request.quarters, request.inspectors, request.priority, request.joint = 2, 3, 8, False
    request.notice_mode, request.skill_id = NoticeMode.UNANNOUNCED, skill.id
    request.planned_date, request.locked = march(4), True
    rows = take_snapshot(session, world.round).problem.requests
    assert [int(column[0]) for column in (rows.quarters, rows.inspectors, rows.priority)] == [2, 3, 8]
    assert (bool(rows.joint[0]), bool(rows.unannounced[0]), bool(rows.locked[0])) == (False, True, True)
    assert int(rows.planned_day[0]) == 2


def test_credit_class_is_that_of_the_enterprise(session: Session) -> None:
    world = make_world(session, sites=1)
    world.enterprises[0].credit_class = CreditClass.D
    assert list(take_snapshot(session, world.round).problem.enterprises.credit_class) == [3]


def test_closures_cover_quiet_days_and_visits_of_other_rounds(session: Session) -> None:
    world = make_world(session, sites=1)
    site = world.sites[0]
    session.add(Closure(site_id=stored_id(site), first_date=march(5), last_date=march(8), kind=ClosureKind.QUIET))
    _foreign_visit(session, world)
    closures = take_snapshot(session, world.round).problem.closures
    assert closures.tolist() == [[0, 3, 4], [0, 10, 10]]


def test_officer_taken_by_another_round_is_absent_that_day(session: Session) -> None:
    world = make_world(session, sites=1, organisations=1, officers=3)
    visit = _foreign_visit(session, world)
    slot = CrewSlot(
        visit_id=stored_id(visit),
        request_id=stored_id(world.requests[0]),
        officer_id=stored_id(world.officers[0]),
        day=visit.day,
        quarter=0,
    )
    session.add(slot)
    session.add(Absence(officer_id=stored_id(world.officers[1]), first_date=march(7), last_date=march(9)))
    problem = take_snapshot(session, world.round).problem
    assert problem.inspectors is not None
    names = {str(uid): place for place, uid in enumerate(problem.inspectors.ids)}
    expected = {(names[world.officers[0].uid], 10), (names[world.officers[1].uid], 5)}
    assert {(int(who), int(day)) for who, day in problem.absences} == expected


def test_certificate_and_status_decide_who_can_go(session: Session) -> None:
    world = make_world(session, sites=1, organisations=1, officers=5)
    expired, ending, closed, unreviewed, _ = world.officers
    expired.certificate_until, ending.certificate_until = date(2026, 2, 28), march(4)
    closed.status, unreviewed.reviewed = RecordStatus.CLOSED, False
    people = take_snapshot(session, world.round).problem.inspectors
    assert people is not None
    until = dict(zip(people.ids, people.valid_until_day.tolist(), strict=True))
    assert until == {ending.uid: 2, world.officers[4].uid: NONE}


def test_skills_and_recusals_reach_every_site_of_the_enterprise(session: Session) -> None:
    skill = make_skill(session)
    world = make_world(session, sites=2, organisations=1, officers=2)
    world.sites[1].enterprise_id = world.sites[0].enterprise_id
    officer = world.officers[0]
    session.add(OfficerSkill(officer_id=stored_id(officer), skill_id=stored_id(skill)))
    session.add(Recusal(officer_id=stored_id(officer), enterprise_id=world.sites[0].enterprise_id, noted_on=march(1)))
    problem = take_snapshot(session, world.round).problem
    assert problem.inspectors is not None
    who = list(problem.inspectors.ids).index(officer.uid)
    assert problem.recusals.tolist() == [[who, 0], [who, 1]]
    assert np.flatnonzero(problem.inspectors.skills[who]).tolist() == [problem.skill_ids.index(skill.code)]


def test_body_without_officers_sends_people_we_do_not_know(session: Session) -> None:
    world = make_world(session, sites=1, organisations=1, officers=0)
    world.organisations[0].inspectors = 3
    people = take_snapshot(session, world.round).problem.inspectors
    assert people is not None
    code = world.organisations[0].code
    assert list(people.ids) == [f"{code}#1", f"{code}#2", f"{code}#3"]


def test_round_without_requests_has_nothing_to_schedule(session: Session) -> None:
    with pytest.raises(ConflictError) as refused:
        take_snapshot(session, make_round(session))
    assert refused.value.code == "nothing_to_schedule"


def _foreign_visit(session: Session, world: World) -> Visit:
    """A visit of another round to the first site, on Monday 16 March."""
    site, body = world.sites[0], world.organisations[0]
    visit = Visit(
        round_id=stored_id(make_round(session)),
        site_id=stored_id(site),
        day=march(16),
        start_quarter=0,
        quarters=1,
        notice_mode=NoticeMode.ANNOUNCED,
        lead_organisation_id=stored_id(body),
    )
    session.add(visit)
    session.flush()
    return visit
