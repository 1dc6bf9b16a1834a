"""R05: assistants are fixed in the plan and few."""

from __future__ import annotations

import pytest

from tests.scheduler.filing.rules.desk import Desk


@pytest.mark.parametrize(("assistants", "found"), [(2, []), (3, ["too_many_assistants"])])
def test_number_of_assistants(desk: Desk, assistants: int, found: list[str]) -> None:
    desk.task(assistants=assistants)

    assert desk.names("R05") == found
