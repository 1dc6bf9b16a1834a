"""R02: an entrusted body needs a published entrustment, and stays within it."""

from __future__ import annotations

from datetime import date

from data.enums import Mandate
from tests.scheduler.filing.rules.desk import Desk


def test_entrusted_body_with_a_published_entrustment_may_inspect(desk: Desk) -> None:
    desk.body.mandate, desk.body.entrusted_by_id = Mandate.ENTRUSTED, desk.other.id
    desk.body.entrusted_on = date(2026, 1, 1)
    desk.task(items=[desk.item()])

    assert desk.names("R02") == []


def test_entrustment_that_is_missing_or_passed_is_found(desk: Desk) -> None:
    desk.body.mandate = Mandate.ENTRUSTED
    desk.task(items=["随手写的事项"])
    assert desk.names("R02") == ["entrusted_by_nobody", "outside_entrustment"]

    desk.body.entrusted_by_id = desk.other.id
    assert desk.names("R02") == ["entrustment_unpublished", "outside_entrustment"]
