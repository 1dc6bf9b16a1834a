"""Visits off plan: opened with two officers and a trigger, counted like every other, and to be filed in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CapEventKind, FeedScope, ItemOutcome, PlanStatus, PlanTrigger, Role, RoundKind, VisitStatus
from data.models import (
    CapEvent,
    CrewSlot,
    InspectionItem,
    InspectionRecord,
    Officer,
    Organisation,
    OutboxMessage,
    Plan,
    Recusal,
    Round,
    Site,
    Visit,
)
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from scheduler.fieldwork.item_results import Finding, close_visit, record_results
from scheduler.fieldwork.off_plan import OffPlan, find_plan, list_off_plan, open_off_plan
from scheduler.fieldwork.site_codes import short_code
from scheduler.fieldwork.visits import get_field_visit, list_field_visits
from scheduler.filing.caps.plan_caps import reserve_plan
from scheduler.filing.desk import desk
from scheduler.filing.plans import PlanDraft, discard_plan, edit_plan
from scheduler.filing.rounds import list_rounds
from scheduler.measuring.facts import Question, load_facts
from scheduler.permissions import Actor
from scheduler.planning.days import QUARTER_STARTS
from scheduler.publishing.calendars import calendar_bytes, feed_tag
from scheduler.publishing.documents.sealed import sealed_visits
from scheduler.publishing.enterprise_view import enterprise_counts, enterprise_visits, get_enterprise_row
from scheduler.publishing.visibility import find_off_plan
from tests.factories import (
    NOW,
    make_actor,
    make_enterprise,
    make_item,
    make_officer,
    make_organisation,
    make_site,
    stored_id,
)

SECRET = "s" * 40
_numbers = count(1)


@dataclass(slots=True)
class Scene:
    session: Session
    clock: FixedClock
    site: Site
    item: InspectionItem
    crew: tuple[Officer, Officer]
    officer: Actor
    clerk: Actor
    enterprise: Actor

    def said(self, **changes: Any) -> OffPlan:
        made = OffPlan(
            site_uid=self.site.uid, trigger=PlanTrigger.COMPLAINT, clue_number="12345-2026-77",
            reason="群众举报后厨冒烟", items=(self.item.uid,), officers=(self.crew[1].uid,), title="计划外检查：示例",
        )  # fmt: skip
        return replace(made, **changes)

    def open(self, key: str = "", **changes: Any) -> Visit:
        said = self.said(**changes)
        return open_off_plan(
            self.session, self.clock, self.officer, said, key=key or f"off-plan-{next(_numbers)}", secret=SECRET
        )

    def faults(self, **changes: Any) -> list[str]:
        with pytest.raises(InvalidError) as refused:
            self.open(**changes)
        return [one.code for one in refused.value.faults]


@pytest.fixture
def scene(engine: sa.Engine) -> Iterator[Scene]:
    with unit_of_work(engine) as session:
        body = make_organisation(session)
        firm = make_enterprise(session)
        crew = (make_officer(session, body), make_officer(session, body))
        owner = {"organisation_id": stored_id(body)}
        yield Scene(
            session=session,
            clock=FixedClock(NOW),
            site=make_site(session, firm),
            item=make_item(session, body, name="后厨消防设施的检查"),
            crew=crew,
            officer=make_actor(session, Role.OFFICER, officer_id=crew[0].id, **owner),
            clerk=make_actor(session, Role.CLERK, **owner),
            enterprise=make_actor(session, Role.ENTERPRISE, enterprise_id=firm.id),
        )


def test_visit_is_opened_recorded_and_closed_on_the_spot(scene: Scene) -> None:
    visit = scene.open(code=short_code(SECRET, scene.site.uid))
    session, clock, officer = scene.session, scene.clock, scene.officer
    assert visit.status is VisitStatus.CHECKED_IN
    (found,) = list_field_visits(session, officer, first=visit.day, last=visit.day)
    assert (found.off_plan, found.arrived, found.leads) == (True, True, True)
    assert [item.text for item in found.items] == [scene.item.name]
    record_results(
        session, clock, officer, visit.uid, [Finding(key=found.items[0].key, outcome=ItemOutcome.CONFORMS)],
        key="results-of-off-plan",
    )  # fmt: skip
    close_visit(session, clock, officer, visit.uid, key="close-of-off-plan")
    assert get_field_visit(session, officer, visit.uid).status is VisitStatus.DONE
    colleague = make_actor(session, Role.OFFICER, officer_id=scene.crew[1].id)
    assert get_field_visit(session, colleague, visit.uid).uid == visit.uid


def test_visit_is_counted_everywhere_at_once(scene: Scene) -> None:
    session, visit = scene.session, scene.open()
    days = session.exec(select(col(InspectionRecord.day)).where(InspectionRecord.visit_uid == visit.uid)).all()
    assert days == [visit.day]
    stages = session.exec(select(col(CapEvent.kind)).where(CapEvent.visit_uid == visit.uid)).all()
    assert stages
    assert set(stages) == {CapEventKind.USED}
    (fact,) = load_facts(session, Question(first=visit.day, last=visit.day))
    assert (fact.visit_uid, fact.may_join, len(fact.officers)) == (visit.uid, False, 2)
    assert enterprise_counts(session, scene.clock, scene.enterprise).visited == 1
    (shown,) = enterprise_visits(session, scene.enterprise)
    assert (shown.visit_uid, shown.off_plan, shown.arrived) == (visit.uid, True, True)
    told = session.exec(select(OutboxMessage.dedupe_key)).all()
    assert told == [f"check_in:{visit.uid}"]


def test_its_papers_are_due_in_two_working_days_and_cannot_be_given_up(scene: Scene) -> None:
    session, clock, visit = scene.session, scene.clock, scene.open()
    plan = find_plan(session, visit.uid)
    assert plan is not None
    assert (plan.emergency, plan.inspected_on, plan.status) == (True, visit.day, PlanStatus.DRAFT)
    assert plan.back_file_due is not None
    assert visit.day < plan.back_file_due <= visit.day + timedelta(days=5)
    assert "plan_to_back_file" in [one.kind for one in desk(session, clock, scene.clerk).todos]
    with pytest.raises(ConflictError) as refused:
        discard_plan(session, clock, scene.clerk, plan)
    assert refused.value.code == "visit_took_place"
    later = PlanDraft(
        title=plan.title, kind=plan.kind, period_first=plan.period_first, period_last=plan.period_last,
        trigger=plan.trigger, clue_number=plan.clue_number, emergency=True, emergency_reason="x",
        inspected_on=visit.day - timedelta(days=3),
    )  # fmt: skip
    with pytest.raises(InvalidError) as moved:
        edit_plan(session, clock, scene.clerk, plan, later, version=plan.version)
    assert [one.code for one in moved.value.faults] == ["visit_took_place"]


def test_filing_it_afterwards_takes_no_second_place_under_the_caps(scene: Scene) -> None:
    session, visit = scene.session, scene.open()
    before = len(session.exec(select(CapEvent)).all())
    plan = find_plan(session, visit.uid)
    assert plan is not None
    reserve_plan(session, scene.clock, plan, actor_id=None)
    assert len(session.exec(select(CapEvent)).all()) == before


def test_same_entry_twice_is_one_visit(scene: Scene) -> None:
    first = scene.open(key="the-same-key")
    assert scene.open(key="the-same-key") is first
    assert len(scene.session.exec(select(Visit)).all()) == 1
    with pytest.raises(ConflictError) as other:
        scene.open(key="the-same-key", reason="别的原因")
    assert other.value.code == "entry_reused"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"trigger": None}, "off_plan_trigger"),
        ({"clue_number": ""}, "off_plan_clue"),
        ({"reason": " "}, "off_plan_reason"),
        ({"items": ()}, "off_plan_items"),
        ({"officers": ()}, "two_officers"),
        ({"officers": ("0" * 32,)}, "officer_unfit"),
        ({"site_uid": "0" * 32}, "off_plan_site"),
        ({"code": "AAAAA-BBBBB"}, "wrong_site_code"),
        ({"arrived_at": NOW + timedelta(hours=2)}, "in_the_future"),
        ({"arrived_at": NOW - timedelta(days=12)}, "backfill_over"),
    ],
    ids=["trigger", "clue", "reason", "items", "alone", "foreign", "site", "code", "future", "too_late"],
)
def test_visit_is_refused(scene: Scene, changes: dict[str, Any], code: str) -> None:
    assert scene.faults(**changes) == [code]


def test_recused_officer_does_not_go(scene: Scene) -> None:
    going = {"officer_id": stored_id(scene.crew[1]), "enterprise_id": scene.site.enterprise_id}
    scene.session.add(Recusal(**going, noted_on=date(2026, 1, 1)))
    scene.session.flush()
    assert scene.faults() == ["officer_recused"]


def test_officer_who_was_to_be_elsewhere_goes_all_the_same(scene: Scene) -> None:
    session, first = scene.session, scene.open()
    other = make_site(session, make_enterprise(session))
    second = scene.open(site_uid=other.uid)
    assert second.start_quarter == first.start_quarter
    held = session.exec(select(CrewSlot.visit_id).where(CrewSlot.officer_id == scene.crew[0].id)).all()
    assert set(held) == {first.id}
    assert get_field_visit(session, scene.officer, second.uid).uid == second.uid


def test_visits_of_a_year_share_a_round_that_no_list_of_rounds_has(scene: Scene) -> None:
    session = scene.session
    scene.open()
    scene.open(site_uid=make_site(session, make_enterprise(session)).uid)
    rounds = session.exec(select(Round).where(Round.kind == RoundKind.OFF_PLAN)).all()
    assert [len(rounds), list_rounds(session, make_actor(session, Role.COORDINATOR))] == [1, []]
    assert len(list_off_plan(session, since=date(2026, 1, 1))) == 2


def test_only_officers_and_clerks_open_one(scene: Scene) -> None:
    for role in (Role.HEAD, Role.COORDINATOR, Role.ENTERPRISE):
        actor = make_actor(scene.session, role, organisation_id=scene.clerk.organisation_id)
        with pytest.raises(NotPermittedError):
            open_off_plan(scene.session, scene.clock, actor, scene.said(), key="not-theirs", secret=SECRET)


def test_clerk_notes_one_for_two_officers(scene: Scene) -> None:
    scene.officer, uids = scene.clerk, tuple(one.uid for one in scene.crew)
    visit = scene.open(officers=uids, arrived_at=NOW - timedelta(days=1))
    assert visit.lead_officer_id == scene.crew[0].id
    assert visit.day == (NOW - timedelta(days=1)).date()
    plans = scene.session.exec(select(Plan).order_by(col(Plan.id))).all()
    assert [plan.created_by_id for plan in plans] == [scene.clerk.user_id]
    assert visit.start_quarter < len(QUARTER_STARTS)


def test_visit_off_plan_stands_in_the_feeds_of_who_went_and_of_their_body(scene: Scene) -> None:
    session, clock = scene.session, scene.clock
    idle = make_officer(session, session.get_one(Organisation, scene.crew[0].organisation_id))
    foreign = make_organisation(session)
    readers = {
        "went": (FeedScope.OFFICER, stored_id(scene.crew[1])),
        "stayed": (FeedScope.OFFICER, stored_id(idle)),
        "body": (FeedScope.ORGANISATION, scene.crew[0].organisation_id),
        "foreign": (FeedScope.ORGANISATION, stored_id(foreign)),
    }
    before = {name: feed_tag(session, clock, *reader, host="h") for name, reader in readers.items()}
    visit = scene.open()
    feeds = {name: calendar_bytes(session, clock, *reader, host="h") for name, reader in readers.items()}
    there = {name for name, feed in feeds.items() if visit.uid.encode() in feed}
    moved = {name for name, reader in readers.items() if feed_tag(session, clock, *reader, host="h") != before[name]}
    assert there == moved == {"went", "body"}
    clock.instant += timedelta(days=2)
    assert calendar_bytes(session, clock, *readers["went"], host="h") == feeds["went"]


def test_papers_of_a_visit_off_plan_are_for_who_has_to_do_with_it(scene: Scene) -> None:
    session = scene.session
    visit = scene.open()
    idle = make_officer(session, session.get_one(Organisation, scene.crew[0].organisation_id))
    foreign = make_organisation(session)
    readers = {
        "officer": scene.officer,
        "clerk": scene.clerk,
        "supervisor": make_actor(session, Role.SUPERVISOR),
        "colleague": make_actor(session, Role.OFFICER, officer_id=idle.id, organisation_id=idle.organisation_id),
        "foreign": make_actor(session, Role.CLERK, organisation_id=foreign.id),
        "firm": scene.enterprise,
    }
    assert {name for name, actor in readers.items() if find_off_plan(session, actor, visit.uid)} == {
        "officer",
        "clerk",
        "supervisor",
    }
    (sealed,) = sealed_visits(session, [get_enterprise_row(session, scene.enterprise, visit.uid, off_plan=True)])
    assert (sealed.uid, sealed.public["officers"][0]["certificate"]) == (
        visit.uid,
        scene.crew[0].certificate_number,
    )
    with pytest.raises(NotFoundError):
        get_enterprise_row(session, scene.enterprise, visit.uid)
