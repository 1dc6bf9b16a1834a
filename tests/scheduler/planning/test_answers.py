from __future__ import annotations

import pytest
from sqlmodel import Session

from data.enums import NoticeMode
from scheduler.planning.answers import NOT_PLACED, answer_of, plan_of
from scheduler.planning.people import is_unnamed
from scheduler.planning.snapshot import take_snapshot
from solver.checker import check
from solver.options import SolveOptions
from solver.problem import NONE
from tests.scheduler.planning.solvers import greedy
from tests.scheduler.planning.worlds import hide, make_world


def test_answer_and_back_is_the_same_plan(session: Session) -> None:
    world = make_world(session, sites=3, organisations=2)
    hide(session, world, world.sites[0])
    snapshot = take_snapshot(session, world.round)
    plan = greedy(snapshot.problem, SolveOptions()).plan
    assert plan is not None

    answer = answer_of(snapshot, plan)
    back = plan_of(snapshot, answer)

    assert check(snapshot.problem, plan).violations == ()
    assert check(snapshot.problem, back) == check(snapshot.problem, plan)
    assert answer_of(snapshot, back) == answer


def test_answer_names_lead_duration_and_notice(session: Session) -> None:
    world = make_world(session, sites=1, organisations=2)
    world.requests[0].quarters = 2
    hide(session, world, world.sites[0])
    snapshot = take_snapshot(session, world.round)
    plan = greedy(snapshot.problem, SolveOptions()).plan
    assert plan is not None
    joint, hidden = sorted(answer_of(snapshot, plan)["visits"], key=lambda visit: visit["unannounced"])
    assert (joint["quarters"], hidden["quarters"]) == (2, 1)
    assert joint["lead"] in {officer.uid for officer in world.officers}
    assert hidden["lead_organisation"] == world.organisations[2].code


def test_request_missing_from_an_answer_is_not_placed(session: Session) -> None:
    world = make_world(session, sites=2, organisations=1)
    snapshot = take_snapshot(session, world.round)
    plan = greedy(snapshot.problem, SolveOptions()).plan
    assert plan is not None
    answer = answer_of(snapshot, plan)
    dropped = answer["visits"].pop()
    answer["roster"] = [duty for duty in answer["roster"] if duty["request"] not in dropped["requests"]]
    back = plan_of(snapshot, answer)
    gone = [place for place, visit in enumerate(back.request_visit) if visit == NONE]
    assert {back.reasons[place][0] for place in gone} == {NOT_PLACED}
    assert check(snapshot.problem, back).valid


def test_day_outside_the_horizon_is_a_violation_not_an_error(session: Session) -> None:
    world = make_world(session, sites=1, organisations=1)
    snapshot = take_snapshot(session, world.round)
    plan = greedy(snapshot.problem, SolveOptions()).plan
    assert plan is not None
    answer = answer_of(snapshot, plan)
    answer["visits"][0]["day"] = "2026-03-08"
    assert not check(snapshot.problem, plan_of(snapshot, answer)).valid


@pytest.mark.parametrize("sites", [1, 6], ids=["one visit", "several a day"])
def test_people_not_known_by_name_stay_out_of_the_answer_and_come_back(session: Session, sites: int) -> None:
    world = make_world(session, sites=sites, organisations=2, officers=0)
    snapshot = take_snapshot(session, world.round)
    plan = greedy(snapshot.problem, SolveOptions()).plan
    assert plan is not None
    answer = answer_of(snapshot, plan)
    assert answer["roster"] == []
    assert {visit["lead"] for visit in answer["visits"]} == {""}
    back = plan_of(snapshot, answer)
    assert check(snapshot.problem, back).violations == ()
    assert snapshot.problem.inspectors is not None
    assert all(is_unnamed(str(uid)) for uid in snapshot.problem.inspectors.ids)


def test_named_and_unnamed_people_share_a_visit(session: Session) -> None:
    world = make_world(session, sites=2, organisations=1)
    hidden = hide(session, world, world.sites[0])
    for officer in world.officers[-3:]:
        session.delete(officer)
    hidden[0].notice_mode = NoticeMode.ANNOUNCED
    snapshot = take_snapshot(session, world.round)
    plan = greedy(snapshot.problem, SolveOptions()).plan
    assert plan is not None
    answer = answer_of(snapshot, plan)
    assert len(answer["visits"]) == 2
    assert check(snapshot.problem, plan_of(snapshot, answer)).violations == ()
