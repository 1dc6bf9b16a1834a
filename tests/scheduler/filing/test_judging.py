"""Judging: what stops a plan, what a reason settles, and which versions a plan was judged by."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import Session, col, select

from data.enums import OrganisationKind, PlanKind, PlanStatus, Role, Severity
from data.models import AuditEvent, PlanJudgement, Rule, RuleOverride
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError, TransitionError
from scheduler.filing import judging, plans, policies
from scheduler.filing.rules.registry import RULES
from scheduler.permissions import Actor
from tests import factories
from tests.scheduler.filing.rules.desk import Desk


@pytest.fixture
def desk(session: Session, clock: FixedClock) -> Desk:
    body = factories.make_organisation(session)
    plan = factories.make_plan(session, body, kind=PlanKind.DAILY)
    return Desk(session=session, clock=clock, body=body, other=factories.make_organisation(session), plan=plan)


@pytest.fixture
def clerk(desk: Desk) -> Actor:
    return factories.make_actor(desk.session, Role.CLERK, organisation_id=desk.body.id)


def blocked(desk: Desk, clerk: Actor) -> list[tuple[str, str]]:
    with pytest.raises(InvalidError) as error:
        plans.submit_plan(desk.session, desk.clock, clerk, desk.plan)
    return [(fault.field, fault.code) for fault in error.value.faults]


def test_plan_that_breaks_five_rules_is_mended_step_by_step(desk: Desk, clerk: Actor) -> None:
    listed = factories.make_site(desk.session, factories.make_enterprise(desk.session, whitelisted=True))
    task = desk.task(
        items=["随手写的事项", desk.item(body=desk.other)], sites=[listed], inspectors=7,
        first_date=date(2026, 3, 7), last_date=date(2026, 3, 8),
    )  # fmt: skip

    assert blocked(desk, clerk) == [
        ("inspectors", "too_few_officers"),
        ("items", "item_unlisted"),
        ("items", "item_of_others"),
        ("site_uids", "whitelisted"),
        ("first_date", "no_working_day"),
        ("inspectors", "team_too_large"),
    ]

    task.inspectors, task.last_date = 2, date(2026, 3, 31)
    assert {code for _, code in blocked(desk, clerk)} == {"item_unlisted", "item_of_others", "whitelisted"}


def test_fault_names_the_place_the_clause_and_the_figures(desk: Desk, clerk: Actor) -> None:
    task = desk.task(items=["随手写的事项"])
    with pytest.raises(InvalidError) as error:
        plans.submit_plan(desk.session, desk.clock, clerk, desk.plan)

    assert dict(error.value.faults[0].params) == {"where": f"1. {task.name}", "rule": "R10", "item": "随手写的事项"}


def test_warning_is_settled_by_a_reason_that_is_kept(desk: Desk, clerk: Actor) -> None:
    desk.task(items=[desk.item(offsite=True)])
    assert blocked(desk, clerk) == [("items", "offsite_possible")]

    assert judging.give_reason(desk.session, desk.clock, clerk, desk.plan, reason=" 须现场取样 ") == 1
    plans.submit_plan(desk.session, desk.clock, clerk, desk.plan)

    assert desk.plan.status is PlanStatus.SUBMITTED
    (kept,) = desk.session.exec(select(RuleOverride)).all()
    assert (kept.rule, kept.reason, kept.given_by_id, kept.given_at) == (
        "R13",
        "须现场取样",
        clerk.user_id,
        desk.clock.now(),
    )
    event = desk.session.exec(select(AuditEvent).where(AuditEvent.action == "plan.override")).one()
    assert event.reason == "须现场取样"
    (finding,) = judging.plan_check(desk.session, desk.clock, desk.plan).findings
    assert (finding.overridden, finding.blocks) == ("须现场取样", False)


def test_hard_rule_takes_no_reason(desk: Desk, clerk: Actor) -> None:
    desk.task(items=["随手写的事项"])

    with pytest.raises(InvalidError) as error:
        judging.give_reason(desk.session, desk.clock, clerk, desk.plan, reason="急")

    assert [fault.code for fault in error.value.faults] == ["no_such_warning"]
    assert blocked(desk, clerk) == [("items", "item_unlisted")]


def test_reason_of_one_task_does_not_settle_another(desk: Desk, clerk: Actor) -> None:
    for _ in range(2):
        desk.task(items=[desk.item(offsite=True)])
    first, second = judging.plan_check(desk.session, desk.clock, desk.plan).open_warnings

    judging.give_reason(desk.session, desk.clock, clerk, desk.plan, reason="取样", only=(first.name, first.target))

    left = judging.plan_check(desk.session, desk.clock, desk.plan).open_warnings
    assert [one.target for one in left] == [second.target]


def test_reason_must_be_given_before_submitting(desk: Desk, clerk: Actor) -> None:
    desk.plan.status = PlanStatus.SUBMITTED

    with pytest.raises(TransitionError):
        judging.give_reason(desk.session, desk.clock, clerk, desk.plan, reason="取样")


def test_plan_keeps_the_versions_it_was_judged_by(desk: Desk, clerk: Actor) -> None:
    desk.task()
    plans.submit_plan(desk.session, desk.clock, clerk, desk.plan)

    kept = desk.session.exec(
        select(Rule.code, Rule.version).join(PlanJudgement, col(PlanJudgement.rule_id) == col(Rule.id))
    ).all()
    assert sorted(kept) == [(code, 1) for code, rule in sorted(RULES.items()) if rule.judge is not None]

    change_r27(desk, days=1)
    plans.withdraw_plan(desk.session, desk.clock, clerk, desk.plan)
    plans.submit_plan(desk.session, desk.clock, clerk, desk.plan)
    again = desk.session.exec(
        select(Rule.version)
        .join(PlanJudgement, col(PlanJudgement.rule_id) == col(Rule.id))
        .where(Rule.code == "R27", PlanJudgement.submission == 2)
    ).all()
    assert list(again) == [2]


def change_r27(desk: Desk, *, days: int, kind: OrganisationKind | None = None, active: bool = True) -> Rule:
    """The lead time of seven working days becomes another."""
    administrator = factories.make_actor(desk.session, Role.ADMINISTRATOR)
    newest = policies.list_versions(desk.session, "R27")[0]
    change = policies.RuleChange(
        severity=Severity.WARNING,
        parameters={"working_days": days},
        active=active,
        reason="试行",
        organisation_kind=kind,
    )
    return policies.change_rule(desk.session, desk.clock, administrator, newest, change, version=newest.version)


def test_new_version_holds_from_now_on(desk: Desk) -> None:
    desk.task(last_date=date(2026, 3, 2))
    assert desk.names("R27") == ["filed_too_late"]

    change_r27(desk, days=5)
    assert desk.names("R27") == []

    change_r27(desk, days=9, active=False)
    assert desk.names("R27") == []


def test_version_for_a_kind_of_body_goes_before_the_general_one(desk: Desk) -> None:
    desk.task(last_date=date(2026, 3, 2))
    change_r27(desk, days=1, kind=OrganisationKind.TOWNSHIP)
    assert desk.names("R27") == ["filed_too_late"]

    change_r27(desk, days=1, kind=OrganisationKind.DEPARTMENT)
    assert desk.names("R27") == []


def test_version_for_a_scenario_judges_its_tasks_only(desk: Desk) -> None:
    administrator, scenario = factories.make_actor(desk.session, Role.ADMINISTRATOR), desk.scenario()
    desk.task(last_date=date(2026, 3, 2), scenario_id=scenario.id)
    other = desk.task(last_date=date(2026, 3, 2))
    row = policies.list_versions(desk.session, "R27")[0]
    change = policies.RuleChange(
        severity=Severity.WARNING,
        parameters={"working_days": 1},
        active=True,
        reason="试行",
        scenario_code=scenario.code,
    )
    policies.change_rule(desk.session, desk.clock, administrator, row, change, version=1)

    assert [one.task_uid for one in desk.findings("R27")] == [other.uid]


def test_same_finding_at_several_sites_is_told_once(desk: Desk) -> None:
    firms = [factories.make_enterprise(desk.session) for _ in range(3)]
    sites = [factories.make_site(desk.session, firm) for firm in firms]
    task = desk.task(sites=sites)
    desk.another_plan(body=desk.other, status=PlanStatus.FILED, sites=sites[:2])
    desk.another_plan(body=factories.make_organisation(desk.session), status=PlanStatus.FILED, sites=sites[2:])

    check = judging.plan_check(desk.session, desk.clock, desk.plan)

    groups = [group for group in check.groups if group.finding.name == "others_want_it"]
    assert [len(group.places) for group in groups] == [2, 1]
    assert all(group.finding.task_uid == task.uid for group in groups)
    assert sum(len(group.places) for group in check.groups) == len(check.findings)
