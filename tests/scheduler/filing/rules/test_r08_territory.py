"""R08: a township stays on its own ground."""

from __future__ import annotations

import pytest

from data.enums import OrganisationKind, Targeting
from tests.factories import make_town
from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(("at_home", "found"), [(True, []), (False, ["foreign_ground"])], ids=["own", "foreign"])
def test_named_site_of_a_township(desk: Desk, at_home: bool, found: list[str]) -> None:
    site = desk.site()
    desk.body.kind = OrganisationKind.TOWNSHIP
    desk.body.town_id = site.town_id if at_home else make_town(desk.session).id
    desk.task(sites=[site])

    assert desk.names("R08") == found


def test_draw_of_a_township_is_limited_to_it(desk: Desk) -> None:
    desk.body.kind, desk.body.town_id = OrganisationKind.TOWNSHIP, make_town(desk.session).id
    desk.task(targeting=Targeting.DRAWN)

    assert desk.names("R08") == ["foreign_draw"]
