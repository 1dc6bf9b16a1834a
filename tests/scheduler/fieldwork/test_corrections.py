"""Corrections of closed results: who makes them, what they leave in the trail, and what hangs on the result."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from data.enums import CorrectionStatus, ItemMeasure, ItemOutcome, OrderEnding, PlanStatus, Role
from data.models import AuditEvent, InspectionRecord, ItemResult, OrderEnd, PublishedResult, ResultCorrection, Visit
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError, TransitionError
from scheduler.fieldwork.corrections import (
    correct,
    decide_correction,
    get_closed_visit,
    list_corrections,
    waiting_corrections,
    withdraw_correction,
)
from scheduler.fieldwork.item_results import Finding
from scheduler.fieldwork.orders import arrange_review, confirm_mended, list_orders, settle_orders
from scheduler.fieldwork.publication import open_data, public_results, publish_result
from scheduler.fieldwork.withdrawals import ask_withdrawal, decide_withdrawal
from scheduler.filing.desk import desk
from scheduler.permissions import Actor
from tests.factories import make_actor, stored_id
from tests.scheduler.fieldwork.test_item_results import arrive, crews
from tests.scheduler.fieldwork.test_orders import look_again, ordered
from tests.scheduler.planning.worlds import World
from tests.scheduler.publishing.edits import visit_to

CONFORMS, PROBLEM, UNCHECKED = ItemOutcome.CONFORMS, ItemOutcome.PROBLEM, ItemOutcome.UNCHECKED
LATE = timedelta(days=6)


def order_of(session: Session, clerk: Actor) -> ItemResult:
    (order,) = list_orders(session, clerk)
    return order.result


def says(result: ItemResult, **changes: Any) -> Finding:
    """A finding that says of a result what is given, and is about the version that is stored."""
    return Finding(key=result.item_key, version=result.version, **{"outcome": CONFORMS} | changes)


def people(session: Session, visit: Visit) -> tuple[Actor, Actor]:
    """A clerk and the head of the body that leads."""
    body = visit.lead_organisation_id
    clerk, head = (make_actor(session, role, organisation_id=body) for role in (Role.CLERK, Role.HEAD))
    return clerk, head


def fault_codes(error: InvalidError) -> set[tuple[str, str]]:
    return {(one.field.rpartition(".")[2], one.code) for one in error.faults}


def test_leading_crew_corrects_alone_soon_after_the_closing(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, clerk = ordered(session, clock, world)
        result = order_of(session, clerk)
        made = correct(session, clock, officer, visit.uid, says(result), reason="误选，灭火器在有效期内")
        assert (made.status, made.alone, made.decided_by_id) == (CorrectionStatus.MADE, True, officer.user_id)
        assert (result.outcome, result.measure, result.text, result.mend_by) == (CONFORMS, None, "", None)
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "result.correct")).one()
        assert event.before is not None
        assert event.after is not None
        assert (event.before["outcome"], event.before["text"], event.after["outcome"]) == (
            "problem",
            "灭火器过期",
            "conforms",
        )
        record = select(InspectionRecord.problem_found).where(
            InspectionRecord.visit_uid == visit.uid, InspectionRecord.organisation_id == visit.lead_organisation_id
        )
        assert session.exec(record).one() is False


def test_late_correction_takes_a_second_person(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, _ = ordered(session, clock, world)
        clerk, head = people(session, visit)
        clock.instant += LATE
        result = order_of(session, clerk)
        made = correct(session, clock, officer, visit.uid, says(result), reason="误选")
        assert (made.status, made.alone, result.outcome) == (CorrectionStatus.WAITING, False, PROBLEM)
        assert "correction_to_decide" in [one.kind for one in desk(session, clock, head).todos]
        with pytest.raises(ConflictError) as twice:
            correct(session, clock, clerk, visit.uid, says(result), reason="误选")
        assert twice.value.code == "correction_asked"
        with pytest.raises(NotPermittedError):
            decide_correction(session, clock, officer, made.uid, agrees=True)
        decide_correction(session, clock, head, made.uid, agrees=True)
        assert (made.status, result.outcome) == (CorrectionStatus.MADE, CONFORMS)
        with pytest.raises(TransitionError):
            decide_correction(session, clock, clerk, made.uid, agrees=True)


def test_clerk_who_asked_does_not_decide_and_the_head_may_refuse(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, *_ = ordered(session, clock, world)
        clerk, head = people(session, visit)
        result = order_of(session, clerk)
        made = correct(session, clock, clerk, visit.uid, says(result), reason="误选")
        assert (waiting_corrections(session, clerk), waiting_corrections(session, head)) == (0, 1)
        with pytest.raises(ConflictError) as alone:
            decide_correction(session, clock, clerk, made.uid, agrees=True)
        assert alone.value.code == "correction_second_person"
        with pytest.raises(InvalidError) as silent:
            decide_correction(session, clock, head, made.uid, agrees=False)
        assert fault_codes(silent.value) == {("answer", "required")}
        decide_correction(session, clock, head, made.uid, agrees=False, answer="照片上看得到已过期")
        assert (made.status, result.outcome) == (CorrectionStatus.REFUSED, PROBLEM)
        assert len(list_orders(session, clerk)) == 1


def test_database_refuses_one_person_for_both(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, *_ = ordered(session, clock, world)
        clerk, _ = people(session, visit)
        made = correct(session, clock, clerk, visit.uid, says(order_of(session, clerk)), reason="误选")
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(
                sa.update(ResultCorrection)
                .where(sa.column("id") == made.id)
                .values(status="made", decided_by_id=clerk.user_id, decided_at=clock.now())
            )


def test_other_crews_ask_and_foreign_bodies_find_nothing(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, _, clerk = ordered(session, clock, world)
        partner = crews(session, clock, visit)[1]
        own = get_closed_visit(session, clock, partner, visit.uid)
        assert own.alone_until is None
        made = correct(
            session, clock, partner, visit.uid,
            says(own.results[0], outcome=PROBLEM, measure=ItemMeasure.ADVICE, text="标识不清"), reason="漏记",
        )  # fmt: skip
        assert made.status is CorrectionStatus.WAITING
        with pytest.raises(NotFoundError):
            decide_correction(session, clock, clerk, made.uid, agrees=True)
        with pytest.raises(NotFoundError):
            correct(session, clock, partner, visit.uid, says(order_of(session, clerk)), reason="替别人改")
        for stranger in (make_actor(session, Role.SUPERVISOR), make_actor(session, Role.OFFICER)):
            with pytest.raises(NotFoundError):
                get_closed_visit(session, clock, stranger, visit.uid)
        assert [one.row.uid for one in list_corrections(session, partner)] == [made.uid]
        assert list_corrections(session, clerk) == []
        withdraw_correction(session, clock, partner, made.uid)
        assert made.status is CorrectionStatus.WITHDRAWN


def test_visit_that_is_not_closed_is_not_corrected(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        lead, _ = crews(session, clock, visit)
        arrive(session, clock, lead, visit.uid)
        with pytest.raises(NotFoundError):
            get_closed_visit(session, clock, lead, visit.uid)


@pytest.mark.parametrize(
    ("said", "reason", "faults"),
    [
        pytest.param({}, " ", {("reason", "required")}, id="no reason"),
        pytest.param({}, "长" * 501, {("reason", "string_too_long")}, id="long reason"),
        pytest.param(
            {"outcome": PROBLEM, "text": "x"}, "误", {("measure", "measure_needed")}, id="problem without a measure"
        ),
        pytest.param(
            {"outcome": PROBLEM, "measure": ItemMeasure.ORDERED, "text": "x"},
            "误",
            {("mend_by", "mend_by_needed")},
            id="order without a day",
        ),
        pytest.param({"outcome": UNCHECKED}, "误", {("unchecked_reason", "unchecked_why")}, id="unchecked without why"),
    ],
)
def test_incomplete_correction_is_refused(
    sqlite_engine: sa.Engine,
    clock: FixedClock,
    world: World,
    said: dict[str, Any],
    reason: str,
    faults: set[tuple[str, str]],
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, clerk = ordered(session, clock, world)
        result = order_of(session, clerk)
        with pytest.raises(InvalidError) as refused:
            correct(session, clock, officer, visit.uid, says(result, **said), reason=reason)
        assert fault_codes(refused.value) == faults


def test_same_again_and_an_old_page_are_refused(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, clerk = ordered(session, clock, world)
        clock.instant += timedelta(days=1)
        result = order_of(session, clerk)
        same = says(result, outcome=PROBLEM, measure=result.measure, text=result.text, mend_by=result.mend_by)
        with pytest.raises(InvalidError) as refused:
            correct(session, clock, officer, visit.uid, same, reason="误")
        assert fault_codes(refused.value) == {("outcome", "nothing_changed")}
        old = says(result)
        correct(session, clock, officer, visit.uid, old, reason="误")
        with pytest.raises(ConflictError) as changed:
            correct(session, clock, officer, visit.uid, old, reason="误")
        assert changed.value.code == "result_changed"


def test_order_that_was_none_ends_as_revoked_and_its_draft_of_a_review_is_given_up(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, clerk = ordered(session, clock, world)
        plan, _ = arrange_review(session, clock, clerk, visit.uid, title="复查")
        result = order_of(session, clerk)
        correct(session, clock, officer, visit.uid, says(result), reason="误选")
        assert (list_orders(session, clerk), plan.status) == ((), PlanStatus.WITHDRAWN)
        (ended,) = list_orders(session, clerk, ended=True)
        assert ended.end is not None
        assert (ended.end.ending, ended.end.note) == (OrderEnding.REVOKED, "误选")
        again = says(
            result, outcome=PROBLEM, measure=ItemMeasure.ORDERED, text="确已过期", mend_by=visit.day + timedelta(days=9)
        )
        correct(session, clock, officer, visit.uid, again, reason="复核后确认")
        assert [one.mend_by for one in list_orders(session, clerk)] == [visit.day + timedelta(days=9)]


def test_order_that_papers_ended_keeps_its_end(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, clerk = ordered(session, clock, world)
        result = order_of(session, clerk)
        confirm_mended(session, clock, clerk, result.uid, note="已看发票")
        correct(session, clock, officer, visit.uid, says(result), reason="误选")
        end = session.get_one(OrderEnd, result.id)
        assert (end.ending, end.note) == (OrderEnding.SHOWN, "已看发票")


@pytest.mark.parametrize(
    ("said", "ending"),
    [
        pytest.param({"outcome": PROBLEM, "measure": ItemMeasure.TRANSFERRED, "text": "x"}, "transferred", id="worse"),
        pytest.param({"outcome": UNCHECKED, "unchecked_reason": "no_time"}, None, id="not looked at"),
    ],
)
def test_corrected_result_of_a_review_ends_the_order_in_another_way(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, said: dict[str, Any], ending: str | None
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, _, clerk = ordered(session, clock, world)
        head = make_actor(session, Role.HEAD, organisation_id=visit.lead_organisation_id)
        order = order_of(session, clerk)
        plan, _ = arrange_review(session, clock, clerk, visit.uid, title="复查")
        again = look_again(session, plan, visit, outcome=CONFORMS)
        settle_orders(session, clock, clerk, again)
        assert session.get_one(OrderEnd, order.id).ending is OrderEnding.MENDED
        (result,) = get_closed_visit(session, clock, clerk, again.uid).results
        made = correct(session, clock, clerk, again.uid, says(result, **said), reason="看错了")
        decide_correction(session, clock, head, made.uid, agrees=True)
        end = session.exec(select(OrderEnd).where(OrderEnd.result_id == stored_id(order))).first()
        assert (end.ending if end else None) == ending


def test_publication_bears_a_note_and_its_row_stays(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, clerk = ordered(session, clock, world)
        result = order_of(session, clerk)
        row = publish_result(session, clock, clerk, visit.uid)
        stored = row.body
        longer = says(result, outcome=PROBLEM, measure=result.measure, text="灭火器过期三具", mend_by=result.mend_by)
        correct(session, clock, officer, visit.uid, longer, reason="数量")
        assert public_results(session)[0].corrections == ()
        correct(session, clock, officer, visit.uid, says(result), reason="误选，联系人已核")
        (shown,) = public_results(session)
        assert [(one.item, one.was, one.now) for one in shown.corrections] == [(result.item, PROBLEM, CONFORMS)]
        assert (dict(shown.items)[result.item], shown.problem_found) == (CONFORMS, False)
        line = next(one for one in open_data([shown]) if one["item"] == result.item)
        assert (line["outcome"], line["corrected_from"]) == ("conforms", "problem")
        assert "误选" not in str(shown)
        assert session.get_one(PublishedResult, row.id).body == stored


def test_publication_after_a_withdrawal_has_the_corrected_result_and_no_note(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit, officer, _ = ordered(session, clock, world)
        clerk, head = people(session, visit)
        result = order_of(session, clerk)
        row = publish_result(session, clock, clerk, visit.uid)
        correct(session, clock, officer, visit.uid, says(result), reason="误选")
        ask_withdrawal(session, clock, clerk, row.uid, reason="结果有误")
        decide_withdrawal(session, clock, head, row.uid, agrees=True)
        publish_result(session, clock, clerk, visit.uid)
        (shown,) = public_results(session)
        assert (shown.corrections, dict(shown.items)[result.item]) == ((), CONFORMS)
