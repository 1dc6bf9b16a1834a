"""R68: no visit is a condition of a licence without a basis."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.filing.rules.r68_licence_check import judge
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("trigger", "basis", "found"),
    [
        ("licence", "测试条例第一条", []),
        ("licence", "", ["licence_without_basis"]),
        ("complaint", "", []),
    ],
    ids=["with_basis", "without_basis", "other_trigger"],
)
def test_basis_of_a_licence_check(desk: Desk, trigger: str, basis: str, found: list[str]) -> None:
    desk.task(items=[desk.item(legal_basis=basis)])

    assert [one.name for one in judge(replace(desk.picture(), trigger=trigger), {})] == found
