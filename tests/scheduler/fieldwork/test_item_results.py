"""Results: each crew its own items, the lead closes, and what is recorded is what the rules count."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ItemMeasure, ItemOutcome, Role, UncheckedReason, VisitStatus
from data.models import CrewSlot, FieldEntry, InspectionRecord, ItemResult, Officer, Visit
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotFoundError, TransitionError
from scheduler.fieldwork import entries
from scheduler.fieldwork.checkins import check_in
from scheduler.fieldwork.item_results import Finding, close_visit, record_results
from scheduler.fieldwork.visits import FieldVisit, get_field_visit, list_field_visits, list_unclosed
from scheduler.permissions import Actor
from scheduler.planning.drafts import touch_draft
from tests.factories import NOW, make_actor
from tests.scheduler.planning.worlds import World, fresh
from tests.scheduler.publishing.edits import visit_to

CONFORMS, PROBLEM, UNCHECKED = ItemOutcome.CONFORMS, ItemOutcome.PROBLEM, ItemOutcome.UNCHECKED
_numbers = count(1)


def key() -> str:
    return f"test-key-{next(_numbers)}"


def crews(session: Session, clock: FixedClock, visit: Visit) -> tuple[Actor, Actor]:
    """An officer of the lead and one of the other department, on the day of the visit."""
    clock.instant = NOW.replace(month=visit.day.month, day=visit.day.day)
    going = session.exec(
        select(Officer).join(CrewSlot, CrewSlot.officer_id == Officer.id).where(CrewSlot.visit_id == visit.id)
    )
    chosen = {one.organisation_id == visit.lead_organisation_id: one.id for one in going}
    lead, other = (make_actor(session, Role.OFFICER, officer_id=chosen[leads]) for leads in (True, False))
    return lead, other


def arrive(session: Session, clock: FixedClock, actor: Actor, uid: str) -> FieldVisit:
    check_in(session, clock, actor, uid, key=key(), secret="", reason="没有场所码")
    return get_field_visit(session, actor, uid)


def own_items(found: FieldVisit) -> list[str]:
    assert found.own is not None
    return [item.key for item in found.items_of(found.own.code)]


def record_all(session: Session, clock: FixedClock, actor: Actor, uid: str, **last: Any) -> None:
    """Everything conforms but what is said of the last item."""
    keys = own_items(get_field_visit(session, actor, uid))
    findings = [Finding(key=one, outcome=CONFORMS) for one in keys[:-1]]
    findings.append(Finding(key=keys[-1], **{"outcome": CONFORMS} | last))
    record_results(session, clock, actor, uid, findings, key=key())


def test_visit_goes_from_published_to_done(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        lead, other = crews(session, clock, visit)
        for actor in (lead, other):
            arrive(session, clock, actor, visit.uid)
        problem = {"outcome": PROBLEM, "measure": ItemMeasure.ORDERED, "text": "灭火器过期"}
        record_all(session, clock, lead, visit.uid, **problem, mend_by=visit.day + timedelta(days=7))
        record_all(session, clock, other, visit.uid, outcome=UNCHECKED, unchecked_reason=UncheckedReason.NO_TIME)
        assert close_visit(session, clock, lead, visit.uid, key=key())
        assert (visit.status, visit.finished_at) == (VisitStatus.DONE, clock.now())
        found = {row.organisation_id: row.problem_found for row in session.exec(select(InspectionRecord))}
        own = get_field_visit(session, other, visit.uid).own
        assert own is not None
        assert found == {visit.lead_organisation_id: True, own.organisation_id: False}
        with pytest.raises(TransitionError):
            record_all(session, clock, other, visit.uid)


def test_nothing_is_recorded_before_the_own_crew_has_arrived(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        lead, other = crews(session, clock, visit)
        with pytest.raises(ConflictError) as before:
            record_all(session, clock, lead, visit.uid)
        with pytest.raises(ConflictError) as closing:
            close_visit(session, clock, lead, visit.uid, key=key(), note="无人")
        assert [one.value.code for one in (before, closing)] == ["crew_not_arrived"] * 2
        arrive(session, clock, lead, visit.uid)
        with pytest.raises(ConflictError) as early:
            record_all(session, clock, other, visit.uid)
        assert early.value.code == "crew_not_arrived"


def test_department_records_only_its_own_items(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        lead, other = crews(session, clock, visit)
        theirs = own_items(get_field_visit(session, other, visit.uid))
        arrive(session, clock, lead, visit.uid)
        with pytest.raises(InvalidError) as refused:
            record_results(session, clock, lead, visit.uid, [Finding(key=theirs[0], outcome=CONFORMS)], key=key())
        assert [fault.code for fault in refused.value.faults] == ["unknown_choice"]
        assert session.exec(select(ItemResult)).all() == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"outcome": UNCHECKED}, "unchecked_why"),
        ({"outcome": PROBLEM, "text": "油污"}, "measure_needed"),
        ({"outcome": PROBLEM, "measure": ItemMeasure.CORRECTED, "text": " "}, "problem_text"),
        ({"outcome": PROBLEM, "measure": ItemMeasure.ORDERED, "text": "油污"}, "mend_by_needed"),
        (
            {"outcome": PROBLEM, "measure": ItemMeasure.ORDERED, "text": "油污", "mend_by": date(9999, 12, 31)},
            "mend_by_far",
        ),
        (
            {"outcome": PROBLEM, "measure": ItemMeasure.ORDERED, "text": "油污", "mend_by": date(2026, 1, 1)},
            "mend_by_needed",
        ),
        ({"outcome": CONFORMS, "text": "长" * 2001}, "string_too_long"),
    ],
    ids=["unchecked without why", "no measure", "no text", "no day", "end of time", "day in the past", "too long"],
)
def test_incomplete_finding_is_refused_with_its_place(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, said: dict[str, Any], code: str
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        lead, _ = crews(session, clock, visit)
        first = own_items(arrive(session, clock, lead, visit.uid))[0]
        with pytest.raises(InvalidError) as refused:
            record_results(session, clock, lead, visit.uid, [Finding(key=first, **said)], key=key())
        assert [(fault.field.split(".")[0], fault.code) for fault in refused.value.faults] == [(first, code)]


def test_result_of_a_colleague_is_not_overwritten_unseen(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        lead, _ = crews(session, clock, visit)
        first = own_items(arrive(session, clock, lead, visit.uid))[0]
        record_results(session, clock, lead, visit.uid, [Finding(key=first, outcome=CONFORMS)], key=key())
        corrected = Finding(key=first, outcome=PROBLEM, measure=ItemMeasure.CORRECTED, text="已清理")
        with pytest.raises(ConflictError) as unseen:
            record_results(session, clock, lead, visit.uid, [corrected], key=key())
        assert unseen.value.code == "result_changed"
        seen = session.exec(select(ItemResult)).one()
        again = Finding(key=first, outcome=PROBLEM, measure=ItemMeasure.CORRECTED, text="已清理", version=seen.version)
        assert record_results(session, clock, lead, visit.uid, [again], key=key())
        assert session.exec(select(ItemResult.outcome)).one() is PROBLEM


def test_lead_closes_and_only_when_everything_is_in(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        lead, other = crews(session, clock, visit)
        for actor in (lead, other):
            arrive(session, clock, actor, visit.uid)
        with pytest.raises(ConflictError) as foreign:
            close_visit(session, clock, other, visit.uid, key=key())
        assert foreign.value.code == "lead_closes"
        record_all(session, clock, lead, visit.uid)
        with pytest.raises(InvalidError) as open_:
            close_visit(session, clock, lead, visit.uid, key=key())
        assert [(fault.code, dict(fault.params)) for fault in open_.value.faults] == [("items_open", {"count": 2})]
        assert visit.status is VisitStatus.CHECKED_IN


def test_department_that_did_not_come_does_not_count(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        lead, _ = crews(session, clock, visit)
        arrive(session, clock, lead, visit.uid)
        record_all(session, clock, lead, visit.uid)
        with pytest.raises(InvalidError) as silent:
            close_visit(session, clock, lead, visit.uid, key=key())
        assert [(fault.code, fault.params) for fault in silent.value.faults] == [("absent_note", ())]
        close_visit(session, clock, lead, visit.uid, key=key(), note="临时抽调，未到场")
        assert [row.organisation_id for row in session.exec(select(InspectionRecord))] == [visit.lead_organisation_id]


def send_twice(session: Session, clock: FixedClock, actor: Actor, uid: str) -> int:
    """Send the same results twice under one key; returns how many entries came of it."""
    first = own_items(arrive(session, clock, actor, uid))[0]
    before = len(session.exec(select(FieldEntry)).all())
    for _ in range(2):
        record_results(session, clock, actor, uid, [Finding(key=first, outcome=CONFORMS)], key="same-key-1")
    return len(session.exec(select(FieldEntry)).all()) - before


def test_results_sent_twice_are_recorded_once(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        assert send_twice(session, clock, crews(session, clock, visit)[0], visit.uid) == 1


def test_without_the_key_the_same_results_would_be_recorded_twice(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a guard that takes every key for a new one lets the second through."""
    fresh_keys = count(1)
    guarded = entries.enter

    def unguarded(*args: Any, **kwargs: Any) -> FieldEntry | None:
        return guarded(*args, **kwargs | {"key": f"unguarded-{next(fresh_keys)}"})

    monkeypatch.setattr("scheduler.fieldwork.item_results.enter", unguarded)
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        assert send_twice(session, clock, crews(session, clock, visit)[0], visit.uid) == 2


