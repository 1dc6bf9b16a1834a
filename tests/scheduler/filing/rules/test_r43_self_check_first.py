"""R43: the mode follows the class."""

from __future__ import annotations

import pytest

from data.enums import CreditClass
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("credit_class", "found"),
    [(CreditClass.A, ["self_check_first"]), (CreditClass.B, ["offsite_before_visit"]), (CreditClass.C, [])],
)
def test_low_risk_is_checked_off_site_first(desk: Desk, credit_class: CreditClass, found: list[str]) -> None:
    desk.task(sites=[desk.site(credit_class=credit_class)], items=[desk.item(offsite=True), desk.item()])

    assert desk.names("R43") == found
