"""R03: bodies that coordinate or govern never inspect."""

from __future__ import annotations

import pytest

from data.enums import OrganisationKind
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        (OrganisationKind.DEPARTMENT, []),
        (OrganisationKind.VERTICAL, []),
        (OrganisationKind.COORDINATION, ["body_may_not_inspect"]),
        (OrganisationKind.GOVERNMENT, ["body_may_not_inspect"]),
    ],
)
def test_kind_of_body_decides(desk: Desk, kind: OrganisationKind, found: list[str]) -> None:
    desk.body.kind = kind
    desk.task()

    assert desk.names("R03") == found


def test_partner_that_never_inspects_is_found(desk: Desk) -> None:
    desk.other.kind = OrganisationKind.COORDINATION
    desk.task(partners=[desk.other])

    assert desk.names("R03") == ["partner_may_not_inspect"]
