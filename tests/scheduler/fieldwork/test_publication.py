"""Results for everybody: each body its own part, once, without people, in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ItemMeasure, ItemOutcome, Role
from data.models import ItemResult, PublishedResult
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from scheduler.fieldwork.item_results import close_visit
from scheduler.fieldwork.publication import (
    due_results,
    open_data,
    open_data_csv,
    personal_faults,
    public_results,
    publish_result,
)
from scheduler.filing.desk import desk
from scheduler.permissions import Actor
from tests.factories import make_actor
from tests.scheduler.fieldwork.test_item_results import arrive, crews, key, record_all
from tests.scheduler.planning.worlds import World
from tests.scheduler.publishing.edits import visit_to

HEADERS = ("number", "day", "enterprise", "credit_code", "body", "item", "outcome", "published_at")


def closed(session: Session, clock: FixedClock, world: World) -> tuple[str, Actor]:
    """Close the visit with one problem of the lead; returns its uid and a clerk of the lead."""
    visit = visit_to(session, world, 0)
    lead, other = crews(session, clock, visit)
    for actor in (lead, other):
        arrive(session, clock, actor, visit.uid)
    text = "店主王某 13912345678 在场"
    record_all(session, clock, lead, visit.uid, outcome=ItemOutcome.PROBLEM, measure=ItemMeasure.CORRECTED, text=text)
    record_all(session, clock, other, visit.uid)
    close_visit(session, clock, lead, visit.uid, key=key())
    return visit.uid, make_actor(session, Role.CLERK, organisation_id=visit.lead_organisation_id)


def test_body_publishes_its_own_part_once(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        uid, clerk = closed(session, clock, world)
        assert [one.visit_uid for one in due_results(session, clock, clerk)] == [uid]
        publish_result(session, clock, clerk, uid)
        assert due_results(session, clock, clerk) == ()
        (shown,) = public_results(session)
        assert (shown.problem_found, [outcome for _, outcome in shown.items].count(ItemOutcome.PROBLEM)) == (True, 1)
        with pytest.raises(ConflictError) as twice:
            publish_result(session, clock, clerk, uid)
        assert twice.value.code == "result_public"


def test_what_was_written_on_site_and_who_was_there_stay_inside(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        uid, clerk = closed(session, clock, world)
        row = publish_result(session, clock, clerk, uid)
        written = row.body + open_data_csv(public_results(session), HEADERS).decode("utf-8-sig")
        assert "13912345678" not in written
        assert not any(officer.name in written for officer in world.officers)
        assert world.enterprises[0].name in written


def test_item_with_a_personal_number_is_refused(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        uid, clerk = closed(session, clock, world)
        for result in session.exec(select(ItemResult)):
            result.item = "联系人 13912345678 的健康证明"
            session.add(result)
        session.flush()
        with pytest.raises(InvalidError) as refused:
            publish_result(session, clock, clerk, uid)
        assert {fault.code for fault in refused.value.faults} == {"phone_number"}
        assert session.exec(select(PublishedResult)).all() == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("身份证 32092419900307123X", ["identity_number"]),
        ("旧证 320924900307123", ["identity_number"]),
        ("电话139 1234 5678", ["phone_number"]),
        ("0515-83512345", ["phone_number"]),
        ("依据 GB 14881-2013 第 5.1 条", []),
        ("批号 20260303001，共 12345678 件", []),
        ("统一社会信用代码 91320982MA1ABCDE5X", []),
    ],
    ids=["identity number", "old identity number", "mobile", "land line", "standard", "batch", "credit code"],
)
def test_numbers_of_people_are_found_and_others_are_not(text: str, codes: list[str]) -> None:
    assert [fault.code for fault in personal_faults(text)] == codes


def test_nothing_is_published_of_another_body_or_before_the_end(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        clerk = make_actor(session, Role.CLERK, organisation_id=visit.lead_organisation_id)
        with pytest.raises(NotFoundError):
            publish_result(session, clock, clerk, visit.uid)
        uid, _ = closed(session, clock, world)
        with pytest.raises(NotPermittedError):
            publish_result(session, clock, world.coordinator, uid)
        stranger = make_actor(session, Role.CLERK, organisation_id=None)
        with pytest.raises(NotPermittedError):
            publish_result(session, clock, stranger, uid)


def test_desk_names_the_day_and_forgets_what_is_public(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        uid, clerk = closed(session, clock, world)
        (todo,) = [one for one in desk(session, clock, clerk).todos if one.kind == "result_to_publish"]
        assert todo.due is not None
        assert timedelta(days=27) < todo.due - clock.now() < timedelta(days=35)
        publish_result(session, clock, clerk, uid)
        assert [one for one in desk(session, clock, clerk).todos if one.kind == "result_to_publish"] == []


def test_open_data_has_a_line_for_each_item_and_no_formula(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        firm = session.get_one(type(world.enterprises[0]), world.enterprises[0].id)
        firm.name = "=HYPERLINK(1)"
        session.add(firm)
        uid, clerk = closed(session, clock, world)
        publish_result(session, clock, clerk, uid)
        results = public_results(session)
        assert [line["outcome"] for line in open_data(results)].count("problem") == 1
        lines = open_data_csv(results, HEADERS).decode("utf-8-sig").splitlines()
        assert len(lines) == 3
        assert all("'=HYPERLINK" in line for line in lines[1:])
