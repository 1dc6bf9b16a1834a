"""R16: conflicting requirements are told."""

from __future__ import annotations

from data.models import RequirementConflict
from tests.factories import stored_id
from tests.scheduler.filing.rules.desk import Desk


def test_conflict_is_shown_with_its_settlement(desk: Desk) -> None:
    seal, ventilate = desk.item(), desk.item(body=desk.other)
    conflict = RequirementConflict(
        first_item_id=stored_id(seal), second_item_id=stored_id(ventilate), subject="喷漆房密闭与通风"
    )
    desk.session.add(conflict)
    desk.task(items=[seal])
    assert desk.names("R16") == ["conflict_unsettled"]

    conflict.resolution = "作业时通风，停工后密闭"
    (finding,) = desk.findings("R16")
    assert (finding.name, finding.figures["resolution"]) == ("conflict_settled", "作业时通风，停工后密闭")


def test_item_without_a_conflict_shows_nothing(desk: Desk) -> None:
    desk.task(items=[desk.item()])

    assert desk.names("R16") == []
