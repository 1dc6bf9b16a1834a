"""R41: class A is spared."""

from __future__ import annotations

import pytest

from data.enums import CreditClass, PlanKind
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("credit_class", "kind", "found"),
    [
        (CreditClass.A, PlanKind.DAILY, ["class_a_named"]),
        (CreditClass.B, PlanKind.DAILY, []),
        (CreditClass.A, PlanKind.CASE, []),
    ],
    ids=["class_a", "class_b", "triggered"],
)
def test_class_a_is_shown(desk: Desk, credit_class: CreditClass, kind: PlanKind, found: list[str]) -> None:
    desk.plan.kind = kind
    desk.task(sites=[desk.site(credit_class=credit_class)])

    assert desk.names("R41") == found
