"""R26: a case names what set it off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from data.enums import PlanKind
from scheduler.filing.rules.r26_case_trigger import judge
from tests.scheduler.filing.rules.desk import Desk

PARAMETERS = {"clue_required": ["complaint"]}


@pytest.mark.parametrize(
    ("trigger", "clue", "found"),
    [
        ("complaint", "12345-1", []),
        ("application", "", []),
        ("complaint", "", ["clue_missing"]),
        ("", "12345-1", ["trigger_missing"]),
    ],
    ids=["complete", "no_clue_needed", "no_clue", "no_trigger"],
)
def test_case_is_complete(desk: Desk, trigger: str, clue: str, found: list[str]) -> None:
    desk.plan.kind = PlanKind.CASE
    desk.task()
    picture = replace(desk.picture(), trigger=trigger, clue_number=clue)

    assert [broken.name for broken in judge(picture, PARAMETERS)] == found


def test_daily_plan_needs_no_trigger(desk: Desk) -> None:
    desk.plan.kind = PlanKind.DAILY
    desk.task()

    assert list(judge(desk.picture(), PARAMETERS)) == []
