"""R13: off-site before on site."""

from __future__ import annotations

from tests.scheduler.filing.rules.desk import Desk


def test_task_with_only_off_site_items_asks_for_a_reason(desk: Desk) -> None:
    desk.task(items=[desk.item(offsite=True), desk.item(offsite=True)])

    (finding,) = desk.findings("R13")
    assert (finding.name, finding.blocks) == ("offsite_possible", True)


def test_one_item_that_needs_the_visit_is_enough(desk: Desk) -> None:
    desk.task(items=[desk.item(offsite=True), desk.item()])

    assert desk.names("R13") == []


def test_reason_given_in_the_task_is_enough(desk: Desk) -> None:
    desk.task(items=[desk.item(offsite=True)], onsite_reason="设备需现场检测")

    assert desk.names("R13") == []
