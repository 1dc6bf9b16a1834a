"""Parameters of rules on the pages: words of the language, never the spelling of the program."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from data.enums import Role
from tests.web.conftest import As
from web import phrases


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "是"),
        (False, "否"),
        (7, "7"),
        ([0.05, 0.2], "0.05 – 0.2"),
        (["A", "B"], "A 类、B 类"),
        (["case", "review"], "个案检查、复查"),
        (["complaint"], "投诉举报"),
        ([{"scenario": "S01", "class": "D", "least": 3}], "S01 D 类 3"),
    ],
    ids=["yes", "no", "figure", "span", "classes", "kinds", "triggers", "table"],
)
def test_parameter_value_is_said_in_words(app: Flask, value: Any, words: str) -> None:
    with app.test_request_context():
        assert phrases.parameter_value(value) == words


def test_rules_page_shows_no_spelling_of_the_program(browse_as: As) -> None:
    page = browse_as(Role.SUPERVISOR).get("/policies").text

    assert "个案检查、复查" in page
    assert "[&#39;" not in page


def test_audit_says_the_deed_behind_an_event_in_words(app: Flask) -> None:
    with app.test_request_context():
        assert phrases.reason_given("proposal.adopt") == phrases.action("proposal.adopt") == "采用方案"
        assert phrases.reason_given("人手不足") == "人手不足"
