"""Tasks: what a draft leads to, what is refused, and that a task is what its fingerprint says."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session

from data.enums import ItemList, OrganisationKind, PlanKind, RecordStatus, Targeting
from data.errors import NotFoundError
from data.models import Plan
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError
from scheduler.filing import plans
from scheduler.filing.drafts import PlanDraft, TaskDraft, read_draft
from scheduler.filing.tasks import fingerprint
from tests import factories
from tests.scheduler.filing.conftest import District, plan_draft, task_draft


@pytest.fixture
def plan(session: Session, clock: FixedClock, district: District) -> Plan:
    return plans.create_plan(session, clock, district.clerk, plan_draft())


def refusal(
    session: Session, clock: FixedClock, district: District, plan: Plan, **values: Any
) -> list[tuple[str, str]]:
    with pytest.raises(InvalidError) as error:
        plans.add_task(session, clock, district.clerk, plan, task_draft(**values))
    return [(fault.field, fault.code) for fault in error.value.faults]


def test_task_takes_time_people_and_skill_from_its_items(
    session: Session, clock: FixedClock, district: District, plan: Plan
) -> None:
    skill = factories.make_skill(session)
    short = factories.make_item(session, district.organisation)
    long = factories.make_item(session, district.organisation, quarters=4, inspectors=3, skill_id=skill.id)
    items = [{"text": item.name, "item_uid": item.uid} for item in (short, long)] + [{"text": "自拟内容"}]

    task = plans.add_task(session, clock, district.clerk, plan, task_draft(items=items))

    assert (task.quarters, task.inspectors, task.skill_id) == (4, 3, skill.id)
    details = plans.plan_details(session, plan)
    assert [(written.text, written.item) for written in details.tasks[0].items] == [
        (short.name, short), (long.name, long), ("自拟内容", None),
    ]  # fmt: skip
    assert details.unlisted_items == 1


def test_what_the_draft_says_goes_before_its_items(
    session: Session, clock: FixedClock, district: District, plan: Plan
) -> None:
    item = factories.make_item(session, district.organisation, quarters=4, inspectors=3)
    draft = task_draft(items=[{"text": "甲", "item_uid": item.uid}], quarters=2, inspectors=2)

    task = plans.add_task(session, clock, district.clerk, plan, draft)

    assert (task.quarters, task.inspectors) == (2, 2)


def test_details_hold_partners_and_named_sites(
    session: Session, clock: FixedClock, district: District, plan: Plan
) -> None:
    site = district.sites[0]
    draft = task_draft(
        targeting=Targeting.NAMED, scenario_code=None, ratio=None, site_uids=[site.uid], partner_codes=["XF"]
    )

    plans.add_task(session, clock, district.clerk, plan, draft)

    details = plans.plan_details(session, plan).tasks[0]
    assert [target.site.uid for target in details.targets] == [site.uid]
    assert [partner.code for partner in details.partners] == ["XF"]


def test_every_unknown_thing_is_named(session: Session, clock: FixedClock, district: District, plan: Plan) -> None:
    faults = refusal(
        session, clock, district, plan,
        scenario_code="S99", town_code="X", skill_code="Y", partner_codes=["Z", "SCJG"],
        items=[{"text": "甲", "item_uid": "nobody"}], first_date="2026-02-01",
    )  # fmt: skip

    assert faults == [
        ("scenario_code", "unknown_choice"),
        ("town_code", "unknown_choice"),
        ("skill_code", "unknown_choice"),
        ("items", "unknown_choice"),
        ("partner_codes", "unknown_choice"),
        ("partner_codes", "own_organisation"),
        ("first_date", "outside_period"),
    ]


def test_item_of_another_organisation_is_refused(
    session: Session, clock: FixedClock, district: District, plan: Plan
) -> None:
    item = factories.make_item(session, district.other)

    faults = refusal(session, clock, district, plan, items=[{"text": "甲", "item_uid": item.uid}])

    assert faults == [("items", "foreign_item")]


@pytest.mark.parametrize(
    ("kind", "taken"), [(PlanKind.RANDOM, False), (PlanKind.CASE, True)], ids=["without_trigger", "on_a_trigger"]
)
def test_undisturbed_item_needs_a_trigger(
    session: Session, clock: FixedClock, district: District, kind: PlanKind, taken: bool
) -> None:
    item = factories.make_item(session, district.organisation, listed=ItemList.UNDISTURBED)
    plan = plans.create_plan(session, clock, district.clerk, plan_draft(kind=kind))
    items = [{"text": "甲", "item_uid": item.uid}]

    if taken:
        assert plans.add_task(session, clock, district.clerk, plan, task_draft(items=items)).quarters == 1
    else:
        assert refusal(session, clock, district, plan, items=items) == [("items", "undisturbed_item")]


def test_closed_site_is_refused(session: Session, clock: FixedClock, district: District, plan: Plan) -> None:
    district.sites[0].status = RecordStatus.CLOSED
    named = {"targeting": Targeting.NAMED, "site_uids": [district.sites[0].uid]}

    assert refusal(session, clock, district, plan, **named) == [("site_uids", "site_closed")]


def test_township_stays_on_its_own_ground(session: Session, clock: FixedClock, district: District) -> None:
    district.organisation.kind = OrganisationKind.TOWNSHIP
    district.organisation.town_id = factories.make_town(session).id
    plan = plans.create_plan(session, clock, district.clerk, plan_draft())
    named = {"targeting": Targeting.NAMED, "site_uids": [district.sites[0].uid]}

    drawn = plans.add_task(session, clock, district.clerk, plan, task_draft())

    assert drawn.town_id == district.organisation.town_id
    assert refusal(session, clock, district, plan, **named) == [("site_uids", "outside_territory")]


def test_same_task_twice_is_refused(session: Session, clock: FixedClock, district: District, plan: Plan) -> None:
    plans.add_task(session, clock, district.clerk, plan, task_draft())

    assert refusal(session, clock, district, plan) == [("name", "duplicate_task")]


def test_edited_task_says_what_the_new_draft_says(
    session: Session, clock: FixedClock, district: District, plan: Plan
) -> None:
    task = plans.add_task(session, clock, district.clerk, plan, task_draft(partner_codes=["XF"]))

    plans.edit_task(session, clock, district.clerk, plan, task, task_draft(name="新", quantity=3), version=plan.version)

    details = plans.plan_details(session, plan).tasks[0]
    assert (details.task.name, details.task.quantity, details.partners) == ("新", 3, ())
    assert details.task.fingerprint == fingerprint(task_draft(name="新", quantity=3))


def test_task_of_another_plan_is_not_found(session: Session, clock: FixedClock, district: District, plan: Plan) -> None:
    foreign = factories.make_task(session, factories.make_plan(session, district.other))

    with pytest.raises(NotFoundError):
        plans.get_task(session, plan, foreign.uid)
    with pytest.raises(NotFoundError):
        plans.remove_task(session, clock, district.clerk, plan, foreign, version=plan.version)


def test_removed_task_leaves_nothing_behind(
    session: Session, clock: FixedClock, district: District, plan: Plan
) -> None:
    item = {"text": "甲"}
    task = plans.add_task(session, clock, district.clerk, plan, task_draft(partner_codes=["XF"], items=[item]))
    seen = plan.version

    plans.remove_task(session, clock, district.clerk, plan, task, version=seen)

    assert plans.plan_details(session, plan).tasks == ()
    assert plan.version == seen + 1


@pytest.mark.parametrize(
    "change",
    [{"name": "别的"}, {"ratio": 0.3}, {"last_date": "2026-03-30"}, {"items": [{"text": "甲"}]}],
    ids=lambda change: next(iter(change)),
)
def test_fingerprint_tells_tasks_apart(change: dict[str, Any]) -> None:
    assert fingerprint(task_draft(**change)) != fingerprint(task_draft())


def test_fingerprint_does_not_see_the_number_in_the_sheet() -> None:
    assert fingerprint(task_draft(number="7")) == fingerprint(task_draft())


def test_fingerprint_does_not_see_the_order_of_partners() -> None:
    assert fingerprint(task_draft(partner_codes=["A", "B"])) == fingerprint(task_draft(partner_codes=["B", "A"]))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"status": "filed"}, ("status", "extra_forbidden")),
        ({"organisation_id": 2}, ("organisation_id", "extra_forbidden")),
        ({"name": " "}, ("name", "required")),
        ({"name": "a\x00"}, ("name", "bad_characters")),
        ({"name": "\ud800"}, ("name", "bad_characters")),
        ({"first_date": 0}, ("first_date", "date_type")),
        ({"last_date": "2026-02-28"}, ("last_date", "period_backwards")),
        ({"ratio": 0}, ("ratio", "greater_than")),
        ({"ratio": float("nan")}, ("ratio", "greater_than")),
        ({"name": "长" * 4001}, ("name", "too_long")),
        ({"ratio": True}, ("ratio", "int_type")),
        ({"ratio": None}, ("ratio", "no_ratio_or_quantity")),
        ({"quantity": True}, ("quantity", "int_type")),
        ({"quarters": 3}, ("quarters", "literal_error")),
        ({"inspectors": 1}, ("inspectors", "greater_than_equal")),
        ({"scenario_code": None}, ("scenario_code", "no_class_of_sites")),
        ({"targeting": "named"}, ("site_uids", "no_sites")),
        ({"joint": False}, ("separate_reason", "reason_needed")),
        ({"ratio_by_class": {"E": 0.1}}, ("ratio_by_class.E.[key]", "enum")),
    ],
    ids=lambda value: "-".join(f"{key}={one!r:.20}" for key, one in value.items()) if isinstance(value, dict) else "",
)
def test_draft_of_a_task_refuses(change: dict[str, Any], fault: tuple[str, str]) -> None:
    values = task_draft().model_dump() | change

    with pytest.raises(InvalidError) as error:
        read_draft(TaskDraft, values)

    assert [(one.field, one.code) for one in error.value.faults] == [fault]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"period_last": "2026-02-28"}, ("period_last", "period_backwards")),
        ({"period_last": "2027-03-02"}, ("period_last", "period_too_long")),
        ({"kind": "surprise"}, ("kind", "enum")),
        ({"version": 3}, ("version", "extra_forbidden")),
    ],
    ids=["backwards", "too_long", "unknown_kind", "foreign_field"],
)
def test_draft_of_a_plan_refuses(change: dict[str, Any], fault: tuple[str, str]) -> None:
    with pytest.raises(InvalidError) as error:
        read_draft(PlanDraft, plan_draft().model_dump() | change)

    assert [(one.field, one.code) for one in error.value.faults] == [fault]


def test_item_written_by_its_exact_name_is_the_catalogues(
    session: Session, clock: FixedClock, district: District, plan: Plan
) -> None:
    """The API sends texts where the sheet and the form match names: the same plan comes of all three."""
    item = factories.make_item(session, district.organisation, name="消防通道检查", quarters=2)
    factories.make_item(session, district.other, name="油烟净化检查")
    for _ in range(2):
        factories.make_item(session, district.organisation, name="同名事项")

    texts = ["消防 通道检查", "油烟净化检查", "同名事项"]
    task = plans.add_task(session, clock, district.clerk, plan, task_draft(items=[{"text": text} for text in texts]))

    written = plans.plan_details(session, plan).tasks[0].items
    assert [(one.text, one.item) for one in written] == [(texts[0], item), (texts[1], None), (texts[2], None)]
    assert task.quarters == 2


def test_undisturbed_item_is_refused_by_its_name_too(
    session: Session, clock: FixedClock, district: District, plan: Plan
) -> None:
    factories.make_item(session, district.organisation, name="无感监管事项", listed=ItemList.UNDISTURBED)

    assert refusal(session, clock, district, plan, items=[{"text": "无感监管事项"}]) == [("items", "undisturbed_item")]
