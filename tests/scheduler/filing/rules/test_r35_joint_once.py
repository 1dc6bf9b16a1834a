"""R35: a joint visit counts once for the enterprise and once for each organ."""

from __future__ import annotations

from datetime import date

from data.enums import CapHolder
from tests.scheduler.filing.rules.desk import Desk


def test_joint_visit_of_the_past_counts_once(desk: Desk) -> None:
    site = desk.site()
    desk.task(sites=[site])
    desk.visited(site, desk.body, date(2026, 1, 6), visit="a" * 32)
    desk.visited(site, desk.other, date(2026, 1, 6), visit="a" * 32)

    assert {line.holder: line.used for line in desk.picture().caps} == {CapHolder.ORGAN: 1, CapHolder.DISTRICT: 1}


def test_two_visits_count_twice(desk: Desk) -> None:
    site = desk.site()
    desk.task(sites=[site])
    desk.visited(site, desk.body, date(2026, 1, 6))
    desk.visited(site, desk.other, date(2026, 1, 7))

    assert {line.holder: line.used for line in desk.picture().caps} == {CapHolder.ORGAN: 1, CapHolder.DISTRICT: 2}
