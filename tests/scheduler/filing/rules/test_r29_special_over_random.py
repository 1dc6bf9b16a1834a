"""R29: no special sweep over random draws."""

from __future__ import annotations

import pytest

from data.enums import PlanKind, PlanStatus, Targeting
from tests.factories import make_plan, make_scenario, make_task
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(("ratio", "found"), [(0.3, []), (0.5, ["random_in_force"])])
def test_special_sweep_of_a_drawn_field_asks_for_a_reason(desk: Desk, ratio: float, found: list[str]) -> None:
    scenario = make_scenario(desk.session)
    for _ in range(10):
        desk.site(scenario_id=scenario.id)
    random = make_plan(desk.session, desk.other, kind=PlanKind.RANDOM, status=PlanStatus.FILED)
    make_task(desk.session, random, scenario_id=scenario.id)
    desk.plan.kind = PlanKind.SPECIAL
    desk.task(targeting=Targeting.DRAWN, ratio=ratio, scenario_id=scenario.id)

    assert desk.names("R29") == found
