"""R07: not more people than needed enter."""

from __future__ import annotations

import pytest

from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(("people", "found"), [(4, []), (5, ["team_too_large"])])
def test_people_of_one_body(desk: Desk, people: int, found: list[str]) -> None:
    desk.task(inspectors=people)

    assert desk.names("R07") == found


def test_people_of_all_bodies_are_only_shown(desk: Desk) -> None:
    desk.task(inspectors=4, partners=[desk.other, desk.third(), desk.third()])

    (finding,) = desk.findings("R07")
    assert (finding.name, finding.figures["people"], finding.blocks) == ("teams_too_large", 16, False)
