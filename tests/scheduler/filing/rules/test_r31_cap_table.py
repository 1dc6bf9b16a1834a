"""R31: caps stand in a table: the narrowest that fits limits."""

from __future__ import annotations

from typing import Any

import pytest

from data.enums import CapHolder, CreditClass
from data.models import CapPolicy
from scheduler.filing.caps.policy import Target, load_cap_table
from tests.factories import stored_id
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(
    ("scope", "most"),
    [
        ({}, 2),
        ({"first_year": 2026, "last_year": 2026, "most": 3}, 2),
        ({"credit_class": CreditClass.B, "first_year": 2026, "last_year": 2026, "most": 4}, 4),
        ({"credit_class": CreditClass.B, "first_year": 2026, "most": 4}, 4),
        ({"credit_class": CreditClass.B, "first_year": 2027, "most": 4}, 2),
        ({"credit_class": CreditClass.B, "last_year": 2025, "most": 4}, 2),
        ({"scenario_id": "own", "most": 5}, 5),
        ({"organisation_id": "own", "most": 6}, 6),
        ({"organisation_id": "other", "most": 7}, 2),
        ({"credit_class": CreditClass.C, "most": 8}, 2),
    ],
    ids=[
        "class",
        "year_is_wider",
        "class_and_year",
        "from_this_year",
        "from_next_year",
        "until_last_year",
        "field",
        "organ",
        "other_organ",
        "other_class",
    ],
)
def test_narrowest_policy_limits(desk: Desk, scope: dict[str, Any], most: int) -> None:
    site = desk.site()
    keys = {"organisation_id": {"own": desk.body.id, "other": desk.other.id}}
    site.scenario_id = desk.scenario().id
    if scope.get("scenario_id"):
        scope = scope | {"scenario_id": site.scenario_id}
    if scope.get("organisation_id"):
        scope = scope | {"organisation_id": keys["organisation_id"][scope["organisation_id"]]}
    if scope:
        desk.session.add(CapPolicy(holder=CapHolder.ORGAN, **scope))
        desk.session.flush()
    target = Target(
        site_id=stored_id(site),
        enterprise_id=site.enterprise_id,
        scenario_id=site.scenario_id,
        credit_class=CreditClass.B,
    )

    claims = load_cap_table(desk.session).claims(desk.body, target, year=2026)

    assert {claim.holder: claim.most for claim in claims} == {CapHolder.ORGAN: most, CapHolder.DISTRICT: 2}


def test_item_has_an_account_of_its_own(desk: Desk) -> None:
    item, site = desk.item(), desk.site()
    desk.session.add(CapPolicy(holder=CapHolder.ORGAN, item_id=item.id, most=1))
    desk.session.flush()
    target = Target(
        site_id=stored_id(site), enterprise_id=site.enterprise_id, scenario_id=None, credit_class=CreditClass.B
    )
    table = load_cap_table(desk.session)

    assert [claim.most for claim in table.claims(desk.body, target, [stored_id(item)], year=2026) if claim.item_id] == [
        1
    ]
    assert len(table.claims(desk.body, target, year=2026)) == 2
