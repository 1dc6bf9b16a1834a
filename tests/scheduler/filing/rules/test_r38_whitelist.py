"""R38: the white list."""

from __future__ import annotations

import pytest

from data.enums import PlanKind
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("listed", "kind", "found"),
    [(True, PlanKind.DAILY, ["whitelisted"]), (False, PlanKind.DAILY, []), (True, PlanKind.CASE, [])],
    ids=["listed", "not_listed", "triggered"],
)
def test_listed_enterprise_is_met_on_a_trigger(desk: Desk, listed: bool, kind: PlanKind, found: list[str]) -> None:
    desk.plan.kind = kind
    desk.task(sites=[desk.site(whitelisted=listed)])

    assert desk.names("R38") == found
