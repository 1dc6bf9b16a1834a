from __future__ import annotations

import pytest

from scheduler.publishing.differences import Change, change_between

HERE = {"date": "2026-03-02", "starts": "09:00", "minutes": 90, "site": "甲", "address": "一号", "items": [1]}


@pytest.mark.parametrize(
    ("before", "after", "same", "change"),
    [
        pytest.param(None, None, False, None, id="never there"),
        pytest.param(None, HERE, False, Change.NEW, id="new"),
        pytest.param(HERE, HERE, True, None, id="unchanged"),
        pytest.param(HERE, {**HERE, "date": "2026-03-03"}, False, Change.MOVED, id="another day"),
        pytest.param(HERE, {**HERE, "starts": "14:00"}, False, Change.MOVED, id="another hour"),
        pytest.param(HERE, {**HERE, "minutes": 180}, False, Change.MOVED, id="longer"),
        pytest.param(HERE, {**HERE, "items": [2]}, False, Change.CHANGED, id="other items"),
        pytest.param(HERE, None, False, Change.CANCELLED, id="cancelled"),
    ],
)
def test_change_between(
    before: dict[str, object] | None, after: dict[str, object] | None, same: bool, change: Change | None
) -> None:
    assert change_between(before, after, same=same) is change
