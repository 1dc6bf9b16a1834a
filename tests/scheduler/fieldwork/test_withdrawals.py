"""Publications taken back: by two people, with a public reason, and without a trace of what was published."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import Role
from data.models import AuditEvent, PublishedResult
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotFoundError
from scheduler.fieldwork.publication import due_results, open_data, public_results, publish_result
from scheduler.fieldwork.withdrawals import ask_withdrawal, decide_withdrawal, own_publications, withdrawn_results
from scheduler.filing.desk import desk
from scheduler.permissions import Actor
from tests.factories import make_actor, make_organisation
from tests.scheduler.fieldwork.test_publication import closed
from tests.scheduler.planning.worlds import World


def published(session: Session, clock: FixedClock, world: World) -> tuple[PublishedResult, Actor, Actor]:
    """A public result, a clerk and the head of its body."""
    uid, clerk = closed(session, clock, world)
    row = publish_result(session, clock, clerk, uid)
    return row, clerk, make_actor(session, Role.HEAD, organisation_id=clerk.organisation_id)


def test_second_person_takes_it_back_and_only_a_trace_stays(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        row, clerk, head = published(session, clock, world)
        ask_withdrawal(session, clock, clerk, row.uid, reason="事项录入错误")
        assert len(public_results(session)) == 1
        with pytest.raises(ConflictError) as alone:
            decide_withdrawal(session, clock, clerk, row.uid, agrees=True)
        assert alone.value.code == "withdrawal_second_person"
        assert "withdrawal_to_decide" in [one.kind for one in desk(session, clock, head).todos]
        assert "withdrawal_to_decide" not in [one.kind for one in desk(session, clock, clerk).todos]
        clock.instant += timedelta(hours=1)
        decide_withdrawal(session, clock, head, row.uid, agrees=True)
        assert (public_results(session), list(open_data(public_results(session)))) == ([], [])
        (trace,) = withdrawn_results(session)
        assert (trace.number, trace.reason, trace.withdrawn_at) == (row.id, "事项录入错误", clock.now())
        assert row.enterprise_name not in repr(trace)
        assert session.exec(select(AuditEvent.action).order_by(col(AuditEvent.number))).all()[-2:] == [
            "result.ask_withdrawal",
            "result.withdraw",
        ]


def test_what_was_taken_back_is_due_again_and_gets_a_new_number(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        row, clerk, head = published(session, clock, world)
        ask_withdrawal(session, clock, head, row.uid, reason="日期有误")
        decide_withdrawal(session, clock, clerk, row.uid, agrees=True)
        assert [one.visit_uid for one in due_results(session, clock, clerk)] == [row.visit_uid]
        again = publish_result(session, clock, clerk, row.visit_uid)
        assert [one.number for one in public_results(session)] == [again.id]
        assert [one.number for one in withdrawn_results(session)] == [row.id]
        with pytest.raises(ConflictError):
            publish_result(session, clock, clerk, row.visit_uid)


def test_wish_can_be_turned_down_and_made_again(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        row, clerk, head = published(session, clock, world)
        ask_withdrawal(session, clock, clerk, row.uid, reason="有误")
        with pytest.raises(ConflictError) as twice:
            ask_withdrawal(session, clock, head, row.uid, reason="有误")
        assert twice.value.code == "withdrawal_asked"
        decide_withdrawal(session, clock, head, row.uid, agrees=False)
        assert [one.asked for one in own_publications(session, clerk)] == [False]
        with pytest.raises(ConflictError) as unasked:
            decide_withdrawal(session, clock, head, row.uid, agrees=True)
        assert unasked.value.code == "withdrawal_not_asked"
        ask_withdrawal(session, clock, clerk, row.uid, reason="确实有误")


def test_reason_is_public_and_tells_nothing_of_anybody(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        row, clerk, _ = published(session, clock, world)
        cases = {
            " ": "required",
            "长" * 301: "string_too_long",
            f"{row.enterprise_name}来电说有误": "reason_names_enterprise",
            "店主电话13912345678": "phone_number",
        }
        for reason, code in cases.items():
            with pytest.raises(InvalidError) as refused:
                ask_withdrawal(session, clock, clerk, row.uid, reason=reason)
            assert [one.code for one in refused.value.faults] == [code]
        stranger = make_actor(session, Role.HEAD, organisation_id=make_organisation(session).id)
        with pytest.raises(NotFoundError):
            ask_withdrawal(session, clock, stranger, row.uid, reason="有误")
        assert own_publications(session, stranger) == []


def test_database_refuses_one_person_for_both(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        row, clerk, _ = published(session, clock, world)
        ask_withdrawal(session, clock, clerk, row.uid, reason="有误")
        one = sa.update(PublishedResult).values(withdrawn_by_id=clerk.user_id, withdrawn_at=clock.now())
        with pytest.raises(sa.exc.IntegrityError):
            session.execute(one)
        session.rollback()
