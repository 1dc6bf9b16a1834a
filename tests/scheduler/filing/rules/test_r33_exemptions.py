"""R33: a table says what is counted and what is capped."""

from __future__ import annotations

import pytest

from data.enums import PlanKind
from scheduler.filing.caps.policy import load_cap_table
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("kind", "trigger", "expected"),
    [
        (PlanKind.DAILY, "", (True, True)),
        (PlanKind.SPECIAL, "", (True, True)),
        (PlanKind.SPECIAL, "superior", (True, False)),
        (PlanKind.CASE, "complaint", (True, False)),
        (PlanKind.REVIEW, "", (True, False)),
    ],
)
def test_kind_and_trigger_decide(desk: Desk, kind: PlanKind, trigger: str, expected: tuple[bool, bool]) -> None:
    assert load_cap_table(desk.session).exemption(kind, trigger) == expected
