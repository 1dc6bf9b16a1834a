"""R10: only published items."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from data.enums import RecordStatus
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, []),
        ({"published_on": date(2026, 2, 20)}, []),
        ({"published_on": date(2026, 2, 21)}, ["item_unpublished"]),
        ({"published_on": None}, ["item_unpublished"]),
        ({"status": RecordStatus.CLOSED}, ["item_closed"]),
        ({"legal_basis": ""}, ["item_without_basis"]),
    ],
    ids=["listed", "published_today", "published_tomorrow", "unpublished", "closed", "no_basis"],
)
def test_item_of_the_catalogue(desk: Desk, values: dict[str, Any], found: list[str]) -> None:
    desk.task(items=[desk.item(**values)])

    assert desk.names("R10") == found


def test_item_that_is_not_listed_stops_the_plan(desk: Desk) -> None:
    desk.task(items=["随手写的事项"])

    (finding,) = desk.findings("R10")
    assert (finding.name, finding.blocks, finding.figures["item"]) == ("item_unlisted", True, "随手写的事项")


def test_missing_basis_is_only_shown(desk: Desk) -> None:
    desk.task(items=[desk.item(legal_basis="")])

    assert [one.blocks for one in desk.findings("R10")] == [False]
