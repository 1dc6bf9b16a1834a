"""R14: simple items may go on one form."""

from __future__ import annotations

from tests.scheduler.filing.rules.desk import Desk


def test_only_simple_items_may_be_collected_by_others(desk: Desk) -> None:
    desk.task(items=[desk.item(simple=True), desk.item()])
    assert desk.names("R14") == []

    desk.task(items=[desk.item(simple=True)])
    (finding,) = desk.findings("R14")
    assert (finding.name, finding.blocks) == ("one_form_possible", False)
