"""R11: items belong to the body."""

from __future__ import annotations

from tests.scheduler.filing.rules.desk import Desk


def test_item_of_another_body_is_found(desk: Desk) -> None:
    desk.task(items=[desk.item()])
    assert desk.names("R11") == []

    desk.task(items=[desk.item(body=desk.other)])
    assert desk.names("R11") == ["item_of_others"]
