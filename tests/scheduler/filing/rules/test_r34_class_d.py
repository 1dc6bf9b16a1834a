"""R34: class D is outside the cap."""

from __future__ import annotations

from datetime import date

from data.enums import CreditClass
from data.seed.policies import default_caps
from tests.scheduler.filing.rules.desk import Desk


def test_policies_of_class_d_have_no_limit(desk: Desk) -> None:
    assert {row["most"] for row in default_caps() if row["credit_class"] == "D"} == {None}

    site = desk.site(credit_class=CreditClass.D)
    desk.task(sites=[site])
    for day in range(5, 10):
        desk.visited(site, desk.body, date(2026, 1, day))
    assert desk.names("R30") == []
