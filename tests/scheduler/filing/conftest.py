"""A department with its clerk and head, a class of sites, and a coordinator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import Session

from data.enums import CreditClass, Role, Targeting
from data.models import Organisation, Scenario, Site, Town
from scheduler.filing.drafts import PlanDraft, TaskDraft
from scheduler.permissions import Actor
from tests import factories


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """`sites`: twenty of `scenario` in `town`, five of each credit class."""

    organisation: Organisation
    other: Organisation
    clerk: Actor
    head: Actor
    coordinator: Actor
    stranger: Actor
    town: Town
    scenario: Scenario
    sites: tuple[Site, ...]


def make_district(session: Session) -> District:
    organisation = factories.make_organisation(
        session, code="SCJG", name="测试区市场监督管理局", short_name="市场监管局"
    )
    other = factories.make_organisation(session, code="XF", name="测试区消防救援大队", short_name="消防大队")
    town = factories.make_town(session, code="320904001", name="丰华街道")
    scenario = factories.make_scenario(session, code="S01", name="餐饮服务", words="餐饮 饭店 餐馆")
    classes = [list(CreditClass)[number % 4] for number in range(20)]
    owners = [factories.make_enterprise(session, credit_class=credit_class) for credit_class in classes]
    return District(
        organisation=organisation,
        other=other,
        clerk=factories.make_actor(session, Role.CLERK, organisation_id=organisation.id),
        head=factories.make_actor(session, Role.HEAD, organisation_id=organisation.id),
        coordinator=factories.make_actor(session, Role.COORDINATOR),
        stranger=factories.make_actor(session, Role.CLERK, organisation_id=other.id),
        town=town,
        scenario=scenario,
        sites=tuple(factories.make_site(session, owner, town=town, scenario_id=scenario.id) for owner in owners),
    )


@pytest.fixture
def district(session: Session) -> District:
    return make_district(session)


def plan_draft(**values: Any) -> PlanDraft:
    """A plan over March 2026."""
    defaults: dict[str, Any] = {"title": "三月检查计划", "kind": "random", "period_first": "2026-03-01"}
    return PlanDraft.model_validate(defaults | {"period_last": "2026-03-31"} | values)


def task_draft(**values: Any) -> TaskDraft:
    """A task that draws a fifth of the restaurants in March 2026."""
    defaults: dict[str, Any] = {
        "name": "餐饮服务单位检查",
        "scenario_code": "S01",
        "targeting": Targeting.DRAWN,
        "first_date": "2026-03-01",
        "last_date": "2026-03-31",
        "ratio": 0.2,
    }
    return TaskDraft.model_validate(defaults | values)
