"""R28: not too much of a roster."""

from __future__ import annotations

import pytest

from data.enums import Targeting
from tests.factories import make_scenario
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(("ratio", "found"), [(0.2, []), (0.3, ["share_of_roster"])])
def test_share_of_the_roster_is_shown(desk: Desk, ratio: float, found: list[str]) -> None:
    scenario = make_scenario(desk.session)
    for _ in range(10):
        desk.site(scenario_id=scenario.id)
    desk.task(targeting=Targeting.DRAWN, ratio=ratio, scenario_id=scenario.id)

    assert desk.names("R28") == found
