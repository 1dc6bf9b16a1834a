"""Words of findings about edits: their dates are said as on the rest of the page, and one day is no distance."""

from __future__ import annotations

from typing import Any, Final

import pytest
from flask import Flask, g

from web import phrases

SOON: Final[dict[str, Any]] = {"day": "2026-03-02", "other": "2026-03-06", "apart": 4, "days": 30}
SAME_DAY: Final[dict[str, Any]] = {**SOON, "other": "2026-03-02", "apart": 0}


@pytest.mark.parametrize(
    ("params", "chinese"),
    [
        (SOON, "同一企业 30 天内重复入企：2026年3月2日 周一 与 2026年3月6日 周五 相隔 4 天（R37）"),
        (SAME_DAY, "同一企业 2026年3月2日 周一 一天之内重复入企（R37）"),
    ],
    ids=["some days apart", "on one day"],
)
def test_repeated_visits_are_told_with_their_days(app: Flask, params: dict[str, Any], chinese: str) -> None:
    with app.test_request_context():
        assert phrases.edit_finding("repeat_soon", params) == chinese


def test_repeated_visits_on_one_day_are_told_in_english(app: Flask) -> None:
    with app.test_request_context(headers={"Cookie": "onedoor-language=en"}):
        g.actor = None
        said = phrases.edit_finding("repeat_soon", SAME_DAY)
    assert said == "The enterprise is visited twice on Mon 2 Mar 2026 (R37)"
