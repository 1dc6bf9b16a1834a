"""Words of findings about edits: their dates are said as on the rest of the page, and one day is no distance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest
from flask import Flask, g

from web import phrases

SOON: Final[dict[str, Any]] = {"day": "2026-03-02", "other": "2026-03-06", "apart": 4, "days": 30}
SAME_DAY: Final[dict[str, Any]] = {**SOON, "other": "2026-03-02", "apart": 0}


BLOCKED: Final = (
    "This cannot be undone or redone: 统筹员乙 did “Move” at Mon 2 Mar 2026 09:30. "
    "Nobody's work gets lost; edit it directly."
)


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


def test_finding_below_its_rule_leaves_the_rules_number_out(app: Flask) -> None:
    with app.test_request_context():
        said = phrases.below_its_rule(phrases.edit_finding("repeat_soon", SAME_DAY))
    assert said == "同一企业 2026年3月2日 周一 一天之内重复入企"


@pytest.mark.parametrize(
    ("code", "params", "chinese", "english"),
    [
        (
            "too_late",
            {"until": "2026-03-02T10:00:00+00:00"},
            "期限 2026年3月2日 周一 18:00 已过，不能再提交。",
            "The time for this ended at Mon 2 Mar 2026 18:00.",
        ),
        (
            "undo_blocked",
            {"who": "统筹员乙", "what": "move", "at": datetime(2026, 3, 2, 1, 30, tzinfo=UTC)},
            "不能撤销或重做：统筹员乙 已在 2026年3月2日 周一 09:30 又做了“改期”，为免丢失他人的修改，请直接调整。",
            BLOCKED,
        ),
    ],
    ids=["an instant as text", "an instant and a deed"],
)
def test_dates_of_a_refusal_are_words(
    app: Flask, code: str, params: dict[str, Any], chinese: str, english: str
) -> None:
    with app.test_request_context():
        assert phrases.refusal(code, params) == chinese
    with app.test_request_context(headers={"Cookie": "onedoor-language=en"}):
        g.actor = None
        assert phrases.refusal(code, params) == english


def test_dates_of_a_fault_are_words_and_what_was_typed_stays_as_it_is(app: Flask) -> None:
    with app.test_request_context():
        outside = phrases.fault("day_outside_round", {"first": "2026-03-01", "last": "2026-03-31"})
        unknown = phrases.fault("site_not_in_round", {"name": "2026-03-01"})
    assert outside == "日期应在本轮期限 2026年3月1日 周日 至 2026年3月31日 周二 之内。"
    assert "“2026-03-01”" in unknown


def test_repeated_visits_on_one_day_are_told_in_english(app: Flask) -> None:
    with app.test_request_context(headers={"Cookie": "onedoor-language=en"}):
        g.actor = None
        said = phrases.edit_finding("repeat_soon", SAME_DAY)
    assert said == "The enterprise is visited twice on Mon 2 Mar 2026 (R37)"
