"""The way of a plan to its filing: who is asked, in which order, and who may never answer."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import OrganisationKind, PlanKind, PlanStage, PlanStatus, PlanTrigger, Role, Verdict
from data.errors import NotFoundError
from data.models import Organisation, Plan, PlanDecision
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotPermittedError, TransitionError
from scheduler.filing import decisions, plans, stages
from scheduler.permissions import Actor
from tests import factories
from tests.scheduler.filing.conftest import District, make_district, plan_draft, task_draft


def legal_of(session: Session, organisation: Organisation) -> Actor:
    return factories.make_actor(session, Role.LEGAL, organisation_id=organisation.id)


def draft_of(
    session: Session, clock: FixedClock, district: District, *, task: dict[str, Any] | None = None, **values: Any
) -> Plan:
    plan = plans.create_plan(session, clock, district.clerk, plan_draft(**values))
    plans.add_task(session, clock, district.clerk, plan, task_draft(**task or {}))
    return plan


def codes(error: pytest.ExceptionInfo[InvalidError]) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in error.value.faults]


@pytest.mark.parametrize(
    ("kind", "task", "body", "expected"),
    [
        ("random", {}, OrganisationKind.DEPARTMENT, ["head"]),
        ("random", {"partner_codes": ("XF",)}, OrganisationKind.DEPARTMENT, ["countersign", "head"]),
        ("daily", {"assistants": 2}, OrganisationKind.DEPARTMENT, ["legal", "head"]),
        ("special", {}, OrganisationKind.DEPARTMENT, ["legal", "head", "government"]),
        ("special", {}, OrganisationKind.VERTICAL, ["legal", "head"]),
        (
            "special",
            {"partner_codes": ("XF",)},
            OrganisationKind.TOWNSHIP,
            ["countersign", "legal", "head", "government"],
        ),
    ],
    ids=["plain", "partners", "assistants", "special", "vertical_special", "everything"],
)
def test_stages_follow_from_kind_partners_and_body(
    session: Session,
    clock: FixedClock,
    district: District,
    kind: str,
    task: dict[str, Any],
    body: OrganisationKind,
    expected: list[str],
) -> None:
    district.organisation.kind = body
    plan = draft_of(session, clock, district, kind=kind, task=task)

    assert [str(stage) for stage in stages.stages_of(session, plan)] == expected


def test_special_campaign_goes_the_long_way(session: Session, clock: FixedClock, district: District) -> None:
    legal = legal_of(session, district.organisation)
    approver = factories.make_actor(session, Role.APPROVER)
    partner = factories.make_actor(session, Role.HEAD, organisation_id=district.other.id)
    plan = draft_of(session, clock, district, kind="special", task={"partner_codes": ("XF",)})
    seen = []

    plans.submit_plan(session, clock, district.clerk, plan)
    seen.append(plan.status)
    decisions.countersign_plan(session, clock, partner, plan, agrees=True)
    seen.append(plan.status)
    decisions.review_plan(session, clock, legal, plan)
    seen.append(plan.status)
    decisions.file_plan(session, clock, district.head, plan)
    seen.append(plan.status)
    decisions.approve_special(session, clock, approver, plan)

    assert seen == ["countersigning", "legal_review", "submitted", "government_review"]
    assert (plan.status, plan.filed_by_id) == (PlanStatus.FILED, approver.user_id)
    assert plan.file_number == "市场监管局检备〔2026〕1号"
    assert [(one.stage, one.verdict) for one in stages.list_stages(session, plan)] == [
        (stage, Verdict.AGREED)
        for stage in (PlanStage.COUNTERSIGN, PlanStage.LEGAL, PlanStage.HEAD, PlanStage.GOVERNMENT)
    ]


def test_objection_of_a_partner_keeps_its_reason_and_the_plan_goes_on(
    session: Session, clock: FixedClock, district: District
) -> None:
    plan = draft_of(session, clock, district, task={"partner_codes": ("XF",)})
    plans.submit_plan(session, clock, district.clerk, plan)

    with pytest.raises(InvalidError) as error:
        decisions.countersign_plan(session, clock, district.stranger, plan, agrees=False, reason=" ")
    assert codes(error) == [("reason", "required")]
    decisions.countersign_plan(session, clock, district.stranger, plan, agrees=False, reason="人手不足")

    assert plan.status is PlanStatus.SUBMITTED
    first = stages.list_stages(session, plan)[0]
    assert (first.organisation_name, first.verdict, first.reason) == ("消防大队", Verdict.OBJECTED, "人手不足")


def test_partner_reads_the_plan_that_it_is_asked_about(session: Session, clock: FixedClock, district: District) -> None:
    plan = draft_of(session, clock, district, task={"partner_codes": ("XF",)})
    with pytest.raises(NotFoundError):
        plans.get_plan(session, district.stranger, plan.uid)

    plans.submit_plan(session, clock, district.clerk, plan)

    assert plans.get_plan(session, district.stranger, plan.uid) is plan
    assert [one.uid for one, _ in stages.plans_to_countersign(session, district.other.id)] == [plan.uid]


@pytest.mark.parametrize("who", ["clerk", "head"])
def test_own_organisation_is_no_partner(session: Session, clock: FixedClock, district: District, who: str) -> None:
    plan = draft_of(session, clock, district, task={"partner_codes": ("XF",)})
    plans.submit_plan(session, clock, district.clerk, plan)

    with pytest.raises(NotFoundError):
        decisions.countersign_plan(session, clock, getattr(district, who), plan, agrees=True)


def test_silent_partner_lapses_only_after_its_days(session: Session, clock: FixedClock, district: District) -> None:
    plan = draft_of(session, clock, district, task={"partner_codes": ("XF",)})
    plans.submit_plan(session, clock, district.clerk, plan)
    # 20 February 2026 is in the Spring Festival week: three working days later is the 26th.
    assert stages.list_stages(session, plan)[0].decision.due == date(2026, 2, 26)
    clock.instant = clock.instant.replace(day=26)
    with pytest.raises(ConflictError) as error:
        decisions.go_on_without_partners(session, clock, district.clerk, plan)
    assert error.value.code == "partners_have_time"

    clock.instant = clock.instant.replace(day=27)
    decisions.go_on_without_partners(session, clock, district.clerk, plan)

    assert plan.status is PlanStatus.SUBMITTED
    assert stages.list_stages(session, plan)[0].verdict is Verdict.LAPSED


@pytest.mark.parametrize("stage", ["legal_review", "submitted", "government_review"])
def test_author_decides_at_no_stage(session: Session, clock: FixedClock, district: District, stage: str) -> None:
    plan = draft_of(session, clock, district, kind="special")
    legal_of(session, district.organisation)
    plans.submit_plan(session, clock, district.clerk, plan)
    plan.status = PlanStatus(stage)
    roles = {"legal_review": Role.LEGAL, "submitted": Role.HEAD, "government_review": Role.APPROVER}
    # The author has been given another post meanwhile.
    promoted = Actor(
        user_id=district.clerk.user_id, user_uid="u", username="u", display_name="u", role=roles[stage],
        organisation_id=district.organisation.id,
    )  # fmt: skip
    act = {
        "legal_review": decisions.review_plan,
        "submitted": decisions.file_plan,
        "government_review": decisions.approve_special,
    }[stage]

    with pytest.raises(NotPermittedError) as error:
        act(session, clock, promoted, plan)
    assert error.value.code == "creator_may_not_file"


def test_editor_who_did_not_begin_the_plan_may_not_decide(
    session: Session, clock: FixedClock, district: District
) -> None:
    colleague = factories.make_actor(session, Role.CLERK, organisation_id=district.organisation.id)
    plan = plans.create_plan(session, clock, district.clerk, plan_draft())
    plans.add_task(session, clock, colleague, plan, task_draft())
    plans.submit_plan(session, clock, district.clerk, plan)
    promoted = Actor(
        user_id=colleague.user_id, user_uid="u", username="u", display_name="u", role=Role.HEAD,
        organisation_id=district.organisation.id,
    )  # fmt: skip

    with pytest.raises(NotPermittedError) as error:
        decisions.file_plan(session, clock, promoted, plan)
    assert error.value.code == "editor_may_not_decide"


def test_nobody_decides_twice_on_one_submission(session: Session, clock: FixedClock, district: District) -> None:
    legal = legal_of(session, district.organisation)
    plan = draft_of(session, clock, district, kind="special")
    plans.submit_plan(session, clock, district.clerk, plan)
    decisions.review_plan(session, clock, legal, plan)
    promoted = Actor(
        user_id=legal.user_id, user_uid="u", username="u", display_name="u", role=Role.HEAD,
        organisation_id=district.organisation.id,
    )  # fmt: skip

    with pytest.raises(NotPermittedError) as error:
        decisions.file_plan(session, clock, promoted, plan)
    assert error.value.code == "decided_already"


@pytest.mark.parametrize("stage", ["legal_review", "submitted", "government_review"])
def test_every_stage_may_send_back_with_a_reason(
    session: Session, clock: FixedClock, district: District, stage: str
) -> None:
    legal, approver = legal_of(session, district.organisation), factories.make_actor(session, Role.APPROVER)
    plan = draft_of(session, clock, district, kind="special")
    plans.submit_plan(session, clock, district.clerk, plan)
    if stage != "legal_review":
        decisions.review_plan(session, clock, legal, plan)
    if stage == "government_review":
        decisions.file_plan(session, clock, district.head, plan)
    actor = {"legal_review": legal, "submitted": district.head, "government_review": approver}[stage]

    decisions.return_plan(session, clock, actor, plan, reason="依据不足")

    assert (plan.status, plan.returned_reason) == (PlanStatus.RETURNED, "依据不足")
    plans.submit_plan(session, clock, district.clerk, plan)
    assert (plan.status, plan.submission) == (PlanStatus.LEGAL_REVIEW, 2)


def test_stage_that_is_not_there_yet_is_refused(session: Session, clock: FixedClock, district: District) -> None:
    legal_of(session, district.organisation)
    plan = draft_of(session, clock, district, kind="special")
    plans.submit_plan(session, clock, district.clerk, plan)

    with pytest.raises(TransitionError):
        decisions.file_plan(session, clock, district.head, plan)
    with pytest.raises(NotPermittedError):
        decisions.return_plan(session, clock, district.head, plan, reason="太早")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"kind": "case", "trigger": "complaint", "clue_number": "12345-2026-118"}, []),
        ({"kind": "review"}, ["review_missing"]),
        ({"kind": "daily", "emergency": True}, ["only_cases", "emergency_incomplete"]),
        ({"kind": "special"}, ["no_legal_reviewer"]),
    ],
    ids=["case", "bare_review", "daily_emergency", "special_without_reviewer"],
)
def test_kind_asks_for_what_it_needs(
    session: Session, clock: FixedClock, district: District, values: dict[str, Any], expected: list[str]
) -> None:
    plan = draft_of(session, clock, district, **values)

    assert [fault.code for fault in plans.submission_faults(session, clock, plan)] == expected


def test_special_of_a_vertical_body_needs_its_superiors_document(
    session: Session, clock: FixedClock, district: District
) -> None:
    district.organisation.kind = OrganisationKind.VERTICAL
    legal_of(session, district.organisation)
    plan = draft_of(session, clock, district, kind="special")
    assert [fault.code for fault in plans.submission_faults(session, clock, plan)] == ["superior_document_missing"]

    plan.document_number = "盐税发〔2026〕8号"

    assert plans.submission_faults(session, clock, plan) == ()


def test_emergency_is_filed_after_the_inspection(session: Session, clock: FixedClock, district: District) -> None:
    yesterday = (clock.instant - timedelta(days=1)).date()
    days = {"first_date": yesterday, "last_date": yesterday}
    plan = draft_of(
        session, clock, district, kind="case", trigger="media", clue_number="舆情1", emergency=True,
        emergency_reason="燃气泄漏", inspected_on=yesterday, period_first=yesterday, period_last=yesterday, task=days,
    )  # fmt: skip

    plans.submit_plan(session, clock, district.clerk, plan)
    decisions.file_plan(session, clock, district.head, plan)

    assert (plan.status, plan.trigger, plan.back_file_due) == (
        PlanStatus.FILED, PlanTrigger.MEDIA, date(2026, 2, 25),
    )  # fmt: skip


def test_follow_up_follows_an_inspection_of_its_own_organisation(
    session: Session, clock: FixedClock, district: District
) -> None:
    earlier = factories.make_plan(session, district.organisation, status=PlanStatus.FILED)
    foreign = factories.make_plan(session, district.other, status=PlanStatus.FILED)

    plan = plans.create_plan(session, clock, district.clerk, plan_draft(kind="review", review_of=f"plan:{earlier.uid}"))
    with pytest.raises(InvalidError) as error:
        plans.create_plan(session, clock, district.clerk, plan_draft(kind="review", review_of=f"plan:{foreign.uid}"))

    assert (plan.kind, plan.reviewed_plan_id) == (PlanKind.REVIEW, earlier.id)
    assert codes(error) == [("review_of", "unknown_choice")]


def test_file_numbers_count_up_by_organisation_and_year(
    session: Session, clock: FixedClock, district: District
) -> None:
    filed = []
    for name in ("甲", "乙"):
        plan = draft_of(session, clock, district, title=name, task={"name": name})
        plans.submit_plan(session, clock, district.clerk, plan)
        decisions.file_plan(session, clock, district.head, plan)
        filed.append(plan.file_number)

    assert filed == ["市场监管局检备〔2026〕1号", "市场监管局检备〔2026〕2号"]


def test_two_partners_who_answer_at_once_take_the_plan_on(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        district = make_district(session)
        third = factories.make_organisation(session, code="YJ", name="测试区应急管理局", short_name="应急局")
        actors = [factories.make_actor(session, Role.CLERK, organisation_id=one.id) for one in (district.other, third)]
        plan = plans.create_plan(session, clock, district.clerk, plan_draft())
        plans.add_task(session, clock, district.clerk, plan, task_draft(partner_codes=("XF", "YJ")))
        plans.submit_plan(session, clock, district.clerk, plan)
        uid = plan.uid
    together = threading.Barrier(2)

    def agree(actor: Actor) -> None:
        together.wait()
        with unit_of_work(engine) as session:
            plan = session.exec(select(Plan).where(Plan.uid == uid)).one()
            decisions.countersign_plan(session, clock, actor, plan, agrees=True)

    threads = [threading.Thread(target=agree, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with unit_of_work(engine) as session:
        assert session.exec(select(Plan).where(Plan.uid == uid)).one().status is PlanStatus.SUBMITTED
        agreed = select(PlanDecision).where(PlanDecision.verdict == Verdict.AGREED)
        assert len(session.exec(agreed).all()) == 2


@pytest.mark.postgres
def test_partners_who_answer_at_once_would_both_wait_without_the_lock(
    postgres_engine: sa.Engine, clock: FixedClock
) -> None:
    with unit_of_work(postgres_engine) as session:
        district = make_district(session)
        third = factories.make_organisation(session, code="YJ", name="测试区应急管理局", short_name="应急局")
        actors = [factories.make_actor(session, Role.CLERK, organisation_id=one.id) for one in (district.other, third)]
        plan = plans.create_plan(session, clock, district.clerk, plan_draft())
        plans.add_task(session, clock, district.clerk, plan, task_draft(partner_codes=("XF", "YJ")))
        plans.submit_plan(session, clock, district.clerk, plan)
        uid = plan.uid

    def answer_unlocked(session: Session, actor: Actor) -> bool:
        plan = session.exec(select(Plan).where(Plan.uid == uid)).one()
        decision = stages.own_countersign(session, actor, plan)
        stages.answer(session, clock, actor, decision, verdict=Verdict.AGREED, reason="")
        return stages.all_answered(session, plan)

    with unit_of_work(postgres_engine) as early, unit_of_work(postgres_engine) as late:
        answered = [answer_unlocked(early, actors[0]), answer_unlocked(late, actors[1])]

    assert answered == [False, False]
