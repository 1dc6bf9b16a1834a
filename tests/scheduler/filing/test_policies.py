"""The administrator's side: versions, previews, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import PlanKind, PlanStatus, Role, Severity, Targeting
from data.errors import StaleError
from data.models import AuditEvent, Rule
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError, NotPermittedError
from scheduler.filing import policies
from scheduler.filing.policies import RuleChange
from tests import factories


def rule(session: Session, code: str) -> Rule:
    return policies.list_versions(session, code)[0]


def floor(share: float, **values: Any) -> RuleChange:
    """R52 with another least share."""
    asked: dict[str, Any] = {"severity": Severity.WARNING, "active": True, "reason": "试行"}
    return RuleChange(parameters={"least_share": share}, **asked | values)


def filed_draws(session: Session, *ratios: float) -> None:
    """Random plans of last month, one a ratio."""
    body = factories.make_organisation(session)
    handed_in = datetime(2026, 1, 20, 1, tzinfo=UTC)
    for ratio in ratios:
        plan = factories.make_plan(
            session, body, kind=PlanKind.RANDOM, status=PlanStatus.FILED, created_at=handed_in, submitted_at=handed_in,
            title=f"比例 {ratio}",
        )  # fmt: skip
        factories.make_task(session, plan, targeting=Targeting.DRAWN, ratio=ratio)


def test_preview_counts_the_plans_that_a_change_would_have_stopped(session: Session, clock: FixedClock) -> None:
    filed_draws(session, 0.04, 0.06, 0.08, 0.2)

    found = policies.preview_change(session, clock, rule(session, "R52"), floor(0.1))

    assert (found.plans, found.stopped_now, found.stopped_then) == (4, 1, 3)
    assert set(found.titles) == {"比例 0.06", "比例 0.08"}
    assert len(policies.list_versions(session, "R52")) == 1


def test_preview_of_switching_off_stops_nothing(session: Session, clock: FixedClock) -> None:
    filed_draws(session, 0.04)

    found = policies.preview_change(session, clock, rule(session, "R52"), floor(0.1, active=False))

    assert (found.stopped_now, found.stopped_then, found.titles) == (1, 0, ())


def test_change_writes_the_next_version_and_leaves_the_old(session: Session, clock: FixedClock) -> None:
    administrator = factories.make_actor(session, Role.ADMINISTRATOR)
    made = policies.change_rule(session, clock, administrator, rule(session, "R52"), floor(0.1), version=1)

    assert (made.version, made.parameters, made.created_by_id) == (2, {"least_share": 0.1}, administrator.user_id)
    assert [row.parameters["least_share"] for row in policies.list_versions(session, "R52")] == [0.1, 0.05]
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "rule.change")).one()
    assert (event.before or {})["parameters"] == {"least_share": 0.05}
    line = next(one for one in policies.list_rules(session, clock) if one.row.code == "R52")
    assert line.row.version == 2


def test_version_that_was_written_is_never_changed(session: Session) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        session.execute(sa.update(Rule).values(active=False))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_change_is_refused_to_others(session: Session, clock: FixedClock, role: Role) -> None:
    actor = factories.make_actor(session, role)

    with pytest.raises(NotPermittedError):
        policies.change_rule(session, clock, actor, rule(session, "R52"), floor(0.1), version=1)


def test_change_of_a_version_that_is_not_the_newest_is_stale(session: Session, clock: FixedClock) -> None:
    administrator, row = factories.make_actor(session, Role.ADMINISTRATOR), rule(session, "R52")
    policies.change_rule(session, clock, administrator, row, floor(0.1), version=1)

    with pytest.raises(StaleError):
        policies.change_rule(session, clock, administrator, row, floor(0.2), version=1)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (floor(0.1, reason=" "), ("reason", "required")),
        (floor(0.1, scenario_code="nowhere"), ("scenario_code", "unknown_choice")),
    ],
    ids=["no_reason", "unknown_scenario"],
)
def test_incomplete_change_is_refused(
    session: Session, clock: FixedClock, change: RuleChange, fault: tuple[str, str]
) -> None:
    administrator = factories.make_actor(session, Role.ADMINISTRATOR)

    with pytest.raises(InvalidError) as error:
        policies.change_rule(session, clock, administrator, rule(session, "R52"), change, version=1)

    assert [(one.field, one.code) for one in error.value.faults] == [fault]
