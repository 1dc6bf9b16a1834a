"""Who is asked, who is asked anew, and what silence means."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import ConfirmationStatus, CounterStatus, NoticeKind, OrganisationKind, Role, RoundStatus
from data.models import AuditEvent, CounterProposal, InboxMessage, OutboxMessage
from data.session import reading, unit_of_work
from scheduler.clock import DISTRICT_ZONE, today
from scheduler.config import Settings
from scheduler.confirming.answering import AnotherDay, consent, propose_days
from scheduler.confirming.asking import QUIET, Asked, ask_departments, renew, withdraw
from scheduler.confirming.records import list_all
from scheduler.errors import InvalidError, NotPermittedError, TransitionError
from scheduler.jobs.confirmations import settle_confirmations
from scheduler.jobs.context import JobContext
from scheduler.publishing.outbox import deliver_due
from scheduler.workdays import WorkCalendar
from tests.factories import make_actor
from tests.scheduler.confirming.conftest import Scene, make_scene
from tests.scheduler.planning.worlds import fresh, march
from tests.scheduler.publishing.edits import move, visit_to


def job(scene: Scene) -> int:
    context = JobContext(engine=scene.engine, clock=scene.clock, settings=Settings(), holder="test")
    return settle_confirmations(context)


def statuses(scene: Scene) -> list[tuple[int, int, ConfirmationStatus]]:
    with reading(scene.engine) as session:
        places = {body.id: place for place, body in enumerate(scene.world.organisations)}
        rows = list_all(session, scene.world.round.id)
        return sorted((places[one.organisation_id], one.number, one.status) for one in rows)


def test_every_department_with_a_visit_is_asked_once_and_told(scene: Scene) -> None:
    assert scene.ask() == Asked(asked=3, replaced=0)
    assert scene.ask() == Asked(asked=0, replaced=0)

    assert deliver_due(scene.engine, scene.clock, holder="test") == 3
    with reading(scene.engine) as session:
        messages = session.exec(select(InboxMessage).where(InboxMessage.kind == NoticeKind.CONFIRMATION)).all()
        question = scene.question(session, 0)
        assert {one.payload["confirmation"] for one in messages} >= {question.uid}
        assert len(question.part) == 3
        assert len(scene.question(session, 2).part) == 1


def test_answer_is_due_at_the_end_of_the_third_working_day(scene: Scene) -> None:
    scene.ask()

    with reading(scene.engine) as session:
        due = scene.question(session, 0).due.astimezone(DISTRICT_ZONE)

    calendar = WorkCalendar()
    assert (due.hour, due.minute) == (23, 59)
    assert len(calendar.workdays(today(scene.clock) + timedelta(days=1), due.date())) == 3
    assert calendar.is_workday(due.date())


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COORDINATOR], ids=str)
def test_only_the_coordinator_asks(scene: Scene, role: Role) -> None:
    with unit_of_work(scene.engine) as session, pytest.raises(NotPermittedError):
        ask_departments(session, scene.clock, make_actor(session, role), fresh(session, scene.world.round))


def test_round_without_a_draft_asks_nobody(scene: Scene) -> None:
    with unit_of_work(scene.engine) as session:
        round_ = fresh(session, scene.world.round)
        round_.status = RoundStatus.DRAWN
        with pytest.raises(TransitionError):
            ask_departments(session, scene.clock, scene.world.coordinator, round_)


def test_silence_of_a_department_is_consent_and_of_an_invited_body_is_no_answer(sqlite_engine: sa.Engine) -> None:
    scene = make_scene(sqlite_engine, kinds={1: OrganisationKind.VERTICAL})
    scene.ask()
    assert job(scene) == 0

    scene.clock.instant += timedelta(days=14)

    assert (job(scene), job(scene)) == (3, 0)
    lapsed, unanswered = ConfirmationStatus.LAPSED, ConfirmationStatus.UNANSWERED
    assert statuses(scene) == [(0, 1, lapsed), (1, 1, unanswered), (2, 1, lapsed)]
    with reading(scene.engine) as session:
        recorded = session.exec(select(AuditEvent).where(AuditEvent.action == "confirmation.lapse")).all()
        assert [one.actor_id for one in recorded] == [None, None, None]
        assert {(one.after or {})["status"] for one in recorded} == {"lapsed", "unanswered"}


def test_edit_asks_only_the_departments_concerned_anew_once_the_draft_rests(scene: Scene) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session:
        for place in range(3):
            consent(session, scene.clock, scene.clerks[place], scene.question(session, place))
    scene.clock.instant += timedelta(hours=1)

    # The unannounced visit is that of the third department alone.
    scene.edit(lambda session: move(session, visit_to(session, scene.world, 0, hidden=True), march(20)))

    assert job(scene) == 0
    scene.clock.instant += QUIET
    assert (job(scene), job(scene)) == (1, 0)
    consented = ConfirmationStatus.CONSENTED
    assert statuses(scene) == [
        (0, 1, consented),
        (1, 1, consented),
        (2, 1, ConfirmationStatus.REPLACED),
        (2, 2, ConfirmationStatus.WAITING),
    ]


def test_round_that_asks_nobody_is_left_alone(scene: Scene) -> None:
    with unit_of_work(scene.engine) as session:
        assert renew(session, scene.clock, fresh(session, scene.world.round)) == Asked(asked=0, replaced=0)
        assert session.exec(select(OutboxMessage)).all() == []


@pytest.mark.parametrize(
    ("day", "status"),
    [(20, CounterStatus.TAKEN), (23, CounterStatus.DROPPED)],
    ids=["moved to the wanted day", "moved elsewhere"],
)
def test_edit_settles_the_proposal_of_another_day(scene: Scene, day: int, status: CounterStatus) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session:
        uid = visit_to(session, scene.world, 0, hidden=True).uid
        wanted = {uid: AnotherDay(day=march(20), reason="设备检修")}
        propose_days(session, scene.clock, scene.clerks[2], scene.question(session, 2), days=wanted)
    scene.clock.instant += timedelta(hours=1)
    scene.edit(lambda session: move(session, visit_to(session, scene.world, 0, hidden=True), march(day)))

    scene.clock.instant += QUIET
    job(scene)

    with reading(scene.engine) as session:
        assert session.exec(select(CounterProposal.status)).one() is status


def test_taking_back_needs_a_reason_and_ends_every_question(scene: Scene) -> None:
    scene.ask()
    with unit_of_work(scene.engine) as session:
        round_ = fresh(session, scene.world.round)
        with pytest.raises(InvalidError):
            withdraw(session, scene.clock, scene.world.coordinator, round_, reason=" ")
        assert withdraw(session, scene.clock, scene.world.coordinator, round_, reason="要重新求解") == 3
        with pytest.raises(TransitionError):
            withdraw(session, scene.clock, scene.world.coordinator, round_, reason="再来")

    assert {status for _, _, status in statuses(scene)} == {ConfirmationStatus.WITHDRAWN}
    assert scene.ask() == Asked(asked=3, replaced=0)
