"""R01: a body inspects only after it was announced."""

from __future__ import annotations

from datetime import date

import pytest

from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("announced", "found"),
    [(date(2026, 2, 20), []), (date(2026, 2, 21), ["body_not_announced"]), (None, ["body_not_announced"])],
    ids=["today", "tomorrow", "never"],
)
def test_body_is_announced_by_then(desk: Desk, announced: date | None, found: list[str]) -> None:
    desk.body.announced_on = announced
    desk.task()

    assert desk.names("R01") == found
