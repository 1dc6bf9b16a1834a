"""Exemptions, field classes, mandates, conflicts and closures kept by hand: what is kept, what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, select

from data.enums import ClosureKind, CreditClass, Mandate, PlanKind, PlanTrigger, Role
from data.errors import NotFoundError
from data.models import AuditEvent, Closure, FieldClass, RequirementConflict
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError, NotPermittedError
from scheduler.filing.caps.policy import load_cap_table
from scheduler.filing.policy_tables import classes, closures, conflicts, exemptions, mandates
from scheduler.filing.policy_tables.classes import ClassDraft
from scheduler.filing.policy_tables.closures import ClosureDraft
from scheduler.filing.policy_tables.conflicts import ConflictDraft
from scheduler.filing.policy_tables.exemptions import ExemptionDraft
from scheduler.filing.policy_tables.mandates import MandateDraft
from scheduler.permissions import Actor
from tests import factories

TODAY = date(2026, 2, 20)
EXEMPTION = ExemptionDraft(
    kind=PlanKind.CASE, trigger=PlanTrigger.AUDIT, counted=True, capped=True, source="区规定", reason="稽查也受限"
)


@pytest.fixture
def administrator(session: Session) -> Actor:
    return factories.make_actor(session, Role.ADMINISTRATOR)


def faults_of(refused: pytest.ExceptionInfo[InvalidError]) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in refused.value.faults]


def actions(session: Session) -> list[str]:
    return [one.action for one in session.exec(select(AuditEvent).order_by("number"))]


def test_exemption_of_a_trigger_goes_before_the_general_one(
    session: Session, clock: FixedClock, administrator: Actor
) -> None:
    row = exemptions.add_exemption(session, clock, administrator, EXEMPTION)
    assert load_cap_table(session).exemption(PlanKind.CASE, "audit") == (True, True)

    exemptions.change_exemption(session, clock, administrator, row, replace(EXEMPTION, counted=False, capped=False))
    assert load_cap_table(session).exemption(PlanKind.CASE, "audit") == (False, False)

    exemptions.remove_exemption(session, clock, administrator, row, reason="恢复")
    assert load_cap_table(session).exemption(PlanKind.CASE, "audit") == (True, False)
    assert actions(session) == ["cap_exemption.add", "cap_exemption.change", "cap_exemption.end"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"counted": False}, ("capped", "capped_uncounted")),
        ({"trigger": None}, ("trigger", "exemption_twice")),
        ({"reason": ""}, ("reason", "required")),
    ],
    ids=["capped-but-not-counted", "twice", "reason"],
)
def test_exemption_that_makes_no_sense_is_refused(
    session: Session, clock: FixedClock, administrator: Actor, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    with pytest.raises(InvalidError) as refused:
        exemptions.add_exemption(session, clock, administrator, replace(EXEMPTION, **change))

    assert faults_of(refused) == [fault]


def test_field_class_is_given_replaced_and_taken_back(
    session: Session, clock: FixedClock, administrator: Actor
) -> None:
    firm, field = factories.make_enterprise(session), factories.make_scenario(session)
    draft = ClassDraft(
        credit_code=firm.credit_code.lower(), scenario_code=field.code, credit_class=CreditClass.D,
        month=date(2026, 1, 17), reason="专业评级",
    )  # fmt: skip

    row = classes.give_class(session, clock, administrator, draft)
    assert (row.enterprise_id, row.credit_class, row.month) == (firm.id, CreditClass.D, date(2026, 1, 1))
    again = classes.give_class(session, clock, administrator, replace(draft, credit_class=CreditClass.C))
    assert (again.id, again.credit_class) == (row.id, CreditClass.C)
    assert [one.row.id for one in classes.list_classes(session, text=firm.name).rows] == [row.id]
    assert classes.list_classes(session, text="没有这一家").total == 0

    classes.remove_class(session, clock, administrator, row, reason="评级到期")
    assert session.exec(select(FieldClass)).all() == []
    assert actions(session) == ["field_class.give", "field_class.give", "field_class.end"]


def test_field_class_of_nobody_is_refused_at_every_field(
    session: Session, clock: FixedClock, administrator: Actor
) -> None:
    draft = ClassDraft(
        credit_code="x", scenario_code="S99", credit_class=CreditClass.A, month=date(2026, 3, 1), reason="试"
    )

    with pytest.raises(InvalidError) as refused:
        classes.give_class(session, clock, administrator, draft)

    assert faults_of(refused) == [
        ("credit_code", "unknown_enterprise"),
        ("scenario_code", "unknown_choice"),
        ("month", "in_the_future"),
    ]


def test_mandate_keeps_the_giver_only_while_entrusted(
    session: Session, clock: FixedClock, administrator: Actor
) -> None:
    body, giver = factories.make_organisation(session), factories.make_organisation(session)
    draft = MandateDraft(
        mandate=Mandate.ENTRUSTED, announced_on=TODAY, entrusted_by_code=giver.code, entrusted_on=TODAY, reason="委托书"
    )

    mandates.change_mandate(session, clock, administrator, body, draft)
    assert (body.mandate, body.entrusted_by_id, body.entrusted_on) == (Mandate.ENTRUSTED, giver.id, TODAY)

    mandates.change_mandate(session, clock, administrator, body, replace(draft, mandate=Mandate.ORGAN))
    assert (body.mandate, body.entrusted_by_id, body.entrusted_on) == (Mandate.ORGAN, None, None)
    assert actions(session) == ["organisation.mandate", "organisation.mandate"]


@pytest.mark.parametrize(
    ("giver", "code"),
    [
        ("", "required"),
        ("nobody", "unknown_organisation"),
        ("itself", "entrusts_itself"),
        ("chain", "entrusted_further"),
    ],
    ids=["nobody-named", "unknown", "itself", "entrusted-one"],
)
def test_mandate_without_a_proper_giver_is_refused(
    session: Session, clock: FixedClock, administrator: Actor, giver: str, code: str
) -> None:
    body = factories.make_organisation(session)
    chain = factories.make_organisation(session, mandate=Mandate.ENTRUSTED)
    named = {"itself": body.code, "chain": chain.code}.get(giver, giver)
    draft = MandateDraft(
        mandate=Mandate.ENTRUSTED, announced_on=None, entrusted_by_code=named, entrusted_on=TODAY, reason="委托"
    )

    with pytest.raises(InvalidError) as refused:
        mandates.change_mandate(session, clock, administrator, body, draft)

    assert faults_of(refused) == [("entrusted_by_code", code)]
    assert body.mandate is Mandate.ORGAN


def test_conflict_is_noted_settled_and_struck(session: Session, clock: FixedClock, administrator: Actor) -> None:
    body = factories.make_organisation(session)
    first, second = factories.make_item(session, body), factories.make_item(session, body)
    draft = ConflictDraft(first_code=second.code, second_code=first.code, subject="喷漆房密闭还是通风")

    row = conflicts.add_conflict(session, clock, administrator, draft)
    assert (row.first_item_id, row.second_item_id, row.resolution) == (first.id, second.id, "")
    settled = replace(draft, resolution="密闭并装机械通风", decided_by="区政府办", decided_on=TODAY)
    conflicts.change_conflict(session, clock, administrator, row, settled)
    assert [one.row.decided_by for one in conflicts.list_conflicts(session)] == ["区政府办"]

    conflicts.remove_conflict(session, clock, administrator, row, reason="事项已取消")
    assert session.exec(select(RequirementConflict)).all() == []
    assert actions(session) == [f"requirement_conflict.{what}" for what in ("add", "change", "end")]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"second_code": "first"}, ("second_code", "same_item")),
        ({"second_code": "none"}, ("second_code", "unknown_item")),
        ({"subject": ""}, ("subject", "required")),
        ({"resolution": "定了", "decided_on": TODAY}, ("decided_by", "required")),
        ({"resolution": "定了", "decided_by": "区", "decided_on": date(2026, 3, 1)}, ("decided_on", "in_the_future")),
    ],
    ids=["same-item", "unknown", "subject", "nobody-decided", "future"],
)
def test_conflict_that_makes_no_sense_is_refused(
    session: Session, clock: FixedClock, administrator: Actor, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    body = factories.make_organisation(session)
    first, second = factories.make_item(session, body), factories.make_item(session, body)
    values = {"first_code": first.code, "second_code": second.code, "subject": "冲突"} | change
    values["second_code"] = first.code if values["second_code"] == "first" else values["second_code"]

    with pytest.raises(InvalidError) as refused:
        conflicts.add_conflict(session, clock, administrator, ConflictDraft(**values))

    assert faults_of(refused) == [fault]


def test_second_note_of_a_conflict_is_refused(session: Session, clock: FixedClock, administrator: Actor) -> None:
    body = factories.make_organisation(session)
    first, second = factories.make_item(session, body), factories.make_item(session, body)
    draft = ConflictDraft(first_code=first.code, second_code=second.code, subject="冲突")
    conflicts.add_conflict(session, clock, administrator, draft)

    with pytest.raises(InvalidError) as refused:
        conflicts.add_conflict(
            session, clock, administrator, replace(draft, first_code=second.code, second_code=first.code)
        )

    assert faults_of(refused) == [("second_code", "conflict_twice")]


def test_closure_is_for_all_sites_and_not_noted_twice(session: Session, clock: FixedClock) -> None:
    keeper = factories.make_actor(session, Role.COORDINATOR)
    firm = factories.make_enterprise(session)
    sites = [factories.make_site(session, firm, name=f"场所{number}") for number in range(2)]
    span: dict[str, Any] = {
        "first_date": date(2026, 3, 1),
        "last_date": date(2026, 3, 15),
        "kind": ClosureKind.PEAK,
    }
    one = ClosureDraft(credit_code=firm.credit_code, site_name="场所0", **span)

    assert closures.add_closures(session, clock, keeper, one) == 1
    assert closures.add_closures(session, clock, keeper, replace(one, site_name="")) == 1
    assert {row.site_id for row in session.exec(select(Closure))} == {site.id for site in sites}
    assert closures.list_closures(session, since=date(2026, 3, 16)).total == 0
    rows = closures.list_closures(session, since=date(2026, 3, 15), text="场所1").rows
    closures.remove_closure(session, clock, keeper, rows[0].row.id or 0)
    assert [row.site_id for row in session.exec(select(Closure))] == [sites[0].id]
    with pytest.raises(NotFoundError):
        closures.remove_closure(session, clock, keeper, rows[0].row.id or 0)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"credit_code": "x"}, ("credit_code", "unknown_enterprise")),
        ({"site_name": "别处"}, ("site_name", "site_unknown")),
        ({"last_date": date(2026, 2, 1)}, ("last_date", "period_backwards")),
        ({"last_date": date(2028, 2, 1)}, ("last_date", "period_too_long")),
        ({"first_date": date(2026, 2, 1), "last_date": date(2026, 2, 2)}, ("last_date", "in_the_past")),
    ],
    ids=["enterprise", "site", "backwards", "too-long", "past"],
)
def test_closure_that_makes_no_sense_is_refused(
    session: Session, clock: FixedClock, administrator: Actor, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    firm = factories.make_enterprise(session)
    factories.make_site(session, firm)
    span = {"first_date": date(2026, 3, 1), "last_date": date(2026, 3, 15), "kind": ClosureKind.QUIET}
    draft = ClosureDraft(**{"credit_code": firm.credit_code, **span, **change})

    with pytest.raises(InvalidError) as refused:
        closures.add_closures(session, clock, administrator, draft)

    assert faults_of(refused) == [fault]


def test_clerk_keeps_no_policy(session: Session, clock: FixedClock) -> None:
    clerk = factories.make_actor(session, Role.CLERK)
    coordinator = factories.make_actor(session, Role.COORDINATOR)

    for actor in (clerk, coordinator):
        with pytest.raises(NotPermittedError):
            exemptions.add_exemption(session, clock, actor, EXEMPTION)
    with pytest.raises(NotPermittedError):
        closures.remove_closure(session, clock, clerk, 1)
