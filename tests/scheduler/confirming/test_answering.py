"""Answers, what they are refused for, and what an approval waits for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from data.enums import ConfirmationStatus, CounterStatus, Role
from data.models import AuditEvent, Confirmation
from data.session import reading, unit_of_work
from scheduler.confirming.answering import AnotherDay, consent, decline_counter, propose_days, refuse, still_open
from scheduler.confirming.asking import withdraw
from scheduler.confirming.records import get_confirmation, list_counters
from scheduler.confirming.timers import round_timers
from scheduler.confirming.views import question_view, round_confirmations
from scheduler.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError, TransitionError
from scheduler.filing.desk import desk
from scheduler.permissions import Actor
from scheduler.planning.drafts import draft_hash
from scheduler.publishing.approvals import approve_round
from tests.factories import make_actor
from tests.scheduler.confirming.conftest import Scene
from tests.scheduler.planning.worlds import PUBLISH_AT, fresh, march
from tests.scheduler.publishing.edits import move, visit_to

Answer = Callable[[Session, Scene, Actor, Confirmation], object]
SATURDAY, OUTSIDE = march(21), march(1).replace(month=4)


def agree(session: Session, scene: Scene, actor: Actor, one: Confirmation) -> None:
    consent(session, scene.clock, actor, one)


def say_no(session: Session, scene: Scene, actor: Actor, one: Confirmation) -> None:
    refuse(session, scene.clock, actor, one, reason="人手不足")


def another_day(session: Session, scene: Scene, actor: Actor, one: Confirmation) -> None:
    wanted = {min(one.part): AnotherDay(day=march(31), reason="设备检修")}
    propose_days(session, scene.clock, actor, one, days=wanted)


ANSWERS = pytest.mark.parametrize("answer", [agree, say_no, another_day], ids=["consent", "refusal", "counter"])


def approve(session: Session, scene: Scene) -> None:
    round_ = fresh(session, scene.world.round)
    hash_ = draft_hash(session, round_)
    approve_round(session, scene.clock, scene.world.approver, round_, draft_hash=hash_, publish_at=PUBLISH_AT)


@ANSWERS
def test_answer_is_recorded_with_who_and_why(scene: Scene, answer: Answer) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session:
        answer(session, scene, scene.clerks[0], scene.question(session, 0))

    with reading(scene.engine) as session:
        one = scene.question(session, 0)
        assert one.answered_by_id == scene.clerks[0].user_id
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "confirmation.answer")).one()
        assert (event.entity_uid, (event.after or {})["status"]) == (one.uid, str(one.status))
        assert (event.after or {})["part_hash"] == one.part_hash


@ANSWERS
def test_answer_is_given_once(scene: Scene, answer: Answer) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session:
        answer(session, scene, scene.clerks[0], scene.question(session, 0))
        with pytest.raises(ConflictError) as caught:
            answer(session, scene, scene.clerks[0], scene.question(session, 0))
        assert caught.value.code == "confirmation_over"


@ANSWERS
def test_answer_after_the_question_was_taken_back_is_refused(scene: Scene, answer: Answer) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session:
        one = scene.question(session, 0)
        withdraw(session, scene.clock, scene.world.coordinator, fresh(session, scene.world.round), reason="重算")
        with pytest.raises(ConflictError) as caught:
            answer(session, scene, scene.clerks[0], one)
    assert caught.value.code == "confirmation_withdrawn"


@ANSWERS
def test_answer_to_a_part_that_was_edited_meanwhile_is_refused(scene: Scene, answer: Answer) -> None:
    scene.ask()
    scene.edit(lambda session: move(session, visit_to(session, scene.world, 0, hidden=True), march(20)))
    with unit_of_work(scene.engine) as session, pytest.raises(ConflictError) as caught:
        answer(session, scene, scene.clerks[2], scene.question(session, 2))
    assert caught.value.code == "confirmation_replaced"
    with unit_of_work(scene.engine) as session:
        answer(session, scene, scene.clerks[0], scene.question(session, 0))


@ANSWERS
def test_answer_after_its_time_is_refused(scene: Scene, answer: Answer) -> None:
    scene.ask()
    scene.clock.instant += timedelta(days=14)
    with unit_of_work(scene.engine) as session, pytest.raises(ConflictError) as caught:
        answer(session, scene, scene.clerks[0], scene.question(session, 0))
    assert caught.value.code == "confirmation_over"


@ANSWERS
def test_nobody_answers_for_another_department(scene: Scene, answer: Answer) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session:
        one = scene.question(session, 0)
        for actor in (scene.clerks[1], scene.world.coordinator, scene.world.approver):
            with pytest.raises(NotPermittedError):
                answer(session, scene, actor, one)
        with pytest.raises(NotFoundError):
            get_confirmation(session, scene.clerks[1], one.uid)
        assert get_confirmation(session, scene.clerks[0], one.uid) == one


def test_refusal_without_a_reason_is_not_taken(scene: Scene) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session, pytest.raises(InvalidError) as caught:
        refuse(session, scene.clock, scene.clerks[0], scene.question(session, 0), reason="  ")
    assert [(fault.field, fault.code) for fault in caught.value.faults] == [("reason", "required")]


@pytest.mark.parametrize(
    ("day", "code"),
    [(SATURDAY, "not_a_workday"), (OUTSIDE, "day_outside_round"), (None, "same_day")],
    ids=["saturday", "another month", "the day it has"],
)
def test_day_that_cannot_be_is_named_with_its_visit(scene: Scene, day: date | None, code: str) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session:
        visit, one = visit_to(session, scene.world, 0, hidden=True), scene.question(session, 2)
        wanted = {visit.uid: AnotherDay(day=day or visit.day, reason="")}
        with pytest.raises(InvalidError) as caught:
            propose_days(session, scene.clock, scene.clerks[2], one, days=wanted)
    assert [(fault.field, fault.code) for fault in caught.value.faults] == [(f"day_{visit.uid}", code)]


def test_approval_waits_for_answers_edits_and_proposals(scene: Scene) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session, pytest.raises(ConflictError) as caught:
        approve(session, scene)
    assert (caught.value.code, caught.value.params["awaited"]) == ("confirmations_open", 3)
    with unit_of_work(scene.engine) as session:
        agree(session, scene, scene.clerks[0], scene.question(session, 0))
        say_no(session, scene, scene.clerks[1], scene.question(session, 1))
        another_day(session, scene, scene.clerks[2], scene.question(session, 2))
        assert still_open(session, fresh(session, scene.world.round)).counters == 1
        with pytest.raises(ConflictError):
            approve(session, scene)
        (counter,) = list_counters(session, [scene.question(session, 2)])
        decline_counter(session, scene.clock, scene.world.coordinator, counter, reason="企业当天停产")
        assert counter.status is CounterStatus.DECLINED
        with pytest.raises(TransitionError):
            decline_counter(session, scene.clock, scene.world.coordinator, counter, reason="再说一次")
    scene.edit(lambda session: move(session, visit_to(session, scene.world, 0, hidden=True), march(20)))
    with unit_of_work(scene.engine) as session, pytest.raises(ConflictError) as caught:
        approve(session, scene)
    assert caught.value.params["awaited"] == 1


def test_refusal_does_not_stop_an_approver_who_has_seen_it(scene: Scene) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session:
        for place in range(3):
            say_no(session, scene, scene.clerks[place], scene.question(session, place))
        approve(session, scene)
        assert fresh(session, scene.world.round).status == "approved"


def test_declining_needs_a_coordinator_and_a_reason(scene: Scene) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session:
        another_day(session, scene, scene.clerks[0], scene.question(session, 0))
        (counter,) = list_counters(session, [scene.question(session, 0)])
        with pytest.raises(NotPermittedError):
            decline_counter(session, scene.clock, scene.clerks[0], counter, reason="不行")
        with pytest.raises(InvalidError):
            decline_counter(session, scene.clock, scene.world.coordinator, counter, reason="")


def kinds(session: Session, scene: Scene, actor: Actor) -> dict[str, int]:
    return {todo.kind: todo.count for todo in desk(session, scene.clock, actor).todos}


def of_round(session: Session, scene: Scene, actor: Actor) -> set[str]:
    """What the desk says of rounds that are not open, as two lines of one round can contradict each other."""
    return {kind for kind in kinds(session, scene, actor) if kind.startswith("round_")} - {"round_to_open"}


def test_lines_of_the_desk_close_by_doing_them(scene: Scene) -> None:
    with reading(scene.engine) as session:
        assert of_round(session, scene, scene.world.coordinator) == {"round_to_ask"}
    scene.ask()
    with unit_of_work(scene.engine) as session:
        approver, coordinator = scene.world.approver, scene.world.coordinator
        assert kinds(session, scene, scene.clerks[0])["round_part_to_confirm"] == 1
        assert kinds(session, scene, coordinator)["round_awaited"] == 3
        assert of_round(session, scene, coordinator) == {"round_awaited"}
        assert "round_to_approve" not in kinds(session, scene, approver)
        for place in (0, 1):
            agree(session, scene, scene.clerks[place], scene.question(session, place))
        another_day(session, scene, scene.clerks[2], scene.question(session, 2))
        assert "round_part_to_confirm" not in kinds(session, scene, scene.clerks[0])
        assert kinds(session, scene, coordinator)["round_counters"] == 1
        assert of_round(session, scene, coordinator) == {"round_counters"}
        (counter,) = list_counters(session, [scene.question(session, 2)])
        decline_counter(session, scene.clock, coordinator, counter, reason="企业当天停产")
        assert of_round(session, scene, coordinator) == {"round_proposed"}
        assert kinds(session, scene, approver)["round_to_approve"] == 1
        timers = round_timers(session, scene.clock, fresh(session, scene.world.round))
        assert [(timer.kind, timer.late) for timer in timers] == [("approve", False)]


def test_department_sees_its_own_line_and_the_district_all(scene: Scene) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session:
        round_ = fresh(session, scene.world.round)
        seen = {
            actor.role: len(round_confirmations(session, scene.clock, actor, round_).bodies)
            for actor in (scene.clerks[0], scene.world.coordinator, make_actor(session, Role.SUPERVISOR))
        }
        assert seen == {Role.CLERK: 1, Role.COORDINATOR: 3, Role.SUPERVISOR: 3}
        view = question_view(session, scene.clock, scene.clerks[0], scene.question(session, 0))
        assert (len(view.visits), view.answerable, view.edited) == (3, True, False)
        assert not question_view(session, scene.clock, scene.world.coordinator, view.confirmation).answerable


def test_second_question_marks_what_was_edited(scene: Scene) -> None:
    scene.ask()
    scene.edit(lambda session: move(session, visit_to(session, scene.world, 1), march(30)))
    assert scene.ask().replaced == 2
    with reading(scene.engine) as session:
        view = question_view(session, scene.clock, scene.clerks[0], scene.question(session, 0))
        moved = visit_to(session, scene.world, 1).uid
        assert {visit.uid for visit in view.visits if visit.changed} == {moved}
        assert view.confirmation.status is ConfirmationStatus.WAITING
