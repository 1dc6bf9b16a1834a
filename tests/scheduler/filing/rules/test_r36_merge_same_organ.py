"""R36: one body merges its own checks."""

from __future__ import annotations

from datetime import date

from data.enums import PlanStatus
from tests.scheduler.filing.rules.desk import Desk


def test_two_tasks_at_one_site_in_the_same_days_are_merged(desk: Desk) -> None:
    site = desk.site()
    desk.task(sites=[site], last_date=date(2026, 3, 10))
    later = desk.task(sites=[site], first_date=date(2026, 3, 11))
    assert desk.names("R36") == []

    later.first_date = date(2026, 3, 10)
    (finding,) = desk.findings("R36")
    assert (finding.name, finding.task_uid, finding.blocks) == ("own_tasks_apart", later.uid, True)


def test_other_bodies_at_the_site_are_only_shown(desk: Desk) -> None:
    site = desk.site()
    desk.task(sites=[site])
    desk.another_plan(body=desk.other, status=PlanStatus.FILED, sites=[site])

    (finding,) = desk.findings("R36")
    assert (finding.name, finding.blocks, finding.figures["bodies"]) == ("others_want_it", False, desk.other.short_name)
