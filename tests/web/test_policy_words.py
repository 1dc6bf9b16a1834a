"""Parameters of rules on the pages: words of the language, never the spelling of the program."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from data.enums import Role
from data.models import Rule
from data.seed.policies import default_caps, default_exemptions, default_rules
from data.session import reading
from scheduler.oversight.overview import CHECKS
from tests.web.conftest import As
from web import phrases
from web.words.sources import SOURCES


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


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("S7 R42", ["泰州市姜堰区 泰姜政办〔2025〕13号", "规则 R42"]),
        ("大政办发〔2026〕1号 附件", ["大政办发〔2026〕1号 附件"]),
        ("", []),
    ],
    ids=["codes", "typed", "none"],
)
def test_source_is_told_by_the_names_of_its_documents(app: Flask, text: str, names: list[str]) -> None:
    with app.test_request_context():
        assert phrases.sources(text) == names


def test_every_document_that_a_delivered_row_cites_has_a_name() -> None:
    texts = [row["source"] for row in (*default_rules(), *default_caps(), *default_exemptions())]
    texts += [check.source for check in CHECKS.values()]
    cited = {code for text in texts for code in re.findall(r"\bS\d+\b", text)}

    assert cited <= set(SOURCES)


def test_rules_page_names_documents_and_not_their_codes(browse_as: As) -> None:
    page = browse_as(Role.SUPERVISOR).get("/policies").text

    assert "国办发〔2024〕54号" in page
    assert not re.search(r"<li>S\d+", page)


def test_parameters_are_typed_in_fields_of_their_shape(browse_as: As, web_engine: sa.Engine) -> None:
    browser = browse_as(Role.ADMINISTRATOR)
    with reading(web_engine) as session:
        uids = dict(session.exec(select(Rule.code, Rule.uid)).all())
    path = f"/policies/{uids['R61']}"
    form = {"version": "1", "severity": "notice", "active": "y", "organisation_kind": "", "scenario_code": ""}
    typed = {"p-on": "yes", "p-first_day": "10", "p-last_day": "5", "p-kinds": ["", "case", "daily"]}

    refused = browser.post(path, form | typed | {"reason": "启用"}, page=path)
    assert refused.status_code == 422
    assert 'id="p-last_day-error">后一个数不能小于前一个数。' in refused.text
    assert re.search(r'value="daily" checked', refused.text)
    assert browser.post(path, form | typed | {"reason": "启用", "p-last_day": "12"}, page=path).status_code == 303
    with reading(web_engine) as session:
        made = session.exec(select(Rule).where(Rule.code == "R61", Rule.version == 2)).one()
        assert made.parameters == {"on": True, "first_day": 10, "last_day": 12, "kinds": ["case", "daily"]}
    lines = browser.get(f"/policies/{uids['R39']}").text
    assert "S01 A 1\n" in lines
    assert "[{" not in lines