def test_strangers_see_and_record_nothing(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        going = set(session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)))
        idle = next(one for one in world.officers if one.id not in going)
        for stranger in (make_actor(session, Role.OFFICER, officer_id=idle.id), world.coordinator):
            with pytest.raises(NotFoundError):
                get_field_visit(session, stranger, visit.uid)
            assert list_field_visits(session, stranger, first=visit.day, last=visit.day) == ()


def test_visit_that_nobody_closed_stays_with_its_crew(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        lead, second = crews(session, clock, visit)
        later = visit.day + timedelta(days=90)
        assert list_unclosed(session, lead, before=later) == ()
        arrive(session, clock, lead, visit.uid)
        for actor in (lead, second):
            assert [one.uid for one in list_unclosed(session, actor, before=later)] == [visit.uid]
        assert list_unclosed(session, lead, before=visit.day) == ()
        assert list_unclosed(session, world.coordinator, before=later) == ()
        record_all(session, clock, lead, visit.uid)
        close_visit(session, clock, lead, visit.uid, key=key(), note="另一部门未到场")
        assert list_unclosed(session, lead, before=later) == ()


def test_day_is_of_the_release_and_not_of_the_draft(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        visit = visit_to(session, world, 0)
        lead, _ = crews(session, clock, visit)
        released = visit.day
        visit.day, visit.start_quarter = released + timedelta(days=1), 3
        session.add(visit)
        touch_draft(session, clock, world.coordinator, fresh(session, world.round))
        (found,) = list_field_visits(session, lead, first=released, last=released)
        assert (found.day, found.starts_at.date()) == (released, released)
        assert list_field_visits(session, lead, first=visit.day, last=visit.day) == ()
