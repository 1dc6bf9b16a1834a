"""R04: two valid officers of each body."""

from __future__ import annotations

from datetime import date

import pytest

from tests.factories import make_officer
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("until", "reviewed", "found"),
    [
        (date(2026, 3, 31), True, []),
        (date(2026, 3, 30), True, ["too_few_officers"]),
        (date(2026, 3, 31), False, ["too_few_officers"]),
    ],
    ids=["valid", "expires_before_the_end", "not_reviewed"],
)
def test_second_officer_decides(desk: Desk, until: date, reviewed: bool, found: list[str]) -> None:
    make_officer(desk.session, desk.body)
    make_officer(desk.session, desk.body, certificate_until=until, reviewed=reviewed)
    desk.task()

    assert desk.names("R04") == found


def test_body_without_a_list_of_officers_counts_those_present(desk: Desk) -> None:
    desk.task()
    desk.body.inspectors = 2
    assert desk.names("R04") == []

    desk.body.inspectors = 1
    assert desk.names("R04") == ["too_few_officers"]
