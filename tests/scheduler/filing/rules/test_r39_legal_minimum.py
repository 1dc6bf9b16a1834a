"""R39: a legal minimum above the cap goes to a person."""

from __future__ import annotations

import pytest

from data.enums import CreditClass
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(("least", "found"), [(2, []), (3, ["minimum_above_cap"])])
def test_minimum_of_a_class_is_held_against_the_cap(desk: Desk, least: int, found: list[str]) -> None:
    site = desk.site(credit_class=CreditClass.C)
    scenario = desk.scenario()
    site.scenario_id = scenario.id
    desk.task(sites=[site])
    desk.rule("R39", minimum=[{"scenario": scenario.code, "class": "C", "least": least}])

    assert desk.names("R39") == found
