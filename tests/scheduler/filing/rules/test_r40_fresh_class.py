"""R40: classes are fresh."""

from __future__ import annotations

from datetime import date

import pytest

from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(("month", "found"), [(date(2025, 12, 1), []), (date(2025, 11, 1), ["class_outdated"])])
def test_class_of_more_than_two_months_ago_is_shown(desk: Desk, month: date, found: list[str]) -> None:
    desk.task(sites=[desk.site(credit_month=month)])

    assert desk.names("R40") == found
